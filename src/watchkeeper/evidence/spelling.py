"""How names are compared that two systems, or people, spell each in their own way."""

from __future__ import annotations


def folded(name: str) -> str:
    """Without case and outer white space. What is spelled so already is not copied: a list may hold a hundred thousand names."""
    bare = name.strip()
    return bare if bare.isascii() and bare.islower() else bare.casefold()
