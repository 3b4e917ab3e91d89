"""Pair what exists already: two records that people, or another integration, hold to be the same thing.

Pairing writes to the state store only. The next `sync` treats the pair as first contact: equal fields are agreed, others go
to the profile's resolver, and our marks are set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from watchkeeper.errors import Config, Problem
from watchkeeper.mapping.profile import Profile, ProfileKind
from watchkeeper.model.link import Dirty, Link
from watchkeeper.model.pairing import Pairing
from watchkeeper.model.progress import Phase
from watchkeeper.model.reasons import because
from watchkeeper.model.record import SENTINEL, SERVICENOW, Record, RecordRef
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.match import match
from watchkeeper.sync.memory import FOREIGN_PAIR, blank_link
from watchkeeper.sync.observe import observe
from watchkeeper.sync.references import with_groups
from watchkeeper.sync.systems import Systems, escalation_key

_INCIDENT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+", re.IGNORECASE)


def pair_by_name(systems: Systems, pairs: Iterable[tuple[str, str]]) -> tuple[Pairing, ...]:
    """Look up both records of each pair (number, id or address; in either order) and judge whether they can be paired."""
    profile, wanted = _escalations(systems), tuple(pairs)
    systems.progress.begin(Phase.PAIRING, len(wanted))
    return _once_each(_judge(systems, profile, pair) for pair in wanted)


def pairs_of_vendor(systems: Systems, run_id: str) -> tuple[Pairing, ...]:
    """The pairs that the profile's `pair_by` field shows, among all records of the escalation population. Raises what kept a side
    from being read."""
    systems = with_groups(systems)
    profile = _escalations(systems)
    for error in observe(systems, run_id, full=True).errors.values():
        raise error
    matched = match(systems, systems.store.differing(run_id))
    refused = tuple(Pairing((row.number, ""), row.key, problem=row.reason) for row in matched.parked)
    found = []
    systems.progress.begin(Phase.PAIRING, len(matched.foreign))
    for key in sorted(matched.foreign):
        ticket = matched.records.get(key, {}).get(SERVICENOW)
        if ticket is not None:
            incident = key.rsplit("/", 1)[-1]
            found.append(replace(_judge(systems, profile, (ticket.ref.id, incident)), foreign=True))
    return (*found, *refused)


def _once_each(pairings: Iterable[Pairing]) -> tuple[Pairing, ...]:
    """The pairings, with a problem for each that names a record of an earlier one."""
    taken: dict[RecordRef, tuple[str, str]] = {}
    judged = []
    for pairing in pairings:
        refs = [record.ref for record in (pairing.ticket, pairing.incident) if record is not None]
        before = next((taken[ref] for ref in refs if ref in taken), None)
        if pairing.problem or before is None:
            judged.append(pairing)
        else:
            problem = because(Trouble.PAIR_TAKEN, names=" and ".join(before))
            judged.append(replace(pairing, problem=problem))
        if not judged[-1].problem:
            taken.update(dict.fromkeys(refs, pairing.names))
    return tuple(judged)


def store_pairs(systems: Systems, pairings: Sequence[Pairing]) -> int:
    """Remember the pairs that can be made; the next sync looks at them. Returns how many there were."""
    links: list[Link] = []
    rows: list[Dirty] = []
    now = systems.clock.now()
    profile = _escalations(systems)
    for pairing in pairings:
        if pairing.problem or pairing.ticket is None or pairing.incident is None:
            continue
        for record in (pairing.ticket, pairing.incident):
            link = blank_link(pairing.key, profile, record.ref, record.number, record.url, now)
            links.append(replace(link, reason=FOREIGN_PAIR if pairing.foreign else ""))
        rows.append(Dirty(pairing.key, profile.name, because(Trouble.BY_HAND), now))
    with systems.store.transaction():
        systems.store.put_links(links)
        systems.store.put_dirty(rows)
    return len(rows)


def _escalations(systems: Systems) -> Profile:
    """The profile that pairs belong to; raises Config where there is none."""
    found = [profile for profile in systems.profiles.values() if profile.kind is ProfileKind.ESCALATION]
    if not found:
        raise Config([Problem("profiles", "", "there is no profile of the kind escalation to pair records for")])
    return found[0]


def _judge(systems: Systems, profile: Profile, names: tuple[str, str]) -> Pairing:
    systems.progress.advance()
    left, right = names
    incident_name, ticket_name = (
        (left, right) if _INCIDENT.fullmatch(left) and not _INCIDENT.fullmatch(right) else (right, left)
    )
    tickets = _look_up(systems, profile, SERVICENOW, ticket_name)
    incidents = _look_up(systems, profile, SENTINEL, incident_name)
    for name, found in ((ticket_name, tickets), (incident_name, incidents)):
        if len(found) != 1:
            several = because(Trouble.PAIR_SEVERAL, name=name, count=len(found))
            return Pairing(names, problem=several if found else because(Trouble.PAIR_NOTHING, name=name))
    ticket, incident = tickets[0], incidents[0]
    key = escalation_key(profile, incident.ref)
    problem = (
        _obstacle(systems, key, (ticket.ref, incident.ref)) or _ours(ticket, incident) or _claimed(systems, key, ticket)
    )
    return Pairing(names, key, ticket, incident, problem)


def _look_up(systems: Systems, profile: Profile, side: str, name: str) -> tuple[Record, ...]:
    table = profile.sides[side].table
    return systems.connectors[side].look_up(table, name, systems.fields(side, table))


def _obstacle(systems: Systems, key: str, refs: tuple[RecordRef, RecordRef]) -> str:
    linked = systems.store.links_of(refs)
    others = sorted({link.key for link in linked.values() if link.key != key})
    if others:
        return because(Trouble.PAIRED_AS, keys=", ".join(others))
    return because(Trouble.PAIRED) if len(linked) == len(refs) else ""


def _ours(ticket: Record, incident: Record) -> str:
    maintenance = [record.number for record in (ticket, incident) if record.ours and not record.marker.count("/") > 2]
    return because(Trouble.PAIR_OURS, names=", ".join(maintenance)) if maintenance else ""


def _claimed(systems: Systems, key: str, ticket: Record) -> str:
    """Another ticket carries the pair's own marker: the store may be lost, but the pair is made."""
    marker = systems.marker(key)
    found = systems.connectors[SERVICENOW].find(
        ticket.ref.table, [marker], systems.fields(SERVICENOW, ticket.ref.table)
    )
    others = [record.number for record in found.get(marker, ()) if record.ref != ticket.ref]
    return because(Trouble.PAIR_CLAIMED, names=", ".join(others)) if others else ""
