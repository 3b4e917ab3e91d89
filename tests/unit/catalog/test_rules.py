from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.unit.catalog.make import EVERY_DAY, JAPAN, calendar, schedule, wall

from watchkeeper.catalog.model import Roll, Schedule
from watchkeeper.catalog.rules import problems_of_firing, problems_of_rule


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=MO,TH",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=1",
    ],
)
def test_ordinary_rules_pass(rule: str) -> None:
    assert problems_of_rule(rule) == ()


@pytest.mark.parametrize(
    ("rule", "message", "allowed"),
    [
        ("FREQ=HOURLY", "FREQ=HOURLY is not possible", "DAILY, WEEKLY, MONTHLY, YEARLY"),
        ("FREQ=MINUTELY;INTERVAL=5", "FREQ=MINUTELY is not possible", "DAILY"),
        ("INTERVAL=2", "FREQ is missing", "DAILY"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0 is not possible", "1 to 9999"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1 is not possible", "1 to 9999"),
        ("FREQ=DAILY;UNTIL=20271231", "UNTIL does not belong", "`until`"),
        ("FREQ=DAILY;COUNT=3", "COUNT does not belong", "`until`"),
        ("DTSTART:20260101T020000\nRRULE:FREQ=DAILY", "DTSTART does not belong", "`start`"),
        ("DTSTART;TZID=Asia/Tokyo:20260101T020000\nRRULE:FREQ=DAILY", "TZID does not belong", "`zone`"),
        ("RRULE:FREQ=DAILY", "RRULE does not belong", "without this prefix"),
        ("FREQ=DAILY;BYHOUR=1,2", "BYHOUR is not known here", "BYDAY"),
        ("FREQ=YEARLY;BYEASTER=0", "BYEASTER is not known here", "BYDAY"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ is given 2 times", "once"),
        ("FREQ=WEEKLY;BYDAY=XX", "is not an RFC 5545 rule", ""),
        ("freq=daily", "is not an RFC 5545 rule", "capital letters"),
        ("ＦＲＥＱ＝ＤＡＩＬＹ", "is not an RFC 5545 rule", "capital letters"),
        ("", "is not an RFC 5545 rule", "capital letters"),
        ("every day", "is not an RFC 5545 rule", "capital letters"),
    ],
)
def test_a_rule_is_refused_with_what_is_allowed(rule: str, message: str, allowed: str) -> None:
    found = problems_of_rule(rule)
    assert any(message in problem.message and allowed in problem.allowed for problem in found), found


def test_all_that_is_wrong_with_a_rule_is_told_at_once() -> None:
    assert len(problems_of_rule("FREQ=SECONDLY;INTERVAL=0;BYHOUR=1")) == 3


@pytest.mark.parametrize(
    ("planned", "message"),
    [
        (schedule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "never fires in the ten years after 2024-01-01"),
        (schedule("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "never fires"),
        (schedule("FREQ=DAILY;INTERVAL=7;BYDAY=TU"), "never fires"),
        (schedule("FREQ=YEARLY;INTERVAL=100;BYMONTH=3;BYMONTHDAY=1", wall(2024, 6, 1)), "never fires"),
        (schedule(until=date(2023, 12, 31)), "ends on 2023-12-31 before it begins on 2024-01-01"),
        (schedule(until=date(2024, 1, 2), except_dates=frozenset({date(2024, 1, 1), date(2024, 1, 2)})), "never fires"),
        (schedule(extra=(wall(2031, 7, 7, 9),)), "fires twice on 2031-07-07"),
        (
            schedule("FREQ=YEARLY", extra=(wall(2031, 7, 7, 9), wall(2031, 7, 7, 10))),
            "fires twice on 2031-07-07",
        ),
    ],
)
def test_a_dry_expansion_refuses_what_cannot_work(planned: Schedule, message: str) -> None:
    (problem,) = problems_of_firing(planned, EVERY_DAY)
    assert message in problem.message


def test_a_rule_that_fires_in_leap_years_only_is_fine() -> None:
    assert problems_of_firing(schedule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", wall(2025, 1, 1)), EVERY_DAY) == ()


def test_an_extra_time_may_replace_the_rule_s_own_on_an_excepted_day() -> None:
    moved = schedule(except_dates=frozenset({date(2024, 1, 5)}), extra=(wall(2024, 1, 5, 9),))
    assert problems_of_firing(moved, EVERY_DAY) == ()


def test_a_daily_task_that_rolls_piles_up_and_is_refused() -> None:
    (problem,) = problems_of_firing(schedule(roll=Roll.FOLLOWING), calendar())
    assert problem.message == "2024-01-06 and 2024-01-07 are both due on 2024-01-08 (weekdays)"
    assert problem.allowed == "roll: skip"


def test_two_weekdays_that_meet_after_a_holiday_are_refused_though_most_weeks_are_fine() -> None:
    (problem,) = problems_of_firing(schedule("FREQ=WEEKLY;BYDAY=MO,TU", roll=Roll.FOLLOWING), JAPAN)
    assert "both due on 2024-01-02 (japan)" in problem.message


def test_two_weeks_that_meet_behind_a_company_s_new_year_are_both_owed() -> None:
    closed = calendar("company", closures=[date(2024, 12, 30) + timedelta(days=n) for n in range(5)])
    assert problems_of_firing(schedule("FREQ=WEEKLY;BYDAY=MO", roll=Roll.FOLLOWING), closed) == ()


def test_a_task_that_never_meets_a_working_day_is_refused() -> None:
    (problem,) = problems_of_firing(schedule("FREQ=WEEKLY;BYDAY=SU", roll=Roll.SKIP), calendar())
    assert "never falls on a working day of weekdays" in problem.message


def test_a_closure_longer_than_rolling_bridges_is_refused() -> None:
    closed = calendar(closures=[date(2024, 8, 1) + timedelta(days=n) for n in range(30)])
    found = problems_of_firing(schedule("FREQ=MONTHLY;BYMONTHDAY=5", roll=Roll.FOLLOWING), closed)
    assert "has no working day of weekdays within 13 days of 2024-08-05" in found[0].message
