"""Which records are escalations, and which two of them are one ticket. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper.escalation.reasons import Excluded
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.identity import chosen_uuid, marker_of
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.record import Record, RecordRef, Side


@dataclass(frozen=True, slots=True)
class Escalation:
    """One logical ticket: its records by side, and the sides of the pair that could not be read, with the reason."""

    key: str
    records: Mapping[Side, Record]
    unseen: Mapping[Side, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Population:
    """`excluded` counts records that are no escalation whatever day is judged. `doubtful` are those among them that carry our
    sign although nothing shows that we made them: a label that anybody can set takes a ticket out of the audit."""

    escalations: tuple[Escalation, ...]
    excluded: Mapping[Excluded, int]
    doubtful: tuple[Record, ...] = ()


def population_of(
    profile: Profile, deployment: str, records: Iterable[Record], links: Mapping[RecordRef, Link]
) -> Population:
    """Group what the sides listed into logical tickets: by link, by marker, by `pair_by`, else each by itself.

    Our own maintenance records are never escalations, whatever the query says; a record that we made for an escalation is
    one side of that escalation. Of several records that would be the same side of one ticket a further one that we made is
    left out; anybody else's is a ticket of its own, or writing another ticket's number on it would hide it.
    """
    excluded: Counter[Excluded] = Counter()
    mine: list[Record] = []
    doubtful: list[Record] = []
    for record in sorted(records, key=lambda each: (each.ref.side, each.number, each.ref.id)):
        against = _never(profile, deployment, record, links.get(record.ref))
        if against is None:
            mine.append(record)
        else:
            excluded[against] += 1
            if against is Excluded.OWN_MAINTENANCE and record.ref not in links and not _made_by_us(record):
                doubtful.append(record)
    grouped: dict[str, dict[Side, Record]] = {}
    for record, key in _keys(profile, deployment, mine, links):
        sides = grouped.setdefault(key, {})
        if record.ref.side not in sides:
            sides[record.ref.side] = record
        elif record.ours:
            excluded[Excluded.DUPLICATE] += 1
        else:
            grouped.setdefault(own_key(profile, record.ref), {})[record.ref.side] = record
    order = tuple(profile.sides)
    escalations = (Escalation(key, _in_order(sides, order)) for key, sides in sorted(grouped.items()))
    return Population(tuple(escalations), excluded, tuple(doubtful))


def other_refs(profile: Profile, escalation: Escalation, links: Mapping[Side, Link]) -> tuple[RecordRef, ...]:
    """The records of the pair that were not listed: by link, or the original that the key names."""
    refs = {link.ref.side: link.ref for link in links.values() if link.state in {LinkState.LIVE, LinkState.MISSING}}
    side, _, record_id = escalation.key.removeprefix(f"{profile.name}/").partition("/")
    if record_id and side in profile.sides and side not in links:
        refs[side] = RecordRef(side, profile.sides[side].table, record_id)
    return tuple(ref for side, ref in refs.items() if side in profile.sides and side not in escalation.records)


def own_key(profile: Profile, ref: RecordRef) -> str:
    """The key of an escalation that began as this record."""
    return f"{profile.name}/{ref.side}/{ref.id}"


def is_original(profile: Profile, key: str, record: Record) -> bool:
    """Whether the escalation began as this record, rather than it being our copy (a merged original changes its id)."""
    return key == own_key(profile, record.ref) or not record.ours


def _made_by_us(record: Record) -> bool:
    """Whether the record has the very id that its marker derives, as everything has that we made."""
    return bool(record.marker) and record.ref.id.replace("-", "").lower() == chosen_uuid(record.marker).hex


def _in_order(sides: Mapping[Side, Record], order: Sequence[Side]) -> dict[Side, Record]:
    return {side: sides[side] for side in order if side in sides}


def _never(profile: Profile, deployment: str, record: Record, link: Link | None) -> Excluded | None:
    if record.redirected_to:
        return Excluded.MERGED
    if link is not None:
        return None if link.profile == profile.name else Excluded.OWN_MAINTENANCE
    if record.ours and not record.marker.startswith(f"{deployment}/{profile.name}/") and "/~" not in record.marker:
        return Excluded.OWN_MAINTENANCE
    return None


def _keys(
    profile: Profile, deployment: str, records: Sequence[Record], links: Mapping[RecordRef, Link]
) -> list[tuple[Record, str]]:
    """Each record with its key, linked ones first, so that a second record of a pair is the one left out."""
    by_marker = {marker_of(deployment, own_key(profile, each.ref)): own_key(profile, each.ref) for each in records}
    certain = {each.ref: _certain_key(profile, deployment, each, links.get(each.ref), by_marker) for each in records}
    partners = _partners(profile, records)
    keys = []
    for record in records:
        key = certain[record.ref]
        partner = partners.get(record.ref)
        if key is None and partner is not None:
            key = certain[partner] or _pair_key(profile, record.ref, partner, partners)
        keys.append((record, key or own_key(profile, record.ref)))
    return sorted(keys, key=lambda pair: pair[0].ref not in links)


def _certain_key(
    profile: Profile, deployment: str, record: Record, link: Link | None, by_marker: Mapping[str, str]
) -> str | None:
    if link is not None:
        return link.key
    if not record.ours:
        return None
    prefix = f"{deployment}/{profile.name}/"
    plain = record.marker.removeprefix(f"{deployment}/") if record.marker.startswith(prefix) else None
    return by_marker.get(record.marker, plain)


def _partners(profile: Profile, records: Sequence[Record]) -> dict[RecordRef, RecordRef]:
    """Who names whom through `pair_by`; a record that several name is nobody's partner."""
    known: dict[str, list[RecordRef]] = {}
    for record in records:
        for name in {record.ref.id, record.number} - {""}:
            known.setdefault(name, []).append(record.ref)
    named = {
        record.ref: found[0]
        for record in records
        if len(
            found := [
                ref for name in _names(profile, record) for ref in known.get(name, ()) if ref.side != record.ref.side
            ]
        )
        == 1
    }
    claims = Counter(named.values())
    return {ref: partner for ref, partner in named.items() if claims[partner] == 1}


def _names(profile: Profile, record: Record) -> tuple[str, ...]:
    field_name = profile.sides[record.ref.side].pair_by
    value = record.fields.get(field_name) if field_name else None
    names = value if isinstance(value, tuple) else (value or "",)
    # Other integrations also leave a whole ARM id, which ends in the incident's name.
    return tuple(dict.fromkeys(part for name in names for part in (name, name.rsplit("/", 1)[-1]) if part))


def _pair_key(profile: Profile, ref: RecordRef, partner: RecordRef, partners: Mapping[RecordRef, RecordRef]) -> str:
    """The key of the record that is named; where both name each other, the smaller of their keys."""
    named, naming = own_key(profile, partner), own_key(profile, ref)
    return min(named, naming) if partners.get(partner) == ref else named
