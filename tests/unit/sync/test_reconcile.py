from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sync.make import agreed, case, found, in_sentinel, in_servicenow, link, never, profile

from watchkeeper.mapping.profile import CloseFrom, GonePolicy, Profile
from watchkeeper.model.plan import LATE_NUMBER, Operation
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.sync.case import Case, SideView, Sighting
from watchkeeper.sync.reconcile import in_order, reconcile

TICKET, INCIDENT = agreed()
DONE = {"close_code": "Solution provided", "close_notes": "done"}


def pair(ticket: dict[str, Any], incident: dict[str, Any], **changes: Any) -> Case:
    """A linked pair that last agreed on new and informational."""
    return case(found(SERVICENOW, ticket, TICKET), found(SENTINEL, incident, INCIDENT), **changes)


def steps(each: Case) -> list[tuple[Operation, str]]:
    return [(action.operation, action.ref.side) for action in reconcile(each).actions]


class TestCreation:
    def test_the_ticket_first_and_then_the_incident_with_its_number(self) -> None:
        incident = never(SENTINEL, draft=in_sentinel(labels=(LATE_NUMBER,)), late=("labels",))
        actions = reconcile(case(never(SERVICENOW, draft=in_servicenow()), incident)).actions
        assert [(action.operation, action.ref.side, action.step) for action in actions] == [
            (Operation.CREATE, SERVICENOW, 0),
            (Operation.CREATE, SENTINEL, 1),
        ]
        assert actions[1].late == ("labels",)
        assert {change.field for change in actions[0].changes} == {"status", "severity"}
        assert all(change.before is None for change in actions[0].changes)

    def test_a_missing_counterpart_is_created_and_the_existing_record_tied_to_it(self) -> None:
        incident = found(SENTINEL, INCIDENT, link_back={"labels": (LATE_NUMBER,)}, link_back_late=("labels",))
        each = case(never(SERVICENOW, draft=in_servicenow()), incident)
        assert steps(each) == [(Operation.CREATE, SERVICENOW), (Operation.LINK, SENTINEL)]
        create, tie = reconcile(each).actions
        assert create.agreed["severity"] == "Informational"
        assert tie.expect == incident.record.revision if incident.record else False

    def test_nothing_there_and_nothing_to_create(self) -> None:
        assert not reconcile(case(never(SERVICENOW), never(SENTINEL))).actions


class TestInStep:
    def test_agreement_needs_no_write_and_is_remembered(self) -> None:
        outcome = reconcile(pair(in_servicenow("active"), in_sentinel("active")))
        assert not outcome.actions
        assert outcome.settled is not None
        assert outcome.settled.bases[SERVICENOW]["state"] == "2"
        assert outcome.settled.bases[SENTINEL]["status"] == "Active"

    def test_all_changes_of_one_side_go_into_one_call_at_the_revision_they_were_decided_on(self) -> None:
        outcome = reconcile(pair(in_servicenow("active", "high"), in_sentinel()))
        [action] = outcome.actions
        assert (action.operation, action.ref.side) == (Operation.UPDATE, SENTINEL)
        assert action.body == {"status": "Active", "severity": "High"}
        assert action.before == {"status": "New", "severity": "Informational"}
        assert action.agreed == {"state": "2", "impact": "1", "urgency": "1"}
        assert action.expect is not None
        assert action.expect.token == "3"
        assert "status" in action.reason

    def test_changes_on_both_sides_cross(self) -> None:
        outcome = reconcile(pair(in_servicenow("active"), in_sentinel(severity="high")))
        assert {action.ref.side: action.body for action in outcome.actions} == {
            SENTINEL: {"status": "Active"},
            SERVICENOW: {"impact": "1", "urgency": "1"},
        }

    def test_a_conflict_names_winner_and_loser(self) -> None:
        outcome = reconcile(pair(in_servicenow(severity="high"), in_sentinel(severity="low")))
        [conflict] = outcome.conflicts
        assert (conflict.field, conflict.winner, conflict.winning, conflict.losing) == (
            "severity",
            SERVICENOW,
            "high",
            "low",
        )
        assert conflict.resolver == "furthest"

    def test_an_unmapped_field_is_parked_and_the_others_cross(self) -> None:
        outcome = reconcile(pair(in_servicenow(severity="high") | {"state": "4"}, in_sentinel()))
        assert [(row.field, row.number) for row in outcome.parked] == [("status", "INC0010001")]
        assert outcome.actions[0].body == {"severity": "High"}
        assert outcome.settled is not None
        assert "state" not in outcome.settled.bases[SERVICENOW]

    def test_a_mark_goes_along_with_an_update_of_the_same_side(self) -> None:
        incident = found(SENTINEL, in_sentinel(), INCIDENT, link_back={"labels": ("INC0010001",)})
        each = case(found(SERVICENOW, in_servicenow("active"), TICKET), incident)
        [action] = reconcile(each).actions
        assert action.body == {"labels": ("INC0010001",), "status": "Active"}

    def test_a_transition_that_the_table_does_not_allow_is_parked(self) -> None:
        ticket, incident = agreed("closed")
        each = case(
            found(SERVICENOW, in_servicenow("closed"), ticket), found(SENTINEL, in_sentinel("active"), incident)
        )
        outcome = reconcile(each)
        assert not outcome.actions
        assert outcome.parked[0].field == "status"


class TestClosing:
    def test_a_close_is_the_last_step_and_carries_what_the_other_side_asks_for(self) -> None:
        [action] = reconcile(pair(in_servicenow("resolved", **DONE), in_sentinel())).actions
        assert action.operation is Operation.CLOSE
        assert action.body["status"] == "Closed"
        assert action.body["classification"] == "Undetermined"

    def test_a_reopen_clears_the_verdict_that_the_incident_holds(self) -> None:
        held = in_sentinel("closed", classification="Undetermined", classificationComment="x")
        ticket = found(SERVICENOW, in_servicenow("active"), in_servicenow("resolved"))
        [action] = reconcile(case(ticket, found(SENTINEL, held, in_sentinel("closed")))).actions
        assert action.operation is Operation.UPDATE
        assert action.body == {"status": "Active", "classification": "", "classificationComment": ""}

    def test_from_a_closed_to_another_closed_state_is_no_close(self) -> None:
        ticket, incident = agreed("resolved")
        each = case(
            found(SERVICENOW, in_servicenow("closed"), ticket), found(SENTINEL, in_sentinel("closed"), incident)
        )
        assert not reconcile(each).actions

    def test_a_profile_may_let_nobody_close_across(self) -> None:
        outcome = reconcile(
            pair(in_servicenow("resolved", **DONE), in_sentinel(), profile=_close_from(CloseFrom.NOBODY))
        )
        assert not outcome.actions
        assert "does not cross" in outcome.parked[0].reason

    def test_a_closer_who_may_not_is_named(self) -> None:
        ticket = found(SERVICENOW, in_servicenow("resolved", **DONE), TICKET, close_crosses=False, closer="Dana Desk")
        outcome = reconcile(case(ticket, found(SENTINEL, in_sentinel(), INCIDENT)))
        assert not outcome.actions
        assert "Dana Desk" in outcome.parked[0].reason

    def test_other_fields_cross_even_if_the_close_does_not(self) -> None:
        ticket = found(SERVICENOW, in_servicenow("resolved", "high", **DONE), TICKET, close_crosses=False)
        [action] = reconcile(case(ticket, found(SENTINEL, in_sentinel(), INCIDENT))).actions
        assert (action.operation, action.body) == (Operation.UPDATE, {"severity": "High"})

    def test_a_close_code_without_a_row_is_parked_and_named(self) -> None:
        ticket = found(SERVICENOW, in_servicenow("resolved", close_code="Magic", close_notes="x"), TICKET)
        outcome = reconcile(case(ticket, found(SENTINEL, in_sentinel(), INCIDENT), of="escalation"))
        assert not outcome.actions
        assert "close_code = 'Magic'" in outcome.parked[0].reason


def _close_from(who: CloseFrom) -> Profile:
    shipped = profile()
    return replace(shipped, sides={side: replace(rules, close_from=who) for side, rules in shipped.sides.items()})


class TestOutOfSight:
    @pytest.mark.parametrize(
        "view",
        [
            SideView(Sighting.MISSING, link=link(SENTINEL, INCIDENT)),
            SideView(Sighting.UNREAD, link=link(SENTINEL, INCIDENT), trouble="403"),
        ],
        ids=["missing", "unread"],
    )
    def test_nothing_is_decided_while_a_side_is_out_of_sight(self, view: SideView) -> None:
        outcome = reconcile(case(found(SERVICENOW, in_servicenow("active"), TICKET), view))
        assert not outcome.actions
        assert outcome.settled is None
        assert outcome.held
        assert outcome.parked[0].number == "INC0010001"
        assert (view.trouble or "not visible") in outcome.parked[0].reason

    def gone(self, policy: GonePolicy, ticket: SideView) -> Case:
        each = case(ticket, SideView(Sighting.GONE, link=link(SENTINEL, INCIDENT)))
        return replace(each, profile=replace(profile(), gone=policy))

    def test_a_record_that_is_gone_is_reported(self) -> None:
        outcome = reconcile(self.gone(GonePolicy.REPORT, found(SERVICENOW, in_servicenow(), TICKET)))
        assert not outcome.actions
        assert not outcome.held
        assert "is gone" in outcome.parked[0].reason

    def test_or_its_counterpart_is_closed(self) -> None:
        outcome = reconcile(self.gone(GonePolicy.CLOSE_OTHER, found(SERVICENOW, in_servicenow(), TICKET)))
        [action] = outcome.actions
        assert (action.operation, action.ref.side, action.body["state"]) == (Operation.CLOSE, SERVICENOW, "8")
        assert outcome.parked

    def test_a_counterpart_that_is_closed_already_stays_as_it_is(self) -> None:
        ticket = found(SERVICENOW, in_servicenow("resolved", **DONE), TICKET)
        assert not reconcile(self.gone(GonePolicy.CLOSE_OTHER, ticket)).actions

    def test_or_it_is_made_again(self) -> None:
        each = self.gone(GonePolicy.RECREATE, found(SERVICENOW, in_servicenow(), TICKET))
        lost = replace(each.sides[SENTINEL], draft=never(SENTINEL, draft=in_sentinel()).draft)
        assert steps(replace(each, sides={**each.sides, SENTINEL: lost})) == [(Operation.CREATE, SENTINEL)]

    def test_without_anything_to_make_the_rest_goes_on(self) -> None:
        assert not reconcile(self.gone(GonePolicy.RECREATE, found(SERVICENOW, in_servicenow("active"), TICKET))).actions


def test_comments_come_before_a_close_and_after_an_update() -> None:
    [update] = reconcile(pair(in_servicenow("active"), in_sentinel())).actions
    [close] = reconcile(pair(in_servicenow(), in_sentinel("closed"))).actions
    comment = replace(update, operation=Operation.COMMENT, body={"text": "x"})
    ordered = in_order([close, comment, update])
    assert [action.operation for action in ordered] == [Operation.UPDATE, Operation.COMMENT, Operation.CLOSE]
    assert [action.step for action in ordered] == [0, 1, 2]


class TestWhereCommentsGo:
    @pytest.mark.parametrize(
        ("view", "there"),
        [
            (found(SENTINEL, INCIDENT), True),
            (never(SENTINEL, draft=in_sentinel()), True),
            (never(SENTINEL), False),
            (SideView(Sighting.UNCHANGED, link=link(SENTINEL, INCIDENT)), True),
            (SideView(Sighting.MISSING, link=link(SENTINEL, INCIDENT)), False),
            (SideView(Sighting.GONE, link=link(SENTINEL, INCIDENT)), False),
        ],
        ids=["found", "to be created", "never", "unchanged", "missing", "gone"],
    )
    def test_only_to_records_that_are_there_or_about_to_be(self, view: SideView, there: bool) -> None:
        assert (view.ref is not None) is there
