"""Tickets that change hands: when the new team's duty begins, and what a hand-over cannot win."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.unit.escalation.soc import DUE, EXEMPT, FRESH, STALE, VERY_STALE, WEDNESDAY, Soc, stored, tokyo
from tests.unit.escalation.world import (
    DUBLIN,
    KEIKO,
    KEIKO_UPN,
    SEATTLE,
    SYSTEM,
    TOKYO,
    a_change,
    a_comment,
    a_ticket,
    an_incident,
    at,
)

from watchkeeper.model.activity import Activity, Actor

LATE = tokyo("2026-11-18 16:00")


def handed(when: datetime, old: str, new: str, by: Actor = SYSTEM) -> Activity:
    return a_change(by, when, "assignment_group", old, new)


def held_by(soc: Soc, group: str, *moves: Activity) -> None:
    soc.hold(a_ticket(assignment_group=group, assigned_to=""))
    soc.happen(*moves)


def test_a_rule_that_moves_a_ticket_late_in_the_day_gives_the_new_team_until_the_next(soc: Soc) -> None:
    held_by(soc, "SOC Monitoring", handed(LATE, "CSIRT", "SOC Monitoring"))
    verdict = soc.verdict()
    assert (verdict.team, verdict.kind, verdict.reason_code) == ("monitoring", EXEMPT, "handed-over")
    assert verdict.reason == (
        "it was handed to this team at 2026-11-18T16:00+09:00; its first duty there is on 2026-11-19"
    )
    soc.now = tokyo("2026-11-19 09:00")
    assert soc.verdict().kind is DUE
    soc.now = tokyo("2026-11-19 18:00")
    assert (soc.verdict().kind, soc.verdict().working_days) == (STALE, 1)


def test_the_day_of_the_hand_over_stands_as_it_was_judged(soc: Soc) -> None:
    held_by(soc, "SOC Monitoring", handed(LATE, "CSIRT", "SOC Monitoring"))
    soc.now = tokyo("2026-11-19 09:00")
    soc.audit()
    assert stored(soc, WEDNESDAY) == [(EXEMPT, True)]


def test_moved_in_good_time_it_is_the_new_team_s_duty_that_day(soc: Soc) -> None:
    held_by(soc, "SOC Monitoring", handed(tokyo("2026-11-18 10:00"), "CSIRT", "SOC Monitoring"))
    assert (soc.verdict().kind, soc.verdict().working_days) == (STALE, 1)


def test_the_old_team_s_note_counts_for_the_new_team_s_day(soc: Soc) -> None:
    held_by(soc, "SOC Monitoring", handed(LATE, "CSIRT", "SOC Monitoring"))
    soc.happen(a_comment(KEIKO, tokyo("2026-11-18 15:55"), "Hand-over: host isolated, image it tonight."))
    assert soc.verdict().kind is FRESH


def test_following_the_sun_one_hand_over_note_counts_on_the_day_of_either_team(soc: Soc) -> None:
    """Friday 08:10 in Tokyo is Thursday evening in Dublin and Thursday afternoon in Seattle."""
    note = tokyo("2026-11-20 08:10")
    soc.hold(a_ticket(assignment_group="SOC Monitoring", assigned_to=""))
    soc.happen(
        handed(note, "SOC Engineering", "SOC Monitoring"),
        a_comment(KEIKO, note, "Hand-over from Seattle to Tokyo: waiting for the image, look at 10:00."),
    )
    soc.now = tokyo("2026-11-24 09:00")
    before = soc.verdict(as_of=at(SEATTLE, "2026-11-19 15:05"))
    assert (before.team, before.kind) == ("engineering-secops", VERY_STALE)
    soc.audit()
    final = {each.day.day: (each.team, each.kind) for each in soc.store.verdicts("2026-11-19", "2026-11-20")}
    assert final == {19: ("engineering-secops", FRESH), 20: ("monitoring", FRESH)}


@pytest.mark.parametrize("machine", [SYSTEM, KEIKO], ids=["by a rule", "by a person"])
def test_two_teams_that_hand_it_to_and_fro_do_not_win_a_day_each_time(soc: Soc, machine: Actor) -> None:
    held_by(
        soc,
        "SOC Monitoring",
        handed(tokyo("2026-11-16 16:00"), "SOC Monitoring", "CSIRT", machine),
        handed(tokyo("2026-11-18 16:00"), "CSIRT", "SOC Monitoring", machine),
    )
    verdict = soc.verdict()
    assert verdict.kind is (FRESH if machine is KEIKO else VERY_STALE)


def test_another_person_of_the_same_team_begins_no_new_duty(soc: Soc) -> None:
    soc.hold(a_ticket(assigned_to="haruto.sato"))
    soc.happen(a_change(SYSTEM, LATE, "assigned_to", "keiko.tanaka", "haruto.sato"))
    assert soc.verdict().kind is VERY_STALE


def test_an_incident_alone_is_handed_over_with_its_owner(soc: Soc) -> None:
    soc.hold(an_incident())
    owner = "owner.userPrincipalName"
    defender = Actor(KEIKO_UPN.side, "Automation rule", "Automation rule")
    soc.happen(a_change(defender, LATE, owner, "niamh.kelly@soc.example", "keiko.tanaka@soc.example"))
    verdict = soc.verdict()
    assert (verdict.team, verdict.kind, verdict.reason_code) == ("monitoring", EXEMPT, "handed-over")


def test_a_ticket_that_its_first_assignment_made_an_escalation_has_arrived_then(soc: Soc) -> None:
    held_by(soc, "SOC Monitoring", handed(LATE, "", "SOC Monitoring"))
    assert soc.verdict().reason_code == "not-yet"


def test_before_the_hand_over_it_is_judged_as_the_old_team_s(soc: Soc) -> None:
    held_by(soc, "SOC Monitoring", handed(LATE, "CSIRT", "SOC Monitoring"))
    soc.now = tokyo("2026-11-19 09:00")
    verdict = soc.verdict(as_of=at(DUBLIN, "2026-11-17 18:00"))
    assert (verdict.team, verdict.kind) == ("csirt", VERY_STALE)
    assert soc.verdict(as_of=at(TOKYO, "2026-11-18 15:30")).team == "csirt"
