from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watchkeeper.emulators.servicenow.encoded_query import Condition as Parsed
from watchkeeper.emulators.servicenow.encoded_query import parse
from watchkeeper.errors import Rejected
from watchkeeper.model.population import Condition, Filter, Operator
from watchkeeper_servicenow import query

AT = datetime(2026, 11, 16, 0, 30, 15, tzinfo=UTC)
SYS_ID = "0123456789abcdef0123456789abcdef"
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30).filter(
    lambda text: not text.strip().lower().startswith("javascript:")
)


@example("x^NQactive=true^ORnumber=1")
@example("^")
@example("a^^b^")
@given(VALUES)
def test_no_value_ever_adds_a_condition(value: str) -> None:
    parsed = parse(query.one_of("short_description", [value]))
    assert parsed.branches == (((Parsed("short_description", "=", value),),),)
    assert parsed.order == ()


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_one_of_means_exactly_its_values(values: list[str]) -> None:
    ((group,),) = parse(query.one_of("correlation_id", values)).branches
    told = [part for each in group for part in (each.value.split(",") if each.operator == "IN" else [each.value])]
    assert told == values
    assert {each.field for each in group} == {"correlation_id"}


@pytest.mark.parametrize("value", [" a", "a ", "a,b"])
def test_a_value_that_a_list_would_change_is_compared_alone(value: str) -> None:
    assert query.one_of("category", ["x", value]) == f"category=x^ORcategory={value}"


@pytest.mark.parametrize("value", ["", "javascript:gs.getUserID()", " JavaScript:x", "a\nb", "a\x00", "\x7f", "\ud800"])
def test_values_that_cannot_be_asked_for_are_refused(value: str) -> None:
    with pytest.raises(Rejected, match="cannot be searched for"):
        query.one_of("correlation_id", [value])


def test_a_comparison_with_nothing_is_refused_because_it_would_match_everything() -> None:
    with pytest.raises(Rejected, match="no value to compare correlation_id with"):
        query.one_of("correlation_id", [])


@pytest.mark.parametrize("name", ["", "a b", "state^active", "State", "1a", "a.", ".a", "a..b", "state=1", "état"])
def test_only_field_names_pass_for_fields(name: str) -> None:
    with pytest.raises(Rejected, match="not a field name"):
        query.one_of(name, ["1"])


@pytest.mark.parametrize("name", ["", "incident/x", "Incident", "incident?x", "../oauth_token.do", "a" * 81])
def test_only_table_names_pass_for_tables(name: str) -> None:
    with pytest.raises(Rejected, match="not a table name"):
        query.table_name(name)


def test_times_are_utc_literals() -> None:
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))
    assert query.at_or_after("sys_updated_on", tokyo) == "sys_updated_on>=2026-11-16 00:30:15"
    assert query.instant(query.stamp(tokyo)) == AT


@pytest.mark.parametrize(
    "text", ["", "2026-11-16", "16/11/2026 00:30:15", "2026-11-16T00:30:15Z", "2026-13-16 00:30:15"]
)
def test_other_spellings_of_a_time_are_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        query.instant(text)


def test_the_keyset_needs_no_second_branch() -> None:
    text = query.behind(AT, SYS_ID)
    assert text == f"sys_updated_on>=2026-11-16 00:30:15^sys_updated_on>2026-11-16 00:30:15^ORsys_id>{SYS_ID}"
    with pytest.raises(Rejected):
        query.behind(AT, "x^NQ")


def test_every_branch_repeats_what_they_have_in_common() -> None:
    parsed = parse(query.ordered(query.any_of(["state=1", "state=2^category=security"], "active=true"), "sys_id"))
    active = (Parsed("active", "=", "true"),)
    assert parsed.branches == (
        ((Parsed("state", "=", "1"),), active),
        ((Parsed("state", "=", "2"),), (Parsed("category", "=", "security"),), active),
    )
    assert [order.field for order in parsed.order] == ["sys_id"]


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Condition("state", Operator.IN, ("1",)), "state=1"),
        (Condition("state", Operator.IN, ("1", "2")), "stateIN1,2"),
        (Condition("category", Operator.HAS_ANY, ("a,b", "c")), "category=a,b^ORcategory=c"),
        (Condition("state", Operator.NOT_IN, ("6", "7")), "state!=6^state!=7"),
        (Condition("state", Operator.HAS_NONE, ("6",)), "state!=6"),
        (Condition("number", Operator.STARTS_WITH, ("SEC", "INC")), "numberSTARTSWITHSEC^ORnumberSTARTSWITHINC"),
    ],
)
def test_conditions_of_a_population_in_the_instances_language(condition: Condition, text: str) -> None:
    assert query.of_filter(Filter((condition,))) == text


@example(["監視チーム"] * 3 + [f"監視チーム{number}" for number in range(50)], 2)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60), max_size=200), st.integers(1, 3))
def test_portions_hold_every_value_once_and_stay_short_in_the_address(values: list[str], repeats: int) -> None:
    portions = query.in_portions(values, repeats=repeats)
    assert [value for portion in portions for value in portion] == list(dict.fromkeys(values))
    assert all(len(portion) <= query.PORTION for portion in portions)
    assert all(len(quote(",".join(portion))) * repeats <= 1200 for portion in portions if len(portion) > 1)


def test_a_value_that_no_address_can_hold_is_refused() -> None:
    (portion,) = query.in_portions(["\ud800"])
    with pytest.raises(Rejected):
        query.one_of("correlation_id", portion)


def test_a_window_ends_at_the_next_whole_second() -> None:
    assert query.next_second(AT) == AT
    assert query.next_second(AT + timedelta(microseconds=1)) == AT + timedelta(seconds=1)
