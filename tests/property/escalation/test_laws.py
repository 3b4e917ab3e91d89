"""Laws of the escalation audit, for any history on any wall clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.unit.escalation.world import (
    BOTS,
    CATALOG,
    DUBLIN,
    KEIKO,
    KEIKO_UPN,
    OUR_APP,
    OUR_BOT,
    PROFILE,
    SEATTLE,
    STRANGER,
    TOKYO,
    a_change,
    a_comment,
    a_ticket,
    facts,
)

from watchkeeper.catalog.calendars import is_working_day
from watchkeeper.catalog.model import Shift, Team
from watchkeeper.escalation.authors import AuthorBook, roster_of
from watchkeeper.escalation.evidence import human_fields, weigh
from watchkeeper.escalation.facts import Hold, SideView, TicketFacts, timeline
from watchkeeper.escalation.verdict import judge
from watchkeeper.escalation.windows import day_window, first_duty_day, judged_day, local_day
from watchkeeper.model.activity import Activity, Actor
from watchkeeper.model.audit import compliance_of, totals_of
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.model.verdict import AuditWindow, Deed, Verdict, VerdictKind

FEW = tried(60)
BOOK = AuthorBook(ours={SERVICENOW: OUR_BOT.id, SENTINEL: OUR_APP.id}, roster=roster_of(CATALOG.teams.values()))
FIELDS = {side: human_fields(PROFILE, side) for side in PROFILE.sides}

MACHINES = (
    *BOTS,
    Actor(SERVICENOW, "autoclose", "Auto Close"),
    Actor(SERVICENOW, "inbound.email", "Keiko Tanaka"),
    Actor(SERVICENOW, "", "System"),
    Actor(SENTINEL, "Automation rule", "Automation rule"),
    Actor(SENTINEL, "99999999-2222-3333-4444-555555555555", "Keiko Tanaka"),
)
"""Also those that go by a person's name."""

SHIFTS = (
    Shift("day", time(8), time(20), DUBLIN.zone, DUBLIN.calendar),
    Shift("night", time(20), time(8), TOKYO.zone, CATALOG.calendars["around-the-clock"]),
)

Case: TypeAlias = tuple[Team, datetime, TicketFacts, list[Activity]]

FIRST = datetime(2026, 9, 1, tzinfo=UTC)
instants = st.integers(0, 120 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
"""September to December 2026: both changes of clocks, the Japanese autumn holidays, Thanksgiving."""
teams = st.sampled_from(
    [TOKYO, DUBLIN, SEATTLE, replace(DUBLIN, calendar=CATALOG.calendars["around-the-clock"], shifts=SHIFTS)]
)
near = st.integers(-5 * 24 * 60, 60)


@st.composite
def deeds(draw: st.DrawFn, authors: tuple[Actor, ...], now: datetime) -> Activity:
    author, when = draw(st.sampled_from(authors)), now + timedelta(minutes=draw(near))
    if draw(st.booleans()):
        return a_comment(author, when, draw(st.sampled_from([".", "checked the host again today", "調査中です"])))
    name = "state" if author.side == SERVICENOW else "status"
    return a_change(author, when, name, draw(st.sampled_from("12")), draw(st.sampled_from("123")))


@st.composite
def tickets(draw: st.DrawFn, now: datetime) -> TicketFacts:
    def moment() -> datetime | None:
        return draw(st.none() | near.map(lambda minutes: now + timedelta(minutes=minutes)))

    hold = draw(
        st.none() | st.builds(Hold, st.just(moment()), st.none(), st.sampled_from(["", "4"]), st.booleans(), st.none())
    )
    told = draw(st.lists(st.booleans(), min_size=1, max_size=2))
    sides = tuple(
        SideView(side, tells, "cannot tell") for side, tells in zip((SERVICENOW, SENTINEL), told, strict=False)
    )
    window = draw(st.sampled_from(AuditWindow))
    return facts(created_at=moment(), entered_at=moment(), closed_at=moment(), hold=hold, sides=sides, window=window)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    now = draw(instants)
    people = (KEIKO, KEIKO_UPN, STRANGER, *BOTS)
    return draw(teams), now, draw(tickets(now)), draw(st.lists(deeds(people, now), max_size=6))


def verdict(
    team: Team, now: datetime, ticket: TicketFacts, history: list[Activity], day: date | None = None
) -> Verdict:
    weighed: tuple[Deed, ...] = weigh(history, BOOK, FIELDS)
    return judge(ticket, weighed, team, now, day=day)


@FEW
@given(cases(), st.data())
def test_no_machine_s_write_makes_a_ticket_fresh_in_whatever_order_it_is_told(case: Case, data: st.DataObject) -> None:
    team, now, ticket, history = case
    writes = data.draw(st.lists(deeds(MACHINES, now), min_size=1, max_size=4))
    told = data.draw(st.permutations([*history, *writes]))
    after, before = verdict(team, now, ticket, told), verdict(team, now, ticket, history)
    assert (after.kind, after.reason, after.last_human_update) == (before.kind, before.reason, before.last_human_update)


@FEW
@given(cases(), st.data())
def test_forgetting_history_never_makes_a_ticket_fresh(case: Case, data: st.DataObject) -> None:
    team, now, ticket, history = case
    kept = [deed for deed in history if data.draw(st.booleans())]
    if verdict(team, now, ticket, kept).kind is VerdictKind.FRESH:
        assert verdict(team, now, ticket, history).kind is VerdictKind.FRESH


@FEW
@given(cases())
def test_a_side_that_stops_telling_never_turns_a_kept_or_broken_duty_into_the_other(case: Case) -> None:
    team, now, ticket, history = case
    dark = replace(ticket, sides=tuple(replace(view, told=False) for view in ticket.sides))
    before, after = verdict(team, now, ticket, history).kind, verdict(team, now, dark, history).kind
    assert after in {before, VerdictKind.UNKNOWN}


@FEW
@given(cases())
def test_fresh_always_rests_on_a_human_or_on_its_own_beginning(case: Case) -> None:
    team, now, ticket, history = case
    found = verdict(team, now, ticket, history)
    if found.kind is VerdictKind.FRESH:
        window = day_window(team, found.day)
        # The other windows reach back beyond the day.
        begin = window.start if ticket.window is AuditWindow.BUSINESS_DAY else window.start - timedelta(days=5)
        human = [deed for deed in found.evidence if deed.counts and begin <= deed.activity.at < window.end]
        assert human or (ticket.created_at and begin <= ticket.created_at < window.end)


@FEW
@given(cases())
def test_the_kind_follows_from_the_number_of_working_days(case: Case) -> None:
    found = verdict(*case)
    expected = {VerdictKind.DUE: {0}, VerdictKind.STALE: {1}, VerdictKind.FRESH: {0}, VerdictKind.EXEMPT: {0}}
    if found.kind is VerdictKind.VERY_STALE:
        assert found.working_days >= 2
    elif found.kind in expected:
        assert found.working_days in expected[found.kind]


@FEW
@given(cases(), st.randoms())
def test_the_order_of_evidence_does_not_matter(case: Case, random: object) -> None:
    team, now, ticket, history = case
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = verdict(team, now, ticket, history), verdict(team, now, ticket, shuffled)
    assert (one.kind, one.working_days, one.reason_code) == (other.kind, other.working_days, other.reason_code)


@FEW
@given(cases(), st.integers(0, 30))
def test_a_final_verdict_does_not_depend_on_when_it_is_given(case: Case, later: int) -> None:
    team, now, ticket, history = case
    day = judged_day(team, now)
    end = day_window(team, day).end
    assert verdict(team, end, ticket, history, day) == verdict(team, end + timedelta(days=later), ticket, history, day)


@FEW
@given(cases())
def test_every_verdict_gives_its_reason_in_words(case: Case) -> None:
    found = verdict(*case)
    assert found.reason
    assert "{" not in found.reason
    assert found.reason_code


@FEW
@given(st.lists(cases(), max_size=8))
def test_totals_add_up_and_unknown_is_never_compliant(many: list[Case]) -> None:
    verdicts = [verdict(*case) for case in many]
    totals = totals_of(verdicts)
    assert sum(totals.values()) == len(verdicts)
    compliance = compliance_of(totals)
    if totals[VerdictKind.UNKNOWN] and compliance is not None:
        assert compliance < 1


@FEW
@given(teams, instants)
def test_every_instant_is_in_the_day_that_is_judged_or_after_it(team: Team, now: datetime) -> None:
    day = judged_day(team, now)
    assert is_working_day(team.calendar, day)
    window = day_window(team, day)
    assert window.start <= now
    assert window.holds(now) or not is_working_day(team.calendar, local_day(team, now))
    assert window.start <= window.cut_off < window.end


@FEW
@given(teams, instants)
def test_a_duty_begins_on_a_working_day_and_never_in_the_past(team: Team, arrival: datetime) -> None:
    first = first_duty_day(team, arrival)
    assert is_working_day(team.calendar, first)
    assert first >= local_day(team, arrival)


@FEW
@given(st.lists(st.tuples(instants, st.sampled_from("1236")), max_size=6, unique_by=lambda step: step[0]), instants)
def test_a_record_rebuilt_at_an_instant_is_what_it_was_then(
    steps: list[tuple[datetime, str]], instant: datetime
) -> None:
    held, changes, then = "1", [], "1"
    for when, state in sorted(steps):
        changes.append(a_change(KEIKO, when, "state", held, state))
        held = state
        then = state if when <= instant else then
    assert timeline(a_ticket(state=held), changes).until(instant).fields["state"] == then
