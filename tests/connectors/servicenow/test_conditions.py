"""Whether somebody else's condition would select a record that is not there yet: yes, no, or it cannot be told."""

from __future__ import annotations

import pytest

from watchkeeper_servicenow.conditions import selects

RECORD = {
    "category": "soc_maintenance",
    "priority": "5",
    "state": "1",
    "active": "true",
    "short_description": "A^B",
    "labels": ("a", "b"),
    "hidden": None,
}


@pytest.mark.parametrize(
    ("query", "selected"),
    [
        ("", True),
        ("ORDERBYnumber", True),
        ("active=true^EQ", True),
        ("priority=1", False),
        ("priority=5^state=1", True),
        ("priority<=3", False),
        ("priority>=4^priority<9^priority>4", True),
        ("category!=soc_maintenance", False),
        ("category=SOC_Maintenance", True),
        ("categoryINsecurity, soc_maintenance", True),
        ("categoryNOT INsecurity,soc_maintenance", False),
        ("categorySTARTSWITHsoc^categoryENDSWITHance^categoryLIKEmaint", True),
        ("categoryNOT LIKEmaint", False),
        ("categoryISEMPTY", False),
        ("categoryISNOTEMPTY", True),
        ("priority=1^ORcategory=soc_maintenance", True),
        ("priority=1^ORpriority=2", False),
        ("priority=1^NQstate=1", True),
        ("priority=1^NQstate=2", False),
        ("short_description=A^^B", True),
    ],
)
def test_a_condition_on_what_is_known_is_answered(query: str, selected: bool) -> None:
    assert selects(query, RECORD) is selected


@pytest.mark.parametrize(
    "query",
    [
        "caller_id.vip=true",
        "assignment_groupISNOTEMPTY",
        "hidden=x",
        "labels=a",
        "stateCHANGESTO6",
        "priority=1^ORassigned_to=me",
        "opened_at>javascript:gs.beginningOfToday()",
        "not a condition",
    ],
)
def test_what_looks_at_something_open_cannot_be_told(query: str) -> None:
    assert selects(query, RECORD) is None


@pytest.mark.parametrize(
    "query", ["priority=1^assigned_to=me", "assigned_to=me^priority=1", "caller_id.vip=true^category=x"]
)
def test_one_condition_that_fails_settles_it(query: str) -> None:
    assert selects(query, RECORD) is False


@pytest.mark.parametrize("query", ["priority=5^ORassigned_to=me", "assigned_to=me^NQpriority=5", "hiddenANYTHING"])
def test_one_alternative_that_holds_settles_it(query: str) -> None:
    assert selects(query, RECORD) is True
