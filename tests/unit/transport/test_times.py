from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.transport.times import parse_instant, write_instant


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2026-11-23T09:00:01Z", 0),
        ("2026-11-23T09:00:01.5Z", 500_000),
        ("2026-11-23T09:00:01.123Z", 123_000),
        ("2026-11-23T09:00:01.1234567Z", 123_456),
        ("2026-11-23T09:00:01.9999999Z", 999_999),
        ("2026-11-23T09:00:01", 0),
        ("2026-11-23T18:00:01+09:00", 0),
        ("2026-11-23T03:30:01-0530", 0),
    ],
)
def test_reads_any_number_of_fraction_digits_and_any_zone(text: str, micros: int) -> None:
    assert parse_instant(text) == datetime(2026, 11, 23, 9, 0, 1, micros, UTC)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-23", "2026-13-01T00:00:00Z", None, 7, "0001-01-01T00:00:00+09:00"]
)
def test_refuses_what_is_no_time(text: object) -> None:
    with pytest.raises(ValueError):
        parse_instant(text)


@given(st.timedeltas(timedelta(0), timedelta(days=36_500)), st.integers(-12, 14))
def test_what_is_written_reads_back_as_the_same_instant_from_any_zone(since: timedelta, hours: int) -> None:
    moment = datetime(2000, 1, 1, tzinfo=UTC) + since
    assert parse_instant(write_instant(moment.astimezone(timezone(timedelta(hours=hours))))) == moment
