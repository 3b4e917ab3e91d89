"""Work notes: one in each time that a ticket is silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.nudges.examples import EVENING, LONG_AGO, NOTE, POLICY, SAM, a_desk, a_team, a_verdict, tokyo

from watchkeeper.model.nudge import Held, HeldBack, NudgePlan, Rung
from watchkeeper.model.record import SENTINEL, RecordRef
from watchkeeper.model.ticket import Severity
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.nudges.deciding import Before
from watchkeeper.nudges.noting import AT_ONCE

NOTES = replace(POLICY, channels=(NOTE,))
YESTERDAY = tokyo("2026-11-17 09:00")


def numbers(plan: NudgePlan) -> list[str]:
    return [nudge.recipient for nudge in plan.nudges]


@pytest.mark.parametrize(
    ("severity", "days", "noted"),
    [("high", 1, True), ("medium", 1, False), ("medium", 2, True), ("informational", 2, False), ("", 1, True)],
)
def test_a_ticket_is_noted_from_the_day_of_its_rung_on(severity: str, days: int, noted: bool) -> None:
    plan = a_desk(policy=NOTES).decide([a_verdict(days=days, severity=severity)])
    assert numbers(plan) == (["INC0000001"] if noted else [])


def test_the_day_can_be_another_than_the_lead_s() -> None:
    ladder = {**POLICY.ladder, Severity.MEDIUM: Rung(1, 2, 3)}
    desk = a_desk(policy=replace(NOTES, ladder=ladder))
    assert numbers(desk.decide([a_verdict(1, days=2), a_verdict(2, days=3)])) == ["INC0000002"]


def test_nobody_else_hears_of_it_through_that_channel() -> None:
    [nudge] = a_desk(policy=NOTES).decide([a_verdict(days=9)]).nudges
    assert nudge.note is not None
    assert nudge.note.ref == a_verdict().refs[0]


def test_its_id_is_the_same_for_as_long_as_the_silence_lasts() -> None:
    silent = a_verdict(days=2, last_human_update=YESTERDAY)
    [first] = a_desk(policy=NOTES).decide([silent]).nudges
    later = a_desk(policy=NOTES, now=EVENING + timedelta(days=1))
    [second] = later.decide([replace(silent, working_days=3, numbers=("INC0000001 (moved)",))]).nudges
    [another] = later.decide([replace(silent, last_human_update=EVENING)]).nudges
    assert second.id == first.id != another.id


def test_one_that_has_its_note_is_passed_over_and_does_not_count() -> None:
    tickets = [a_verdict(number, days=2) for number in range(AT_ONCE + 2)]
    written = a_desk(policy=NOTES).decide(tickets).nudges
    assert len(written) == AT_ONCE
    before = Before(LONG_AGO, noted=frozenset(nudge.id for nudge in written))
    plan = a_desk(policy=NOTES, before=before).decide(tickets)
    assert len(plan.nudges) == 2
    assert plan.held == ()


def test_a_run_writes_few_the_most_urgent_first() -> None:
    tickets = [a_verdict(number, days=2) for number in range(AT_ONCE)] + [a_verdict(99, days=5)]
    plan = a_desk(policy=NOTES).decide(tickets)
    assert numbers(plan)[0] == "INC0000099"
    assert plan.held == (HeldBack(Held.CAP, "csirt", (f"INC{AT_ONCE - 1:07}",)),)


@pytest.mark.parametrize(
    ("now", "why"),
    [("2026-11-18 21:00", Held.QUIET_HOURS), ("2026-11-21 12:00", Held.DAY_OFF)],
)
def test_none_is_written_in_quiet_hours_or_on_a_day_off(now: str, why: Held) -> None:
    plan = a_desk(now=tokyo(now), policy=NOTES).decide([a_verdict(days=2)])
    assert ([row.why for row in plan.held], plan.nudges) == ([why], ())


def test_none_is_written_where_the_mode_forbids_it() -> None:
    plan = a_desk(policy=NOTES, may_note=False).decide([a_verdict(days=2)])
    assert (plan.nudges, plan.held) == ((), (HeldBack(Held.MODE, "csirt", ("INC0000001",)),))


@pytest.mark.parametrize(
    "change", [{"kind": VerdictKind.FRESH}, {"kind": VerdictKind.UNKNOWN}, {"kind": VerdictKind.DUE}]
)
def test_none_is_written_about_a_ticket_that_is_not_overdue(change: dict[str, VerdictKind]) -> None:
    assert a_desk(policy=NOTES).decide([a_verdict(days=2, **change)]).nudges == ()


def test_none_is_written_where_there_is_no_ticket() -> None:
    incident = a_verdict(days=2, refs=(RecordRef(SENTINEL, "incidents", "x"),), numbers=("117",))
    assert a_desk(policy=NOTES).decide([incident]) == NudgePlan(())


def test_of_both_records_the_ticket_is_noted() -> None:
    ref = a_verdict().refs[0]
    both = a_verdict(days=2, refs=(RecordRef(SENTINEL, "incidents", "x"), ref), numbers=("117", "INC0000001"))
    [nudge] = a_desk(policy=NOTES).decide([both]).nudges
    assert (nudge.recipient, nudge.note.ref if nudge.note else None) == ("INC0000001", ref)


def test_notes_that_were_begun_stay_open_until_their_episode_tells() -> None:
    before = Before(LONG_AGO, open_notes=frozenset({"a" * 32}))
    assert "a" * 32 in a_desk(policy=NOTES, before=before).decide([]).waiting


def test_another_team_s_tickets_are_left_alone_where_the_channel_says_so() -> None:
    elsewhere = replace(NOTE, teams=frozenset({"monitoring"}))
    desk = a_desk(a_team(), a_team("monitoring"), policy=replace(NOTES, channels=(elsewhere,)), addresses={"sam": SAM})
    assert numbers(desk.decide([a_verdict(1, days=2), a_verdict(2, days=2, team="monitoring")])) == ["INC0000002"]
