"""Reading both sides for the audit: listings, records by id, activity. What a side cannot tell is kept as a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from watchkeeper.errors import (
    Ambiguous,
    Conflict,
    Operator,
    Protocol,
    Reject,
    Retry,
    Wait,
    WatchkeeperError,
)
from watchkeeper.mapping.profile import Profile
from watchkeeper.mapping.shown import unshown_conditions
from watchkeeper.model.activity import Activity, Actor
from watchkeeper.model.audit import SideReading
from watchkeeper.model.population import Feed
from watchkeeper.model.progress import UNWATCHED
from watchkeeper.model.record import Record, RecordRef, Side, Unreadable
from watchkeeper.model.scan import Page, ScanEnd
from watchkeeper.ports import Connector, Progress

SIDE_FAILS = (Retry, Wait, Conflict, Reject, Operator, Protocol, Ambiguous)
"""What stops one side and leaves the other readable. The rest (settings, state, out of time) stops the audit."""


@dataclass(slots=True)
class SideLog:
    """What could not be read on one side, collected while reading. `unclear` concerns single records: the side as a whole
    could be read."""

    side: Side
    unlisted: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    error: str = ""
    comments_read: int = 0
    comments_left: int = 0

    def failed(self, reasons: list[str], error: WatchkeeperError) -> None:
        reasons.append(str(error))
        self.error = self.error or type(error).__name__

    def reading(self) -> SideReading:
        reasons = tuple(dict.fromkeys((*self.unlisted, *self.untold, *self.unclear)))
        counts = self.comments_read, self.comments_left
        return SideReading(self.side, not self.unlisted, not self.untold, reasons, self.error, *counts)


@dataclass(slots=True)
class Listing:
    """Everything that the sides listed for the escalation profiles."""

    records: dict[RecordRef, Record] = field(default_factory=dict)
    unreadable: dict[RecordRef, Unreadable] = field(default_factory=dict)

    def of(self, side: Side) -> Iterator[Record]:
        return (record for ref, record in self.records.items() if ref.side == side)


@dataclass(slots=True)
class Told:
    """The activity of the tickets' records. `reasons` names, for a (side, table) that could not tell everything, why;
    `unclear` the same for single records of a side that otherwise could. `uncommented`: whose comments are not among them."""

    activities: dict[RecordRef, list[Activity]] = field(default_factory=dict)
    reasons: dict[tuple[Side, str], str] = field(default_factory=dict)
    unclear: dict[RecordRef, str] = field(default_factory=dict)
    uncommented: set[RecordRef] = field(default_factory=set)

    def all(self) -> Iterator[Activity]:
        return (activity for each in self.activities.values() for activity in each)

    def name_authors(self, named: Callable[[Actor], Actor]) -> None:
        """Put what `named` makes of each author in its place. No second copy is kept: all that happened to thousands of tickets
        fills much of the memory."""
        known: dict[Actor, Actor] = {}
        for ref, activities in self.activities.items():
            authors = [
                known.get(each.author) or known.setdefault(each.author, named(each.author)) for each in activities
            ]
            pairs = zip(activities, authors, strict=True)
            self.activities[ref] = [each if each.author == author else each.by(author) for each, author in pairs]

    def of(self, ref: RecordRef) -> Sequence[Activity]:
        return self.activities.get(ref, ())

    def gap(self, ref: RecordRef) -> str | None:
        """Why not everything that happened to a record is known; None when it is."""
        return self.reasons.get((ref.side, ref.table), self.unclear.get(ref))


def list_side(
    connector: Connector,
    profiles: Sequence[Profile],
    listing: Listing,
    log: SideLog,
    progress: Progress = UNWATCHED,
) -> None:
    """Add what one side lists for these profiles: each table once, in full. Nothing found is only believed where the side
    shows what was asked by."""
    for feed in feeds(connector.side, profiles):
        try:
            _scan(connector, feed, listing, log, progress)
        except SIDE_FAILS as error:
            log.failed(log.unlisted, error)
    if log.unlisted:
        return
    for profile in profiles:
        if connector.side in profile.sides and not any(
            profile.in_population(each) for each in listing.of(connector.side)
        ):
            _doubt_silence(connector, profile, log)


def _doubt_silence(connector: Connector, profile: Profile, log: SideLog) -> None:
    try:
        missing = unshown_conditions(connector, profile)
    except SIDE_FAILS as error:
        log.failed(log.unlisted, error)
        return
    table = profile.sides[connector.side].table
    log.unlisted += [
        f"no record of {table} shows the field {name!r}, by which {profile.place} finds escalations" for name in missing
    ]


def feeds(side: Side, profiles: Sequence[Profile]) -> list[Feed]:
    """One feed per table, for all profiles that use it."""
    rules = [(profile, profile.sides[side]) for profile in profiles if side in profile.sides]
    found = []
    for table in dict.fromkeys(each.table for _, each in rules):
        here = [(profile, each) for profile, each in rules if each.table == table]
        fields = frozenset(name for profile, _ in here for name in profile.raw_fields(side))
        found.append(Feed(side, table, fields, tuple(filter_ for _, each in here for filter_ in each.population)))
    return found


def read_by_id(
    connector: Connector, refs: Sequence[RecordRef], fields: frozenset[str], log: SideLog
) -> Mapping[RecordRef, Record | str]:
    """Records by id, or why one cannot be seen. One that is proven deleted is left out: it can tell nothing."""
    if not refs:
        return {}
    try:
        answer = connector.get(refs, fields)
    except SIDE_FAILS as error:
        log.failed(log.unlisted, error)
        return dict.fromkeys(refs, str(error))
    found: dict[RecordRef, Record | str] = {}
    for ref in refs:
        match answer.get(ref):
            case Record() as record:
                found[ref] = record
            case None:
                found[ref] = "the record was not in the answer"
            case absent if not absent.deleted:
                found[ref] = absent.reason or "no record with this id, or none that we may see"
    return found


def read_activity(
    connector: Connector, refs: Sequence[RecordRef], since: datetime, until: datetime, told: Told, log: SideLog
) -> None:
    """Add who did what to these records; one bulk call per table."""
    for table in dict.fromkeys(ref.table for ref in refs):
        ids = sorted({ref.id for ref in refs if ref.table == table})
        try:
            answer = connector.activity(table, since, until, ids, bulk=True)
        except SIDE_FAILS as error:
            log.failed(log.untold, error)
            told.reasons[connector.side, table] = str(error)
            continue
        told.uncommented |= answer.uncommented
        for activity in answer.activities:
            told.activities.setdefault(activity.ref, []).append(activity)
        if answer.unclear:
            why = answer.reason or "its history lags behind or does not reach back far enough"
            told.unclear.update(dict.fromkeys(answer.unclear, why))
            log.unclear.append(why)
        if not answer.readable:
            log.untold.append(answer.reason)
            log.error = log.error or answer.error
            told.reasons[connector.side, table] = answer.reason


def _belongs(record: Record, feed: Feed) -> bool:
    """A side whose listing cannot be narrowed shows everything it has."""
    return record.ours or any(filter_.holds(record.fields) for filter_ in feed.filters)


def _scan(connector: Connector, feed: Feed, listing: Listing, log: SideLog, progress: Progress) -> None:
    end: ScanEnd | None = None
    for item in connector.scan(feed, None):
        match item:
            case Page(records, unreadable):
                listing.records.update((record.ref, record) for record in records if _belongs(record, feed))
                listing.unreadable.update((row.ref, row) for row in unreadable)
                progress.advance(len(records) + len(unreadable))
            case ScanEnd():
                end = item
    if end is None or not end.complete:
        log.unlisted.append(end.reason if end else f"the listing of {feed.table} broke off")
