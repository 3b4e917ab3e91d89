from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.unit.catalog.make import DUBLIN, EVERY_DAY, IRELAND, JAPAN, SEATTLE, TOKYO, WASHINGTON, calendar, utc, wall

from watchkeeper.catalog.calendars import (
    LONGEST_REST,
    add_working_days,
    day_bounds,
    is_working_day,
    next_working_day,
    previous_working_day,
    public_holidays,
    resolve,
    roll_day,
    working_days_between,
)
from watchkeeper.catalog.model import Roll
from watchkeeper.errors import Rejected


@pytest.mark.parametrize(
    ("where", "day", "works", "why"),
    [
        (JAPAN, date(2026, 4, 28), True, "the Tuesday before Golden Week"),
        (JAPAN, date(2026, 4, 29), False, "Showa Day"),
        (JAPAN, date(2026, 5, 3), False, "Constitution Day, a Sunday"),
        (JAPAN, date(2026, 5, 5), False, "Children's Day"),
        (JAPAN, date(2026, 5, 6), False, "the substitute holiday for that Sunday, on a Wednesday"),
        (JAPAN, date(2026, 5, 7), True, "the Thursday after Golden Week"),
        (JAPAN, date(2026, 9, 22), False, "国民の休日: a weekday between two holidays"),
        (JAPAN, date(2026, 11, 23), False, "Labour Thanksgiving Day, a Monday"),
        (IRELAND, date(2026, 11, 23), True, "no holiday in Ireland"),
        (IRELAND, date(2026, 2, 2), False, "Saint Brigid's Day"),
        (WASHINGTON, date(2026, 11, 26), False, "Thanksgiving"),
        (WASHINGTON, date(2026, 11, 27), False, "the day after, a holiday in Washington only"),
        (calendar("us", "US"), date(2026, 11, 27), True, "the same day without the subdivision"),
        (WASHINGTON, date(2021, 12, 31), False, "New Year 2022, observed in the year before"),
        (EVERY_DAY, date(2026, 12, 25), True, "around the clock"),
    ],
)
def test_a_country_s_holidays_are_no_working_days(where: object, day: date, works: bool, why: str) -> None:
    assert is_working_day(where, day) is works, why  # type: ignore[arg-type]


def test_a_leap_day_on_a_weekday_is_worked() -> None:
    assert is_working_day(JAPAN, date(2028, 2, 29))


def test_closures_and_extra_days_overrule_the_public_calendar_and_extra_days_have_the_last_word() -> None:
    company = calendar(
        "co", "JP", closures=[date(2026, 12, 30), date(2026, 12, 31)], extra=[date(2026, 12, 31), date(2026, 12, 26)]
    )
    worked = [is_working_day(company, date(2026, 12, day)) for day in (29, 30, 31, 26)]
    assert worked == [True, False, True, True]


def test_a_year_without_holiday_data_is_refused_instead_of_looking_like_no_holidays() -> None:
    with pytest.raises(Rejected, match=r"no holiday data for JP in 2100.*1949 to 2099"):
        is_working_day(JAPAN, date(2100, 1, 4))


@pytest.mark.parametrize(
    ("country", "subdivision", "categories"), [("XX", None, ()), ("US", "ZZ", ()), ("JP", None, ("x",))]
)
def test_unknown_holiday_sources_are_refused(
    country: str, subdivision: str | None, categories: tuple[str, ...]
) -> None:
    with pytest.raises(Rejected, match=f"no holiday data for {country}"):
        public_holidays(country, subdivision, categories, 2026)


def test_categories_choose_which_holidays_count() -> None:
    bank = public_holidays("JP", None, ("bank", "public"), 2026)
    assert date(2026, 12, 31) in bank
    assert date(2026, 12, 31) not in public_holidays("JP", None, (), 2026)


def test_several_countries_under_one_roof_work_when_one_of_them_works() -> None:
    roof = calendar("any", weekdays=(), any_of=(JAPAN, IRELAND), closures=[date(2026, 11, 24)])
    assert is_working_day(roof, date(2026, 11, 23))  # a holiday in Japan only
    assert not is_working_day(roof, date(2026, 11, 24))  # closed for all
    assert not is_working_day(roof, date(2026, 11, 28))


def test_next_and_previous_working_day_step_over_golden_week() -> None:
    assert next_working_day(JAPAN, date(2026, 5, 2)) == date(2026, 5, 7)
    assert previous_working_day(JAPAN, date(2026, 5, 6)) == date(2026, 5, 1)
    assert next_working_day(JAPAN, date(2026, 5, 7)) == date(2026, 5, 7)


def test_a_rest_longer_than_rolling_bridges_has_no_next_working_day() -> None:
    closed = calendar(closures=[date(2026, 8, 1) + timedelta(days=n) for n in range(LONGEST_REST + 3)])
    assert next_working_day(closed, date(2026, 8, 1)) is None
    assert roll_day(closed, date(2026, 8, 3), Roll.FOLLOWING) == date(2026, 8, 3)


@pytest.mark.parametrize(
    ("roll", "expected"),
    [
        (Roll.NONE, date(2026, 5, 4)),
        (Roll.FOLLOWING, date(2026, 5, 7)),
        (Roll.PRECEDING, date(2026, 5, 1)),
        (Roll.SKIP, None),
    ],
)
def test_rolling_a_holiday(roll: Roll, expected: date | None) -> None:
    assert roll_day(JAPAN, date(2026, 5, 4), roll) == expected
    assert roll_day(JAPAN, date(2026, 5, 8), roll) == date(2026, 5, 8)


def test_working_days_between_counts_the_end_and_not_the_beginning() -> None:
    assert working_days_between(JAPAN, date(2026, 5, 1), date(2026, 5, 1)) == 0
    assert working_days_between(JAPAN, date(2026, 5, 1), date(2026, 5, 7)) == 1
    assert working_days_between(JAPAN, date(2026, 4, 28), date(2026, 5, 8)) == 4
    assert working_days_between(JAPAN, date(2026, 5, 7), date(2026, 5, 1)) == -1


def test_adding_working_days_ends_on_a_working_day() -> None:
    assert add_working_days(JAPAN, date(2026, 5, 1), 1) == date(2026, 5, 7)
    assert add_working_days(JAPAN, date(2026, 5, 1), 0) == date(2026, 5, 1)
    assert add_working_days(JAPAN, date(2026, 5, 2), 0) == date(2026, 5, 7)


@pytest.mark.parametrize(
    ("zone", "day", "begin", "hours"),
    [
        (TOKYO, date(2026, 11, 16), utc(2026, 11, 15, 15), 24),
        (DUBLIN, date(2026, 3, 29), utc(2026, 3, 29, 0), 23),
        (DUBLIN, date(2026, 10, 25), utc(2026, 10, 24, 23), 25),
        (SEATTLE, date(2026, 3, 8), utc(2026, 3, 8, 8), 23),
        (SEATTLE, date(2026, 11, 1), utc(2026, 11, 1, 7), 25),
        (ZoneInfo("Africa/Cairo"), date(2026, 4, 24), utc(2026, 4, 23, 22), 23),
        (ZoneInfo("America/Havana"), date(2026, 11, 1), utc(2026, 11, 1, 4), 25),
        (ZoneInfo("Australia/Lord_Howe"), date(2026, 10, 4), utc(2026, 10, 3, 13, 30), 23.5),
        (ZoneInfo("Pacific/Apia"), date(2011, 12, 30), utc(2011, 12, 30, 10), 0),
    ],
)
def test_a_local_day_begins_and_ends_where_its_clocks_say(
    zone: ZoneInfo, day: date, begin: datetime, hours: float
) -> None:
    found_begin, found_end = day_bounds(zone, day)
    assert found_begin == begin
    assert found_end - found_begin == timedelta(hours=hours)
    assert found_begin.tzinfo is UTC


def test_a_time_in_the_gap_is_shifted_and_in_the_repeated_hour_the_first_counts() -> None:
    assert resolve(wall(2026, 3, 29, 1, 30), DUBLIN) == utc(2026, 3, 29, 1, 30)  # shown as 02:30
    assert resolve(wall(2026, 10, 25, 1, 30), DUBLIN) == utc(2026, 10, 25, 0, 30)  # still summer time
    assert resolve(wall(2026, 3, 8, 2, 30), SEATTLE).astimezone(SEATTLE).hour == 3
