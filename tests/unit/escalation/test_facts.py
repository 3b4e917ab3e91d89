from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.unit.escalation.world import (
    KEIKO,
    KEIKO_UPN,
    PROFILE,
    SYSTEM,
    TOKYO,
    a_change,
    a_ticket,
    an_incident,
    at,
)

from watchkeeper.escalation.facts import (
    LONG_AGO,
    Timeline,
    closed_at,
    entered_at,
    follow_up_day,
    hold_of,
    is_closed,
    severity_of,
    timeline,
)
from watchkeeper.model.activity import Actor
from watchkeeper.model.record import SENTINEL, SERVICENOW

MON, TUE, WED = (at(TOKYO, f"2026-11-{day} 10:00") for day in (16, 17, 18))
ZONE = ZoneInfo("Asia/Tokyo")


def anybody(_: datetime) -> bool:
    return True


def nobody(_: datetime) -> bool:
    return False


def of(line: Timeline) -> dict[str, Timeline]:
    return {line.record.ref.side: line}


def test_a_record_is_rebuilt_as_it_was() -> None:
    changes = [a_change(KEIKO, TUE, "state", "1", "2"), a_change(KEIKO, WED, "state", "2", "6")]
    line = timeline(a_ticket(state="6"), changes)
    states = [line.until(instant).fields["state"] for instant in (MON, TUE, WED)]
    assert states == ["1", "2", "6"]


def test_changes_at_one_instant_are_one_state() -> None:
    changes = [a_change(KEIKO, TUE, "state", "1", "3"), a_change(KEIKO, TUE, "hold_reason", "", "vendor")]
    line = timeline(a_ticket(state="3", hold_reason="vendor"), changes)
    assert len(line.states) == 2
    assert (line.until(MON).fields["state"], line.until(MON).fields["hold_reason"]) == ("1", "")


def test_a_field_that_was_not_read_stays_unread() -> None:
    record = replace(a_ticket(), fields={"state": "2"})
    assert "close_code" not in {
        name
        for name, value in timeline(record, [a_change(KEIKO, TUE, "close_code", "a", "b")]).until(MON).fields.items()
        if value is not None
    }


def test_labels_are_undone_where_the_history_agrees_with_the_record() -> None:
    told = a_change(KEIKO_UPN, TUE, "labels", "vip", "escalation, vip")
    line = timeline(an_incident(labels=("escalation", "vip")), [told])
    assert line.until(MON).fields["labels"] == ("vip",)


def test_labels_stay_where_the_history_does_not_agree() -> None:
    told = a_change(KEIKO_UPN, TUE, "labels", "vip", "other")
    assert timeline(an_incident(), [told]).until(MON).fields["labels"] == ("escalation",)


def test_an_incident_became_an_escalation_when_it_got_the_label() -> None:
    line = timeline(an_incident(), [a_change(KEIKO_UPN, TUE, "labels", "", "escalation")])
    assert entered_at(PROFILE, of(line)) == TUE


def test_a_ticket_became_one_when_it_came_to_a_soc_group_last() -> None:
    changes = [
        a_change(KEIKO, TUE - timedelta(days=3), "assignment_group", "SOC Monitoring", "Network"),
        a_change(KEIKO, TUE, "assignment_group", "Network", "SOC Monitoring"),
        a_change(KEIKO, WED, "assignment_group", "SOC Monitoring", "SOC Monitoring"),
    ]
    assert entered_at(PROFILE, of(timeline(a_ticket(), changes))) == TUE


def test_one_that_always_was_an_escalation_has_no_entry() -> None:
    assert entered_at(PROFILE, of(timeline(a_ticket(), [a_change(KEIKO, TUE, "state", "1", "2")]))) is None


def test_a_pair_is_an_escalation_for_as_long_as_either_side_is() -> None:
    lines = {
        SERVICENOW: timeline(a_ticket(), []),
        SENTINEL: timeline(an_incident(), [a_change(KEIKO_UPN, TUE, "labels", "", "escalation")]),
    }
    assert entered_at(PROFILE, lines) is None


def test_a_pair_is_closed_when_both_sides_are() -> None:
    closed = timeline(a_ticket(state="6"), [a_change(KEIKO, MON, "state", "2", "6")])
    still_open = timeline(an_incident(), [])
    shut = timeline(an_incident(status="Closed"), [a_change(KEIKO_UPN, TUE, "status", "Active", "Closed")])
    assert closed_at(PROFILE, {SERVICENOW: closed, SENTINEL: still_open}, {}) is None
    assert closed_at(PROFILE, {SERVICENOW: closed, SENTINEL: shut}, {}) == TUE


def test_the_auto_close_of_a_resolved_ticket_is_not_its_closing() -> None:
    changes = [a_change(KEIKO, MON, "state", "2", "6"), a_change(SYSTEM, WED, "state", "6", "7")]
    assert closed_at(PROFILE, of(timeline(a_ticket(state="7"), changes)), {}) == MON


def test_closed_before_a_complete_history_is_long_ago() -> None:
    line = timeline(replace(a_ticket(state="7"), updated_at=MON), [])
    assert closed_at(PROFILE, of(line), {SERVICENOW: WED}) == LONG_AGO


def test_closed_later_than_the_history_reaches_or_without_one_its_last_update_is_the_latest_possible_time() -> None:
    line = timeline(replace(a_ticket(state="7"), updated_at=WED), [])
    assert closed_at(PROFILE, of(line), {SERVICENOW: WED - timedelta(minutes=5)}) == WED
    assert closed_at(PROFILE, of(line), {}) == WED


def test_a_state_that_the_mapping_does_not_know_counts_as_open() -> None:
    assert not is_closed(PROFILE, SERVICENOW, a_ticket(state="99").fields)


def test_the_higher_of_two_severities_is_shown() -> None:
    lines = {
        SERVICENOW: timeline(a_ticket(impact="2", urgency="3"), []),
        SENTINEL: timeline(an_incident(severity="High"), []),
    }
    assert severity_of(PROFILE, lines) == "high"


def test_a_severity_that_nobody_knows_is_empty() -> None:
    assert severity_of(PROFILE, of(timeline(an_incident(severity="Odd"), []))) == ""


def test_the_latest_hold_is_the_one_that_counts() -> None:
    changes = [
        a_change(KEIKO, MON, "state", "2", "3"),
        a_change(KEIKO, TUE, "state", "3", "2"),
        a_change(KEIKO, WED, "state", "2", "3"),
        a_change(KEIKO, WED, "hold_reason", "", "4"),
    ]
    line = timeline(a_ticket(state="3", hold_reason="4", follow_up="2026-11-20 00:00:00"), changes)
    hold = hold_of(PROFILE, of(line), ZONE, anybody)
    assert hold is not None
    assert (hold.entered_at, hold.left_at, hold.reason, hold.accepted) == (WED, None, "4", True)
    before = hold_of(PROFILE, of(line.until(TUE)), ZONE, anybody)
    assert before is not None
    assert (before.entered_at, before.left_at) == (MON, TUE)


def held_again(author: Actor) -> Timeline:
    """On hold since Monday, off for a minute on Tuesday."""
    changes = [
        a_change(KEIKO, MON, "state", "2", "3"),
        a_change(author, TUE, "state", "3", "2"),
        a_change(author, TUE + timedelta(minutes=1), "state", "2", "3"),
    ]
    return timeline(a_ticket(state="3", hold_reason="4"), changes)


def test_a_person_may_renew_a_hold_and_a_machine_may_not() -> None:
    renewed = hold_of(PROFILE, of(held_again(KEIKO)), ZONE, anybody)
    prolonged = hold_of(PROFILE, of(held_again(SYSTEM)), ZONE, nobody)
    assert renewed is not None
    assert prolonged is not None
    assert (renewed.entered_at, prolonged.entered_at) == (TUE + timedelta(minutes=1), MON)


def test_a_label_taken_off_and_put_on_again_makes_no_new_escalation() -> None:
    labels = ("", "escalation")
    back = [
        a_change(KEIKO_UPN, MON, "labels", *labels),
        a_change(KEIKO_UPN, TUE, "labels", *reversed(labels)),
        a_change(KEIKO_UPN, WED, "labels", *labels),
    ]
    line = timeline(an_incident(labels=("escalation",)), back)
    assert entered_at(PROFILE, of(line)) == MON


def test_one_that_comes_back_after_three_days_is_a_new_escalation() -> None:
    away = [
        a_change(KEIKO_UPN, MON - timedelta(days=1), "labels", "escalation", ""),
        a_change(KEIKO_UPN, WED, "labels", "", "escalation"),
    ]
    assert entered_at(PROFILE, of(timeline(an_incident(labels=("escalation",)), away))) == WED


def test_without_a_hold_there_is_none() -> None:
    assert hold_of(PROFILE, of(timeline(a_ticket(), [])), ZONE, anybody) is None


def test_sentinel_knows_no_hold() -> None:
    assert hold_of(PROFILE, of(timeline(an_incident(), [])), ZONE, anybody) is None


def test_a_follow_up_that_is_no_date_is_told() -> None:
    hold = hold_of(PROFILE, of(timeline(a_ticket(state="3", hold_reason="4", follow_up="soon"), [])), ZONE, anybody)
    assert hold is not None
    assert (hold.follow_up, hold.follow_up_unreadable) == (None, True)


def test_only_the_profile_s_reasons_are_accepted_where_it_lists_some() -> None:
    strict = replace(PROFILE, hold_reasons=("4",))
    line = of(timeline(a_ticket(state="3", hold_reason="1"), []))
    hold = hold_of(strict, line, ZONE, anybody)
    assert hold is not None
    assert not hold.accepted


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("", None),
        ("  ", None),
        ("2026-11-20", date(2026, 11, 20)),
        ("2026-11-19 15:00:00", date(2026, 11, 20)),
        ("2026-11-19 14:59:59", date(2026, 11, 19)),
        ("2026-11-19T23:00:00-08:00", date(2026, 11, 20)),
        ("2026-11-19T15:00:00Z", date(2026, 11, 20)),
    ],
)
def test_a_follow_up_is_a_day_on_the_team_s_wall_clock(text: str, day: date | None) -> None:
    assert follow_up_day(text, ZONE) == day


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "20.11.2026"])
def test_anything_else_is_no_follow_up(text: str) -> None:
    with pytest.raises(ValueError):
        follow_up_day(text, ZONE)
