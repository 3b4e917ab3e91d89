"""Everything that the audit has to read, read once: tickets with their states and weighed deeds over a span of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from watchkeeper.catalog.model import Catalog
from watchkeeper.escalation.authors import AuthorBook
from watchkeeper.escalation.evidence import human_fields
from watchkeeper.escalation.facts import LONG_AGO, is_closed, status_of, text
from watchkeeper.escalation.ownership import Ownership, ownership_of
from watchkeeper.escalation.parents import read_parents
from watchkeeper.escalation.people import author_book, group_ids, with_authors
from watchkeeper.escalation.population import Escalation, other_refs, population_of
from watchkeeper.escalation.reading import Listing, SideLog, Told, list_side, read_activity, read_by_id
from watchkeeper.escalation.reasons import Excluded
from watchkeeper.escalation.remembered import Known, invisible, lately_judged, read_again
from watchkeeper.escalation.single_comments import read_single_comments
from watchkeeper.escalation.tickets import Ticket, Tickets
from watchkeeper.mapping.profile import Profile, ProfileKind
from watchkeeper.model.activity import Activity
from watchkeeper.model.audit import SideReading
from watchkeeper.model.progress import UNWATCHED, Phase
from watchkeeper.model.record import Record, RecordRef, Side, Unreadable
from watchkeeper.model.ticket import Status
from watchkeeper.ports import Connector, Progress
from watchkeeper.state_ports import StateStore


@dataclass(frozen=True, slots=True)
class Survey:
    """`invisible` are escalations that no side could show: linked ones where a listing was incomplete, and lately judged
    ones that cannot be read any more. `doubtful`: see Population."""

    tickets: Tickets
    activities: tuple[Activity, ...]
    book: AuthorBook
    ownership: Ownership
    excluded: Mapping[Excluded, int]
    unreadable: tuple[Unreadable, ...]
    invisible: tuple[Known, ...]
    sides: tuple[SideReading, ...]
    doubtful: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """[since, until]: the time whose activity is read; records last changed before `relevant` and closed do not matter."""

    since: datetime
    until: datetime
    relevant: datetime

    @property
    def window(self) -> tuple[datetime, datetime]:
        return self.since, self.until


def escalation_profiles(profiles: Iterable[Profile]) -> tuple[Profile, ...]:
    return tuple(profile for profile in profiles if profile.kind is ProfileKind.ESCALATION)


Undecided = Callable[[Ticket, Ownership], bool]
"""Whether a ticket's verdicts could still change if more was known of it."""


def survey(
    connectors: Mapping[Side, Connector],
    store: StateStore,
    catalog: Catalog,
    profiles: Sequence[Profile],
    span: Span,
    undecided: Undecided = lambda *_: True,
    progress: Progress = UNWATCHED,
) -> Survey:
    """Read both sides in bulk, and comments that a side shows record by record where what was read leaves a ticket `undecided`.
    What one side cannot give is kept as a reason and never stops the other."""
    logs = {side: SideLog(side) for side in connectors}
    listing = Listing()
    progress.begin(Phase.LISTING)
    for side, connector in connectors.items():
        list_side(connector, profiles, listing, logs[side], progress)
    found = _found(connectors, store, catalog, profiles, span, listing, logs)
    told = _told(connectors, [each for _, each in found.there], span, logs, progress)
    tickets, ownership = _tickets(connectors, store, catalog, profiles, found.there, told, listing, span, logs)
    silent = {each.key: records for _, each in found.there if (records := _uncommented(each, told))}
    unsure = [ticket.key for ticket in tickets.among(silent) if undecided(ticket, ownership)]
    if unsure:
        unread = [each for key in unsure for each in silent[key]]
        read_single_comments(connectors, unread, span.window, told, logs, progress)
        tickets = replace(tickets, book=with_authors(tickets.book, connectors, told.all(), logs))
        told.name_authors(tickets.book.named)
    return Survey(
        tickets=tickets,
        activities=tuple(told.all()),
        book=tickets.book,
        ownership=ownership,
        excluded=found.excluded,
        unreadable=tuple(listing.unreadable.values()),
        invisible=found.invisible,
        sides=tuple(log.reading() for log in logs.values()),
        doubtful=tuple(found.doubtful),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """`there`: the escalations to judge. The rest as in Survey."""

    there: list[tuple[Profile, Escalation]]
    excluded: Counter[Excluded]
    doubtful: list[Record]
    invisible: tuple[Known, ...]


def _found(
    connectors: Mapping[Side, Connector],
    store: StateStore,
    catalog: Catalog,
    profiles: Sequence[Profile],
    span: Span,
    listing: Listing,
    logs: Mapping[Side, SideLog],
) -> _Found:
    """The escalations among what was listed, with the records of their pairs, and those that earlier audits judged."""
    excluded: Counter[Excluded] = Counter()
    there: list[tuple[Profile, Escalation]] = []
    doubtful: list[Record] = []
    links = store.links_of(listing.records)
    for profile in profiles:
        records = [each for each in listing.records.values() if _concerns(profile, each)]
        population = population_of(profile, catalog.deployment.name, records, links)
        excluded.update(population.excluded)
        doubtful += population.doubtful
        relevant = [each for each in population.escalations if _matters(profile, each, span)]
        excluded[Excluded.CLOSED_EARLIER] += len(population.escalations) - len(relevant)
        there += [(profile, each) for each in _completed(connectors, store, profile, relevant, logs)]
    again, lost = _remembered(connectors, store, profiles, span, there, listing, logs)
    there += again
    unseen = invisible(store, profiles, {each.key for _, each in there}, listing, logs)
    return _Found(there, excluded, doubtful, tuple({each.key: each for each in (*lost, *unseen)}.values()))


def _tickets(
    connectors: Mapping[Side, Connector],
    store: StateStore,
    catalog: Catalog,
    profiles: Sequence[Profile],
    found: Sequence[tuple[Profile, Escalation]],
    told: Told,
    listing: Listing,
    span: Span,
    logs: Mapping[Side, SideLog],
) -> tuple[Tickets, Ownership]:
    """The tickets with what is known about everybody who wrote on them or on their parents, and who owns what."""
    ids = group_ids(connectors, catalog, logs)
    parents = {
        profile.name: read_parents(connectors, profile, _of(profile, found), told, listing, span.window, logs)
        for profile in profiles
    }
    writers = chain(told.all(), *(each.told.all() for each in parents.values()))
    accounts = {(each.author.side, each.author.id) for each in writers} | _assignees(found, told.all())
    book = author_book(connectors, store, catalog, ids, accounts, logs)
    told.name_authors(book.named)
    tickets = Tickets(
        found={each.key: (profile, each) for profile, each in found},
        told=told,
        book=book,
        parents=parents,
        counted={profile.name: {side: human_fields(profile, side) for side in profile.sides} for profile in profiles},
        until=span.until,
    )
    return tickets, ownership_of(catalog, ids, book.principals)


def _uncommented(escalation: Escalation, told: Told) -> list[Record]:
    return [record for record in escalation.records.values() if record.ref in told.uncommented]


def _of(profile: Profile, found: Iterable[tuple[Profile, Escalation]]) -> list[Escalation]:
    return [each for its, each in found if its is profile]


def _remembered(
    connectors: Mapping[Side, Connector],
    store: StateStore,
    profiles: Sequence[Profile],
    span: Span,
    found: Sequence[tuple[Profile, Escalation]],
    listing: Listing,
    logs: Mapping[Side, SideLog],
) -> tuple[list[tuple[Profile, Escalation]], list[Known]]:
    """Tickets that were judged within the span and that no listing shows any more."""
    seen = {record.ref for _, each in found for record in each.records.values()} | listing.records.keys()
    judged = lately_judged(store, profiles, span.relevant, span.until, seen, {each.key for _, each in found})
    again, lost = read_again(connectors, judged, listing, logs)
    return [(profile, each) for profile, each in again if _matters(profile, each, span)], lost


def _assignees(found: Iterable[tuple[Profile, Escalation]], activities: Iterable[Activity]) -> set[tuple[Side, str]]:
    """Who is or was assigned: sides hold an id there that says nothing to a reader."""
    pairs = [(profile.sides[side], record) for profile, each in found for side, record in each.records.items()]
    fields = {(rules.side, rules.assignee_field) for rules, _ in pairs}
    changes = [each for each in activities if (each.ref.side, each.field) in fields]
    now = {(rules.side, text(record.fields, rules.assignee_field)) for rules, record in pairs}
    return now | {(each.ref.side, account) for each in changes for account in (each.old, each.new)}


def _concerns(profile: Profile, record: Record) -> bool:
    rules = profile.sides.get(record.ref.side)
    return rules is not None and rules.table == record.ref.table


def _completed(
    connectors: Mapping[Side, Connector],
    store: StateStore,
    profile: Profile,
    escalations: Sequence[Escalation],
    logs: Mapping[Side, SideLog],
) -> list[Escalation]:
    """The escalations with the records of their pairs that no listing had, read by id."""
    links = store.links([each.key for each in escalations])
    wanted = {each.key: other_refs(profile, each, links.get(each.key, {})) for each in escalations}
    answers: dict[RecordRef, Record | str] = {}
    for side, connector in connectors.items():
        refs = [ref for refs in wanted.values() for ref in refs if ref.side == side]
        if side in profile.sides:
            answers.update(read_by_id(connector, refs, profile.raw_fields(side), logs[side]))
    return [
        _with_partners(profile, each, {ref: answers[ref] for ref in wanted[each.key] if ref in answers})
        for each in escalations
    ]


def _matters(profile: Profile, escalation: Escalation, span: Span) -> bool:
    """Whether it is open, or was changed so lately that it may have been closed within the span judged, or waited for that."""
    return any(record.updated_at >= _seen_from(profile, record, span) for record in escalation.records.values())


def _seen_from(profile: Profile, record: Record, span: Span) -> datetime:
    """Since when a record must have been changed to matter. One that is resolved and not closed yet is looked at for longer."""
    side, fields = record.ref.side, record.fields
    if not is_closed(profile, side, fields):
        return LONG_AGO
    return span.since if status_of(profile, side, fields) == Status.RESOLVED else span.relevant


def _with_partners(profile: Profile, escalation: Escalation, answers: Mapping[RecordRef, Record | str]) -> Escalation:
    records, unseen = dict(escalation.records), dict(escalation.unseen)
    for ref, answer in answers.items():
        if isinstance(answer, str):
            unseen[ref.side] = answer
        else:
            records[ref.side] = answer
    return replace(
        escalation, records={side: records[side] for side in profile.sides if side in records}, unseen=unseen
    )


def _told(
    connectors: Mapping[Side, Connector],
    escalations: Sequence[Escalation],
    span: Span,
    logs: Mapping[Side, SideLog],
    progress: Progress,
) -> Told:
    told = Told()
    progress.begin(Phase.HISTORY, sum(len(each.records) for each in escalations))
    for side, connector in connectors.items():
        refs = [record.ref for each in escalations for record in each.records.values() if record.ref.side == side]
        read_activity(connector, refs, span.since, span.until, told, logs[side])
        progress.advance(len(refs))
    return told
