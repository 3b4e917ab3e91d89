"""When a command has to end, as whoever starts it says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600}
_LENGTH = re.compile(r"([1-9]\d{0,5})([smh])")


@dataclass(frozen=True, slots=True)
class Deadline:
    """`at` an instant (aware), or so long `after` the command's start."""

    at: datetime | None = None
    after: timedelta | None = None


def length_of_time(text: str) -> timedelta | None:
    """A length of time such as `90s`, `45m` or `2h`; None for any other text."""
    found = _LENGTH.fullmatch(text.strip())
    return timedelta(seconds=int(found.group(1)) * _UNITS[found.group(2)]) if found is not None else None
