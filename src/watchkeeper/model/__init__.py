"""The nouns of the domain as frozen, slotted dataclasses. No I/O, no clock, no environment."""

from __future__ import annotations
