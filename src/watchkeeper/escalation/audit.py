"""The escalation audit: reads both sides, judges every escalation, keeps what was judged, and says whether duty was kept."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice

from watchkeeper.catalog.calendars import is_working_day
from watchkeeper.catalog.model import Catalog, Team
from watchkeeper.errors import Config, Problem
from watchkeeper.escalation.authors import AuthorBook, fold
from watchkeeper.escalation.digests import plain
from watchkeeper.escalation.judging import judge_day, judge_now, unseen_verdict
from watchkeeper.escalation.open_days import OpenDays
from watchkeeper.escalation.ownership import Ownership, oversight_of
from watchkeeper.escalation.reasons import Excluded
from watchkeeper.escalation.remembered import LastKnown
from watchkeeper.escalation.survey import Span, Survey, Undecided, escalation_profiles, survey
from watchkeeper.escalation.tickets import Ticket
from watchkeeper.escalation.waivers import waiver_uses
from watchkeeper.escalation.windows import (
    HISTORY_WORKING_DAYS,
    day_window,
    history_start,
    judged_day,
    local_day,
    working_day_before,
)
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.activity import Activity, Actor
from watchkeeper.model.audit import AuditReport, AuthorCount, JudgedBefore, TeamDay
from watchkeeper.model.progress import UNWATCHED, Phase
from watchkeeper.model.record import Record, Side
from watchkeeper.model.ticket import Severity
from watchkeeper.model.verdict import AuthorClass, Verdict, VerdictKind
from watchkeeper.ports import Clock, Connector, Progress
from watchkeeper.state_ports import StateStore

FINAL_DAYS = 5
"""How many past working days are judged for good if no earlier audit did."""

AUTHORS_SPAN = timedelta(days=30)
_PORTION = 200
"""Tickets whose verdicts are in memory together."""

WORST_FIRST = (
    VerdictKind.VERY_STALE,
    VerdictKind.STALE,
    VerdictKind.UNKNOWN,
    VerdictKind.DUE,
    VerdictKind.FRESH,
    VerdictKind.EXEMPT,
)


def run_audit(
    *,
    connectors: Mapping[Side, Connector],
    store: StateStore,
    catalog: Catalog,
    profiles: Sequence[Profile],
    clock: Clock,
    run_id: str,
    as_of: datetime | None = None,
    progress: Progress = UNWATCHED,
) -> AuditReport:
    """Judge every escalation at an instant (now, if none is given).

    Without `as_of` the verdicts are stored: today's provisionally, and for good those of past working days that nobody has
    judged yet. With it nothing is stored. A day that was judged for good is shown as it was judged, recomputed beside.

    Raises Config when `as_of` lies in the future or the catalogue has no oversight team; StateUnusable. A side that fails
    does not raise: the report's `sides` say what could not be read.
    """
    now = clock.now()
    instant = as_of or now
    if instant > now:
        raise Config([Problem("--as-of", "", f"{_second(instant)} has not come yet", allowed=f"up to {_second(now)}")])
    scope = escalation_profiles(profiles)
    teams = _teams(catalog)
    days = [judged_day(team, instant) for team in teams]
    past = [_past_days(team, day) for team, day in zip(teams, days, strict=True)] if as_of is None else []
    open_days = OpenDays.among(sorted({day for each in past for day in each}), scope, store)
    stored = _stored(store, days)
    span, undecided = _span(teams, scope, instant, now), _undecided(open_days, instant)
    seen = survey(connectors, store, catalog, scope, span, undecided, progress)
    found = _Findings(Counter(seen.excluded))
    new = map(_storable, _judge(seen, store, stored, open_days, instant, now, found, progress))
    if as_of is None:
        store.put_verdicts(new, run_id)
        every = {*days, *(day for each in past for day in each)}
        store.count_days(_counted(teams, every, instant, scope), run_id, instant, whole=_listed_all(seen))
    else:
        deque(new, maxlen=0)  # judged all the same
    standing = _standing(found.shown, stored, {team.id: day for team, day in zip(teams, days, strict=True)})
    again, problems = _again(seen, standing, now)
    shown = [*found.shown, *standing]
    return AuditReport(
        run_id=run_id,
        deployment=catalog.deployment.name,
        as_of=instant,
        days=tuple(_team_day(team, instant) for team in teams),
        verdicts=tuple(sorted(shown, key=_worst_first)),
        exclusions={reason.value: found.excluded[reason] for reason in Excluded if found.excluded[reason]},
        authors=author_counts(seen.activities, seen.book),
        unreadable=seen.unreadable,
        rejudged=(*found.rejudged, *again),
        problems=(*(_doubt(record) for record in seen.doubtful), *problems),
        config_fingerprint=_fingerprint(catalog, scope),
        sides=seen.sides,
        mapping_fingerprints={profile.name: profile.fingerprint for profile in scope},
        catalog_fingerprint=catalog.fingerprint,
        waivers=waiver_uses(catalog.waivers, shown, local_day(seen.ownership.oversight, instant)),
    )


def _undecided(open_days: OpenDays, instant: datetime) -> Undecided:
    """Whether a verdict on a ticket is any other than fresh, so that a comment could still change it."""

    def undecided(ticket: Ticket, ownership: Ownership) -> bool:
        verdicts = (judge_now(ticket, ownership, instant), *open_days.verdicts(ticket, ownership, instant))
        return any(isinstance(each, Verdict) and each.kind is not VerdictKind.FRESH for each in verdicts)

    return undecided


def authors_report(
    *,
    connectors: Mapping[Side, Connector],
    store: StateStore,
    catalog: Catalog,
    profiles: Sequence[Profile],
    clock: Clock,
    span: timedelta = AUTHORS_SPAN,
) -> tuple[AuthorCount, ...]:
    """Who wrote on escalations within the span, with class and count: unclassified ones first, then the busiest."""
    now = clock.now()
    seen = survey(connectors, store, catalog, escalation_profiles(profiles), Span(now - span, now, now - span))
    return author_counts(seen.activities, seen.book)


def confirm_authors(store: StateStore, clock: Clock, classes: Mapping[tuple[Side, str], str]) -> None:
    """Keep a person's word on who is a human and who is a bot, by (side, account). Raises Config for any other class."""
    allowed = (AuthorClass.HUMAN.value, AuthorClass.BOT.value)
    problems = [
        Problem(f"{side}:{account}", "", f"{given!r} is no class of an author", allowed=" or ".join(allowed))
        for (side, account), given in classes.items()
        if given not in allowed
    ]
    if problems:
        raise Config(problems)
    store.confirm_authors({(side, fold(account)): given for (side, account), given in classes.items()}, clock.now())


def author_counts(activities: Iterable[Activity], book: AuthorBook) -> tuple[AuthorCount, ...]:
    """Every author with class, basis and number of deeds."""
    deeds: Counter[tuple[Side, str]] = Counter()
    actors: dict[tuple[Side, str], Actor] = {}
    for activity in activities:
        who = activity.author.side, activity.author.id
        deeds[who] += 1
        actors.setdefault(who, activity.author)
    rows = [_author_count(actor, deeds[who], book) for who, actor in actors.items()]
    order = (AuthorClass.UNCLASSIFIED, AuthorClass.HUMAN, AuthorClass.BOT)
    rows.sort(key=lambda row: (order.index(row.author_class), -row.activities, row.actor.side, row.actor.id))
    return tuple(rows)


def _author_count(actor: Actor, count: int, book: AuthorBook) -> AuthorCount:
    judged = book.classify(actor)
    confirmed = (actor.side, fold(actor.id)) in book.confirmed
    return AuthorCount(actor, judged.author_class, judged.basis.value, count, confirmed)


def _teams(catalog: Catalog) -> list[Team]:
    """Every enabled team, and the oversight team in any case: it owns what nobody else does."""
    oversight = oversight_of(catalog)
    others = [team for team in catalog.teams.values() if team.enabled and team.id != oversight.id]
    return sorted([oversight, *others], key=lambda team: team.id)


def _span(teams: Sequence[Team], profiles: Sequence[Profile], instant: datetime, now: datetime) -> Span:
    """Far enough back for the oldest day that may be judged, and for the beginning of a hold that may still exempt then; up
    to the present, so that later changes can be undone."""
    reach = max([HISTORY_WORKING_DAYS, *(profile.hold_max for profile in profiles)])
    first = [working_day_before(team.calendar, judged_day(team, instant), FINAL_DAYS) for team in teams]
    relevant = min(day_window(team, day).start for team, day in zip(teams, first, strict=True))
    since = min(history_start(team, day, reach) for team, day in zip(teams, first, strict=True))
    return Span(since, now, relevant)


def _past_days(team: Team, day: date) -> list[date]:
    return [working_day_before(team.calendar, day, count) for count in range(1, FINAL_DAYS + 1)]


def _stored(store: StateStore, days: Sequence[date]) -> dict[tuple[str, date], Verdict]:
    """The verdicts given for good on these days."""
    verdicts = store.verdicts(min(days).isoformat(), max(days).isoformat())
    return {(verdict.key, verdict.day): verdict for verdict in verdicts if verdict.final}


@dataclass(slots=True)
class _Findings:
    """What judging ticket by ticket brings: the verdicts to show, and stored ones that would now be different."""

    excluded: Counter[Excluded]
    shown: list[Verdict] = field(default_factory=list)
    rejudged: list[JudgedBefore] = field(default_factory=list)


def _judge(
    seen: Survey,
    store: StateStore,
    stored: Mapping[tuple[str, date], Verdict],
    open_days: OpenDays,
    instant: datetime,
    now: datetime,
    found: _Findings,
    progress: Progress,
) -> Iterator[Verdict]:
    """Fill the findings; yields the verdicts that are new, at the instant and on open days, all of a ticket one after another."""
    ownership = seen.ownership
    known = LastKnown(store, ownership)
    progress.begin(Phase.JUDGING, len(seen.tickets))
    waiting = iter(seen.tickets)
    while tickets := list(islice(waiting, _PORTION)):
        portion = [_judge_one(ticket, ownership, stored, open_days, instant, now, found) for ticket in tickets]
        known.ask(verdict for present, on_open_days in portion for verdict in (*present, *on_open_days))
        for present, on_open_days in portion:
            shown = [known.dated(verdict) for verdict in present]
            found.shown += shown
            yield from (*shown, *map(known.dated, on_open_days))
        progress.advance(len(tickets))
    unseen = [unseen_verdict(each, ownership, instant) for each in seen.invisible]
    new = [verdict for verdict in unseen if (verdict.key, verdict.day) not in stored]
    known.ask(new)
    found.shown += (shown := [known.dated(verdict) for verdict in new])
    yield from shown


def _judge_one(
    ticket: Ticket,
    ownership: Ownership,
    stored: Mapping[tuple[str, date], Verdict],
    open_days: OpenDays,
    instant: datetime,
    now: datetime,
    found: _Findings,
) -> tuple[list[Verdict], list[Verdict]]:
    """A ticket's verdict at the instant, where it is new, and those on open days."""
    on_open_days = list(open_days.verdicts(ticket, ownership, instant))
    verdict = judge_now(ticket, ownership, instant)
    if isinstance(verdict, Excluded):
        found.excluded[verdict] += 1
        return [], on_open_days
    before = stored.get((ticket.key, verdict.day))
    if before is None:
        return [verdict], on_open_days
    found.shown.append(before)
    again = judge_day(ticket, ownership, verdict.day, now)
    if isinstance(again, Verdict) and again.kind is not before.kind:
        found.rejudged.append(JudgedBefore(before, again))
    return [], on_open_days


def _storable(verdict: Verdict) -> Verdict:
    """An unknown verdict stays open: a later audit, with a readable side or a confirmed author, may still find out."""
    return replace(verdict, final=False) if verdict.kind is VerdictKind.UNKNOWN else verdict


def _standing(
    shown: Sequence[Verdict], stored: Mapping[tuple[str, date], Verdict], days: Mapping[str, date]
) -> list[Verdict]:
    """Verdicts given for good on the days shown, of tickets that have none at the instant: they came later on that day, or can no
    longer be judged. They stand as they were given; of a ticket that two teams were judged for, the later one does."""
    there = {verdict.key for verdict in shown}
    others = sorted((each for each in stored.values() if each.key not in there), key=lambda each: each.day)
    return list({each.key: each for each in others if days.get(each.team) == each.day}.values())


def _again(seen: Survey, standing: Sequence[Verdict], now: datetime) -> tuple[list[JudgedBefore], list[str]]:
    """Those that are judged differently today, and why the others that cannot be judged today cannot."""
    tickets = {ticket.key: ticket for ticket in seen.tickets.among([verdict.key for verdict in standing])}
    rejudged: list[JudgedBefore] = []
    problems: list[str] = []
    for verdict in standing:
        ticket = tickets.get(verdict.key)
        again = judge_day(ticket, seen.ownership, verdict.day, now) if ticket else None
        if not isinstance(again, Verdict):
            problems.append(
                f"{', '.join(verdict.numbers) or verdict.key}: the verdict of {verdict.day} cannot be computed again, "
                "because the ticket is no escalation of that day any more or cannot be seen"
            )
        elif again.kind is not verdict.kind:
            rejudged.append(JudgedBefore(verdict, again))
    return rejudged, problems


def _doubt(record: Record) -> str:
    return (
        f"{record.number or record.ref.id} carries Watchkeeper's sign and is left out, although nothing shows that Watchkeeper "
        "made it: if it is an escalation, take the sign (the label `watchkeeper`, or correlation_display) off it"
    )


def _team_day(team: Team, instant: datetime) -> TeamDay:
    day = judged_day(team, instant)
    working = is_working_day(team.calendar, local_day(team, instant))
    return TeamDay(team.id, day, str(team.zone), working, instant >= day_window(team, day).end)


def _counted(
    teams: Sequence[Team], days: Collection[date], instant: datetime, profiles: Sequence[Profile]
) -> list[TeamDay]:
    """The days on which verdicts may have been given or changed: those that a team works and that have begun for it, from the first
    one on that a profile judges."""
    since = min((profile.go_live or date.min for profile in profiles), default=date.max)
    return [
        TeamDay(team.id, day, str(team.zone), working=True, final=instant >= day_window(team, day).end)
        for team in teams
        for day in sorted(days)
        if since <= day <= judged_day(team, instant) and is_working_day(team.calendar, day)
    ]


def _listed_all(seen: Survey) -> bool:
    return not seen.unreadable and all(side.listed for side in seen.sides)


def _worst_first(verdict: Verdict) -> tuple[int, int, int, str]:
    severity = Severity(verdict.severity).rank if verdict.severity in set(Severity) else -1
    return WORST_FIRST.index(verdict.kind), -verdict.working_days, -severity, verdict.key


def _fingerprint(catalog: Catalog, profiles: Sequence[Profile]) -> str:
    """SHA-256 over the fingerprints of the catalogue and of every escalation profile, and over the waivers."""
    waivers = json.dumps(
        [asdict(replace(waiver, place="")) for waiver in catalog.waivers], sort_keys=True, default=plain
    )
    parts = [catalog.fingerprint, *sorted(f"{profile.name}={profile.fingerprint}" for profile in profiles)]
    parts += [waivers] if catalog.waivers else []
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _second(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
