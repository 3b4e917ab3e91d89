from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st
from tests.property.catalog.strategies import calendars, clock_of, clock_times, instants, schedules, windows, zones
from tests.unit.catalog.make import DUBLIN, EVERY_DAY, JAPAN, schedule, utc

from watchkeeper.catalog.calendars import add_working_days, day_bounds, is_working_day, resolve, working_days_between
from watchkeeper.catalog.model import Calendar, Roll, Schedule
from watchkeeper.catalog.recurrence import Window, expand

DAYS = st.dates(min_value=datetime(2025, 1, 1).date(), max_value=datetime(2028, 12, 31).date())  # noqa: DTZ001


@given(schedules(), calendars, zones, windows(), st.floats(0, 1))
@example(
    schedule("FREQ=MONTHLY;BYMONTHDAY=-1", roll=Roll.FOLLOWING),
    JAPAN,
    DUBLIN,
    Window(utc(2026, 12, 30), utc(2027, 1, 9)),
    0.5,
)
def test_cutting_a_window_neither_loses_nor_doubles(
    planned: Schedule, working: Calendar, zone: ZoneInfo, window: Window, share: float
) -> None:
    middle = window.start + share * (window.end - window.start)
    whole = expand(planned, working, window, clock_of(zone))
    left = expand(planned, working, Window(window.start, middle), clock_of(zone))
    right = expand(planned, working, Window(middle, window.end), clock_of(zone))
    assert left + right == whole


@given(schedules(), calendars, zones, windows())
def test_nominal_dates_are_unique_in_any_window(
    planned: Schedule, working: Calendar, zone: ZoneInfo, window: Window
) -> None:
    nominal = [firing.nominal for firing in expand(planned, working, window, clock_of(zone))]
    assert len(nominal) == len(set(nominal))


@given(schedules(), calendars, zones, windows())
def test_due_is_monotone_in_nominal(planned: Schedule, working: Calendar, zone: ZoneInfo, window: Window) -> None:
    found = sorted(expand(planned, working, window, clock_of(zone)), key=lambda firing: firing.nominal)
    assert all(before.due <= after.due for before, after in pairwise(found))


@given(schedules(), calendars, zones, windows(), clock_times)
def test_another_hour_keeps_every_nominal_date_away_from_the_window_s_edges(
    planned: Schedule, working: Calendar, zone: ZoneInfo, window: Window, at: time
) -> None:
    moved = replace(planned, start=datetime.combine(planned.start.date(), at))
    inner = Window(window.start + timedelta(days=2), window.end - timedelta(days=2))
    kept = {firing.nominal for firing in expand(planned, working, inner, clock_of(zone))}
    assert kept <= {firing.nominal for firing in expand(moved, working, window, clock_of(zone))}


@given(schedules(), calendars, zones, windows())
def test_what_rolls_is_due_on_a_working_day(
    planned: Schedule, working: Calendar, zone: ZoneInfo, window: Window
) -> None:
    for firing in expand(planned, working, window, clock_of(zone)):
        assert (
            firing.day == firing.nominal
            if planned.roll in (Roll.NONE, Roll.SKIP)
            else is_working_day(working, firing.day)
        )


@given(schedules(), calendars, zones, windows())
def test_a_due_instant_shows_the_rule_s_wall_time_unless_that_time_does_not_exist(
    planned: Schedule, working: Calendar, zone: ZoneInfo, window: Window
) -> None:
    for firing in expand(planned, working, window, clock_of(zone)):
        shown = firing.due.astimezone(zone).replace(tzinfo=None)
        wanted = datetime.combine(firing.day, planned.start.time())
        assert shown == wanted or timedelta() < shown - wanted <= timedelta(hours=1)
        assert resolve(shown, zone) == firing.due or shown != wanted


@given(zones, DAYS)
def test_local_days_tile_time_without_gap_or_overlap(zone: ZoneInfo, day: datetime) -> None:
    begin, end = day_bounds(zone, day)
    assert end == day_bounds(zone, day + timedelta(days=1))[0]
    assert begin.astimezone(zone).date() == day
    assert (end - timedelta(microseconds=1)).astimezone(zone).date() == day
    assert (begin - timedelta(microseconds=1)).astimezone(zone).date() < day


@given(calendars, DAYS, DAYS, DAYS)
def test_working_days_between_add_up(working: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    assert working_days_between(working, a, b) + working_days_between(working, b, c) == working_days_between(
        working, a, c
    )


@given(calendars, DAYS, st.integers(0, 30))
def test_adding_working_days_is_undone_by_counting_them(working: Calendar, day: datetime, count: int) -> None:
    reached = add_working_days(working, day, count)
    assert is_working_day(working, reached)
    assert working_days_between(working, day, reached) == (count or int(not is_working_day(working, day)))


@given(instants)
def test_an_empty_window_holds_nothing(instant: datetime) -> None:
    assert expand(schedule(), EVERY_DAY, Window(instant, instant), clock_of(DUBLIN)) == ()
