from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.report.test_renderers import quickly

from watchkeeper.report.period import Period, period

TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1d", "2026-11-30", "2026-11-30"),
        ("30d", "2026-11-01", "2026-11-30"),
        ("2026-11-16", "2026-11-16", "2026-11-16"),
        ("2026-W47", "2026-11-16", "2026-11-22"),
        ("last-week", "2026-11-23", "2026-11-29"),
        ("last-month", "2026-10-01", "2026-10-31"),
        ("2026-W53", "2026-12-28", "2027-01-03"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2026-Q1", "2026-01-01", "2026-03-31"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-11-02..2026-11-13", "2026-11-02", "2026-11-13"),
        ("2026-W46..2026-11", "2026-11-09", "2026-11-30"),
    ],
)
def test_people_name_days_in_many_ways(text: str, first: str, last: str) -> None:
    found = period(text, TODAY)
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "0d", "d", "-3d", "lately", "2026-13", "2026-W54", "2026-Q5", "2026-02-30", "..", "2026..", "10000d"]
)
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="2026-W47"):
        period(text, TODAY)


@quickly
@given(st.dates(date(2000, 1, 10), date(2100, 12, 31)))
def test_the_last_week_and_month_are_the_latest_that_are_over(today: date) -> None:
    week, month = period("last-week", today), period("last-month", today)
    assert (week.first.weekday(), (week.last - week.first).days) == (0, 6)
    assert week.last < today <= week.last + timedelta(days=7)
    assert month.first.day == 1
    assert (month.last + timedelta(days=1)) == today.replace(day=1)


@quickly
@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 400))
def test_the_period_before_is_as_long(first: date, length: int) -> None:
    whole = Period(first, first + timedelta(days=length))
    assert first - whole.before == timedelta(days=length + 1)


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        period("2026-11-13..2026-11-02", TODAY)


def test_the_last_days_go_on_until_it_is_tomorrow_somewhere() -> None:
    assert period("7d", TODAY).until == TODAY + timedelta(days=1)
    assert period("2026-11", TODAY).until == TODAY


@quickly
@given(st.integers(0, 60 * 24 * 30), st.integers(-14, 14))
def test_an_instant_belongs_to_its_day_in_utc_wherever_it_was_noted(minutes: int, offset: int) -> None:
    at = (datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(timezone(timedelta(hours=offset)))
    day = at.astimezone(UTC).date()
    assert Period(day, day).has(at)
    assert not Period(day + timedelta(days=1), day + timedelta(days=9)).has(at)
