"""What queries select; the laws compare the indexed selector with a plain filter over every row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.effort import tried

from watchkeeper.emulators.servicenow.encoded_query import parse
from watchkeeper.emulators.servicenow.selection import Asker, Selector
from watchkeeper.emulators.servicenow.store import Row, Store
from watchkeeper.emulators.servicenow.tables import TABLES

TIMES = [f"2026-11-16 00:00:0{second}" for second in range(5)]
WORDS = st.sampled_from(["", "alpha", "Alpha", "beta", "al^pha", "日本", "b,c", "x@y"])
VALUES = {
    "short_description": WORDS,
    "correlation_id": st.sampled_from(["", "k1", "K1", "k2"]),
    "impact": st.sampled_from(["1", "2", "3", "10"]),
    "sys_updated_on": st.sampled_from(TIMES),
    "sys_id": st.sampled_from(["0a", "0b", "0c", "0d"]),
}
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda held, asked: held == asked,
    "!=": lambda held, asked: held != asked,
    "<": lambda held, asked: held < asked,
    "<=": lambda held, asked: held <= asked,
    ">": lambda held, asked: held > asked,
    ">=": lambda held, asked: held >= asked,
    "STARTSWITH": lambda held, asked: str(held).startswith(str(asked)),
    "ENDSWITH": lambda held, asked: str(held).endswith(str(asked)),
    "LIKE": lambda held, asked: str(asked) in str(held),
    "NOT LIKE": lambda held, asked: str(asked) not in str(held),
}
RANGES = {"<", "<=", ">", ">="}

Clause = tuple[str, str, str]


@st.composite
def clauses(draw: st.DrawFn) -> Clause:
    field = draw(st.sampled_from(sorted(VALUES)))
    return field, draw(st.sampled_from(sorted(OPERATORS))), draw(VALUES[field])


BRANCHES = st.lists(
    st.lists(st.lists(clauses(), min_size=1, max_size=2), min_size=1, max_size=3), min_size=1, max_size=2
)


@st.composite
def stores(draw: st.DrawFn) -> Store:
    store = Store()
    drawn = draw(st.lists(st.fixed_dictionaries(VALUES), max_size=8, unique_by=lambda row: row["sys_id"]))
    for row in drawn:
        store.insert("incident", incident(**row), "t", TIMES[0])
    return store


def incident(**values: str) -> Row:
    return {**dict.fromkeys(TABLES["incident"].fields, ""), **values}


def holds(clause: Clause, row: Row) -> bool:
    """The plain reading of one condition: numbers as numbers, text without letter case, nothing beyond a range when empty."""
    field, operator, asked = clause
    held = row[field]
    if operator in RANGES and held == "":
        return False
    if field == "impact" and operator in RANGES:
        return OPERATORS[operator](int(held), int(asked))
    return OPERATORS[operator](held.casefold(), asked.casefold())


def encoded(branches: list[list[list[Clause]]]) -> str:
    def spelled(clause: Clause) -> str:
        return "".join(clause).replace("^", "^^")

    return "^NQ".join("^".join("^OR".join(map(spelled, group)) for group in branch) for branch in branches)


@tried(300)
@given(stores(), BRANCHES)
def test_indexes_never_change_what_a_query_selects(store: Store, branches: list[list[list[Clause]]]) -> None:
    selected = {row["sys_id"] for row in select(store, encoded(branches))}
    every = store.tables["incident"].rows.values()
    plain = {
        row["sys_id"]
        for row in every
        if any(all(any(holds(clause, row) for clause in group) for group in branch) for branch in branches)
    }
    assert selected == plain


@settings(deadline=None)
@given(stores())
def test_order_is_by_time_then_id(store: Store) -> None:
    rows = select(store, "ORDERBYsys_updated_on^ORDERBYDESCsys_id")
    keys = [(row["sys_updated_on"], [-ord(letter) for letter in row["sys_id"]]) for row in rows]
    assert keys == sorted(keys)


@settings(deadline=None)
@given(stores(), st.sampled_from(TIMES), st.integers(1, 3))
def test_keyset_paging_visits_every_row_once_in_order(store: Store, since: str, size: int) -> None:
    seen: list[tuple[str, str]] = []
    base = f"sys_updated_on>={since}"
    while True:
        cursor = "" if not seen else f"^sys_updated_on>{seen[-1][0]}^ORsys_id>{seen[-1][1]}"
        start = base if not seen else f"sys_updated_on>={seen[-1][0]}"
        page = select(store, f"{start}{cursor}^ORDERBYsys_updated_on^ORDERBYsys_id")[:size]
        if not page:
            break
        seen += [(row["sys_updated_on"], row["sys_id"]) for row in page]
    every = [(row["sys_updated_on"], row["sys_id"]) for row in store.tables["incident"].rows.values()]
    assert seen == sorted(each for each in every if each[0] >= since)


def select(store: Store, text: str, *, strict: bool = False) -> list[Row]:
    return Selector(store, Asker("me", UTC), strict).select("incident", parse(text))


@pytest.fixture
def store() -> Store:
    store = Store()
    group = dict.fromkeys(TABLES["sys_user_group"].fields, "")
    store.insert("sys_user_group", {**group, "sys_id": "g1", "name": "SOC Monitoring"}, "t", TIMES[0])
    store.insert("sys_user_group", {**group, "sys_id": "g2", "name": "CSIRT", "parent": "g1"}, "t", TIMES[0])
    store.insert(
        "incident",
        incident(sys_id="1", assignment_group="g1", caller_id="me", opened_at=TIMES[1], impact="2"),
        "t",
        TIMES[0],
    )
    store.insert(
        "incident",
        incident(sys_id="2", assignment_group="g2", caller_id="you", opened_at=TIMES[3], impact="10"),
        "t",
        TIMES[0],
    )
    store.insert("incident", incident(sys_id="3", assigned_to="you", impact="1"), "t", TIMES[0])
    return store


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", "123"),
        ("assignment_group=g1", "1"),
        ("assignment_group=SOC Monitoring", ""),
        ("assignment_groupLIKEmonitor", "1"),
        ("assignment_groupSTARTSWITHcs", "2"),
        ("assignment_groupNOT LIKEmonitor", "23"),
        ("assignment_group.name=csirt", "2"),
        ("assignment_group.parent.name=SOC Monitoring", "2"),
        ("assignment_groupISEMPTY", "3"),
        ("assignment_groupISNOTEMPTY", "12"),
        ("assignment_group!=g1", "23"),
        ("assignment_groupINg1, g2", "12"),
        ("assignment_groupNOT INg1,g2", "3"),
        ("sys_idIN3,1", "13"),
        ("impact>2", "2"),
        ("impactBETWEEN2@10", "12"),
        ("opened_at<2026-11-16 00:00:03", "1"),
        ("opened_atBETWEEN2026-11-16 00:00:01@2026-11-16 00:00:03", "12"),
        ("assigned_toSAMEAScaller_id", ""),
        ("short_descriptionSAMEASdescription", "123"),
        ("assigned_toNSAMEAScaller_id", "123"),
        ("short_descriptionANYTHING", "123"),
        ("caller_id=javascript:gs.getUserID()", "1"),
        ('opened_at>=javascript:gs.dateGenerate("2026-11-16 00:00:02")', "2"),
        ("opened_at>=javascript:gs.dateGenerate('2026-11-16','00:00:02')", "2"),
        ("caller_id=javascript:anything.else()", "3"),
    ],
)
def test_conditions_select_what_the_documentation_says(store: Store, query: str, ids: str) -> None:
    assert "".join(sorted(row["sys_id"] for row in select(store, query))) == ids


@pytest.mark.parametrize(
    "broken", ["zz_no_such=1", "nonsense", "assignment_group.zz=1", "opened_at>=yesterday", "impactSAMEASzz"]
)
def test_an_invalid_condition_is_dropped_and_widens_the_result(store: Store, broken: str) -> None:
    assert [row["sys_id"] for row in select(store, f"assignment_group=g1^{broken}")] == ["1"]
    assert len(select(store, broken)) == 3


@pytest.mark.parametrize("broken", ["zz_no_such=1", "nonsense", "opened_at>=yesterday", "assignment_group=g1^ORzz=1"])
def test_with_the_property_an_invalid_condition_selects_nothing(store: Store, broken: str) -> None:
    assert select(store, f"sys_idISNOTEMPTY^{broken}", strict=True) == []
    assert select(store, "assignment_group=g1", strict=True) != []


def test_an_unknown_order_field_is_ignored(store: Store) -> None:
    assert len(select(store, "ORDERBYzz")) == 3


def test_numbers_are_ordered_as_numbers(store: Store) -> None:
    assert [row["impact"] for row in select(store, "ORDERBYDESCimpact")] == ["10", "2", "1"]


def test_a_row_in_two_branches_comes_once(store: Store) -> None:
    assert len(select(store, "impact=2^NQassignment_group=g1")) == 1
