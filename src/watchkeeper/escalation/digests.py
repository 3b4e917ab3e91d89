"""How what a verdict rests on is written down to be digested."""

from __future__ import annotations

from datetime import date, datetime


def plain(value: object) -> object:
    """For `json.dumps`: what JSON has no word for, always in the same form."""
    if isinstance(value, frozenset | set):
        return sorted(str(item) for item in value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
