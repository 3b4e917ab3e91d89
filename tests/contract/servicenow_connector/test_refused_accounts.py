"""An account that may no longer sign in, and side tables that show less than they should: told apart, never taken for silence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.contract.servicenow_connector.rig import ServiceNowRig

from watchkeeper.emulators.servicenow.cast import sys_id
from watchkeeper.errors import AuthFailed, Reject
from watchkeeper.model.activity import CommentDraft, ReferenceKind, Resolved
from watchkeeper.model.record import SERVICENOW, RecordRef

ROBOT = "watchkeeper"
REFS = [RecordRef(SERVICENOW, "incident", f"{number:032x}") for number in range(100)]


@pytest.fixture
def rig() -> ServiceNowRig:
    return ServiceNowRig()


def closed(rig: ServiceNowRig, table: str, **rule: Any) -> None:
    rig.servicenow.seed({"acl": [{"table": table, "operation": "api", "deny": [ROBOT], **rule}]})


ASKED: dict[str, Callable[[ServiceNowRig], object]] = {
    "identity": lambda rig: rig.connector.identity(),
    "one record": lambda rig: rig.connector.get(REFS[:1], frozenset()),
    "many records": lambda rig: rig.connector.get(REFS, frozenset()),
    "search": lambda rig: rig.connector.find("incident", ["a"], frozenset()),
    "scan": lambda rig: list(rig.connector.scan(rig.feed(), None)),
    "comments": lambda rig: rig.connector.comments(REFS[:1]),
    "activity": lambda rig: rig.connector.activity("incident", rig.clock.now(), rig.clock.now()),
    "groups": lambda rig: rig.connector.resolve(ReferenceKind.GROUP, ["CSIRT"]),
    "people": lambda rig: rig.connector.principals(["keiko.tanaka"]),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_login_that_is_refused_is_never_a_right_that_lacks_somewhere(
    rig: ServiceNowRig, ask: Callable[[ServiceNowRig], object]
) -> None:
    rig.connector.server_now()
    off = {"table": "sys_user", "sys_id": sys_id("sys_user", ROBOT), "fields": {"locked_out": "true"}}
    rig.servicenow.seed({"rows": [off]})
    with pytest.raises(AuthFailed) as refused:
        ask(rig)
    assert refused.value.attempt.status == 401


def test_an_account_that_may_not_read_its_own_row_has_no_name(rig: ServiceNowRig) -> None:
    closed(rig, "sys_user")
    assert rig.connector.identity().account == ""


@pytest.mark.parametrize("status", [400, 503])
def test_a_note_is_read_back_by_its_text_where_nobody_says_who_we_are(rig: ServiceNowRig, status: int) -> None:
    ref = rig.person_opens("Odd sign-ins")
    rig.fault("status", path_prefix="/api/now/table/sys_user", status=status)
    written = rig.connector.add_comment(CommentDraft(ref, "origin", "Isolated."))
    notes = [note["sys_id"] for ticket in rig.servicenow.records() for note in ticket["journal"]]
    assert [written.id] == notes


def test_properties_that_may_not_be_read_leave_the_address_as_the_identity(rig: ServiceNowRig) -> None:
    closed(rig, "sys_properties", operation="read", answer="refuse")
    assert rig.connector.identity().id == "servicenow.emulator"


def test_groups_that_may_not_be_searched_are_unverifiable(rig: ServiceNowRig) -> None:
    closed(rig, "sys_user_group", operation="query_match", field="name")
    resolution = rig.connector.resolve(ReferenceKind.GROUP, ["CSIRT"])["CSIRT"]
    assert resolution.outcome is Resolved.UNVERIFIABLE
    assert "Insufficient rights" in resolution.near[0]


@pytest.mark.parametrize("rule", [{}, {"operation": "read", "answer": "refuse"}, {"operation": "query_match"}])
def test_notes_of_a_closed_journal_are_refused_and_not_none(rig: ServiceNowRig, rule: dict[str, Any]) -> None:
    ref = rig.person_opens("Alert")
    rig.person_comments(ref, "looking into it")
    closed(rig, "sys_journal_field", **rule)
    with pytest.raises((AuthFailed, Reject)):
        rig.connector.comments([ref])


@pytest.mark.parametrize(
    ("table", "field"),
    [("sys_journal_field", "value"), ("sys_journal_field", "name"), ("sys_audit", "user"), ("sys_audit", "tablename")],
)
def test_an_entry_without_its_author_or_place_makes_the_history_unknown(
    rig: ServiceNowRig, table: str, field: str
) -> None:
    ref = rig.person_opens("Alert")
    begin = rig.clock.now()
    rig.advance(timedelta(minutes=1))
    rig.person_comments(ref, "looking into it")
    rig.person_edits(ref)
    queries = {"table": table, "operation": "query_match", "field": field, "allow": ["itil"]}
    hidden = {"table": table, "operation": "read", "field": field, "deny": [ROBOT]}
    rig.servicenow.seed({"acl": [hidden, queries]})
    report = rig.connector.activity("incident", begin, rig.clock.now(), [ref.id])
    assert not report.readable
    assert f"a row of {table} came without" in report.reason
