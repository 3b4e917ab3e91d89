"""Find out which records belong together: by link, then by key, then by what another integration left (`pair_by`).

Never by title or other human text. A pair that cannot be told for sure is reported and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper.model.plan import Parked
from watchkeeper.model.record import SENTINEL, SERVICENOW, Record, RecordRef, Side
from watchkeeper.sync.cases import duplicate_row
from watchkeeper.sync.observe import unmatched_key
from watchkeeper.sync.systems import Systems, escalation_key

_GUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Matched:
    """Records by key and side. `foreign` names keys of pairs that another integration made. `duplicates` are further records
    that carry a key which another record already stands for."""

    records: Mapping[str, Mapping[Side, Record]]
    foreign: frozenset[str] = frozenset()
    parked: tuple[Parked, ...] = ()
    duplicates: tuple[Parked, ...] = field(default=())


def match(systems: Systems, staged: Sequence[tuple[Record, str | None]]) -> Matched:
    """Give every staged record its key."""
    by_key: dict[str, dict[Side, Record]] = {}
    duplicates: list[Parked] = []
    linked = systems.store.links_of(record.ref for record, _ in staged)
    for record, key in sorted(staged, key=lambda row: (row[0].ref not in linked, row[0].created_at, row[0].ref.id)):
        if key is None:
            continue
        taken = by_key.setdefault(key, {}).setdefault(record.ref.side, record)
        if taken.ref != record.ref:
            duplicates.append(duplicate_row(key, record, taken))
    unmatched = [record for record, key in staged if key is None]
    pairs, parked = _pair_by(systems, unmatched)
    for record in unmatched:
        key = pairs.get(record.ref) or unmatched_key(systems, record)
        if key is not None and not _refused(record, parked):
            by_key.setdefault(key, {}).setdefault(record.ref.side, record)
    return Matched(by_key, frozenset(pairs.values()), tuple(parked), tuple(duplicates))


def _pair_by(systems: Systems, records: Sequence[Record]) -> tuple[Mapping[RecordRef, str], list[Parked]]:
    """Keys of records that point at each other through the profile's `pair_by` field."""
    claims: dict[str, list[Record]] = {}
    for record in records:
        if record.ref.side == SERVICENOW and (target := _claimed_incident(systems, record)):
            claims.setdefault(target, []).append(record)
    pairs: dict[RecordRef, str] = {}
    parked: list[Parked] = []
    for target, claimants in sorted(claims.items()):
        profile = next(each for each in systems.profiles.values() if each.in_population(claimants[0]))
        incident = RecordRef(SENTINEL, profile.sides[SENTINEL].table, target)
        key = escalation_key(profile, incident)
        if len(claimants) > 1:
            parked += [_ambiguous(key, record, len(claimants)) for record in claimants]
            continue
        pairs[claimants[0].ref] = key
        pairs[incident] = key
    return pairs, parked


def _claimed_incident(systems: Systems, record: Record) -> str | None:
    """The incident name (a GUID) that a ServiceNow record's `pair_by` field holds, alone or inside an ARM id."""
    profile = next((each for each in systems.profiles.values() if each.in_population(record)), None)
    name = profile.sides[SERVICENOW].pair_by if profile else None
    value = record.fields.get(name) if name else None
    found = _GUID.findall(value) if isinstance(value, str) else []
    return str(found[-1]).lower() if found else None


def _refused(record: Record, parked: Sequence[Parked]) -> bool:
    return any(row.number == record.number and row.field == "pair_by" for row in parked)


def _ambiguous(key: str, record: Record, count: int) -> Parked:
    return Parked(
        key,
        "pair_by",
        f"{count} tickets point at the same incident",
        "keep the reference on one of them, or pair them with `watchkeeper link`",
        record.number,
    )
