"""Which fields go back, which stay, and why: decided from the log, the record, and what its history tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sync.make import ESCALATION, NOW, REFS, in_sentinel, in_servicenow, profile, record

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.link import Link
from watchkeeper.model.plan import Operation
from watchkeeper.model.record import SENTINEL, SERVICENOW, RawFields, Record, Revision, Side
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.log_reading import LoggedWrite
from watchkeeper.sync.undo_plan import Returned, Touched, changing, give_back, stays
from watchkeeper.sync.undone import token_of_write

RUN = "8d2f"
CLOSE = {"state": "6", "close_code": "Solution provided", "close_notes": "Closed in Microsoft Sentinel."}
OPEN = {"state": "2", "close_code": "", "close_notes": ""}
AGREED = {SERVICENOW: {"state": "2"}, SENTINEL: {"status": "Active"}}


def wrote(
    after: RawFields,
    before: RawFields,
    *,
    side: Side = SERVICENOW,
    operation: Operation = Operation.CLOSE,
    agreed: Mapping[Side, RawFields] | None = AGREED,
) -> LoggedWrite:
    return LoggedWrite(
        RUN, "a", ESCALATION, REFS[side], operation, NOW, before, after, agreed, outcome="done", ended_at=NOW
    )


def decided(
    held: Record, *writes: LoggedWrite, touched: Touched | None = None, link: Link | None = None, **changes: Any
) -> Returned:
    rules: Profile = replace(profile("escalation"), **changes) if changes else profile("escalation")
    return give_back(rules, RUN, writes, held, link, touched or Touched())


def ticket(**fields: str | None) -> Record:
    return record(SERVICENOW, in_servicenow("resolved", "medium", **{**CLOSE, **fields}))


def said(returned: Returned) -> set[str]:
    return {part.code.value for row in returned.parked for part in getattr(row.reason, "parts", ())}


def test_a_close_that_nobody_touched_is_opened_with_all_that_it_had_carried() -> None:
    returned = decided(ticket(), wrote(CLOSE, OPEN))
    assert returned.action is not None
    assert (returned.action.operation, returned.action.body) == (Operation.UPDATE, OPEN)
    assert returned.action.expect == Revision("3", 3)
    assert [(each.field, each.before, each.after) for each in returned.action.changes] == [
        ("status", "resolved", "active")
    ]
    assert (returned.action.rebase, returned.parked) == (AGREED, ())


def test_what_is_back_already_needs_no_write() -> None:
    assert decided(ticket(**OPEN), wrote(CLOSE, OPEN)) == Returned()


@pytest.mark.parametrize("fields", [{"state": "3"}, {"state": "2"}, {"close_notes": "It was me."}, {"state": "7"}])
def test_a_close_of_which_anything_was_changed_since_is_left_whole(fields: dict[str, str]) -> None:
    returned = decided(ticket(**fields), wrote(CLOSE, OPEN))
    assert (returned.action, said(returned)) == (None, {Trouble.CHANGED_SINCE})


def test_a_change_to_and_fro_is_told_by_the_history_and_by_whom() -> None:
    returned = decided(ticket(), wrote(CLOSE, OPEN), touched=Touched(by={"state": "Keiko Tanaka"}))
    assert (returned.action, said(returned)) == (None, {Trouble.CHANGED_BY})
    assert "Keiko Tanaka changed state" in returned.parked[0].reason


def test_a_change_of_another_field_stands_in_no_one_s_way() -> None:
    returned = decided(ticket(), wrote(CLOSE, OPEN), touched=Touched(by={"short_description": "Keiko Tanaka"}))
    assert returned.action is not None


def test_a_later_run_of_ours_comes_first() -> None:
    for held in (ticket(), ticket(state="2")):
        returned = decided(held, wrote(CLOSE, OPEN), touched=Touched(later={"state": "9f00"}))
        assert (returned.action, said(returned)) == (None, {Trouble.WRITTEN_AGAIN})


def test_a_pair_that_has_another_record_by_now_is_left_to_people() -> None:
    ref = replace(REFS[SERVICENOW], id="c" * 32)
    link = Link(ESCALATION, "escalation", ref, "INC0010009", "", Revision("1"), "", NOW)
    returned = decided(ticket(), wrote(CLOSE, OPEN), link=link)
    assert (returned.action, said(returned)) == (None, {Trouble.PAIR_MOVED})


def test_a_history_that_lags_is_waited_for() -> None:
    returned = decided(ticket(), wrote(CLOSE, OPEN), touched=Touched(in_doubt=True))
    assert (returned.action, said(returned)) == (None, {Trouble.HISTORY_LAGS})


def test_impact_and_urgency_go_back_together_or_not_at_all() -> None:
    change = wrote({"urgency": "1", "impact": "1"}, {"urgency": "2", "impact": "2"}, operation=Operation.UPDATE)
    high = record(SERVICENOW, in_servicenow("active", "high"))
    returned = decided(high, change)
    assert returned.action is not None
    assert returned.action.body == {"impact": "2", "urgency": "2"}
    mixed = record(SERVICENOW, {**in_servicenow("active", "high"), "urgency": "3"})
    assert decided(mixed, change).action is None


def test_one_field_that_was_touched_keeps_no_other_from_going_back() -> None:
    both = wrote({**CLOSE, "impact": "1", "urgency": "1"}, {**OPEN, "impact": "2", "urgency": "2"})
    held = record(SERVICENOW, in_servicenow("resolved", "high", **CLOSE))
    returned = decided(held, both, touched=Touched(by={"impact": "Keiko Tanaka"}))
    assert returned.action is not None
    assert returned.action.body == OPEN
    assert {row.field for row in returned.parked} == {"severity"}


def test_of_several_writes_the_first_one_s_before_and_the_last_one_s_after_count() -> None:
    first = wrote({"state": "3"}, {"state": "2"}, operation=Operation.UPDATE)
    last = wrote(CLOSE, {**OPEN, "state": "3"}, agreed={SERVICENOW: {"state": "3"}, SENTINEL: {"status": "Active"}})
    returned = decided(ticket(), first, last)
    assert returned.action is not None
    assert (returned.action.body["state"], returned.action.rebase) == ("2", AGREED)


def test_a_value_that_the_side_brought_into_a_form_of_its_own_is_still_ours() -> None:
    held = record(
        SERVICENOW, {**in_servicenow("resolved", "medium"), **CLOSE, "close_notes": CLOSE["close_notes"] + "\r\n"}
    )
    assert decided(held, wrote(CLOSE, OPEN)).action is not None


def test_what_the_side_had_not_taken_as_sent_stands_in_no_one_s_way() -> None:
    taken_in_part = replace(wrote(CLOSE, OPEN), refused=frozenset({"close_code", "close_notes"}))
    returned = decided(ticket(close_code="", close_notes="Closed by rule."), taken_in_part)
    assert returned.action is not None
    assert returned.action.body == {"state": "2", "close_notes": ""}


def test_no_way_back_is_said_with_the_table_s_own_words() -> None:
    cancelled = record(SERVICENOW, in_servicenow("cancelled", "medium"))
    returned = decided(cancelled, wrote({"state": "8"}, {"state": "2"}))
    assert (returned.action, said(returned)) == (None, {Trouble.NO_WAY_BACK})
    assert "incident.state 8 may become nothing else, not 2" in returned.parked[0].reason


def test_a_reopening_goes_back_as_a_close_with_what_it_needs() -> None:
    reopened = record(SERVICENOW, in_servicenow("active", "medium", close_code="", close_notes=""))
    returned = decided(reopened, wrote(OPEN, CLOSE, operation=Operation.UPDATE))
    assert returned.action is not None
    assert (returned.action.operation, returned.action.body) == (Operation.CLOSE, CLOSE)
    bare = decided(reopened, wrote({"state": "2"}, {"state": "6"}, operation=Operation.UPDATE))
    assert (bare.action, said(bare)) == (None, {Trouble.CLOSE_NEEDS})


def test_sentinel_s_classification_is_taken_away_where_there_was_none() -> None:
    after = {"status": "Closed", "classification": "Undetermined", "classificationComment": "Closed in ServiceNow."}
    before = {"status": "Active", "classification": None, "classificationComment": None}
    held = record(SENTINEL, in_sentinel("closed", "medium", **{k: v for k, v in after.items() if k != "status"}))
    returned = decided(held, wrote(after, before, side=SENTINEL))
    assert returned.action is not None
    assert returned.action.body == {"status": "Active", "classification": "", "classificationComment": ""}


def test_labels_and_what_is_not_shown_stay_and_are_named() -> None:
    marked = wrote({"labels": ("INC0010001",)}, {"labels": ()}, side=SENTINEL, operation=Operation.LINK)
    held = record(SENTINEL, in_sentinel("active", "medium"))
    returned = decided(held, marked)
    assert (returned.action, said(returned)) == (None, {Trouble.STAYS_WRITTEN})
    hidden = decided(ticket(close_notes=None), wrote(CLOSE, OPEN))
    assert hidden.action is not None
    assert hidden.action.body == {"state": "2", "close_code": ""}
    assert said(hidden) == {Trouble.STAYS_WRITTEN}


def test_a_value_that_the_log_does_not_know_is_not_guessed() -> None:
    returned = decided(ticket(), wrote(CLOSE, {**OPEN, "state": None}))
    assert (returned.action, said(returned)) == (None, {Trouble.BEFORE_UNKNOWN})


def test_a_log_that_does_not_know_the_agreement_gives_values_back_and_says_so() -> None:
    returned = decided(ticket(), wrote(CLOSE, OPEN, agreed=None))
    assert returned.action is not None
    assert (returned.action.rebase, said(returned)) == (None, {Trouble.AGREEMENT_UNKNOWN})


def test_where_a_run_wrote_one_field_on_both_sides_the_agreement_is_the_one_before_either() -> None:
    """A run that resolves both records confirms the first one before it writes the second."""
    first = wrote(CLOSE, OPEN)
    second = wrote(
        {"status": "Closed", "classification": "Undetermined"},
        {"status": "Active", "classification": ""},
        side=SENTINEL,
        agreed={SERVICENOW: {"state": "6"}, SENTINEL: {"status": "Active"}},
    )
    incident = record(SENTINEL, {**in_sentinel("closed"), "classification": "Undetermined"})
    for held in (ticket(), incident):
        returned = decided(held, first, second)
        assert returned.action is not None
        assert returned.action.ref == held.ref
        assert returned.action.rebase == AGREED


def test_what_the_escalation_audit_had_resolved_is_marked_as_such() -> None:
    by_audit = replace(wrote(CLOSE, OPEN), reason="the audit found every update made")
    [plain] = decided(ticket(), wrote(CLOSE, OPEN)).tokens
    assert decided(ticket(), by_audit).tokens == {f"{plain}-audit"}


def test_the_mark_names_what_the_run_wrote_under_this_mapping_alone() -> None:
    rules = profile("escalation")
    returned = decided(ticket(), wrote(CLOSE, OPEN))
    assert returned.tokens == {token_of_write(rules, ESCALATION, SERVICENOW, "status", CLOSE)}
    assert returned.tokens != decided(ticket(), wrote(CLOSE, OPEN), fingerprint="another").tokens
    assert token_of_write(rules, ESCALATION, SERVICENOW, "status", {"state": "3"}) not in returned.tokens


@pytest.mark.parametrize("operation", [Operation.CREATE, Operation.COMMENT])
def test_creates_and_comments_stay(operation: Operation) -> None:
    write = wrote({}, {}, operation=operation)
    assert not changing(write)
    row = stays(write, "INC0010001")
    assert row is not None
    assert (row.number, "stays" in row.reason) == ("INC0010001", True)
    assert stays(wrote(CLOSE, OPEN), "INC0010001") is None
