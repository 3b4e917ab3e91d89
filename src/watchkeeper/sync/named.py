"""Which records and keys a person means by a number, an address or a key, and which ones a profile saw last."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.population import Feed
from watchkeeper.model.record import INCIDENT_TASKS, SENTINEL, SERVICENOW, Record, Side
from watchkeeper.model.scan import Page
from watchkeeper.sync.observe import relevant
from watchkeeper.sync.systems import Systems, origin_of

INCIDENT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|#?\d+", re.IGNORECASE)
"""What people call an incident by, and never a ticket."""

_REACHES = (timedelta(days=1), timedelta(days=7), timedelta(days=30), timedelta(days=365))


@dataclass(slots=True)
class Named:
    """What was found. `keys` are known without a record; `unfound` names stand for nothing that our accounts see."""

    records: list[tuple[Record, str | None]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    unfound: list[str] = field(default_factory=list)


def by_name(systems: Systems, name: str) -> Named:
    """One key, number, id or address. What is remembered of it saves looking for it."""
    found = Named()
    known = _known_key(systems, name)
    if known:
        found.keys.add(known)
        return found
    origin = origin_of(name)
    side, wanted = origin if origin is not None and origin[0] in systems.connectors else (None, name)
    sides = [side] if side is not None else _sides_of(name)
    found.records = [(record, _key_of(systems, record)) for record in _looked_up(systems, sides, wanted)]
    if not found.records:
        found.unfound.append(name)
    return found


def latest(systems: Systems, profile: Profile, count: int) -> Named:
    """The pairs of a profile whose records changed last, by their systems' own times: looked for ever further back."""
    found = Named()
    for reach in (*_REACHES, None):
        since = None if reach is None else systems.clock.now() - reach
        rows = [row for side in profile.sides for row in _rows_of(systems, profile, side, since)]
        found.records = _newest(rows, count)
        if len({key or record.ref for record, key in found.records}) >= count:
            break
    return found


def _newest(rows: Sequence[tuple[Record, str | None]], count: int) -> list[tuple[Record, str | None]]:
    """The rows of so many pairs that changed last."""
    kept: list[tuple[Record, str | None]] = []
    seen = set[object]()
    for record, key in sorted(rows, key=lambda row: (row[0].updated_at, row[0].ref.id), reverse=True):
        if len(seen | {key or record.ref}) <= count:
            seen.add(key or record.ref)
            kept.append((record, key))
    return kept


def _known_key(systems: Systems, name: str) -> str:
    """The key that a name is, or that the memory has for a number."""
    store = systems.store
    if store.links([name]) or store.decisions([name]):
        return name
    task, slash, rest = name.partition("/")
    if slash and "@" in rest and task in systems.catalog.tasks:
        return name
    return min(store.keys_by_number([name.removeprefix("#"), name.upper()]).get(name, {}).values(), default="")


def _sides_of(name: str) -> list[Side]:
    if "://" in name:
        return [SERVICENOW, SENTINEL]
    return [SENTINEL] if INCIDENT.fullmatch(name) or name.startswith("/subscriptions/") else [SERVICENOW]


def _looked_up(systems: Systems, sides: Sequence[Side], name: str) -> Iterator[Record]:
    for feed in systems.feeds():
        if feed.side in sides and feed.table != INCIDENT_TASKS:
            yield from systems.connectors[feed.side].look_up(feed.table, name, feed.fields)


def _key_of(systems: Systems, record: Record) -> str | None:
    linked = systems.store.keys_of([record.ref]).get(record.ref)
    return linked or (systems.key_of_marker(record.marker) if record.marker else None)


def _rows_of(
    systems: Systems, profile: Profile, side: Side, since: datetime | None
) -> Iterator[tuple[Record, str | None]]:
    """The records of a feed that are the profile's and changed since an instant (None: all of them)."""
    feed, connector = _feed_of(systems, profile, side), systems.connectors[side]
    for item in connector.scan(feed, connector.cursor_at(feed.table, since) if since else None):
        rows = relevant(systems, item.records) if isinstance(item, Page) else ()
        yield from ((record, key) for record, key, _ in rows if _is_of(systems, profile, record, key))


def _feed_of(systems: Systems, profile: Profile, side: Side) -> Feed:
    return next(feed for feed in systems.feeds() if (feed.side, feed.table) == (side, profile.sides[side].table))


def _is_of(systems: Systems, profile: Profile, record: Record, key: str | None) -> bool:
    owner = systems.profile_of(key) if key is not None else systems.population_of(record)
    return owner is not None and owner.name == profile.name
