from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import pytest
from tests.unit.escalation.world import DUBLIN, KEIKO, SEATTLE, TOKYO, a_comment, a_deed, at, facts

from watchkeeper.catalog.model import Team
from watchkeeper.escalation.facts import Hold, SideView, TicketFacts
from watchkeeper.escalation.reasons import SENTENCES, Reason
from watchkeeper.escalation.verdict import judge
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.model.verdict import AuthorClass, Deed, Verdict, VerdictKind

FRESH, DUE, STALE, VERY_STALE, EXEMPT, UNKNOWN = VerdictKind
MORNING, EVENING = "2026-11-18 09:30", "2026-11-18 17:00"
"""Wednesday in the week of Monday 16 November 2026, before the cut-off and at it."""


def human(when: str, team: Team = TOKYO) -> Deed:
    return a_deed(at(team, when))


def unclassified(when: str) -> Deed:
    return a_deed(at(TOKYO, when), AuthorClass.UNCLASSIFIED)


def bot(when: str) -> Deed:
    return a_deed(at(TOKYO, when), AuthorClass.BOT)


def verdict(when: str, deeds: Sequence[Deed] = (), *, team: Team = TOKYO, ticket: TicketFacts | None = None) -> Verdict:
    return judge(ticket or facts(), deeds, team, at(team, when))


def test_a_human_note_today_makes_it_fresh_and_says_who_and_when() -> None:
    found = verdict(EVENING, [human("2026-11-18 08:15")])
    assert (found.kind, found.reason_code, found.working_days) == (FRESH, "human-update", 0)
    assert found.reason == "Keiko Tanaka updated it in servicenow at 2026-11-18T08:15+09:00 (comment)"
    assert dict(found.reason_args)["author"] == "Keiko Tanaka"


def test_updated_yesterday_it_is_due_until_the_cut_off() -> None:
    found = verdict(MORNING, [human("2026-11-17 16:00")])
    assert (found.kind, found.final, found.working_days) == (DUE, False, 0)
    assert found.reason == "no human update yet on 2026-11-18; it is due by 2026-11-18T17:00+09:00"


def test_at_the_cut_off_it_is_stale_provisionally() -> None:
    found = verdict(EVENING, [human("2026-11-17 16:00")])
    assert (found.kind, found.final, found.working_days) == (STALE, False, 1)


def test_at_the_end_of_the_day_it_is_stale_for_good() -> None:
    found = judge(facts(), [human("2026-11-17 16:00")], TOKYO, at(TOKYO, "2026-11-19 00:00"), day=date(2026, 11, 18))
    assert (found.kind, found.final, found.day) == (STALE, True, date(2026, 11, 18))


def test_an_update_after_the_cut_off_still_saves_the_day() -> None:
    assert verdict("2026-11-18 22:00", [human("2026-11-18 21:59")]).kind is FRESH


def test_yesterday_missed_it_is_stale_from_the_morning_on() -> None:
    found = verdict(MORNING, [human("2026-11-16 10:00")])
    assert (found.kind, found.working_days, found.day) == (STALE, 1, date(2026, 11, 18))
    assert found.reason == (
        "no human update on 2026-11-17; working days without one: 1; the next is due by 2026-11-18T17:00+09:00"
    )


def test_before_the_cut_off_the_last_working_day_is_the_missed_one() -> None:
    # Monday 23 November is a holiday in Japan.
    found = verdict("2026-11-24 09:00", [human("2026-11-19 10:00")])
    assert found.reason.startswith("no human update on 2026-11-20; working days without one: 1; ")
    silent = verdict(MORNING, [], ticket=facts(created_at=None))
    assert silent.reason.startswith("no human update on 2026-11-17; working days without one: at least 15; ")


def test_two_working_days_without_an_update_are_very_stale() -> None:
    found = verdict(EVENING, [human("2026-11-16 10:00")])
    assert (found.kind, found.working_days) == (VERY_STALE, 2)
    assert found.reason == "no human update on 2026-11-18; working days without one: 2"


def test_a_weekend_and_a_holiday_are_no_days_without_an_update() -> None:
    # Friday 20 November; Monday 23 is a holiday in Japan, not in Ireland.
    tokyo = verdict("2026-11-24 09:00", [human("2026-11-20 10:00")])
    dublin = verdict("2026-11-24 09:00", [human("2026-11-20 10:00", DUBLIN)], team=DUBLIN)
    assert (tokyo.kind, dublin.kind) == (DUE, STALE)


def test_on_a_day_off_the_last_working_day_s_verdict_is_shown() -> None:
    found = verdict("2026-11-21 11:00", [human("2026-11-19 10:00"), human("2026-11-21 10:00")])
    assert (found.day, found.kind, found.final) == (date(2026, 11, 20), STALE, True)


def test_an_update_on_a_day_off_keeps_the_next_working_day_from_counting_the_past() -> None:
    assert verdict("2026-11-16 09:00", [human("2026-11-14 10:00")]).kind is DUE


def test_silence_longer_than_the_history_is_at_least_that_long() -> None:
    found = verdict(EVENING, [], ticket=facts(created_at=None))
    assert (found.kind, found.working_days, found.reason_code) == (VERY_STALE, 16, "no-update-at-least")
    old = verdict(EVENING, [], ticket=facts(created_at=at(TOKYO, "2026-01-05 09:00")))
    assert old.reason_code == "no-update-at-least"


def test_a_known_beginning_gives_an_exact_count() -> None:
    found = verdict(EVENING, [], ticket=facts(created_at=at(TOKYO, "2026-11-13 09:00")))
    assert (found.working_days, found.reason_code) == (3, "no-update")


@pytest.mark.parametrize("deed", [bot("2026-11-18 09:00")], ids=["a system's note"])
def test_a_bot_s_note_does_not_make_it_fresh(deed: Deed) -> None:
    found = verdict(EVENING, [human("2026-11-17 10:00"), deed])
    assert found.kind is STALE
    assert found.evidence[0] == deed
    assert found.last_human_update == at(TOKYO, "2026-11-17 10:00")


def test_created_today_satisfies_today() -> None:
    found = verdict(EVENING, [], ticket=facts(created_at=at(TOKYO, "2026-11-18 10:00")))
    assert (found.kind, found.reason_code) == (FRESH, "created-today")


def test_escalated_in_the_last_two_hours_its_first_duty_is_tomorrow() -> None:
    found = verdict(EVENING, [], ticket=facts(entered_at=at(TOKYO, "2026-11-18 15:30")))
    assert (found.kind, found.final, dict(found.reason_args)["first_duty"]) == (EXEMPT, False, "2026-11-19")


def test_escalated_in_the_morning_it_is_due_today() -> None:
    ticket = facts(entered_at=at(TOKYO, "2026-11-18 09:00"))
    assert verdict("2026-11-18 12:00", [], ticket=ticket).kind is DUE
    assert verdict(EVENING, [], ticket=ticket).kind is STALE


def test_arrived_on_friday_evening_the_next_monday_is_its_first_day() -> None:
    ticket = facts(created_at=at(TOKYO, "2026-11-13 16:30"))
    assert verdict("2026-11-16 09:00", [], ticket=ticket).kind is DUE
    assert verdict("2026-11-16 18:00", [], ticket=ticket).working_days == 1


def test_closed_today_by_a_person_is_fresh() -> None:
    ticket = facts(closed_at=at(TOKYO, "2026-11-18 11:00"))
    assert verdict(EVENING, [human("2026-11-18 11:00")], ticket=ticket).kind is FRESH


def test_closed_today_by_a_bot_is_exempt_and_never_fresh() -> None:
    ticket = facts(closed_at=at(TOKYO, "2026-11-18 11:00"))
    found = verdict(EVENING, [bot("2026-11-18 11:00")], ticket=ticket)
    assert (found.kind, found.reason_code) == (EXEMPT, "closed-today")


def test_closed_today_by_somebody_unclassified_is_unknown() -> None:
    ticket = facts(closed_at=at(TOKYO, "2026-11-18 11:00"))
    assert verdict(EVENING, [unclassified("2026-11-18 11:00")], ticket=ticket).kind is UNKNOWN


# --- on hold ---


def on_hold(entered: str | None = "2026-11-13 10:00", **changes: object) -> TicketFacts:
    hold = Hold(at(TOKYO, entered) if entered else None, None, "4", True, None, label="awaiting vendor")
    return facts(hold=replace(hold, **changes))  # type: ignore[arg-type]


def test_on_hold_with_a_reason_is_exempt_with_the_reason_and_its_end() -> None:
    found = verdict(EVENING, [], ticket=on_hold())
    assert (found.kind, found.flags) == (EXEMPT, ())
    assert found.reason == "it is on hold (awaiting vendor) and has no duty before 2026-11-20"


def test_a_hold_ends_on_its_follow_up_date() -> None:
    ticket = on_hold(follow_up=date(2026, 11, 18))
    assert verdict("2026-11-17 18:00", [], ticket=ticket).kind is EXEMPT
    due = verdict(MORNING, [], ticket=ticket)
    assert (due.kind, due.flags) == (DUE, ("hold-expired",))
    assert verdict(EVENING, [], ticket=ticket).kind is STALE


def test_a_far_follow_up_date_exempts_no_longer_than_the_longest_hold() -> None:
    found = verdict("2026-11-20 18:00", [], ticket=on_hold(follow_up=date(2036, 1, 1)))
    assert (found.kind, found.flags) == (STALE, ("hold-expired",))


def test_five_working_days_on_hold_skip_holidays() -> None:
    ticket = on_hold("2026-11-17 10:00")
    assert verdict("2026-11-24 18:00", [], ticket=ticket).kind is EXEMPT
    assert verdict("2026-11-25 18:00", [], ticket=ticket).kind is STALE


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"reason": "", "accepted": False}, "hold-without-reason"),
        ({"accepted": False}, "hold-reason-not-accepted"),
        ({"entered_at": None}, "hold-expired"),
        ({"follow_up": date(2026, 11, 16)}, "hold-expired"),
    ],
)
def test_a_hold_that_does_not_exempt_is_flagged(changes: dict[str, object], flag: str) -> None:
    found = verdict(EVENING, [], ticket=on_hold(**changes))
    assert found.kind in {STALE, VERY_STALE}
    assert flag in found.flags


def test_a_follow_up_that_is_no_date_is_flagged_and_the_longest_hold_counts() -> None:
    ticket = on_hold("2026-11-09 10:00", follow_up_unreadable=True)
    assert "follow-up-unreadable" in verdict(EVENING, [], ticket=ticket).flags
    assert verdict("2026-11-13 18:00", [], ticket=ticket).kind is EXEMPT


def test_days_on_hold_are_not_counted_after_it_was_taken_off() -> None:
    ticket = on_hold("2026-11-12 10:00", left_at=at(TOKYO, "2026-11-17 10:00"))
    found = verdict("2026-11-17 18:00", [human("2026-11-12 09:00")], ticket=ticket)
    assert (found.kind, found.working_days) == (STALE, 1)


# --- what nobody can tell ---


def test_an_unclassified_author_makes_it_unknown_and_is_named() -> None:
    found = verdict(EVENING, [human("2026-11-17 10:00"), unclassified("2026-11-18 10:00")])
    assert (found.kind, found.reason_code) == (UNKNOWN, "unknown-author")
    assert "Sam Unknown" in found.reason


def test_an_unclassified_author_yesterday_leaves_open_whether_it_is_due_or_stale() -> None:
    found = verdict(MORNING, [human("2026-11-16 10:00"), unclassified("2026-11-17 10:00")])
    assert found.kind is UNKNOWN


def test_an_unclassified_author_never_hides_what_is_stale_either_way() -> None:
    found = verdict(EVENING, [human("2026-11-12 10:00"), unclassified("2026-11-17 10:00")])
    assert (found.kind, found.working_days, found.flags) == (STALE, 1, ("unclassified-authors",))


def test_an_unclassified_author_does_not_spoil_a_human_update() -> None:
    assert verdict(EVENING, [human("2026-11-18 09:00"), unclassified("2026-11-18 10:00")]).kind is FRESH


UNTOLD = SideView(SENTINEL, False, "history is kept for 30 days only")


def test_where_no_side_can_tell_it_is_unknown_with_the_reasons() -> None:
    found = verdict(EVENING, [], ticket=facts(sides=(SideView(SERVICENOW, False, "sys_audit is not readable"), UNTOLD)))
    assert found.kind is UNKNOWN
    assert "sys_audit is not readable" in found.reason
    assert "history is kept for 30 days only" in found.reason


def test_a_ticket_that_no_side_showed_is_unknown() -> None:
    assert verdict(EVENING, [], ticket=facts(sides=())).kind is UNKNOWN


def test_a_side_that_cannot_tell_does_not_hide_a_stale_one() -> None:
    ticket = facts(sides=(SideView(SERVICENOW, True), UNTOLD))
    found = verdict(EVENING, [human("2026-11-17 10:00")], ticket=ticket)
    assert (found.kind, found.flags) == (STALE, ("side-cannot-tell",))


def test_a_human_seen_on_a_side_that_cannot_tell_everything_is_evidence() -> None:
    assert verdict(EVENING, [human("2026-11-18 10:00")], ticket=facts(sides=(UNTOLD,))).kind is FRESH


def test_a_hold_that_nobody_can_vouch_for_is_unknown() -> None:
    ticket = replace(on_hold(), sides=(UNTOLD,))
    assert verdict(EVENING, [], ticket=ticket).kind is UNKNOWN


# --- flags, digest, words ---


def test_a_day_with_only_poor_evidence_is_fresh_and_flagged() -> None:
    poor = replace(human("2026-11-18 09:00"), flags=("short",))
    again = replace(human("2026-11-18 10:00"), flags=("repeated",))
    assert verdict(EVENING, [poor, again]).flags == ("short", "repeated")
    assert verdict(EVENING, [poor, human("2026-11-18 11:00")]).flags == ()


def test_unassigned_is_not_exempt_but_flagged() -> None:
    found = verdict(EVENING, [human("2026-11-17 10:00")], ticket=facts(assignee=""))
    assert (found.kind, found.flags) == (STALE, ("unassigned",))


def test_each_team_is_judged_by_its_own_wall_clock() -> None:
    now = at("UTC", "2026-11-17 10:00")
    deeds = [a_deed(at(TOKYO, "2026-11-16 16:30"))]
    found = {team.id: judge(facts(), deeds, team, now) for team in (TOKYO, DUBLIN, SEATTLE)}
    assert found["monitoring"].kind is STALE  # 19:00 on Tuesday, past the cut-off
    assert found["soc-oversight"].kind is DUE  # 10:00 on Tuesday, updated on Monday
    assert found["engineering-secops"].kind is STALE  # 02:00 on Tuesday, last updated late on Sunday
    assert {verdict.day for verdict in found.values()} == {date(2026, 11, 17)}


def test_an_update_in_the_extra_hour_of_a_25_hour_day_counts_for_that_day() -> None:
    # 24x7, so that the Sunday of the change is a working day.
    desk = replace(SEATTLE, calendar=replace(SEATTLE.calendar, working_weekdays=frozenset(range(1, 8))))
    last_hour = datetime.fromisoformat("2026-11-02T07:59:00+00:00")
    found = judge(facts(created_at=None), [a_deed(last_hour)], desk, last_hour, day=date(2026, 11, 1))
    assert found.kind is FRESH


def test_the_same_inputs_give_the_same_digest_whenever_the_day_is_judged() -> None:
    deeds = [human("2026-11-17 10:00")]
    day = date(2026, 11, 18)
    one, other = (
        judge(facts(), deeds, TOKYO, at(TOKYO, when), day=day) for when in ("2026-11-19 00:00", "2026-11-30 09:00")
    )
    assert one.inputs_digest == other.inputs_digest
    assert len(one.inputs_digest) == 64


@pytest.mark.parametrize(
    "changed",
    [
        {"ticket": facts(severity="low")},
        {"ticket": facts(sides=(SideView(SERVICENOW, False, "gone"),))},
        {"deeds": [human("2026-11-17 10:01")]},
        {"team": replace(TOKYO, cut_off=TOKYO.cut_off.replace(hour=18))},
        {"team": replace(TOKYO, calendar=replace(TOKYO.calendar, closures=frozenset({date(2026, 11, 9)})))},
    ],
    ids=["ticket", "readability", "deeds", "cut-off", "calendar"],
)
def test_everything_that_a_verdict_rests_on_is_in_its_digest(changed: dict[str, object]) -> None:
    given: dict[str, object] = {"ticket": facts(), "deeds": [human("2026-11-17 10:00")], "team": TOKYO}
    day, now = date(2026, 11, 18), at(TOKYO, "2026-11-20 09:00")
    before, after = (judge(**each, now=now, day=day) for each in (given, {**given, **changed}))  # type: ignore[arg-type]
    assert before.inputs_digest != after.inputs_digest


def test_what_happens_after_the_judged_day_changes_nothing() -> None:
    day, now = date(2026, 11, 18), at(TOKYO, "2026-11-20 09:00")
    before = judge(facts(), [human("2026-11-17 10:00")], TOKYO, now, day=day)
    after = judge(facts(), [human("2026-11-17 10:00"), human("2026-11-19 10:00")], TOKYO, now, day=day)
    assert before == after


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reason)


def test_hostile_text_in_a_name_stays_text() -> None:
    author = replace(KEIKO, name="{0.__class__} {side}")
    deed = Deed(a_comment(author, at(TOKYO, "2026-11-18 09:00")), AuthorClass.HUMAN, True, "counts")
    assert verdict(EVENING, [deed]).reason.startswith("{0.__class__} {side} updated it")
