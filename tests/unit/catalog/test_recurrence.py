from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from tests.unit.catalog.make import (
    DUBLIN,
    EVERY_DAY,
    IRELAND,
    JAPAN,
    SEATTLE,
    TOKYO,
    WASHINGTON,
    calendar,
    schedule,
    utc,
    wall,
)

from watchkeeper.catalog.calendars import resolve
from watchkeeper.catalog.model import Calendar, Roll, Schedule
from watchkeeper.catalog.recurrence import Firing, Window, expand


def firings(planned: Schedule, window: Window, zone: ZoneInfo = TOKYO, working: Calendar = EVERY_DAY) -> list[Firing]:
    def due_on(day: date, at: time) -> datetime:
        return resolve(datetime.combine(day, at), zone)

    return list(expand(planned, working, window, due_on))


def days(found: list[Firing]) -> list[str]:
    return [firing.nominal.isoformat() for firing in found]


WEEK = Window(utc(2026, 11, 16), utc(2026, 11, 23))


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        (TOKYO, utc(2026, 11, 16, 8), utc(2026, 11, 22, 8)),
        (DUBLIN, utc(2026, 11, 16, 17), utc(2026, 11, 22, 17)),
        (SEATTLE, utc(2026, 11, 16, 1), utc(2026, 11, 22, 1)),
    ],
)
def test_the_same_wall_time_is_another_instant_in_each_zone(zone: ZoneInfo, first: datetime, last: datetime) -> None:
    found = firings(schedule(), WEEK, zone)
    assert (found[0].due, found[-1].due, len(found)) == (first, last, 7)


def test_the_window_takes_its_start_and_leaves_its_end() -> None:
    exact = Window(utc(2026, 11, 16, 8), utc(2026, 11, 17, 8))
    assert days(firings(schedule(), exact)) == ["2026-11-16"]


@pytest.mark.parametrize(
    ("rule", "start", "window", "expected"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=-1", (2024, 1, 1), (2028, 2, 2, 2028, 4, 2), ["2028-02-29", "2028-03-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", (2024, 1, 1), (2026, 2, 2, 2026, 6, 2), ["2026-03-31", "2026-05-31"]),
        ("FREQ=MONTHLY;BYDAY=3MO", (2024, 1, 1), (2026, 11, 1, 2027, 2, 1), ["2026-11-16", "2026-12-21", "2027-01-18"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", (2024, 1, 1), (2025, 1, 1, 2033, 1, 1), ["2028-02-29", "2032-02-29"]),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=SU",
            (2026, 1, 5),
            (2026, 1, 1, 2026, 2, 10),
            ["2026-01-11", "2026-01-25", "2026-02-08"],
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU",
            (2026, 1, 5),
            (2026, 1, 1, 2026, 2, 10),
            ["2026-01-18", "2026-02-01"],
        ),
        (
            "FREQ=DAILY;INTERVAL=3",
            (2026, 12, 28),
            (2026, 12, 27, 2027, 1, 8),
            ["2026-12-28", "2026-12-31", "2027-01-03", "2027-01-06"],
        ),
    ],
)
def test_rules_over_month_ends_leap_days_and_year_ends(
    rule: str, start: tuple[int, int, int], window: tuple[int, ...], expected: list[str]
) -> None:
    found = firings(schedule(rule, wall(*start, 12)), Window(utc(*window[:3]), utc(*window[3:])))
    assert days(found) == expected


def test_a_start_that_does_not_match_the_rule_is_not_an_occurrence() -> None:
    planned = schedule("FREQ=WEEKLY;BYDAY=TH", wall(2026, 11, 16, 17))
    assert days(firings(planned, WEEK)) == ["2026-11-19"]


def test_exceptions_drop_extra_times_add_and_both_together_move_the_hour() -> None:
    planned = schedule(
        "FREQ=WEEKLY;BYDAY=MO",
        except_dates=frozenset({date(2026, 11, 16), date(2026, 11, 23)}),
        extra=(wall(2026, 11, 23, 9), wall(2026, 11, 27, 9)),
    )
    found = firings(planned, Window(utc(2026, 11, 10), utc(2026, 12, 1)))
    assert [(firing.nominal.day, firing.due.hour) for firing in found] == [(23, 0), (27, 0), (30, 8)]


def test_nothing_fires_before_effective_from_or_after_until() -> None:
    planned = schedule(effective_from=date(2026, 11, 18), until=date(2026, 11, 20))
    assert days(firings(planned, WEEK)) == ["2026-11-18", "2026-11-19", "2026-11-20"]


def test_effective_from_keeps_the_rhythm_of_the_start() -> None:
    every_other = schedule("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", wall(2026, 11, 2, 17), effective_from=date(2026, 11, 9))
    assert days(firings(every_other, Window(utc(2026, 11, 1), utc(2026, 12, 1)))) == ["2026-11-16", "2026-11-30"]


class TestNightsWhenTheClockChanges:
    def test_a_time_that_does_not_exist_is_shifted_and_never_dropped(self) -> None:
        found = firings(schedule(start=wall(2024, 1, 1, 1, 30)), Window(utc(2026, 3, 28), utc(2026, 3, 31)), DUBLIN)
        assert [firing.due for firing in found] == [
            utc(2026, 3, 28, 1, 30),
            utc(2026, 3, 29, 1, 30),
            utc(2026, 3, 30, 0, 30),
        ]

    def test_a_time_that_comes_twice_counts_once_the_first(self) -> None:
        found = firings(schedule(start=wall(2024, 1, 1, 1, 30)), Window(utc(2026, 11, 1), utc(2026, 11, 2)), SEATTLE)
        assert [firing.due for firing in found] == [utc(2026, 11, 1, 8, 30)]

    def test_the_wall_time_stays_when_the_offset_changes(self) -> None:
        found = firings(schedule("FREQ=WEEKLY;BYDAY=MO"), Window(utc(2026, 10, 19), utc(2026, 11, 4)), DUBLIN)
        assert [firing.due.astimezone(DUBLIN).hour for firing in found] == [17, 17, 17]
        assert [firing.due.hour for firing in found] == [16, 17, 17]


class TestRolling:
    GOLDEN_WEEK = Window(utc(2026, 4, 27), utc(2026, 5, 12))
    MONDAYS = "FREQ=WEEKLY;BYDAY=MO"

    def test_a_weekly_task_moves_behind_golden_week_and_keeps_its_nominal_date(self) -> None:
        found = firings(schedule(self.MONDAYS, roll=Roll.FOLLOWING), self.GOLDEN_WEEK, TOKYO, JAPAN)
        assert [(f.nominal.isoformat(), f.day.isoformat()) for f in found] == [
            ("2026-04-27", "2026-04-27"),
            ("2026-05-04", "2026-05-07"),
            ("2026-05-11", "2026-05-11"),
        ]

    def test_or_before_it(self) -> None:
        found = firings(schedule(self.MONDAYS, roll=Roll.PRECEDING), self.GOLDEN_WEEK, TOKYO, JAPAN)
        assert [firing.day.isoformat() for firing in found] == ["2026-04-27", "2026-05-01", "2026-05-11"]

    def test_a_daily_task_skips_every_day_off(self) -> None:
        found = firings(schedule(roll=Roll.SKIP), self.GOLDEN_WEEK, TOKYO, JAPAN)
        assert [firing.nominal.day for firing in found] == [27, 28, 30, 1, 7, 8, 11]

    def test_silver_week_with_its_national_holiday_between_two_holidays(self) -> None:
        found = firings(
            schedule(self.MONDAYS, roll=Roll.FOLLOWING), Window(utc(2026, 9, 20), utc(2026, 9, 27)), TOKYO, JAPAN
        )
        assert [(f.nominal.day, f.day.day) for f in found] == [(21, 24)]

    def test_an_item_that_rolls_over_the_window_s_edge_belongs_to_the_side_where_it_is_due(self) -> None:
        closed = calendar(closures=[date(2026, 12, day) for day in range(21, 32)])
        planned = schedule(self.MONDAYS, roll=Roll.FOLLOWING)
        before = firings(planned, Window(utc(2026, 12, 21), utc(2026, 12, 31)), DUBLIN, closed)
        behind = firings(
            schedule("FREQ=MONTHLY;BYMONTHDAY=21", roll=Roll.FOLLOWING),
            Window(utc(2026, 12, 31), utc(2027, 1, 3)),
            DUBLIN,
            closed,
        )
        assert days(before) == []
        assert days(behind) == ["2026-12-21"]

    @pytest.mark.parametrize(
        ("working", "expected"), [(JAPAN, "2026-11-24"), (IRELAND, "2026-11-23"), (WASHINGTON, "2026-11-23")]
    )
    def test_each_country_follows_its_own_holidays(self, working: Calendar, expected: str) -> None:
        (found,) = firings(
            schedule(self.MONDAYS, roll=Roll.FOLLOWING), Window(utc(2026, 11, 23), utc(2026, 11, 28)), DUBLIN, working
        )
        assert found.day.isoformat() == expected


def test_a_window_at_the_end_of_time_is_empty_and_no_error() -> None:
    assert firings(schedule(until=date(2030, 1, 1)), Window(utc(9999, 12, 1), utc(9999, 12, 31))) == []
    assert firings(schedule(), Window(utc(1, 1, 1), utc(1, 1, 2))) == []
