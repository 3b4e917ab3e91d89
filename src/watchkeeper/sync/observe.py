"""Read what changed on each side into the staging table, completely or not at all as far as conclusions go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.plan import Parked
from watchkeeper.model.population import Feed
from watchkeeper.model.progress import Phase
from watchkeeper.model.reasons import because, together
from watchkeeper.model.record import Record, Side, Unreadable
from watchkeeper.model.scan import Page, ScanEnd, Trait
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.systems import Systems, fingerprint

Relevant: TypeAlias = tuple[Record, str | None, str]
"""A record, its key (None for one that must still be matched), and its fingerprint."""


@dataclass(frozen=True, slots=True)
class FeedResult:
    """How one feed went. `watermark` is None when the scan was cut short (`reason` says why) or failed: the cursor stays where
    it is. `began_at` and `ended_at` are told by our clock, `server_time` by the side's. `traits`: what its rows show about the side."""

    feed: Feed
    swept: bool
    complete: bool = False
    watermark: str | None = None
    server_time: datetime | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    seen: int = 0
    unreadable: tuple[Unreadable, ...] = ()
    reason: str = ""
    error: WatchkeeperError | None = None
    traits: frozenset[Trait] = frozenset()


@dataclass(frozen=True, slots=True)
class Observation:
    """The feeds' results; the records themselves are staged in the store under the run's id."""

    results: tuple[FeedResult, ...]

    def of(self, side: Side) -> tuple[FeedResult, ...]:
        return tuple(result for result in self.results if result.feed.side == side)

    @property
    def complete(self) -> bool:
        """Whether every feed was read to its end."""
        return all(result.complete for result in self.results)

    @property
    def errors(self) -> Mapping[Side, WatchkeeperError]:
        return {result.feed.side: result.error for result in self.results if result.error is not None}


def observe(systems: Systems, run_id: str, *, full: bool) -> Observation:
    """Scan every feed, the sides at the same time. `full` asks for a sweep of every feed; otherwise a feed is swept when its
    last complete sweep is older than the shortest `sweep_every` of the profiles that use it."""
    results: list[FeedResult] = []
    systems.progress.begin(Phase.LISTING)
    for feed in systems.feeds():
        systems.workers.submit(feed.side, _scan_task(systems, run_id, feed, full), results.append)
    systems.workers.drain()
    return Observation(tuple(sorted(results, key=lambda result: (result.feed.side, result.feed.table))))


def _scan_task(systems: Systems, run_id: str, feed: Feed, full: bool) -> Callable[[], FeedResult]:
    def scan() -> FeedResult:
        since, swept_at = systems.store.watermark(feed.side, feed.table)
        sweep = full or since is None or _sweep_due(systems, feed, swept_at)
        result = FeedResult(feed, swept=sweep, began_at=systems.clock.now())
        try:
            return _scan(systems, run_id, result, None if sweep else since)
        except WatchkeeperError as error:
            return replace(result, error=error)

    return scan


def _sweep_due(systems: Systems, feed: Feed, swept_at: datetime | None) -> bool:
    every = min(
        profile.sweep_every
        for profile in systems.profiles.values()
        if feed.side in profile.sides and profile.sides[feed.side].table == feed.table
    )
    return swept_at is None or systems.clock.now() - swept_at >= every


def _scan(systems: Systems, run_id: str, result: FeedResult, since: str | None) -> FeedResult:
    seen = 0
    unreadable: list[Unreadable] = []
    asked_at = systems.clock.now()
    for item in systems.connectors[result.feed.side].scan(result.feed, since):
        match item:
            case Page(records=records, unreadable=rows):
                seen += len(records)
                unreadable.extend(rows)
                systems.store.observe(run_id, _asked(relevant(systems, records), asked_at))
                systems.progress.advance(len(records) + len(rows))
                asked_at = systems.clock.now()
            case ScanEnd():
                return replace(
                    result,
                    complete=item.complete,
                    watermark=item.watermark if item.complete else None,
                    server_time=item.server_time,
                    ended_at=systems.clock.now(),
                    seen=seen,
                    unreadable=tuple(unreadable),
                    reason=item.reason,
                    traits=item.traits,
                )
    return replace(result, seen=seen, unreadable=tuple(unreadable), reason="it ended without a verdict")


def _asked(rows: Iterable[Relevant], at: datetime) -> Iterator[Relevant]:
    """Rows of a listing, with when it was asked for them."""
    return ((replace(record, read_at=at), key, digest) for record, key, digest in rows)


def relevant(systems: Systems, records: Iterable[Record]) -> list[Relevant]:
    """The records that concern us, each with its key (None for one that must still be matched) and its fingerprint."""
    records = tuple(records)
    linked = systems.store.keys_of(record.ref for record in records)
    rows: list[Relevant] = []
    for record in records:
        key = linked.get(record.ref) or (systems.key_of_marker(record.marker) if record.marker else None)
        if key is not None:
            rows.append((record, key, fingerprint(systems.profile_of(key), record)))
            continue
        profile = systems.population_of(record)
        if profile is not None:
            rows.append((record, None, fingerprint(profile, record)))
    return rows


def unreadable_rows(observation: Observation) -> list[Parked]:
    """A row of the report for each record that could not be read."""
    return [
        Parked(
            "",
            row.ref.id,
            because(Trouble.ROW_UNREAD, side=row.ref.side, why=row.reason),
            together([because(Trouble.OTHERS_WENT_ON), because(Trouble.LOOK_AT_IT)]),
            row.ref.id,
        )
        for result in observation.results
        for row in result.unreadable
    ]
