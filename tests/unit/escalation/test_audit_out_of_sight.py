"""No ticket leaves the audit in silence, and no day is judged that the owner did not work."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.escalation.soc import (
    DUE,
    EVENING,
    EXEMPT,
    FRESH,
    STALE,
    UNKNOWN,
    WEDNESDAY,
    Soc,
    stored,
    tokyo,
)
from tests.unit.escalation.test_population import INCIDENT_KEY, TICKET_KEY, a_link
from tests.unit.escalation.world import (
    INCIDENT,
    KEIKO,
    PROFILE,
    SYSTEM,
    TICKET,
    a_change,
    a_comment,
    a_ticket,
    an_incident,
    at,
)

from watchkeeper.escalation import concluded
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.population import Condition, Filter, Operator
from watchkeeper.model.record import SERVICENOW, Unreadable

# --- out of sight ---

OUTSIDE = {"assignment_group": "Network"}


def test_a_ticket_that_a_bot_moved_out_of_the_query_keeps_that_day_s_duty(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.happen(a_comment(KEIKO, tokyo("2026-11-17 09:00")))
    soc.now = tokyo("2026-11-18 09:00")
    assert soc.verdict().kind is DUE
    soc.servicenow.records = [a_ticket(**OUTSIDE)]
    soc.happen(a_change(SYSTEM, tokyo("2026-11-18 16:00"), "assignment_group", "SOC Monitoring", "Network"))
    soc.now = EVENING
    verdict = soc.verdict()
    assert (verdict.kind, verdict.team, verdict.working_days) == (STALE, "monitoring", 1)
    assert "left-population" in verdict.flags
    soc.now = tokyo("2026-11-19 18:00")
    report = soc.audit()
    assert (report.verdicts, report.exclusions) == ((), {"outside-population": 1})
    assert stored(soc, WEDNESDAY) == [(STALE, True)]


def test_a_person_who_hands_a_ticket_to_another_group_has_updated_it(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.now = tokyo("2026-11-18 09:00")
    soc.audit()
    soc.servicenow.records = [a_ticket(**OUTSIDE)]
    soc.happen(a_change(KEIKO, tokyo("2026-11-18 16:00"), "assignment_group", "SOC Monitoring", "Network"))
    soc.now = EVENING
    assert soc.verdict().kind is FRESH


def test_a_judged_ticket_that_can_no_longer_be_seen_is_unknown(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.audit()
    soc.servicenow.hidden = frozenset({TICKET})
    soc.now = tokyo("2026-11-19 18:00")
    verdict = soc.verdict()
    assert (verdict.kind, verdict.team, verdict.numbers) == (UNKNOWN, "monitoring", ("INC0010001",))


def test_a_judged_ticket_whose_row_became_unreadable_is_unknown(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.audit()
    soc.servicenow.records.clear()
    soc.servicenow.unreadable = [Unreadable(TICKET, "sys_updated_on is no time")]
    report = soc.audit(run_id="run-2")
    assert [(verdict.kind, verdict.key) for verdict in report.verdicts] == [(UNKNOWN, TICKET_KEY)]


def test_a_judged_ticket_that_is_paired_under_another_key_is_not_counted_twice(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.audit()
    soc.hold(an_incident())
    soc.store.put_links([a_link(TICKET, INCIDENT_KEY), a_link(INCIDENT, INCIDENT_KEY)])
    assert [verdict.key for verdict in soc.audit(run_id="run-2").verdicts] == [INCIDENT_KEY]


def test_our_sign_on_somebody_else_s_ticket_is_told(soc: Soc) -> None:
    soc.hold(replace(an_incident(labels=("escalation", "watchkeeper")), ours=True))
    report = soc.audit()
    assert report.exclusions == {"own-maintenance": 1}
    assert report.problems[0].startswith("42 carries Watchkeeper's sign and is left out, although nothing shows")


def misspelt(profile: Profile, name: str) -> Profile:
    filter_ = Filter((Condition(name, Operator.IN, ("security",)),))
    rules = replace(profile.sides[SERVICENOW], population=(filter_,))
    return replace(profile, sides={**profile.sides, SERVICENOW: rules})


def test_a_query_by_a_field_that_nobody_shows_is_not_taken_for_an_empty_one(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.profile = misspelt(PROFILE, "categry")
    report = concluded(soc.audit(), [])
    told = {side.side: side for side in report.sides}[SERVICENOW]
    assert not told.listed
    assert told.reasons[0].startswith("no record of incident shows the field 'categry', by which")
    assert report.exit_code == 4


def test_a_query_that_finds_nothing_is_believed_where_its_fields_are_shown_or_the_table_is_empty(soc: Soc) -> None:
    soc.profile = misspelt(PROFILE, "categry")
    assert all(side.readable for side in soc.audit().sides)
    soc.profile = PROFILE
    soc.hold(a_ticket(category="network"))
    assert all(side.readable for side in soc.audit().sides)


# --- other teams' days, long holds ---


def test_a_day_off_of_the_team_that_owned_a_ticket_is_no_day_without_an_update(soc: Soc) -> None:
    """23 November is a holiday in Japan and none in Ireland; on the 24th the ticket went from Tokyo to Dublin."""
    soc.hold(a_ticket(assignment_group="CSIRT"))
    soc.happen(
        a_comment(KEIKO, tokyo("2026-11-20 09:00")),
        a_change(KEIKO, tokyo("2026-11-24 09:00"), "assignment_group", "SOC Monitoring", "CSIRT"),
    )
    soc.now = at("Europe/Dublin", "2026-11-25 09:00")
    soc.audit()
    days = {
        verdict.day.day: (verdict.team, verdict.kind)
        for verdict in soc.store.verdicts("2026-11-20", "2026-11-24")
        if verdict.final
    }
    assert days == {20: ("monitoring", FRESH), 24: ("csirt", FRESH)}


def test_a_hold_may_last_longer_than_the_history_of_a_verdict(soc: Soc) -> None:
    soc.profile = replace(PROFILE, hold_max=30)
    soc.hold(a_ticket(state="3", hold_reason="4"))
    soc.happen(a_change(KEIKO, tokyo("2026-10-20 09:00"), "state", "2", "3"))
    verdict = soc.verdict()
    assert (verdict.kind, verdict.reason_code) == (EXEMPT, "on-hold")
