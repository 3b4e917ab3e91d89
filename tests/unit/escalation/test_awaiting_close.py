"""Resolved tickets that ServiceNow closes by itself some days later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tests.unit.escalation.soc import EXEMPT, FRESH, STALE, UNKNOWN, VERY_STALE, Soc, tokyo
from tests.unit.escalation.world import KEIKO, SYSTEM, a_change, a_comment, a_ticket, an_incident

from watchkeeper.model.activity import Activity, Actor
from watchkeeper.model.record import Record

TUESDAY = tokyo("2026-11-17 14:00")
AUTOCLOSE = Actor(KEIKO.side, "autoclose", "Auto Close")


def resolved(updated: datetime = TUESDAY, state: str = "6") -> Record:
    return replace(a_ticket(state=state), updated_at=updated)


def resolving(by: Actor = KEIKO) -> Activity:
    return a_change(by, TUESDAY, "state", "2", "6")


def closing(when: datetime) -> Activity:
    return a_change(AUTOCLOSE, when, "state", "6", "7")


def paired_incident(status: str) -> Record:
    return replace(an_incident(status=status, labels=("INC0010001", "escalation")), updated_at=TUESDAY)


def test_from_the_day_after_it_is_exempt_until_it_is_closed(soc: Soc) -> None:
    soc.hold(resolved())
    soc.happen(resolving())
    assert soc.verdict(as_of=tokyo("2026-11-17 18:00")).kind is FRESH
    verdict = soc.verdict()
    assert (verdict.kind, verdict.reason_code) == (EXEMPT, "awaiting-close")
    assert "resolved by 2026-11-17T14:00+09:00" in verdict.reason


def test_the_job_that_closes_it_makes_it_neither_fresh_nor_owing(soc: Soc) -> None:
    soc.hold(resolved(tokyo("2026-11-18 03:00"), "7"))
    soc.happen(resolving(), closing(tokyo("2026-11-18 03:00")))
    assert (soc.verdict().kind, soc.verdict().reason_code) == (EXEMPT, "awaiting-close")


def test_once_it_is_closed_it_is_no_escalation_any_more(soc: Soc) -> None:
    soc.hold(resolved(tokyo("2026-11-18 03:00"), "7"))
    soc.happen(resolving(), closing(tokyo("2026-11-18 03:00")))
    soc.now = tokyo("2026-11-19 18:00")
    report = soc.audit()
    assert report.verdicts == ()
    assert report.exclusions == {"closed-earlier": 1}


def test_a_job_that_resolves_it_makes_it_exempt_and_never_fresh(soc: Soc) -> None:
    soc.hold(resolved())
    soc.happen(resolving(SYSTEM))
    soc.now = tokyo("2026-11-17 18:00")
    assert (soc.verdict().kind, soc.verdict().reason_code) == (EXEMPT, "closed-today")
    soc.now = tokyo("2026-11-18 18:00")
    assert (soc.verdict().kind, soc.verdict().reason_code) == (EXEMPT, "awaiting-close")


def test_while_its_incident_is_open_it_owes_its_update(soc: Soc) -> None:
    soc.hold(resolved(), paired_incident("Active"))
    soc.happen(resolving())
    assert (soc.verdict().kind, soc.verdict().working_days) == (STALE, 1)


def test_with_its_incident_closed_it_waits(soc: Soc) -> None:
    soc.hold(resolved(), paired_incident("Closed"))
    soc.happen(resolving())
    assert soc.verdict().reason_code == "awaiting-close"


def test_an_incident_knows_no_waiting_once_it_is_closed(soc: Soc) -> None:
    soc.hold(paired_incident("Closed"))
    assert soc.audit().exclusions == {"closed-earlier": 1}


def test_reopened_it_owes_its_update_again(soc: Soc) -> None:
    soc.hold(replace(a_ticket(), updated_at=tokyo("2026-11-18 08:00")))
    soc.happen(resolving(), a_change(SYSTEM, tokyo("2026-11-18 08:00"), "state", "6", "2"))
    assert (soc.verdict().kind, soc.verdict().working_days) == (STALE, 1)


def test_a_person_s_note_on_it_is_an_update_all_the_same(soc: Soc) -> None:
    soc.hold(resolved())
    soc.happen(resolving(), a_comment(KEIKO, tokyo("2026-11-18 09:00")))
    assert soc.verdict().kind is FRESH


def test_where_nobody_can_tell_it_is_enough_that_nothing_has_changed_since_the_day_before(soc: Soc) -> None:
    soc.hold(resolved())
    soc.servicenow.untold = "the token has no right to sys_audit"
    assert soc.verdict().reason_code == "awaiting-close"
    soc.servicenow.records[0] = resolved(tokyo("2026-11-18 10:00"))
    assert soc.verdict().kind is UNKNOWN


def test_what_is_not_closed_for_longer_than_a_verdict_looks_back_will_never_be(soc: Soc) -> None:
    soc.hold(resolved())
    soc.happen(resolving())
    soc.now = tokyo("2026-12-08 18:00")
    assert soc.verdict().reason_code == "awaiting-close"
    soc.now = tokyo("2026-12-10 18:00")
    assert soc.audit().exclusions == {"closed-earlier": 1}


def test_a_days_old_resolution_is_still_seen_when_earlier_days_are_made_up_for(soc: Soc) -> None:
    soc.hold(resolved())
    soc.happen(resolving())
    soc.now = tokyo("2026-11-24 18:00")
    soc.audit()
    final = {each.day.day: each.kind for each in soc.store.verdicts("2026-11-01", "2026-11-30") if each.final}
    assert final == {16: VERY_STALE, 17: FRESH, 18: EXEMPT, 19: EXEMPT, 20: EXEMPT}
