"""When a command has to end, as whoever starts it says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LENGTH = re.compile(r"([1-9]\d{0,5})([smhd])")


@dataclass(frozen=True, slots=True)
class Deadline:
    """`at` an instant (aware), or so long `after` the command's start."""

    at: datetime | None = None
    after: timedelta | None = None


def length_of_time(text: str, units: str = "smh") -> timedelta | None:
    """A length of time such as `90s`, `45m`, `2h` or, among the `units` that are allowed, `4d`; None for any other text."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None or found.group(2) not in units:
        return None
    return timedelta(seconds=int(found.group(1)) * _UNITS[found.group(2)])
