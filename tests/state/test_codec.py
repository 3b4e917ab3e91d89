from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.effort import tried

from watchkeeper.errors import StateUnusable
from watchkeeper.model.activity import Actor
from watchkeeper.model.audit import AuditReport
from watchkeeper.model.link import ConflictRow, Link
from watchkeeper.model.occurrence import Decided
from watchkeeper.model.plan import Intent, Plan
from watchkeeper.model.record import Record
from watchkeeper.model.run import RunReport
from watchkeeper.model.verdict import Deed, Verdict
from watchkeeper.state.codec import (
    Alike,
    clean,
    from_json,
    instant,
    instant_text,
    raw_fields,
    raw_text,
    to_json,
    to_row,
)

UNHURRIED = settings(deadline=None)
"""Machines that run the tests may be busy."""

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
"""Every code point, NUL and lone surrogates among them."""
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES)  # noqa: DTZ001
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: ANY_TEXT,
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    datetime: INSTANTS,
    date: st.dates(),
    type(None): st.none(),
}


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Every value that a type's annotations allow."""
    if kind in SCALARS:
        return SCALARS[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values_of(each) for each in arguments])
    if origin is tuple and Ellipsis not in arguments:
        return st.tuples(*[values_of(each) for each in arguments])
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=1).map(tuple)
    if origin is not None and issubclass(origin, frozenset):
        return st.frozensets(values_of(arguments[0]), max_size=1)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(ANY_TEXT, values_of(arguments[1]), max_size=1)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{field.name: values_of(hints[field.name]) for field in dataclasses.fields(kind)})


@pytest.mark.parametrize("kind", [Intent, Decided, Verdict, Record, Link, Plan, RunReport, AuditReport])
def test_what_is_stored_comes_back_equal(kind: type) -> None:
    @tried(25, suppress_health_check=[HealthCheck.too_slow])
    @given(values_of(kind))
    def law(value: object) -> None:
        text = to_json(value)
        assert text.isascii()
        assert "\x00" not in text
        assert from_json(kind, text) == value

    law()


@pytest.mark.parametrize("kind", [Deed, Record, ConflictRow])
def test_a_row_comes_back_equal_and_is_shorter(kind: type) -> None:
    @tried(25, suppress_health_check=[HealthCheck.too_slow])
    @given(values_of(kind))
    def law(value: object) -> None:
        text = to_row(value)
        assert len(text) < len(to_json(value))
        assert from_json(kind, text) == value

    law()


def test_a_row_of_before_a_field_was_added_is_read_with_its_default() -> None:
    assert from_json(Actor, '["servicenow", "keiko.tanaka"]') == Actor("servicenow", "keiko.tanaka")


@pytest.mark.parametrize(
    "text", ['["servicenow"]', '["servicenow", "keiko.tanaka", "", "surprise"]', '["servicenow", 3]']
)
def test_a_row_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        from_json(Actor, text)


@UNHURRIED
@given(ANY_TEXT)
def test_cleaned_text_can_be_stored_everywhere_and_is_cleaned_once(text: str) -> None:
    cleaned = clean(text)
    assert "\x00" not in cleaned
    cleaned.encode()
    assert clean(cleaned) == cleaned
    assert len(cleaned) == len(text)


@UNHURRIED
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")))
def test_storable_text_is_left_as_it_is(text: str) -> None:
    assert clean(text) == text


@UNHURRIED
@given(st.dictionaries(ANY_TEXT, st.one_of(st.none(), ANY_TEXT, st.lists(ANY_TEXT).map(tuple))))
def test_raw_fields_come_back_equal_and_left_out_is_not_cleared(
    fields: dict[str, str | tuple[str, ...] | None],
) -> None:
    assert raw_fields(raw_text(fields)) == fields


@UNHURRIED
@given(INSTANTS, INSTANTS)
def test_text_order_of_instants_is_their_order_in_time(one: datetime, other: datetime) -> None:
    assert instant(instant_text(one)) == one
    assert (instant_text(one) < instant_text(other)) == (one < other)
    assert len(instant_text(one)) == 27


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        instant_text(datetime(2026, 11, 23))  # noqa: DTZ001


def test_a_document_of_another_shape_is_refused() -> None:
    with pytest.raises((TypeError, KeyError, ValueError)):
        from_json(Verdict, '{"key": 3, "surprise": []}')


def test_instants_are_kept_to_the_microsecond() -> None:
    at = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)
    assert instant_text(at) == "2026-11-23T09:00:00.123456Z"
    assert instant(instant_text(at)) == at


@dataclasses.dataclass(frozen=True)
class _Item:
    name: str
    count: int


@dataclasses.dataclass(frozen=True)
class _Day:
    items: tuple[_Item, ...]
    names: tuple[str, ...] = ()


class TestAlike:
    def test_what_has_not_changed_is_the_same_object(self) -> None:
        alike, days = Alike(_Day), [_Day((_Item("a", 1), _Item("b", n)), ("x",)) for n in (1, 2)]
        first, second = (alike.stored(to_row(day)) for day in days)
        assert [first, second] == days
        assert second.items[0] is first.items[0]
        assert second.items[1] is not first.items[1]

    def test_the_same_name_twice_is_two_things(self) -> None:
        day = _Day((_Item("a", 1), _Item("a", 2), _Item("a", 1)))
        assert Alike(_Day).stored(to_row(day)) == day

    def test_documents_that_name_their_fields_are_read_too(self) -> None:
        day = _Day((_Item("a", 1),))
        alike = Alike(_Day)
        assert alike.stored(to_row(day)) == alike.stored(to_json(day)) == day

    @pytest.mark.parametrize("text", ["{", "[[[1, 2]], []]", '[[["a", "b"]], []]', "[[[[], 1]], []]"])
    def test_what_is_no_such_document_is_said(self, text: str) -> None:
        with pytest.raises(StateUnusable, match="a stored _Day cannot be read"):
            Alike(_Day).stored(text)
