"""A child of an updated parent: exempt where the profile says in which field a ticket names its parent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.escalation.soc import EXEMPT, FRESH, STALE, VERY_STALE, Soc, tokyo
from tests.unit.escalation.world import (
    KEIKO,
    OUR_BOT,
    PROFILE,
    SYSTEM,
    a_change,
    a_comment,
    a_ticket,
    an_incident,
)

from watchkeeper.errors import Unavailable
from watchkeeper.model.record import SERVICENOW, RecordRef
from watchkeeper.model.verdict import Verdict, VerdictKind

PARENT = RecordRef(SERVICENOW, "incident", f"{9:032x}")
MORNING = tokyo("2026-11-18 09:00")


@pytest.fixture
def family(soc: Soc) -> Soc:
    """A child, and its parent in another team's hands that is no escalation."""
    soc.profile = replace(PROFILE, parent_field="parent_incident")
    soc.hold(
        a_ticket(parent_incident=PARENT.id),
        a_ticket(PARENT, "INC0010000", category="network", parent_incident=""),
    )
    return soc


def child(soc: Soc) -> Verdict:
    return next(each for each in soc.audit().verdicts if each.numbers[0] == "INC0010001")


def test_a_child_of_a_parent_that_a_person_updated_is_exempt_and_says_so(family: Soc) -> None:
    family.happen(a_comment(KEIKO, MORNING, ref=PARENT))
    verdict = family.verdict()
    assert (verdict.kind, verdict.reason_code) == (EXEMPT, "covered-by-parent")
    assert verdict.reason == (
        "its parent INC0010000 covers it: Keiko Tanaka updated that in servicenow at 2026-11-18T09:00+09:00"
    )


def test_without_a_parent_field_in_the_profile_nothing_covers_it(family: Soc) -> None:
    family.happen(a_comment(KEIKO, MORNING, ref=PARENT))
    family.profile = PROFILE
    assert family.verdict().kind is VERY_STALE
    assert PROFILE.parent_field is None


@pytest.mark.parametrize("machine", [OUR_BOT, SYSTEM])
def test_what_a_machine_writes_on_the_parent_covers_nothing(family: Soc, machine: object) -> None:
    family.happen(a_comment(machine, MORNING, ref=PARENT))  # type: ignore[arg-type]
    assert family.verdict().kind is VERY_STALE


def test_a_silent_parent_covers_nothing(family: Soc) -> None:
    assert family.verdict().kind is VERY_STALE


def test_a_parent_that_is_an_escalation_itself_covers_with_what_was_written_on_either_side(family: Soc) -> None:
    family.servicenow.records.pop()
    incident = an_incident(labels=("INC0010000", "escalation"))
    family.hold(a_ticket(PARENT, "INC0010000", parent_incident=""), incident)
    family.happen(a_comment(replace(KEIKO, side=incident.ref.side, id="keiko.tanaka@soc.example"), MORNING))
    kinds = {each.numbers[0]: each.kind for each in family.audit().verdicts}
    assert kinds == {"INC0010000": FRESH, "INC0010001": EXEMPT}
    assert child(family).reason_code == "covered-by-parent"


def test_a_child_is_judged_by_the_parent_that_it_had(family: Soc) -> None:
    """It was taken off its parent this afternoon; yesterday it still had one."""
    family.servicenow.records[0] = a_ticket(parent_incident="")
    family.happen(
        a_change(SYSTEM, tokyo("2026-11-18 15:00"), "parent_incident", PARENT.id, ""),
        a_comment(KEIKO, tokyo("2026-11-17 09:00"), ref=PARENT),
        a_comment(KEIKO, MORNING, ref=PARENT),
    )
    assert child(family).kind is VERY_STALE
    final = {each.day.day: each.kind for each in family.store.verdicts("2026-11-01", "2026-11-30") if each.final}
    assert (final[16], final[17]) == (VERY_STALE, EXEMPT)


def test_what_was_judged_by_its_parent_stands(family: Soc) -> None:
    family.happen(a_comment(KEIKO, MORNING, ref=PARENT))
    family.now = tokyo("2026-11-19 09:00")
    family.audit()
    family.servicenow.deeds.clear()
    report = family.audit(as_of=tokyo("2026-11-18 18:00"))
    [difference] = report.rejudged
    assert (difference.stored.kind, difference.recomputed.kind) == (EXEMPT, VERY_STALE)


def test_a_hundred_children_cost_no_call_more_than_one(family: Soc) -> None:
    family.audit()
    few = list(family.servicenow.asked)
    family.servicenow.asked.clear()
    for number in range(100, 200):
        ref, parent = (RecordRef(SERVICENOW, "incident", f"{base + number:032x}") for base in (0, 1000))
        family.hold(a_ticket(ref, f"INC{number}", parent_incident=parent.id), a_ticket(parent, category="network"))
        family.happen(a_comment(KEIKO, MORNING, ref=parent))
    assert sum(each.kind is EXEMPT for each in family.audit().verdicts) == 100
    assert family.servicenow.asked == few


def test_a_parent_that_cannot_be_seen_covers_nothing_and_is_told_by_its_id_where_its_history_can(family: Soc) -> None:
    family.servicenow.hidden = frozenset({PARENT})
    assert family.verdict().kind is VERY_STALE
    family.happen(a_comment(KEIKO, MORNING, ref=PARENT))
    assert dict(family.verdict().reason_args)["parent"] == PARENT.id


def test_where_the_parents_cannot_be_read_the_children_are_judged_by_themselves_and_the_side_says_why(
    family: Soc,
) -> None:
    family.happen(a_comment(KEIKO, tokyo("2026-11-17 09:00")))
    family.servicenow.fails["get"] = Unavailable("no answer")
    report = family.audit()
    assert [each.kind for each in report.verdicts] == [STALE]
    assert any("no answer" in reason for side in report.sides for reason in side.reasons)
    assert VerdictKind.UNKNOWN not in {each.kind for each in report.verdicts}


def test_a_ticket_that_names_itself_is_not_its_own_parent(family: Soc) -> None:
    family.servicenow.records[0] = a_ticket(parent_incident=family.servicenow.records[0].ref.id)
    assert family.verdict().kind is VERY_STALE
