from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from tests.unit.escalation.world import CATALOG, DUBLIN, SEATTLE, TOKYO, at

from watchkeeper.catalog.model import Calendar, Team
from watchkeeper.errors import Config
from watchkeeper.escalation.windows import (
    day_window,
    first_duty_day,
    history_start,
    judged_day,
    working_day_before,
    working_days_from,
)

MONDAY = date(2026, 11, 16)
FRIDAY = date(2026, 11, 13)


@pytest.mark.parametrize(
    ("team", "expected"),
    [(TOKYO, date(2026, 11, 17)), (DUBLIN, MONDAY), (SEATTLE, MONDAY)],
    ids=["Tokyo is in Tuesday", "Dublin is in Monday", "Seattle is in Monday"],
)
def test_one_instant_is_judged_on_each_team_s_own_day(team: Team, expected: date) -> None:
    assert judged_day(team, datetime(2026, 11, 16, 20, 0, tzinfo=UTC)) == expected


def test_on_a_saturday_friday_is_judged() -> None:
    assert judged_day(TOKYO, at(TOKYO, "2026-11-14 12:00")) == FRIDAY


def test_on_a_japanese_holiday_only_tokyo_looks_back() -> None:
    # 23 November 2026 is Labour Thanksgiving Day, a Monday.
    assert judged_day(TOKYO, at(TOKYO, "2026-11-23 12:00")) == date(2026, 11, 20)
    assert judged_day(DUBLIN, at(DUBLIN, "2026-11-23 12:00")) == date(2026, 11, 23)


def test_over_new_year_a_long_rest_is_bridged() -> None:
    company = replace(
        TOKYO, calendar=replace(TOKYO.calendar, closures=frozenset(date(2026, 12, day) for day in (29, 30, 31)))
    )
    assert judged_day(company, at(TOKYO, "2027-01-03 12:00")) == date(2026, 12, 28)


def test_a_calendar_that_never_works_is_refused() -> None:
    idle = Calendar("idle", frozenset(), None, None, (), frozenset(), frozenset())
    with pytest.raises(Config, match="idle: fewer than 1 working days"):
        judged_day(replace(TOKYO, calendar=idle), at(TOKYO, "2026-11-16 12:00"))


@pytest.mark.parametrize(
    ("team", "day", "hours"),
    [
        (DUBLIN, date(2026, 10, 25), 25),
        (DUBLIN, date(2026, 3, 29), 23),
        (SEATTLE, date(2026, 11, 1), 25),
        (TOKYO, date(2026, 10, 25), 24),
    ],
)
def test_a_day_is_as_long_as_its_wall_clock_makes_it(team: Team, day: date, hours: int) -> None:
    window = day_window(team, day)
    assert window.end - window.start == timedelta(hours=hours)


def test_a_cut_off_inside_the_spring_gap_moves_on_by_the_gap() -> None:
    night = replace(DUBLIN, cut_off=time(1, 30))
    assert day_window(night, date(2026, 3, 29)).cut_off == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_cut_off_in_the_repeated_hour_is_the_first() -> None:
    night = replace(SEATTLE, cut_off=time(1, 30))
    assert day_window(night, date(2026, 11, 1)).cut_off == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


def test_a_day_holds_its_first_instant_and_not_the_next_day_s() -> None:
    window = day_window(TOKYO, MONDAY)
    assert window.holds(window.start)
    assert not window.holds(window.end)


@pytest.mark.parametrize(
    ("arrival", "duty"),
    [
        ("2026-11-16 14:59", MONDAY),
        ("2026-11-16 15:00", date(2026, 11, 17)),
        ("2026-11-13 15:00", MONDAY),
        ("2026-11-14 09:00", MONDAY),
        ("2026-11-20 16:00", date(2026, 11, 24)),
    ],
    ids=[
        "two hours and a minute before",
        "two hours before",
        "Friday afternoon",
        "Saturday",
        "before a holiday Monday",
    ],
)
def test_who_arrives_within_two_hours_of_the_cut_off_has_until_the_next_working_day(arrival: str, duty: date) -> None:
    assert first_duty_day(TOKYO, at(TOKYO, arrival)) == duty


def test_working_days_are_counted_without_the_last() -> None:
    assert working_days_from(TOKYO.calendar, FRIDAY, date(2026, 11, 17)) == 2
    assert working_days_from(TOKYO.calendar, MONDAY, MONDAY) == 0
    assert working_days_from(TOKYO.calendar, date(2026, 11, 18), MONDAY) == 0


def test_a_24x7_team_counts_every_day() -> None:
    assert working_days_from(CATALOG.calendars["around-the-clock"], FRIDAY, date(2026, 11, 17)) == 4


def test_the_day_itself_is_not_before_itself() -> None:
    assert working_day_before(TOKYO.calendar, MONDAY) == FRIDAY
    assert working_day_before(TOKYO.calendar, MONDAY, 6) == date(2026, 11, 6)


def test_history_reaches_fifteen_working_days_back() -> None:
    # Tokyo rests on 3 November (Culture Day), so fifteen working days are three weeks and a day.
    assert history_start(TOKYO, MONDAY) == at(TOKYO, "2026-10-23 00:00")
