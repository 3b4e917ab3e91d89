"""Find out which records belong together: by link, then by key, then by what another integration left (`pair_by`).

Never by title or other human text. A pair that cannot be told for sure is reported and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.plan import Parked
from watchkeeper.model.reasons import because
from watchkeeper.model.record import SENTINEL, SERVICENOW, Record, RecordRef, Side
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.cases import duplicate_row
from watchkeeper.sync.reading import read_records
from watchkeeper.sync.systems import Systems, escalation_key, origin_of

_GUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)

PAIR_BY = "pair_by"
"""The field of a Parked row for a record whose counterpart cannot be told for sure."""


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
    unmatched = [record for record, key in staged if key is None]
    pairs, parked = _pair_by(systems, unmatched)
    ambiguous = {row.key for row in parked} | {row.number for row in parked}
    keyed = [(key, record) for record, key in staged if key is not None]
    heirs = _heirs(systems, keyed, unmatched)
    for record in unmatched:
        profile = systems.population_of(record)
        own = escalation_key(profile, record.ref) if profile else None
        key = heirs.get(record.ref) or pairs.get(record.ref) or own
        if key is not None and not ambiguous & {key, record.number}:
            keyed.append((key, record))
    by_key, duplicates = _settle_on_one(systems, keyed)
    return Matched(by_key, frozenset(pairs.values()), tuple(parked), tuple(duplicates))


def _heirs(
    systems: Systems, keyed: Sequence[tuple[str, Record]], unmatched: Sequence[Record]
) -> Mapping[RecordRef, str]:
    """Keys of incidents into which Defender has merged the incident of a pair: a merge moves the ticket's number along with
    the other labels, and the pair keeps its key and changes its record."""
    tickets = {record.number: key for key, record in keyed if record.ref.side == SERVICENOW}
    labelled = {record.ref: _labels(systems, record) for record in unmatched if record.ref.side == SENTINEL}
    named = systems.store.keys_by_number(label for labels in labelled.values() for label in labels)
    tickets |= {number: sides[SERVICENOW] for number, sides in named.items() if SERVICENOW in sides}
    wanted = {ref: tickets[label] for ref, labels in labelled.items() for label in labels if label in tickets}
    merged = _merged_away(systems, keyed, set(wanted.values()))
    return {ref: key for ref, key in wanted.items() if key in merged}


def _merged_away(systems: Systems, keyed: Sequence[tuple[str, Record]], keys: set[str]) -> frozenset[str]:
    """The keys among these whose incident was merged into another one."""
    seen = {key: record for key, record in keyed if record.ref.side == SENTINEL and key in keys}
    links = systems.store.links(keys)
    refs = {_incident_of(systems, key, links.get(key, {})): key for key in sorted(keys - seen.keys())}
    found = read_records(systems, refs).found if refs else {}
    seen |= {refs[ref]: answer for ref, answer in found.items() if isinstance(answer, Record)}
    return frozenset(key for key, record in seen.items() if record.redirected_to is not None)


def _incident_of(systems: Systems, key: str, links: Mapping[Side, Link]) -> RecordRef:
    """Where a key's incident is: as linked, as its key says, or where we would have created it."""
    if SENTINEL in links:
        return links[SENTINEL].ref
    table = systems.profile_of(key).sides[SENTINEL].table
    origin = origin_of(key)
    if origin is not None and origin[0] == SENTINEL:
        return RecordRef(SENTINEL, table, origin[1])
    return systems.connectors[SENTINEL].chosen_ref(table, systems.marker(key))


def _settle_on_one(
    systems: Systems, keyed: Sequence[tuple[str, Record]]
) -> tuple[Mapping[str, Mapping[Side, Record]], list[Parked]]:
    """One record per key and side. Where several carry one key, the linked one stands for it, else the one under the id that
    we would have chosen, else the oldest: a marker is text that anybody can copy. One that was merged away stands back."""
    links = systems.store.links({key for key, _ in keyed})
    by_key: dict[str, dict[Side, Record]] = {}
    duplicates: list[Parked] = []
    merged = {record.ref for _, record in keyed if record.redirected_to is not None}
    for key, record in sorted(keyed, key=lambda row: _precedence(systems, *row)):
        link = links.get(key, {}).get(record.ref.side)
        kept = by_key.setdefault(key, {}).get(record.ref.side)
        if link is not None and _stands(link, record, merged):
            duplicates.append(duplicate_row(key, record, link.number))
        elif kept is None:
            by_key[key][record.ref.side] = record
        elif record.redirected_to is None:
            duplicates.append(duplicate_row(key, record, kept.number))
    return {key: sides for key, sides in by_key.items() if sides}, duplicates


def _stands(link: Link, record: Record, merged: set[RecordRef]) -> bool:
    """Whether a key's linked record stands for it instead of another one."""
    lives = link.state in {LinkState.LIVE, LinkState.MISSING}
    return link.ref != record.ref and lives and link.ref not in merged


def _precedence(systems: Systems, key: str, record: Record) -> tuple[object, ...]:
    chosen = systems.connectors[record.ref.side].chosen_ref(record.ref.table, systems.marker(key))
    merged = record.redirected_to is not None
    return key, record.ref.side, merged, record.ref != chosen, record.created_at, record.ref.id


def _pair_by(systems: Systems, records: Sequence[Record]) -> tuple[Mapping[RecordRef, str], list[Parked]]:
    """Keys of records that point at each other: a ticket's field holds an incident's name, or an incident's label a ticket's
    number."""
    claims: dict[RecordRef, dict[RecordRef, Record]] = {}
    for ticket, incident in (*_claims_of_tickets(systems, records), *_claims_of_incidents(systems, records)):
        claims.setdefault(incident, {})[ticket.ref] = ticket
    claimed: dict[RecordRef, int] = {}
    for tickets in claims.values():
        for ref in tickets:
            claimed[ref] = claimed.get(ref, 0) + 1
    pairs: dict[RecordRef, str] = {}
    parked: list[Parked] = []
    for incident, tickets in sorted(claims.items(), key=lambda row: row[0].id):
        profile = systems.population_of(next(iter(tickets.values())))
        if profile is None:
            raise AssertionError("only tickets of a population claim an incident")
        key = escalation_key(profile, incident)
        if len(tickets) > 1 or any(claimed[ref] > 1 for ref in tickets):
            parked += [_ambiguous(key, ticket) for _, ticket in sorted(tickets.items(), key=lambda row: row[0].id)]
            continue
        for ref in tickets:
            pairs[ref] = pairs[incident] = key
    return pairs, parked


def _claims_of_tickets(systems: Systems, records: Sequence[Record]) -> list[tuple[Record, RecordRef]]:
    """Tickets whose `pair_by` field holds an incident's name (a GUID), alone or inside an ARM id."""
    found = []
    for record in records:
        profile = systems.population_of(record)
        name = profile.sides[SERVICENOW].pair_by if profile and record.ref.side == SERVICENOW else None
        value = record.fields.get(name) if name else None
        guids = _GUID.findall(value) if isinstance(value, str) else []
        if profile is not None and guids:
            found.append((record, RecordRef(SENTINEL, profile.sides[SENTINEL].table, str(guids[-1]).lower())))
    return found


def _claims_of_incidents(systems: Systems, records: Sequence[Record]) -> list[tuple[Record, RecordRef]]:
    """Incidents whose `pair_by` field (their labels) holds the number of a ticket of the population, read in this run."""
    tickets = {record.number: record for record in records if record.ref.side == SERVICENOW and record.number}
    incidents = [record for record in records if record.ref.side == SENTINEL]
    return [
        (tickets[label], record.ref) for record in incidents for label in _labels(systems, record) if label in tickets
    ]


def _labels(systems: Systems, record: Record) -> tuple[str, ...]:
    """What an incident of the population holds in its `pair_by` field."""
    profile = systems.population_of(record)
    name = profile.sides[SENTINEL].pair_by if profile else None
    value = record.fields.get(name) if name else None
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


def _ambiguous(key: str, record: Record) -> Parked:
    return Parked(
        key,
        PAIR_BY,
        because(Trouble.NOT_THE_ONLY),
        because(Trouble.KEEP_ONE),
        record.number,
    )
