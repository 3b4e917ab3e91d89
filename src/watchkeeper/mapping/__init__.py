"""How fields translate between the sides and our own vocabulary."""

from __future__ import annotations
