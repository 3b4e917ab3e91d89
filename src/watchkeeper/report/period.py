"""The days that a report tells of, as people name them: `30d`, `last-week`, `last-month`, `2026-11-16`, `2026-W47`, `2026-11`, `2026-Q4`, `2026`, `FROM..TO`."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

_SPOKEN: Final = "30d, last-week, last-month, 2026-11-16, 2026-W47, 2026-11, 2026-Q4, 2026 or 2026-11-02..2026-11-13"
_LATELY: Final = re.compile(r"([1-9]\d{0,3})d")
_COMPLETE: Final[Mapping[str, Callable[[date], str]]] = {
    "last-week": lambda today: "{}-W{:02}".format(*(today - timedelta(days=7)).isocalendar()[:2]),
    "last-month": lambda today: f"{today.replace(day=1) - timedelta(days=1):%Y-%m}",
}
"""Those that are over, whenever somebody asks: for a summary on a schedule."""
_QUARTER: Final = re.compile(r"(\d{4})-Q([1-4])")
_WEEK: Final = re.compile(r"(\d{4})-W(\d\d)")
_MONTH: Final = re.compile(r"(\d{4})-(\d\d)")
_YEAR: Final = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included. `lately`: up to now, wherever on Earth it may be tomorrow already."""

    first: date
    last: date
    lately: bool = False

    @property
    def until(self) -> date:
        """The last local day that belongs to it anywhere."""
        return self.last + timedelta(days=1) if self.lately else self.last

    @property
    def before(self) -> date:
        """The first of as many days right before it."""
        return self.since(2 * ((self.last - self.first).days + 1))

    def has(self, at: datetime) -> bool:
        """Whether an instant is on one of its days, in UTC."""
        return self.first <= at.astimezone(UTC).date() <= self.last

    def since(self, days: int) -> date:
        """The first of so many days that end with its last one, however early that is."""
        return self.last - min(timedelta(days=days - 1), self.last - date.min)


def period(text: str, today: date) -> Period:
    """The period that a person names. Raises ValueError, which says what is possible."""
    lately = _LATELY.fullmatch(text)
    if lately is not None:
        return Period(today - timedelta(days=int(lately[1]) - 1), today, lately=True)
    if text in _COMPLETE:
        return Period(*_days(_COMPLETE[text](today)))
    begin, dots, end = text.partition("..")
    try:
        first, last = (_days(begin)[0], _days(end)[1]) if dots else _days(text)
    except ValueError:
        raise ValueError(f"{text!r} is no period, such as {_SPOKEN}") from None
    if last < first:
        raise ValueError(f"{text!r} ends before it begins")
    return Period(first, last)


def _days(text: str) -> tuple[date, date]:
    """The first and the last day of what a text names."""
    if found := _QUARTER.fullmatch(text):
        year, last = int(found[1]), int(found[2]) * 3
        return date(year, last - 2, 1), date(year, last, monthrange(year, last)[1])
    if found := _WEEK.fullmatch(text):
        year, week = int(found[1]), int(found[2])
        return date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 7)
    if found := _MONTH.fullmatch(text):
        year, month = int(found[1]), int(found[2])
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    if _YEAR.fullmatch(text):
        return date(int(text), 1, 1), date(int(text), 12, 31)
    day = date.fromisoformat(text)
    return day, day
