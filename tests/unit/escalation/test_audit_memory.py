"""What an audit keeps, what it says of earlier instants, and what it means to whoever called it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.unit.escalation.soc import (
    EVENING,
    FRESH,
    STALE,
    UNKNOWN,
    VERY_STALE,
    WEDNESDAY,
    Soc,
    stored,
    tokyo,
)
from tests.unit.escalation.world import (
    KEIKO,
    PROFILE,
    SEATTLE,
    a_change,
    a_comment,
    a_ticket,
    an_incident,
    at,
)

from watchkeeper.errors import Config, Unavailable
from watchkeeper.escalation import breach, concluded
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.record import SERVICENOW
from watchkeeper.report.standing import age

# --- memory: provisional, final, as of ---


def test_today_s_verdict_is_stored_provisionally_and_replaced(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.happen(a_comment(KEIKO, tokyo("2026-11-17 09:00")))
    soc.audit()
    assert stored(soc, WEDNESDAY) == [(STALE, False)]
    soc.happen(a_comment(KEIKO, tokyo("2026-11-18 17:30")))
    soc.audit()
    assert stored(soc, WEDNESDAY) == [(FRESH, False)]


def test_the_next_day_s_audit_makes_it_final_and_nothing_rewrites_it(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.happen(a_comment(KEIKO, tokyo("2026-11-17 09:00")))
    soc.now = tokyo("2026-11-19 09:00")
    soc.audit()
    assert stored(soc, WEDNESDAY) == [(STALE, True)]
    # A note that turns up later with an old date.
    soc.happen(a_comment(KEIKO, tokyo("2026-11-18 09:00")))
    soc.audit(run_id="run-2")
    assert stored(soc, WEDNESDAY) == [(STALE, True)]


def test_an_earlier_day_is_shown_as_it_was_judged_and_recomputed_beside(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.happen(a_comment(KEIKO, tokyo("2026-11-17 09:00")))
    soc.now = tokyo("2026-11-19 09:00")
    soc.audit()
    soc.happen(a_comment(KEIKO, tokyo("2026-11-18 09:00")))
    report = soc.audit(as_of=EVENING)
    assert [verdict.kind for verdict in report.verdicts] == [STALE]
    [difference] = report.rejudged
    assert (difference.stored.kind, difference.recomputed.kind) == (STALE, FRESH)


def test_nothing_is_stored_when_asked_about_an_earlier_instant(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.now = tokyo("2026-11-19 09:00")
    assert soc.verdict(as_of=EVENING).day == WEDNESDAY
    assert soc.store.verdicts("2026-01-01", "2026-12-31") == []


def test_a_ticket_is_judged_as_it_was_at_that_instant(soc: Soc) -> None:
    changed = a_ticket(state="6", assignment_group="CSIRT", impact="3", urgency="3")
    soc.hold(replace(changed, updated_at=tokyo("2026-11-19 10:00")))
    soc.happen(
        a_comment(KEIKO, tokyo("2026-11-17 09:00")),
        a_change(KEIKO, tokyo("2026-11-19 10:00"), "assignment_group", "SOC Monitoring", "CSIRT"),
        a_change(KEIKO, tokyo("2026-11-19 10:00"), "urgency", "1", "3"),
        a_change(KEIKO, tokyo("2026-11-19 10:00"), "impact", "1", "3"),
        a_change(KEIKO, tokyo("2026-11-19 10:00"), "state", "2", "6"),
    )
    soc.now = tokyo("2026-11-20 09:00")
    verdict = soc.verdict(as_of=EVENING)
    assert (verdict.kind, verdict.team, verdict.severity) == (STALE, "monitoring", "high")


def test_what_happens_at_midnight_belongs_to_the_next_day(soc: Soc) -> None:
    soc.hold(a_ticket(assignment_group="SOC Threat Intelligence"))
    midnight = at(SEATTLE, "2026-11-19 00:00")
    soc.happen(a_change(KEIKO, midnight, "assignment_group", "SOC Engineering", "SOC Threat Intelligence"))
    soc.now = at(SEATTLE, "2026-11-20 09:00")
    soc.audit()
    owners = [(verdict.team, verdict.final) for verdict in soc.store.verdicts("2026-11-18", "2026-11-19")]
    assert owners == [("engineering-secops", True), ("threat-intelligence", True)]


def test_missed_audits_are_made_up_for_but_not_before_go_live(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.profile = replace(PROFILE, go_live=date(2026, 11, 17))
    soc.now = tokyo("2026-11-20 09:00")
    soc.audit()
    days = [verdict.day.day for verdict in soc.store.verdicts("2026-01-01", "2026-12-31") if verdict.final]
    assert days == [17, 18, 19]


def test_an_unknown_day_stays_open_until_somebody_can_tell(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.servicenow.untold = "the token has no right to sys_audit"
    soc.now = tokyo("2026-11-19 09:00")
    soc.audit()
    assert stored(soc, WEDNESDAY) == [(UNKNOWN, False)]
    soc.servicenow.untold = ""
    soc.happen(a_comment(KEIKO, tokyo("2026-11-18 09:00")))
    soc.audit()
    assert stored(soc, WEDNESDAY) == [(FRESH, True)]


def test_a_verdict_of_a_ticket_that_is_gone_still_stands(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.now = tokyo("2026-11-19 09:00")
    soc.audit()
    soc.servicenow.records.clear()
    report = soc.audit(as_of=EVENING)
    assert [verdict.kind for verdict in report.verdicts] == [VERY_STALE]
    assert "INC0010001: the verdict of 2026-11-18 cannot be computed again" in report.problems[0]


def test_the_future_cannot_be_audited(soc: Soc) -> None:
    with pytest.raises(Config, match="has not come yet"):
        soc.audit(as_of=tokyo("2026-11-19 09:00"))


def test_the_same_world_gives_the_same_report(soc: Soc) -> None:
    soc.hold(a_ticket(), an_incident())
    soc.happen(a_comment(KEIKO, tokyo("2026-11-18 09:00")))
    first = soc.audit()
    soc.servicenow.records.reverse()
    soc.sentinel.records.reverse()
    assert soc.audit() == first


# --- breach and exit code ---


def test_a_stale_ticket_breaches_only_when_asked(soc: Soc) -> None:
    soc.hold(a_ticket())
    report = soc.audit()
    assert breach(report, ["stale"])
    assert not breach(report, ["unknown"])
    assert not breach(report, [])
    assert concluded(report, ["stale"]).exit_code == 6
    assert concluded(report, []).exit_code == 0


def test_what_could_not_be_read_breaches_on_unknown_even_without_a_ticket(soc: Soc) -> None:
    soc.sentinel.fails["scan"] = Unavailable("no answer")
    report = soc.audit()
    assert breach(report, ["unknown"])
    assert not breach(report, ["stale"])
    assert concluded(report, []).exit_code == 75


def test_a_listing_that_was_cut_short_is_a_part_that_failed(soc: Soc) -> None:
    soc.servicenow.complete = False
    assert concluded(soc.audit(), []).exit_code == 4


@pytest.mark.parametrize(
    ("stopped_by", "code"), [("Unavailable", 75), ("AuthFailed", 5), ("NotFound", 4), ("Protocol", 4), ("", 4)]
)
def test_a_history_that_cannot_be_read_counts_by_what_stopped_it(soc: Soc, stopped_by: str, code: int) -> None:
    soc.hold(an_incident())
    soc.sentinel.untold, soc.sentinel.untold_by = "Log Analytics: no answer", stopped_by
    report = concluded(soc.audit(), [])
    assert report.exit_code == code
    assert "Log Analytics: no answer" in report.reasons[0]


def test_a_condition_that_does_not_exist_is_an_error(soc: Soc) -> None:
    with pytest.raises(KeyError):
        breach(soc.audit(), ["rotten"])


# --- counted days ---


def counted(soc: Soc, day: date, team: str = "monitoring") -> DaySheet:
    [sheet] = [each for each in soc.store.day_sheets(day.isoformat(), day.isoformat()) if each.team == team]
    return sheet


def test_an_audit_leaves_each_team_s_days_counted(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.happen(a_comment(KEIKO, tokyo("2026-11-17 09:00")))
    soc.audit()
    today = counted(soc, WEDNESDAY)
    assert (today.stale, today.duties, today.over, today.whole, today.run_id) == (1, 1, False, True, "run-1")
    soc.now = tokyo("2026-11-19 09:00")
    soc.audit(run_id="run-2")
    yesterday = counted(soc, WEDNESDAY)
    assert (yesterday.stale, yesterday.over, yesterday.run_id) == (1, True, "run-2")
    soc.audit(run_id="run-3")
    assert counted(soc, WEDNESDAY) == yesterday


def test_a_team_without_escalations_was_audited_too(soc: Soc) -> None:
    soc.audit()
    assert {each.team for each in soc.store.day_sheets("2026-11-17", "2026-11-17")} >= {"monitoring"}
    assert counted(soc, WEDNESDAY).duties == 0


def test_where_a_side_could_not_be_listed_the_day_is_not_whole(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.servicenow.fails["scan"] = Unavailable("down")
    soc.now = tokyo("2026-11-19 09:00")
    soc.audit()
    assert not counted(soc, WEDNESDAY).whole


def test_asked_about_an_earlier_instant_nothing_is_counted(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.now = tokyo("2026-11-19 09:00")
    soc.audit(as_of=EVENING)
    assert soc.store.day_sheets("2026-01-01", "2026-12-31") == []


# --- the last update of a ticket that has been silent for longer than is read ---


def silent_for_a_month(soc: Soc) -> None:
    """The last note is of 18 November; every working day is audited, the last time on 18 December."""
    soc.hold(a_ticket())
    soc.happen(a_comment(KEIKO, EVENING))
    for day in range(1, 31):
        soc.now = EVENING + timedelta(days=day)
        soc.audit()


def test_it_is_remembered_and_counts_in_no_verdict(soc: Soc) -> None:
    silent_for_a_month(soc)
    verdict = soc.verdict()
    assert (verdict.last_human_update, verdict.evidence) == (EVENING, ())
    assert (verdict.kind, verdict.reason_code) == (VERY_STALE, "no-update-at-least")
    assert age(verdict) == 30
    # Whoever reminds people takes one silence for one, however long it lasts.
    assert {each.last_human_update for each in soc.store.verdicts("2026-11-18", "2026-12-31")} == {EVENING}


def test_without_a_memory_none_is_known(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.happen(a_comment(KEIKO, EVENING))
    soc.now = EVENING + timedelta(days=30)
    assert soc.verdict().last_human_update is None


def test_a_ticket_that_no_side_shows_keeps_what_was_known_of_it(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.happen(a_comment(KEIKO, morning := tokyo("2026-11-18 09:00")))
    soc.audit()
    soc.now = EVENING + timedelta(days=1)
    soc.servicenow.fails["scan"] = soc.servicenow.fails["get"] = Unavailable("no answer")
    verdict = soc.verdict()
    assert (verdict.kind, verdict.last_human_update) == (UNKNOWN, morning)


def test_an_update_whose_author_has_turned_out_to_be_a_machine_is_forgotten(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.happen(a_comment(KEIKO, tokyo("2026-11-18 09:00")))
    soc.audit()
    soc.store.confirm_authors({(SERVICENOW, "keiko.tanaka"): "bot"}, soc.now)
    soc.now = EVENING + timedelta(days=1)
    assert soc.verdict().last_human_update is None
