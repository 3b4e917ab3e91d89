from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import pytest
from tests.unit.escalation.test_population import INCIDENT_KEY, TICKET_KEY, a_link
from tests.unit.escalation.world import (
    CATALOG,
    INCIDENT,
    KEIKO,
    KEIKO_UPN,
    OUR_APP,
    OUR_BOT,
    PROFILE,
    SEATTLE,
    STRANGER,
    SYSTEM,
    TICKET,
    TOKYO,
    MemorySide,
    a_change,
    a_comment,
    a_ticket,
    an_incident,
    at,
)

from watchkeeper.clock import FixedClock
from watchkeeper.errors import AuthFailed, Config, Unavailable
from watchkeeper.escalation import authors_report, breach, concluded, confirm_authors, run_audit
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.activity import Activity, Actor, Principal
from watchkeeper.model.audit import AuditReport
from watchkeeper.model.identity import marker_of
from watchkeeper.model.population import Condition, Filter, Operator
from watchkeeper.model.record import SENTINEL, SERVICENOW, Record, RecordRef, Unreadable
from watchkeeper.model.verdict import AuthorClass, Verdict, VerdictKind
from watchkeeper.ports import Connector
from watchkeeper.state import SqlStateStore, open_store

FRESH, DUE, STALE, VERY_STALE, EXEMPT, UNKNOWN = VerdictKind
WEDNESDAY = date(2026, 11, 18)
EVENING = at(TOKYO, "2026-11-18 18:00")


@dataclass
class Soc:
    """Both sides, the store, and the audit over them."""

    store: SqlStateStore
    servicenow: MemorySide = field(default_factory=lambda: MemorySide(SERVICENOW, OUR_BOT.id))
    sentinel: MemorySide = field(default_factory=lambda: MemorySide(SENTINEL, OUR_APP.id))
    now: datetime = EVENING
    profile: Profile = PROFILE

    @property
    def connectors(self) -> dict[str, Connector]:
        return {SERVICENOW: self.servicenow, SENTINEL: self.sentinel}  # type: ignore[dict-item]

    def hold(self, *records: Record) -> None:
        for record in records:
            side = self.servicenow if record.ref.side == SERVICENOW else self.sentinel
            side.records.append(record)

    def happen(self, *deeds: Activity) -> None:
        for deed in deeds:
            side = self.servicenow if deed.ref.side == SERVICENOW else self.sentinel
            side.deeds.append(deed)

    def audit(self, as_of: datetime | None = None, run_id: str = "run-1") -> AuditReport:
        return run_audit(
            connectors=self.connectors,
            store=self.store,
            catalog=CATALOG,
            profiles=[self.profile],
            clock=FixedClock(self.now),
            run_id=run_id,
            as_of=as_of,
        )

    def verdict(self, as_of: datetime | None = None) -> Verdict:
        [only] = self.audit(as_of).verdicts
        return only


@pytest.fixture
def soc(tmp_path: Path) -> Iterator[Soc]:
    with open_store(f"sqlite:///{tmp_path / 'state.db'}", "test", FixedClock(EVENING), migrate=True) as store:
        yield Soc(store)


def tokyo(text: str) -> datetime:
    return at(TOKYO, text)


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
        replace(a_ticket(second, state="6"), updated_at=tokyo("2026-11-17 09:00")),
        replace(a_ticket(third), created_at=tokyo("2026-11-18 23:00")),
    )
    soc.happen(a_change(KEIKO, tokyo("2026-11-17 09:00"), "state", "2", "6", second))
    report = soc.audit()
    assert report.verdicts == ()
    assert report.exclusions == {"own-maintenance": 1, "closed-earlier": 1, "created-later": 1}


def test_resolved_today_by_a_person_is_fresh_and_gone_tomorrow(soc: Soc) -> None:
    soc.hold(replace(a_ticket(state="6"), updated_at=tokyo("2026-11-18 11:00")))
    soc.happen(a_change(KEIKO, tokyo("2026-11-18 11:00"), "state", "2", "6"))
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


# --- memory: provisional, final, as of ---


def test_today_s_verdict_is_stored_provisionally_and_replaced(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.happen(a_comment(KEIKO, tokyo("2026-11-17 09:00")))
    soc.audit()
    assert _stored(soc, WEDNESDAY) == [(STALE, False)]
    soc.happen(a_comment(KEIKO, tokyo("2026-11-18 17:30")))
    soc.audit()
    assert _stored(soc, WEDNESDAY) == [(FRESH, False)]


def test_the_next_day_s_audit_makes_it_final_and_nothing_rewrites_it(soc: Soc) -> None:
    soc.hold(a_ticket())
    soc.happen(a_comment(KEIKO, tokyo("2026-11-17 09:00")))
    soc.now = tokyo("2026-11-19 09:00")
    soc.audit()
    assert _stored(soc, WEDNESDAY) == [(STALE, True)]
    # A note that turns up later with an old date.
    soc.happen(a_comment(KEIKO, tokyo("2026-11-18 09:00")))
    soc.audit(run_id="run-2")
    assert _stored(soc, WEDNESDAY) == [(STALE, True)]


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
    assert _stored(soc, WEDNESDAY) == [(UNKNOWN, False)]
    soc.servicenow.untold = ""
    soc.happen(a_comment(KEIKO, tokyo("2026-11-18 09:00")))
    soc.audit()
    assert _stored(soc, WEDNESDAY) == [(FRESH, True)]


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


def _stored(soc: Soc, day: date) -> list[tuple[VerdictKind, bool]]:
    return [(verdict.kind, verdict.final) for verdict in soc.store.verdicts(day.isoformat(), day.isoformat())]


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


def test_a_condition_that_does_not_exist_is_an_error(soc: Soc) -> None:
    with pytest.raises(KeyError):
        breach(soc.audit(), ["rotten"])


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
    assert _stored(soc, WEDNESDAY) == [(STALE, True)]


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
