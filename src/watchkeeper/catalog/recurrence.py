"""When a schedule falls due, as instants.

The rule is evaluated on naive local wall time, days are dropped and added, rolled by a calendar, and resolved to UTC at the
very end. Nothing starts from now, and no aware date-time reaches python-dateutil: it emits local times that do not exist
(dateutil issue 1425), loses an hour in the repeated one (1351), and its TZID is not zoneinfo's.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from threading import Lock

from dateutil.rrule import rrule, rrulestr

from watchkeeper.catalog.calendars import roll_day
from watchkeeper.catalog.model import Calendar, Schedule

PAD = timedelta(days=15)
"""Nominal days looked at beyond a window of due instants, so that rolling neither loses nor doubles one at its edge."""


@dataclass(frozen=True, slots=True)
class Window:
    """Instants from `start` (included) to `end` (not included), both aware."""

    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


@dataclass(frozen=True, slots=True)
class Firing:
    """One occurrence of a schedule. `nominal` is its local date by the rule alone, `day` the local date after rolling,
    `due` the instant (UTC)."""

    nominal: date
    day: date
    due: datetime


DueOn = Callable[[date, time], datetime]
"""From a local day and the rule's time of day to the instant (UTC) when it is due."""


def expand(schedule: Schedule, calendar: Calendar, window: Window, due_on: DueOn) -> tuple[Firing, ...]:
    """The firings of a schedule whose due instants lie in the window, in order.

    `due_on` must stay within a day and a half of the local day's midnight in UTC, and keep the order of days.
    """
    first, last = _nominal_edges(window)
    firings = (_fire(nominal, calendar, schedule, due_on) for nominal in nominals(schedule, first, last))
    inside = (firing for firing in firings if firing is not None and firing.due in window)
    return tuple(sorted(inside, key=lambda firing: (firing.due, firing.nominal)))


def nominals(schedule: Schedule, first: date, last: date) -> Iterator[datetime]:
    """The schedule's naive local times on the days `first` to `last` (both included), before rolling, in order.

    Exceptions drop days of the rule; extra times come on top, so an exception and an extra time on one day move its hour.
    """
    first = max(first, schedule.effective_from or first)
    last = min(last, schedule.until or last)
    if last < first:
        return iter(())
    by_rule = _unrolled(schedule.rule, schedule.start).between(
        datetime.combine(first, time.min), datetime.combine(last, time.max)
    )
    kept = [local for local in by_rule if local.date() not in schedule.except_dates]
    added = [local for local in schedule.extra if first <= local.date() <= last]
    return iter(sorted(kept + added))


@lru_cache(maxsize=256)
def compiled(rule: str, start: datetime) -> rrule:
    """The rule as python-dateutil's object. Only for text that `catalog.rules.problems_of_rule` has let pass: an interval
    of 0 never returns."""
    parsed = rrulestr(rule, dtstart=start, cache=True)
    if not isinstance(parsed, rrule):
        raise ValueError("one rule is expected, not a set of rules")
    return parsed


class _Unrolled:
    """A rule's local times as far as they were asked for. python-dateutil walks all of them from the start for each question."""

    def __init__(self, rule: rrule) -> None:
        self._coming = iter(rule)
        self._known: list[datetime] = []
        self._lock = Lock()

    def between(self, first: datetime, last: datetime) -> list[datetime]:
        """Those from `first` to `last`, both included, in order."""
        with self._lock:
            while not self._known or self._known[-1] <= last:
                following = next(self._coming, None)
                if following is None:
                    break
                self._known.append(following)
            return self._known[bisect_left(self._known, first) : bisect_right(self._known, last)]


@lru_cache(maxsize=256)
def _unrolled(rule: str, start: datetime) -> _Unrolled:
    return _Unrolled(compiled(rule, start))


def _nominal_edges(window: Window) -> tuple[date, date]:
    earliest, latest = date.min + PAD, date.max - PAD
    first = max(window.start.date(), earliest) - PAD
    last = min(window.end.date(), latest) + PAD
    return first, last


def _fire(local: datetime, calendar: Calendar, schedule: Schedule, due_on: DueOn) -> Firing | None:
    day = roll_day(calendar, local.date(), schedule.roll)
    return None if day is None else Firing(local.date(), day, due_on(day, local.time()))
