"""Whatever a filter says and however the instance treats what it does not understand, no row outside the filter comes through."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contract.servicenow_connector.rig import ServiceNowRig

from watchkeeper.emulators.options import WorldOptions
from watchkeeper.errors import Rejected
from watchkeeper.model.population import Condition, Feed, Filter, Operator
from watchkeeper.model.record import SERVICENOW
from watchkeeper.model.scan import Page, ScanEnd

KNOWN = ("category", "short_description", "urgency", "close_notes", "correlation_id")
UNKNOWN = ("categroy", "u_none", "assignment_group.u_none", "caller_id.categroy")
TITLES = (
    "Alert",
    "alert",
    "a^b",
    "a,b",
    "a",
    "x^NQactive=true",
    "x^ORcategory=network",
    "警告",
    "ORDERBYnumber",
    " a",
    "*",
)
VALUES = (
    *TITLES,
    "security",
    "network",
    "Security",
    "1",
    "2",
    "javascript:gs.getUserID()",
    "DESC",
    "NULL",
    "^",
    "=",
    "%",
)

conditions = st.builds(
    Condition,
    st.sampled_from((*KNOWN, *UNKNOWN)),
    st.sampled_from((Operator.IN, Operator.NOT_IN, Operator.STARTS_WITH)),
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=3).map(tuple),
)
filters = st.lists(
    st.lists(conditions, min_size=1, max_size=3).map(lambda each: Filter(tuple(each))), min_size=1, max_size=2
)


@cache
def instance(strict: bool) -> ServiceNowRig:
    """Incidents of a person, of every category and urgency, under all titles; none of them carries our sign."""
    rig = ServiceNowRig(WorldOptions(invalid_query_returns_no_rows=strict))
    for number, title in enumerate(TITLES):
        fields = {
            "short_description": title,
            "category": ("security", "network", "")[number % 3],
            "urgency": str(number % 3 + 1),
        }
        rig.people("create", fields=fields)
    return rig


def inside(row: Mapping[str, str], filter_: Filter) -> bool:
    """What the filter means, said anew: text compares exactly, and a field that is not there satisfies nothing."""
    for condition in filter_.conditions:
        if condition.field not in row:
            return False
        value = row[condition.field]
        met = {
            Operator.IN: value in condition.values,
            Operator.NOT_IN: value not in condition.values,
            Operator.STARTS_WITH: any(value[: len(start)] == start for start in condition.values),
        }[condition.operator]
        if not met:
            return False
    return True


def _by_case(row: Mapping[str, str], asked: list[Filter]) -> bool:
    """Whether a row differs from an excluded value by letter case alone: the database compares without it, and excludes both."""
    excluded = [c for each in asked for c in each.conditions if c.operator is Operator.NOT_IN]
    return any(row[c.field].casefold() in {value.casefold() for value in c.values} for c in excluded)


@pytest.mark.parametrize("strict", [False, True], ids=["dropped", "nothing"])
@given(asked=filters, page_size=st.integers(1, 12))
def test_what_comes_through_is_inside_the_filter_and_nothing_known_is_lost(
    strict: bool, asked: list[Filter], page_size: int
) -> None:
    rig = instance(strict)
    feed = Feed(SERVICENOW, "incident", frozenset({"short_description"}), tuple(asked))
    try:
        *pages, end = rig.open(rig.transport, page_size=page_size).scan(feed, None)
    except Rejected:
        assert any(value.startswith("javascript:") for each in asked for c in each.conditions for value in c.values)
        return
    assert isinstance(end, ScanEnd)
    assert end.complete
    numbers = [record.number for page in pages if isinstance(page, Page) for record in page.records]
    wanted = {row["number"] for row in rig.servicenow.records() if any(inside(row, each) for each in asked)}
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= wanted
    if all(condition.field in KNOWN for each in asked for condition in each.conditions):
        assert wanted - set(numbers) <= {row["number"] for row in rig.servicenow.records() if _by_case(row, asked)}


@pytest.mark.parametrize("strict", [False, True], ids=["dropped", "nothing"])
@given(markers=st.lists(st.sampled_from(VALUES), min_size=1, max_size=5))
def test_a_search_for_markers_finds_nothing_else(strict: bool, markers: list[str]) -> None:
    rig = instance(strict)
    try:
        found = rig.connector.find("incident", markers, frozenset())
    except Rejected:
        assert any(marker.startswith("javascript:") for marker in markers)
        return
    assert found == dict.fromkeys(markers, ())
