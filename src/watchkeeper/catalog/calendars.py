"""Working days: which local days a calendar works, and where a local day begins and ends.

Public holidays come from the `holidays` library, which corrects its past with every release: nothing here may enter a key.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from watchkeeper.catalog.model import Calendar, Roll
from watchkeeper.errors import Rejected

LONGEST_REST = 13
"""Days without work that rolling bridges. With it, a rolled day stays inside the 15 days of padding that expansion adds."""

ONE_DAY = timedelta(days=1)


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Whether the calendar works on a local day.

    Raises Rejected when the year lies outside the library's data for the country: no data must not look like no holiday.
    """
    if day in calendar.extra_working_days:
        return True
    if day in calendar.closures:
        return False
    if calendar.any_of:
        return any(is_working_day(member, day) for member in calendar.any_of)
    return day.isoweekday() in calendar.working_weekdays and not is_public_holiday(calendar, day)


def is_public_holiday(calendar: Calendar, day: date) -> bool:
    """Whether the calendar's country (with its subdivision and categories) has a holiday on the day, observed ones included."""
    if calendar.country is None:
        return False
    return day in public_holidays(calendar.country, calendar.subdivision, calendar.categories, day.year)


def next_working_day(calendar: Calendar, day: date) -> date | None:
    """The first working day on or after `day`, or None when LONGEST_REST days bring none."""
    return _nearest(calendar, day, ONE_DAY)


def previous_working_day(calendar: Calendar, day: date) -> date | None:
    """The last working day on or before `day`, or None when LONGEST_REST days bring none."""
    return _nearest(calendar, day, -ONE_DAY)


def working_days_between(calendar: Calendar, a: date, b: date) -> int:
    """How many working days lie after `a` and up to `b` (included): 0 on the same day, negative when `b` is before `a`.

    Additive: between(a, b) + between(b, c) == between(a, c).
    """
    if b < a:
        return -working_days_between(calendar, b, a)
    return sum(is_working_day(calendar, a + timedelta(days=n)) for n in range(1, (b - a).days + 1))


def add_working_days(calendar: Calendar, day: date, count: int) -> date:
    """The `count`-th working day after `day`; with 0 the first working day on or after it.

    A calendar that rests longer than LONGEST_REST days is left there: the date then is the last one looked at.
    """
    reached = day if count else next_working_day(calendar, day) or day
    for _ in range(count):
        following = reached + ONE_DAY
        reached = next_working_day(calendar, following) or following + LONGEST_REST * ONE_DAY
    return reached


def roll_day(calendar: Calendar, day: date, roll: Roll) -> date | None:
    """Where a nominal day ends up; None when it is dropped (`skip` on a day off).

    A day whose neighbourhood has no working day within LONGEST_REST days stays where it is: a duty must not vanish.
    """
    match roll:
        case Roll.NONE:
            return day
        case Roll.SKIP:
            return day if is_working_day(calendar, day) else None
        case Roll.FOLLOWING:
            return next_working_day(calendar, day) or day
        case Roll.PRECEDING:
            return previous_working_day(calendar, day) or day


def day_bounds(zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
    """The instants (UTC) at which a local day begins and ends; the end is the next day's beginning and not part of the day.

    Right on days of 23, 24 and 25 hours, and where the clock jumps over midnight (Cairo, Havana, Santiago).
    """
    return _midnight(zone, day), _midnight(zone, day + ONE_DAY)


def resolve(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a naive wall-clock time: inside a gap shifted forward (read with the offset before it), in a
    repeated hour the first."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


@lru_cache(maxsize=1024)
def public_holidays(country: str, subdivision: str | None, categories: tuple[str, ...], year: int) -> frozenset[date]:
    """Every holiday of one year. Raises Rejected for a year without data, an unknown country, subdivision or category.

    The neighbouring years are filled too, because an observed day may fall into the year before (1 January on a Saturday).
    """
    try:
        known = holidays.country_holidays(country, subdiv=subdivision, categories=categories or None, years=())
        if not known.start_year <= year <= known.end_year:
            raise Rejected(
                f"no holiday data for {country} in {year}",
                remedy=f"the library knows {known.start_year} to {known.end_year}; ask for a nearer date",
            )
        filled = holidays.country_holidays(
            country, subdiv=subdivision, categories=categories or None, years=(year - 1, year, year + 1), expand=False
        )
    except (NotImplementedError, ValueError) as error:
        raise Rejected(f"no holiday data for {country}: {error}", remedy="correct the calendar") from error
    return frozenset(day for day in filled if day.year == year)


def _nearest(calendar: Calendar, day: date, step: timedelta) -> date | None:
    candidates = (day + n * step for n in range(LONGEST_REST + 1))
    return next((candidate for candidate in candidates if is_working_day(calendar, candidate)), None)


def _midnight(zone: ZoneInfo, day: date) -> datetime:
    """The first instant of a local day.

    Where midnight does not exist, reading it with the offset before the gap lands on the first instant after the gap only
    if the gap begins at midnight, as all of them that touch midnight do in tzdata today; a gap that began earlier would
    put this a little late, never on another day.
    """
    return resolve(datetime.combine(day, time()), zone)
