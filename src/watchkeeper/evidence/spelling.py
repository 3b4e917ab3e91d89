"""How names are compared that two systems, or people, spell each in their own way."""

from __future__ import annotations


def folded(name: str) -> str:
    """Without case and outer white space."""
    return name.strip().casefold()
