"""One pair, and everything that the store remembers of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.link import LedgerEntry, Link
from watchkeeper.model.occurrence import Decided
from watchkeeper.model.record import RawFields, RawValue, Side
from watchkeeper.model.ticket import Unmapped
from watchkeeper.model.verdict import Verdict
from watchkeeper.report.board.link import AgreedField, DutyBehind, Held, Judged, LinkDetail, LinkedRecord, Mirrored
from watchkeeper.report.values import in_order
from watchkeeper.sync.log_reading import logged_writes
from watchkeeper.sync.references import group_names
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.reading.cursors import sequence
from watchkeeper.web.reading.left_over import waiting_of
from watchkeeper.web.reading.overtaken import set_aside_of
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.reading.run import writes_of


def read_link(reader: Reader) -> LinkDetail:
    key, most, store, listings = reader.asked.get("key"), reader.asked.most, reader.store, reader.listings
    links, decided = store.links([key]).get(key, {}), store.decisions([key]).get(key)
    dirty, conflicts, ledger = listings.waits(key), store.conflicts([key]), store.ledger([key])
    before = sequence(reader.asked.get("after"))
    begun, ended = listings.writes_of(key, before, most + 1)
    judged = listings.verdicts_of(key, most)
    if not (links or decided or dirty or conflicts or ledger or begun or judged):
        raise NothingHere
    profile = _profile(reader, links)
    return LinkDetail(
        head=reader.head(),
        key=key,
        profile=next((link.profile for link in links.values()), ""),
        records=tuple(linked_record(links[side], reader) for side in in_order(links)),
        mapped=profile is not None,
        fields=tuple(_fields(links, profile, _names(reader))),
        waiting=None if dirty is None else waiting_of(dirty),
        duty=None if decided is None else _duty(decided),
        set_aside_count=len(conflicts),
        set_aside=tuple(map(set_aside_of, list(reversed(conflicts))[:most])),
        comments_count=len(ledger),
        comments=tuple(map(_mirrored, ledger[:most])),
        judged=tuple(map(_judged, judged)),
        before=before,
        writes=tuple(reversed(writes_of(reader, logged_writes([*begun[:most], *ended])))),
        goes_on=begun[most - 1].sequence if len(begun) > most else None,
    )


def linked_record(link: Link, reader: Reader) -> LinkedRecord:
    return LinkedRecord(
        side=link.ref.side,
        table=link.ref.table,
        record_id=link.ref.id,
        number=link.number,
        url=reader.page_of(link.ref, link.url),
        state=link.state.value,
        closed=link.closed,
        reason=link.reason,
        revision=link.revision.token,
        confirmed_at=link.confirmed_at,
        comments=link.comments,
    )


def _profile(reader: Reader, links: Mapping[Side, Link]) -> Profile | None:
    """The rules that the pair is kept by, as the mappings folder has them now."""
    rules = reader.mappings
    return None if rules is None else next((rules.profiles.get(link.profile) for link in links.values()), None)


def _names(reader: Reader) -> Mapping[str, str]:
    """What people call ids that stand in the records (groups)."""
    rules = reader.mappings
    return {} if rules is None else group_names(reader.store, rules.catalog)


def _fields(links: Mapping[Side, Link], profile: Profile | None, names: Mapping[str, str]) -> Iterator[AgreedField]:
    """What both sides last agreed on: field by field as the mappings have them, and then whatever else is remembered."""
    left = {side: dict(links[side].base) for side in in_order(links)}
    for rule in () if profile is None else profile.fields:
        sides = []
        for side in left:
            lens = rule.lenses.get(side)
            raw = {} if lens is None else {name: left[side][name] for name in lens.raw_fields if name in left[side]}
            if lens is not None and raw:
                sides.append(_held(links[side], raw, _meant(lens.get(links[side].base)), names))
        if sides:
            yield AgreedField(rule.name, rule.place, tuple(sides))
    told = {} if profile is None else {side: profile.mapped_fields(side) for side in left}
    for side, base in left.items():
        for name in sorted(base.keys() - set(told.get(side, ()))):
            yield AgreedField("", "", (_held(links[side], {name: base[name]}, None, names),))


def _meant(value: RawValue | Unmapped) -> RawValue:
    return None if isinstance(value, Unmapped) else value


def _held(link: Link, raw: RawFields, meaning: RawValue, names: Mapping[str, str]) -> Held:
    asked = {name: link.asked[name] for name in raw if name in link.asked and link.asked[name] != raw[name]}
    return Held(link.ref.side, _named(raw, names), _name(meaning, names), _named(asked, names))


def _named(raw: RawFields, names: Mapping[str, str]) -> dict[str, RawValue]:
    return {field: _name(value, names) for field, value in raw.items()}


def _name(value: RawValue, names: Mapping[str, str]) -> RawValue:
    return names.get(value, value) if isinstance(value, str) else value


def _duty(decided: Decided) -> DutyBehind:
    occurrence = decided.occurrence
    return DutyBehind(
        task=occurrence.task,
        team=occurrence.team,
        period=occurrence.period,
        due=occurrence.due,
        zone=occurrence.zone,
        decision=decided.decision.value,
        reason=decided.reason or occurrence.reason,
        decided_at=decided.decided_at,
    )


def _mirrored(entry: LedgerEntry) -> Mirrored:
    origin = entry.origin
    return Mirrored(origin.side, origin.id, entry.comment_id, entry.outcome, entry.mirror_id, entry.at)


def _judged(verdict: Verdict) -> Judged:
    arguments = tuple(verdict.reason_args)
    return Judged(verdict.day, verdict.kind.value, verdict.final, verdict.reason, verdict.reason_code, arguments)
