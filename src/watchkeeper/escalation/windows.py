"""Working days as instants: which day is judged, when it turns provisional and final, when a duty begins. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from watchkeeper.catalog.calendars import add_working_days, day_bounds, is_working_day, resolve, working_days_between
from watchkeeper.catalog.model import Calendar, Team
from watchkeeper.errors import Config, Problem

GRACE = timedelta(hours=2)
"""A ticket that arrives later than this before the cut-off has its first duty on the next working day."""

HISTORY_WORKING_DAYS = 15
"""How many working days before the judged one are looked at; who was silent for longer has been silent at least so long."""

ONE_DAY = timedelta(days=1)
_SEARCH_DAYS = 366


@dataclass(frozen=True, slots=True)
class DayWindow:
    """One local working day of a team as instants (UTC): [start, end), and the cut-off within."""

    day: date
    start: datetime
    cut_off: datetime
    end: datetime

    def holds(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


def day_window(team: Team, day: date) -> DayWindow:
    """The whole local day, 23 or 25 hours long when the clocks change; a cut-off inside the gap moves on by the gap."""
    return _window(team.zone, team.cut_off, day)


@lru_cache(maxsize=1024)
def _window(zone: ZoneInfo, cut_off: time, day: date) -> DayWindow:
    """Many tickets are judged on the same few days."""
    start, end = day_bounds(zone, day)
    return DayWindow(day, start, resolve(datetime.combine(day, cut_off), zone), end)


def local_day(team: Team, instant: datetime) -> date:
    return instant.astimezone(team.zone).date()


def judged_day(team: Team, instant: datetime) -> date:
    """The team's working day that a verdict at this instant is about: today, or on a day off the last working day."""
    today = local_day(team, instant)
    return today if is_working_day(team.calendar, today) else working_day_before(team.calendar, today)


@lru_cache(maxsize=1024)
def working_day_before(calendar: Calendar, day: date, count: int = 1) -> date:
    """The `count`-th working day before `day`, which itself does not count.

    Raises Config when a year has too few: such a calendar cannot carry a daily duty.
    """
    candidates = (day - step * ONE_DAY for step in range(1, _SEARCH_DAYS))
    worked = (candidate for candidate in candidates if is_working_day(calendar, candidate))
    found = next(islice(worked, count - 1, None), None)
    if found is None:
        allowed = "a calendar whose working weekdays are not all closed"
        raise Config(
            [Problem(calendar.id, "", f"fewer than {count} working days in the year before {day}", allowed=allowed)]
        )
    return found


@lru_cache(maxsize=1024)
def working_days_from(calendar: Calendar, first: date, until: date) -> int:
    """How many working days lie in [first, until); 0 when there is nothing between."""
    return max(0, working_days_between(calendar, first - ONE_DAY, until - ONE_DAY))


def first_duty_day(team: Team, arrived_at: datetime) -> date:
    """The first working day on which a ticket that arrived at this instant has to be updated."""
    day = local_day(team, arrived_at)
    if is_working_day(team.calendar, day) and arrived_at < day_window(team, day).cut_off - GRACE:
        return day
    return add_working_days(team.calendar, day, 1)


def history_start(team: Team, day: date, working_days: int = HISTORY_WORKING_DAYS) -> datetime:
    """Where the history that a verdict on `day` looks at begins."""
    return day_window(team, working_day_before(team.calendar, day, working_days)).start
