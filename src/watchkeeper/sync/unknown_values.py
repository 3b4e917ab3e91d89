"""Values that no table of the mappings knows, remembered by the day: people change them, and a ticket that could not be paired for one
leaves nothing else in the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from watchkeeper.mapping.known_values import knows, table_place
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.plan import Parked
from watchkeeper.model.reasons import because
from watchkeeper.model.record import Record
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.ticket import STATUS_FIELD, Unmapped
from watchkeeper.model.troubles import Trouble
from watchkeeper.model.unmapped import (
    KEPT_DAYS,
    MOST_KEYS,
    MOST_VALUES,
    UNKNOWN_VALUES,
    SeenUnknown,
    UnknownDay,
    UnknownValue,
    unknown_in,
)
from watchkeeper.sync.merge import not_mapped
from watchkeeper.sync.prepared import Prepared
from watchkeeper.sync.systems import Systems

_Found: TypeAlias = Mapping[tuple[str, UnknownValue], frozenset[str]]
"""Keys by profile and value."""
MOST_NAMED: Final = 10
"""Tickets that a run names of a value."""


def remember_unknown(prepared: Prepared) -> None:
    """Add to the day what a run has seen. Costs nothing where it has seen none, and no write where it has seen nothing new."""
    systems = prepared.systems
    found = _found(systems, [*prepared.parked, *prepared.unread])
    if not found:
        return
    now = systems.clock.now()
    today = now.date()
    before = next((kept.document for kept in systems.store.snapshots(UNKNOWN_VALUES, today, today)), UnknownDay(()))
    day = with_found(before, found)
    if day != before:
        systems.store.keep_snapshots([Snapshot(UNKNOWN_VALUES, today, now, day)])
        systems.store.drop_snapshots(UNKNOWN_VALUES, today - timedelta(days=KEPT_DAYS))


def unread_status(profile: Profile, key: str, records: Iterable[Record], since: datetime | None) -> Iterator[Parked]:
    """What is to be told of an escalation's record, no older than `since`, whose status no table knows."""
    rule = profile.field(STATUS_FIELD)
    for record in records:
        value = rule.lenses[record.ref.side].get(record.fields)
        if isinstance(value, Unmapped) and (since is None or record.created_at >= since):
            yield Parked(key, rule.name, not_mapped(record.ref.side, value), number=record.number)


def not_let_in(systems: Systems, unread: Iterable[Parked]) -> list[Parked]:
    """What is to be told of escalations that are not let in for a status that no table knows: each value once, with some of the
    tickets, and where its row is to stand. A record that is not to be believed for now (a redirected incident) has none."""
    numbers: dict[tuple[str, str, UnknownValue], list[str]] = defaultdict(list)
    for row in unread:
        for value in unknown_in(row.field, row.reason):
            numbers[systems.profile_of(row.key).name, row.field, value].append(row.number or row.key)
    return [_told(systems.profiles[name], field, value, held_by) for (name, field, value), held_by in numbers.items()]


def _told(profile: Profile, field: str, value: UnknownValue, numbers: Sequence[str]) -> Parked:
    named = ", ".join([*sorted(numbers)[:MOST_NAMED], *(["…"] if len(numbers) > MOST_NAMED else [])])
    reason = because(
        Trouble.NOT_LET_IN, count=len(numbers), side=value.side, name=value.name, value=repr(value.value), numbers=named
    )
    return Parked("", field, reason, because(Trouble.ADD_ROW, place=table_place(profile, field, value.side)))


def _found(systems: Systems, parked: Iterable[Parked]) -> _Found:
    """Few reasons stand for many rows, and each is read once."""
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in parked:
        if row.key and row.field:
            keys[row.field, row.reason].add(row.key)
    found: dict[tuple[str, UnknownValue], set[str]] = defaultdict(set)
    for (field, reason), held_by in keys.items():
        for value in unknown_in(field, reason):
            for key in held_by:
                profile = systems.profile_of(key)
                # Whatever is of no list of choices is people's text, which is not kept.
                if knows(profile, value) is not None:
                    found[profile.name, value].add(key)
    return {each: frozenset(held_by) for each, held_by in found.items()}


def with_found(before: UnknownDay, found: _Found) -> UnknownDay:
    """The day with what was found; within its bounds what is known already goes first, then what stands in most tickets."""
    known = {(each.profile, each.unknown): each for each in before.seen}
    fresh = sorted(found.keys() - known.keys(), key=lambda each: (-len(found[each]), repr(each)))
    places = [*known, *fresh]
    seen = tuple(_seen(place, known.get(place), found.get(place, frozenset())) for place in places[:MOST_VALUES])
    return UnknownDay(seen, cut=before.cut or len(places) > MOST_VALUES)


def _seen(place: tuple[str, UnknownValue], before: SeenUnknown | None, keys: frozenset[str]) -> SeenUnknown:
    known = before.keys if before else ()
    more = (*known, *sorted(keys.difference(known)))[:MOST_KEYS]
    return SeenUnknown(*place, max(before.tickets if before else 0, len(keys)), more)
