"""What is judged, what a side cannot tell, and who wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.unit.escalation.soc import (
    FRESH,
    STALE,
    UNKNOWN,
    VERY_STALE,
    WEDNESDAY,
    Soc,
    tokyo,
)
from tests.unit.escalation.test_population import INCIDENT_KEY, TICKET_KEY, a_link
from tests.unit.escalation.world import (
    CATALOG,
    INCIDENT,
    KEIKO,
    KEIKO_UPN,
    OUR_APP,
    OUR_BOT,
    PROFILE,
    STRANGER,
    SYSTEM,
    TICKET,
    a_change,
    a_comment,
    a_ticket,
    an_incident,
)

from watchkeeper.clock import FixedClock
from watchkeeper.errors import AuthFailed, Config, Unavailable
from watchkeeper.escalation import authors_report, concluded, confirm_authors
from watchkeeper.model.activity import Actor, Principal
from watchkeeper.model.identity import marker_of
from watchkeeper.model.population import Condition, Filter, Operator
from watchkeeper.model.record import SENTINEL, SERVICENOW, RecordRef, Unreadable
from watchkeeper.model.verdict import AuthorClass

# --- what is judged ---


def test_a_human_s_note_today_makes_a_ticket_fresh(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.happen(a_comment(KEIKO, tokyo("2026-11-18 09:00")))
    verdict = soc.verdict()
    assert (verdict.kind, verdict.team, verdict.numbers) == (FRESH, "monitoring", ("INC0010001",))
    assert (verdict.severity, verdict.title, verdict.assignee) == ("high", "Credential theft on SRV-7", "keiko.tanaka")


@pytest.mark.parametrize("bot", [SYSTEM, OUR_BOT], ids=lambda actor: actor.id)
def test_a_ticket_that_only_a_bot_touched_stays_stale(soc: Soc, bot: Actor) -> None:
    soc.hold(a_ticket())
    soc.happen(
        a_comment(KEIKO, tokyo("2026-11-17 09:00")),
        a_comment(bot, tokyo("2026-11-18 09:00")),
        a_change(bot, tokyo("2026-11-18 10:00"), "state", "1", "2"),
    )
    verdict = soc.verdict()
    assert (verdict.kind, verdict.working_days) == (STALE, 1)
    assert [deed.counts for deed in verdict.evidence] == [False, False, True]


def test_a_linked_pair_is_one_ticket_and_a_note_on_either_side_is_enough(soc: Soc) -> None:
    soc.hold(a_ticket(), an_incident())
    soc.store.put_links([a_link(TICKET, TICKET_KEY), a_link(INCIDENT, TICKET_KEY)])
    soc.happen(a_comment(KEIKO_UPN, tokyo("2026-11-18 09:00")))
    verdict = soc.verdict()
    assert (verdict.key, verdict.kind, verdict.refs) == (TICKET_KEY, FRESH, (TICKET, INCIDENT))


def test_our_mirror_does_not_count_where_the_original_is_of_yesterday(soc: Soc) -> None:
    soc.hold(a_ticket(), an_incident())
    soc.store.put_links([a_link(TICKET, TICKET_KEY), a_link(INCIDENT, TICKET_KEY)])
    soc.happen(
        a_comment(KEIKO, tokyo("2026-11-17 09:00")),
        a_comment(OUR_APP, tokyo("2026-11-18 09:00"), "Keiko Tanaka, 17 Nov: checked the host", INCIDENT),
    )
    assert soc.verdict().kind is STALE


def test_with_the_memory_lost_a_pair_is_still_one_ticket(soc: Soc) -> None:
    copy = replace(a_ticket(), ours=True, marker=marker_of("test", INCIDENT_KEY))
    soc.hold(copy, an_incident())
    assert [verdict.key for verdict in soc.audit().verdicts] == [INCIDENT_KEY]


def test_the_other_half_of_a_pair_is_read_by_id_when_no_query_shows_it(soc: Soc) -> None:
    soc.hold(a_ticket(), an_incident(labels=()))
    soc.store.put_links([a_link(TICKET, TICKET_KEY), a_link(INCIDENT, TICKET_KEY)])
    soc.happen(a_comment(KEIKO_UPN, tokyo("2026-11-18 09:00")))
    assert soc.verdict().kind is FRESH


def test_our_copy_made_today_does_not_make_an_old_escalation_new(soc: Soc) -> None:
    copy = replace(a_ticket(), ours=True, marker=marker_of("test", INCIDENT_KEY), created_at=tokyo("2026-11-18 09:00"))
    soc.hold(copy, an_incident())
    assert soc.verdict().kind is VERY_STALE


def test_records_that_are_no_escalations_are_counted_by_reason(soc: Soc) -> None:
    second = RecordRef(SERVICENOW, "incident", f"{2:032x}")
    third = RecordRef(SERVICENOW, "incident", f"{3:032x}")
    soc.hold(
        replace(a_ticket(), ours=True, marker=marker_of("test", "secure-score/monitoring@2026-11-16")),
        replace(a_ticket(second, state="7"), updated_at=tokyo("2026-11-17 09:00")),
        replace(a_ticket(third), created_at=tokyo("2026-11-18 23:00")),
    )
    soc.happen(a_change(KEIKO, tokyo("2026-11-17 09:00"), "state", "2", "7", second))
    report = soc.audit()
    assert report.verdicts == ()
    assert report.exclusions == {"own-maintenance": 1, "closed-earlier": 1, "created-later": 1}


def test_closed_today_by_a_person_is_fresh_and_gone_tomorrow(soc: Soc) -> None:
    soc.hold(replace(a_ticket(state="7"), updated_at=tokyo("2026-11-18 11:00")))
    soc.happen(a_change(KEIKO, tokyo("2026-11-18 11:00"), "state", "2", "7"))
    assert soc.verdict().kind is FRESH
    soc.now = tokyo("2026-11-19 18:00")
    assert soc.audit().exclusions == {"closed-earlier": 1}


def test_a_group_outside_the_catalogue_has_a_row_of_its_own_under_oversight(soc: Soc) -> None:
    rules = replace(
        PROFILE.sides[SERVICENOW], population=(Filter((Condition("category", Operator.IN, ("security",)),)),)
    )
    soc.profile = replace(PROFILE, sides={**PROFILE.sides, SERVICENOW: rules})
    soc.hold(a_ticket(), a_ticket(RecordRef(SERVICENOW, "incident", "b" * 32), "INC2", assignment_group="Network"))
    report = soc.audit()
    assert set(report.totals_by_row) == {("monitoring", ""), ("soc-oversight", "Network")}
    assert report.totals_by_row["soc-oversight", "Network"][VERY_STALE] == 1


SYS_ID = "5f1a" * 8


def test_an_assignee_whom_the_side_holds_by_id_is_shown_by_name(soc: Soc) -> None:
    soc.hold(a_ticket(assigned_to=SYS_ID))
    soc.servicenow.users[SYS_ID] = Principal(KEIKO)
    assert soc.verdict().assignee == "Keiko Tanaka"


def test_an_assignee_whom_nobody_can_name_is_shown_as_the_side_holds_it(soc: Soc) -> None:
    soc.hold(a_ticket(assigned_to=SYS_ID))
    assert soc.verdict().assignee == SYS_ID


def test_who_was_assigned_at_an_earlier_instant_is_shown_by_name_too(soc: Soc) -> None:
    soc.hold(a_ticket(assigned_to="haruto.sato"))
    soc.servicenow.users[SYS_ID] = Principal(KEIKO)
    soc.happen(a_change(KEIKO, tokyo("2026-11-18 12:00"), "assigned_to", SYS_ID, "haruto.sato"))
    assert soc.verdict(as_of=tokyo("2026-11-18 11:00")).assignee == "Keiko Tanaka"


def test_totals_add_up_and_the_worst_come_first(soc: Soc) -> None:
    for number in range(6):
        ref = RecordRef(SERVICENOW, "incident", f"{number:032x}")
        soc.hold(a_ticket(ref, f"INC{number}"))
        soc.happen(a_comment(KEIKO, tokyo(f"2026-11-{13 + number} 09:00"), ref=ref))
    report = soc.audit()
    assert sum(report.totals.values()) == len(report.verdicts) == 6
    assert [verdict.kind for verdict in report.verdicts] == [VERY_STALE] * 4 + [STALE, FRESH]
    counts = [sum(row.values()) for row in report.totals_by_row.values()]
    assert sum(counts) == 6


def test_every_team_s_day_is_told(soc: Soc) -> None:
    days = {day.team: day for day in soc.audit().days}
    assert (days["monitoring"].day, days["monitoring"].zone, days["monitoring"].working) == (
        WEDNESDAY,
        "Asia/Tokyo",
        True,
    )
    soc.now = tokyo("2026-11-21 12:00")
    rest = {day.team: day for day in soc.audit().days}["monitoring"]
    assert (rest.day, rest.working, rest.final) == (date(2026, 11, 20), False, True)


# --- sides that cannot tell ---


def test_an_unreachable_side_does_not_hide_what_is_stale_on_the_other(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.sentinel.fails["scan"] = Unavailable("Sentinel does not answer")
    report = soc.audit()
    assert [verdict.kind for verdict in report.verdicts] == [VERY_STALE]
    told = {side.side: side for side in report.sides}
    assert (told[SENTINEL].listed, told[SENTINEL].error) == (False, "Unavailable")
    assert told[SERVICENOW].readable


def test_an_escalation_known_only_from_memory_is_unknown_while_its_side_is_dark(soc: Soc) -> None:
    soc.store.put_links([replace(a_link(INCIDENT, INCIDENT_KEY), base={"status": "Active"})])
    assert soc.audit().verdicts == ()
    soc.sentinel.fails["scan"] = Unavailable("Sentinel does not answer")
    verdict = soc.verdict()
    assert (verdict.kind, verdict.key) == (UNKNOWN, INCIDENT_KEY)


def test_a_closed_one_known_from_memory_is_not_brought_back(soc: Soc) -> None:
    soc.store.put_links([replace(a_link(INCIDENT, INCIDENT_KEY), base={"status": "Closed"})])
    soc.sentinel.complete = False
    assert soc.audit().verdicts == ()


def test_where_the_history_cannot_be_read_a_ticket_is_unknown_with_the_reason(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.servicenow.untold = "sys_audit is not readable"
    verdict = soc.verdict()
    assert verdict.kind is UNKNOWN
    assert "sys_audit is not readable" in verdict.reason


def test_with_both_sides_refusing_everything_known_is_unknown_and_nothing_is_compliant(soc: Soc) -> None:
    soc.store.put_links([replace(a_link(TICKET, TICKET_KEY), base={"state": "2"})])
    for side in (soc.servicenow, soc.sentinel):
        for call in ("scan", "activity", "identity", "principals", "resolve"):
            side.fails[call] = AuthFailed("the token was refused")
    report = concluded(soc.audit(), ["stale"])
    assert [verdict.kind for verdict in report.verdicts] == [UNKNOWN]
    assert (report.exit_code, len(report.reasons)) == (5, 2)


def test_a_hidden_half_of_a_pair_is_told_and_hides_nothing(soc: Soc) -> None:
    soc.hold(a_ticket(), an_incident())
    soc.sentinel.hidden = frozenset({INCIDENT})
    soc.store.put_links([a_link(TICKET, TICKET_KEY), a_link(INCIDENT, TICKET_KEY)])
    verdict = soc.verdict()
    assert verdict.kind is VERY_STALE
    assert "side-cannot-tell" in verdict.flags


def test_an_incident_whose_history_lags_is_unknown_where_only_that_history_could_tell(soc: Soc) -> None:
    other = RecordRef(SENTINEL, "incidents", "0b5d0f4e-0000-4000-8000-000000000002")
    soc.hold(an_incident(), an_incident(other, "43"))
    soc.sentinel.unclear = frozenset({INCIDENT})
    report = soc.audit()
    verdicts = {verdict.refs[0]: verdict for verdict in report.verdicts}
    assert (verdicts[INCIDENT].kind, verdicts[other].kind) == (UNKNOWN, VERY_STALE)
    assert "the history of 1 incidents lags behind" in verdicts[INCIDENT].reason
    told = {side.side: side for side in report.sides}[SENTINEL]
    assert told.readable
    assert told.reasons == ("the history of 1 incidents lags behind",)


def test_an_incident_whose_history_lags_hides_nothing_that_the_ticket_tells(soc: Soc) -> None:
    soc.hold(a_ticket(), an_incident())
    soc.store.put_links([a_link(TICKET, TICKET_KEY), a_link(INCIDENT, TICKET_KEY)])
    soc.sentinel.unclear = frozenset({INCIDENT})
    verdict = soc.verdict()
    assert verdict.kind is VERY_STALE
    assert "side-cannot-tell" in verdict.flags


def test_a_human_s_comment_counts_although_the_rest_of_the_history_lags(soc: Soc) -> None:
    soc.hold(an_incident())
    soc.sentinel.unclear = frozenset({INCIDENT})
    soc.happen(a_comment(KEIKO_UPN, tokyo("2026-11-18 09:00")))
    assert soc.verdict().kind is FRESH


def test_a_row_that_cannot_be_read_is_reported_and_the_others_are_judged(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.servicenow.unreadable = [Unreadable(RecordRef(SERVICENOW, "incident", "bad"), "sys_updated_on is no time")]
    report = soc.audit()
    assert len(report.verdicts) == len(report.unreadable) == 1
    assert concluded(report, []).exit_code == 4


# --- authors ---


def test_an_author_of_whom_the_history_gives_the_account_alone_is_shown_by_name(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.servicenow.users[KEIKO.id] = Principal(KEIKO)
    soc.happen(a_comment(replace(KEIKO, name=""), tokyo("2026-11-18 09:00")))
    assert soc.verdict().reason.startswith("Keiko Tanaka updated it in servicenow")


def test_our_own_note_never_counts_even_where_the_side_does_not_say_who_we_are(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.servicenow.account = ""
    soc.servicenow.users[OUR_BOT.id] = Principal(OUR_BOT, groups=frozenset({"SOC Monitoring"}))
    soc.happen(a_comment(OUR_BOT, tokyo("2026-11-18 09:00")))
    report = soc.audit()
    assert [verdict.kind for verdict in report.verdicts] == [UNKNOWN]
    assert {side.side: side.reasons for side in report.sides}[SERVICENOW] == (
        "the side does not say which account is ours",
    )


def test_an_author_whom_nobody_knows_makes_it_unknown_until_a_person_has_said_who_it_is(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.happen(a_comment(STRANGER, tokyo("2026-11-18 09:00")))
    report = soc.audit()
    assert report.verdicts[0].kind is UNKNOWN
    assert [row.actor for row in report.unclassified] == [STRANGER]
    confirm_authors(soc.store, FixedClock(soc.now), {(SERVICENOW, "Sam.Unknown"): "human"})
    assert soc.verdict().kind is FRESH
    confirm_authors(soc.store, FixedClock(soc.now), {(SERVICENOW, STRANGER.id): "bot"})
    assert soc.verdict().kind is VERY_STALE


def test_a_rostered_person_is_known_by_address_in_sentinel(soc: Soc) -> None:
    soc.hold(an_incident())
    haruto = Actor(SERVICENOW, "haruto.sato", "Haruto Sato")
    soc.servicenow.users["haruto.sato"] = Principal(haruto, email="haruto.sato@soc.example")
    soc.happen(a_comment(Actor(SENTINEL, "haruto.sato@soc.example"), tokyo("2026-11-18 09:00")))
    assert soc.verdict().kind is FRESH


def test_the_authors_of_thirty_days_are_listed_unclassified_first(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.happen(
        a_comment(KEIKO, tokyo("2026-11-18 09:00")),
        a_comment(KEIKO, tokyo("2026-11-17 09:00")),
        a_comment(SYSTEM, tokyo("2026-11-01 09:00")),
        a_comment(STRANGER, tokyo("2026-10-20 09:00")),
        a_comment(Actor(SERVICENOW, "older"), tokyo("2026-10-18 09:00")),
    )
    rows = authors_report(
        connectors=soc.connectors, store=soc.store, catalog=CATALOG, profiles=[PROFILE], clock=FixedClock(soc.now)
    )
    assert [(row.actor.id, row.author_class, row.activities) for row in rows] == [
        (STRANGER.id, AuthorClass.UNCLASSIFIED, 1),
        (KEIKO.id, AuthorClass.HUMAN, 2),
        (SYSTEM.id, AuthorClass.BOT, 1),
    ]


def test_only_human_or_bot_can_be_confirmed(soc: Soc) -> None:
    with pytest.raises(Config, match="'friend' is no class of an author; allowed: human or bot"):
        confirm_authors(soc.store, FixedClock(soc.now), {(SERVICENOW, "x"): "friend"})
