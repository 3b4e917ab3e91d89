from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.sync.make import agreed, case, found, in_sentinel, in_servicenow, profile, record

from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.record import SENTINEL, SERVICENOW, RawFields, Refused, Written
from watchkeeper.sync.case import Case
from watchkeeper.sync.memory import PairMemory
from watchkeeper.sync.reconcile import reconcile
from watchkeeper.sync.taken import fields_left, token_of_field, without_fields

TICKET, INCIDENT = agreed()
RULES = profile("escalation")


def titled(asked: str, held: str) -> Action:
    """A new title for a ticket."""
    now = case(
        found(SERVICENOW, TICKET, TICKET), found(SENTINEL, in_sentinel(severity="high"), INCIDENT), of="escalation"
    )
    action = reconcile(now).actions[0]
    change = replace(action.changes[0], field="title")
    return replace(action, body={"short_description": asked}, before={"short_description": held}, changes=(change,))


def raised(**more: object) -> Case:
    return case(
        found(SERVICENOW, {**TICKET}, TICKET),
        found(SENTINEL, {**in_sentinel(severity="high"), **more}, INCIDENT),
    )


def answered(action: Action, fields: RawFields) -> Written:
    refused = tuple(
        Refused(name, value, fields[name]) for name, value in action.body.items() if fields.get(name) != value
    )
    return Written(record(SERVICENOW, fields, revision=4), refused)


@pytest.mark.parametrize(
    ("asked", "held", "now", "left"),
    [
        ("A new title", "The old title", "The old title", ("title",)),
        ("A new title", "The old title", "A new title, said the rule", ()),
        ("The title ", "The title", "The title", ()),
        ("THE  TITLE", "The title", "The title", ()),
        ("A title that is too long", "A title that", "A title that", ()),
        ("A title that is too long", "", "", ("title",)),
    ],
    ids=["kept", "rewritten", "trimmed", "spaces-and-case", "cut", "emptied"],
)
def test_a_text_is_left_where_the_answer_shows_the_one_from_before_and_no_form_of_ours(
    asked: str, held: str, now: str, left: tuple[str, ...]
) -> None:
    action = titled(asked, held)
    assert fields_left(RULES, action, answered(action, {"short_description": now})) == left


def test_a_code_that_begins_like_the_one_we_sent_is_no_form_of_it() -> None:
    change = replace(reconcile(raised()).actions[0].changes[0], field="status")
    action = replace(reconcile(raised()).actions[0], body={"state": "10"}, before={"state": "1"}, changes=(change,))
    assert fields_left(profile(), action, answered(action, {"state": "1"})) == ("status",)


def test_a_new_record_has_nothing_from_before() -> None:
    action = replace(titled("A title", ""), operation=Operation.CREATE)
    assert fields_left(RULES, action, answered(action, {"short_description": ""})) == ()


def test_a_field_that_was_left_keeps_the_other_sides_value_as_news() -> None:
    now = raised()
    (action,) = reconcile(now).actions
    memory = PairMemory.of(now, {}, now.sides[SERVICENOW].record.updated_at)  # type: ignore[union-attr]
    memory.wrote(action, record(SERVICENOW, TICKET, revision=4), record(SERVICENOW, TICKET).updated_at, ("severity",))
    assert memory.final[SENTINEL].base["severity"] == "Informational"
    assert memory.final[SERVICENOW].base["impact"] == "3"
    assert "impact" not in memory.final[SERVICENOW].asked


def test_a_field_is_named_by_what_is_still_missing_of_it() -> None:
    (action,) = reconcile(raised()).actions
    half = {**TICKET, "impact": "1"}
    later = case(found(SERVICENOW, half, half), found(SENTINEL, in_sentinel(severity="high"), INCIDENT))
    (again,) = reconcile(later).actions
    assert token_of_field(profile(), action, "severity", half) == token_of_field(
        profile(), again, "severity", again.before
    )
    assert token_of_field(profile(), action, "severity", half) != token_of_field(profile(), action, "severity", TICKET)


def test_a_close_without_its_status_closes_nothing_and_writes_no_closing_code() -> None:
    closed = {"classification": "Undetermined", "classificationReason": "", "classificationComment": "done"}
    now = raised(status="Closed", **closed)
    (action,) = reconcile(now).actions
    assert action.operation is Operation.CLOSE
    rest = without_fields(profile(), action, {"status"})
    assert rest is not None
    assert (rest.operation, dict(rest.body)) == (Operation.UPDATE, {"impact": "1", "urgency": "1"})
    assert rest.agreed == {"severity": "High"}
    close = without_fields(profile(), action, {"severity"})
    assert close is not None
    assert close.operation is Operation.CLOSE
    assert not {"impact", "urgency"} & close.body.keys()
    assert close.body["state"] == in_servicenow("resolved")["state"]
    assert without_fields(profile(), action, {"status", "severity"}) is None
