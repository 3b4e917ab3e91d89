"""Mistake 12, KQL injection: nothing that anybody wrote can change what a query asks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watchkeeper.emulators.kql import run_query
from watchkeeper.emulators.kql.values import ticks_of
from watchkeeper_sentinel.kql import (
    FIRST_STATES,
    baseline_query,
    changes_query,
    deleted_query,
    guid_list,
    instant_literal,
    text_literal,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def meaning(expression: str) -> object:
    """What the service makes of an expression."""
    table = run_query(f"print x = {expression}", {}, ticks_of(NOW))
    assert [column.name for column in table.columns] == ["x"]
    (row,) = table.rows
    return row[0]


@given(st.text())
@example('"')
@example("\\")
@example('\\"; SecurityIncident | take 1 //')
@example("a\nb\r\nc\td\x00\x7f\x85\u2028\u2029")
@example("' or 1 == 1")
@example("```~~~@h")
@example("対応中です 🛰")
def test_any_text_is_that_very_text_to_the_service(text: str) -> None:
    literal = text_literal(text)
    assert meaning(literal) == text
    assert not set("\n\r\x85\u2028\u2029") & set(literal)


def test_half_of_a_character_is_refused_instead_of_sent() -> None:
    with pytest.raises(ValueError):
        text_literal("\ud83d")


@given(st.lists(st.uuids(), max_size=5))
def test_a_list_of_guids_is_that_list(names: list[object]) -> None:
    assert meaning(guid_list([str(name).upper() for name in names])) == sorted({str(name) for name in names})


@given(st.timedeltas(timedelta(), timedelta(days=36_500)), st.integers(-12 * 60, 14 * 60))
def test_an_instant_is_that_instant(since: timedelta, offset: int) -> None:
    moment = (datetime(1970, 1, 2, tzinfo=UTC) + since).astimezone(timezone(timedelta(minutes=offset)))
    assert meaning(instant_literal(moment)) == ticks_of(moment.astimezone(UTC))


@given(st.text())
@example('"]); SecurityIncident | take 1 //')
def test_what_is_no_guid_reaches_no_query_about_records(name: str) -> None:
    for build in (deleted_query, guid_list):
        try:
            built = build([name])
        except ValueError:
            continue
        assert json.loads(built[built.index("[") : built.index("]") + 1])


def test_the_parts_that_do_not_vary_are_the_same_for_everybody() -> None:
    name = "73e01a99-5cd7-4139-a149-9f2736ff2ab5"
    day = (NOW - timedelta(days=1), NOW)
    built = {
        text.replace(guid_list([other]), "[]")
        for other in (name, name[::-1].replace("-", "")[:32])
        for text in (changes_query(*day, [other]), baseline_query(NOW, [other]), deleted_query([other]))
    }
    assert len(built) == 3
    assert text_literal("watchkeeper-key:") in FIRST_STATES
