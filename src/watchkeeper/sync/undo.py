"""Take an earlier run back: from its write log to a plan that gives its records back what they held before. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from watchkeeper.model.activity import ActivityKind
from watchkeeper.model.halt import Halt, HaltKind
from watchkeeper.model.link import Dirty, Link
from watchkeeper.model.plan import Action, Parked
from watchkeeper.model.reasons import because
from watchkeeper.model.record import Record, RecordRef, Side
from watchkeeper.model.run import Outcome
from watchkeeper.model.troubles import Trouble
from watchkeeper.state_ports import Lease
from watchkeeper.sync.admission import admit
from watchkeeper.sync.books import MORE_TO_DO
from watchkeeper.sync.case import Case, SideView, Sighting
from watchkeeper.sync.halt import put_halt, standing_halt
from watchkeeper.sync.history import on_their_clock, told_since
from watchkeeper.sync.identity import check_identities
from watchkeeper.sync.log_reading import LoggedWrite, logged_writes
from watchkeeper.sync.memory import PairMemory
from watchkeeper.sync.observe import Observation
from watchkeeper.sync.pins import with_pins
from watchkeeper.sync.plan import IDENTITY_VALVE
from watchkeeper.sync.prepared import Options, Prepared, Undo
from watchkeeper.sync.reading import read_records
from watchkeeper.sync.reconcile import in_order
from watchkeeper.sync.recover import Recovered, drop, recover
from watchkeeper.sync.systems import Systems
from watchkeeper.sync.undo_plan import Returned, Touched, changing, give_back, stays
from watchkeeper.sync.undone import is_undone, tokens_of, undone_mark


@dataclass(frozen=True, slots=True)
class _Told:
    """One record that the run wrote to: its writes, and those of later runs of ours."""

    writes: Sequence[LoggedWrite]
    later: Sequence[LoggedWrite]

    @property
    def last(self) -> LoggedWrite:
        return self.writes[-1]


def prepare_undo(systems: Systems, run_id: str, options: Options, undo: Undo) -> Prepared:
    """Everything up to the valves. What other runs left unfinished stays theirs; what the undone run, or an earlier undo, left
    unfinished is dropped where it took no effect."""
    identity_changes = check_identities(systems)
    if identity_changes and IDENTITY_VALVE not in options.open_valves:
        return Prepared(systems, run_id, options, Observation(()), identity_changes=identity_changes)
    systems = with_pins(systems)
    prepared = Prepared(systems, run_id, options, Observation(()), identity_changes=identity_changes)
    earlier = {row.key: row.reason for row in systems.store.dirty() if is_undone(row.reason)}
    prepared.recovered = recover_for_undo(systems, undo.run)
    theirs = {*prepared.recovered.held, *(action.key for action in prepared.recovered.replays)}
    writes = [write for write in _writes_of(systems, undo.run) if write.happened]
    prepared.links = systems.store.links({write.key for write in writes})
    told = _told(systems, undo.run, [write for write in writes if changing(write) and write.key not in theirs])
    read = read_records(systems, told)
    records = {ref: found for ref, found in read.found.items() if isinstance(found, Record)}
    touched = _touched(systems, told, records, prepared)
    for ref in sorted(told, key=lambda ref: (told[ref].last.key, ref.side, ref.id)):
        if ref in records:
            of_pair = [write for write in writes if write.key == told[ref].last.key and changing(write)]
            _add(prepared, undo, records[ref], of_pair, touched[ref], earlier)
        else:
            prepared.parked.append(_unseen(prepared, told[ref].last, read.failed.get(ref)))
    prepared.parked += _staying(prepared, writes)
    prepared.parked += [
        Parked(key, "", because(Trouble.UNFINISHED_BEFORE), because(Trouble.SYNC_FIRST))
        for key in sorted(theirs & {write.key for write in writes})
    ]
    _finish(prepared)
    return prepared


def orders_passed(systems: Systems, options: Options) -> frozenset[str]:
    """The orders to stop under which a run may write: an undo passes those of undos, and others where it was told to."""
    halt = standing_halt(systems.store, systems.clock.now())
    if halt is None or options.undo is None or halt.kind is HaltKind.RETIRED:
        return frozenset()
    return frozenset({halt.id}) if halt.run or options.undo.while_paused else frozenset()


def pause_for_undo(prepared: Prepared, lease: Lease) -> None:
    """Keep every other run from writing from now on: the mapping that made the undone run is still in force."""
    systems, undo, holder = prepared.systems, prepared.options.undo, lease.holder()
    now = systems.clock.now()
    if undo is None or not undo.pauses or not prepared.actions or standing_halt(systems.store, now) is not None:
        return
    by, host = (holder.holder, holder.host) if holder is not None else ("", "")
    put_halt(systems.store, Halt(HaltKind.PAUSED, systems.ids(), by, host, now, run=undo.run))


def recover_for_undo(systems: Systems, run: str) -> Recovered:
    """What became of unfinished writes. `replays` are those of other runs, which stay for the next sync to send again."""
    begun = {intent.action.id: intent for intent in systems.store.intents()}
    recovered = recover(systems)
    ours = [action for action in recovered.replays if begun[action.id].run_id == run or action.rebase is not None]
    for action in ours:
        drop(systems, action)
    now, known = systems.clock.now(), {row.key for row in systems.store.dirty()}
    rows = (Dirty(key, systems.profile_of(key).name, MORE_TO_DO, now) for key in sorted(recovered.keys - known))
    systems.store.put_dirty(rows)
    return replace(recovered, replays=[action for action in recovered.replays if action not in ours])


def _writes_of(systems: Systems, run: str) -> tuple[LoggedWrite, ...]:
    return logged_writes(systems.store.write_log(run_id=run, limit=None))


def _told(systems: Systems, run: str, writes: Iterable[LoggedWrite]) -> Mapping[RecordRef, _Told]:
    by_ref: dict[RecordRef, list[LoggedWrite]] = {}
    for write in writes:
        by_ref.setdefault(write.ref, []).append(write)
    told = {}
    for ref, own in by_ref.items():
        of_key = logged_writes(systems.store.write_log(key=own[0].key, limit=None))
        names = {(write.run_id, write.action_id) for write in own}
        last = max(index for index, write in enumerate(of_key) if (write.run_id, write.action_id) in names)
        later = [write for write in of_key[last + 1 :] if write.ref == ref and changing(write) and write.run_id != run]
        told[ref] = _Told(own, later)
    return told


def _touched(
    systems: Systems, told: Mapping[RecordRef, _Told], records: Mapping[RecordRef, Record], prepared: Prepared
) -> Mapping[RecordRef, Touched]:
    """What happened to each record since. Its history is asked, one call per table, unless its revision is still the one that
    our write left."""
    moved: dict[tuple[Side, str], list[RecordRef]] = {}
    for ref, record in records.items():
        link = prepared.links.get(told[ref].last.key, {}).get(ref.side)
        if link is None or link.revision != record.revision or not _is_the_latest(told[ref].last, link):
            moved.setdefault((ref.side, ref.table), []).append(ref)
    found = {ref: Touched(later=_written_later(told[ref])) for ref in records}
    for (side, table), refs in sorted(moved.items()):
        found |= _by_history(systems, side, table, {ref: told[ref] for ref in refs})
    return found


def _is_the_latest(write: LoggedWrite, link: Link) -> bool:
    """Whether the link still is what this write's own answer made it."""
    return write.outcome == Outcome.DONE.value and link.confirmed_at == write.ended_at


def _written_later(told: _Told) -> Mapping[str, str]:
    return {name: write.run_id for write in told.later for name in write.after}


def _by_history(
    systems: Systems, side: Side, table: str, told: Mapping[RecordRef, _Told]
) -> Mapping[RecordRef, Touched]:
    since = {ref: on_their_clock(systems, side, each.last.at) for ref, each in told.items()}
    report = told_since(systems, side, table, [ref.id for ref in told], min(each.last.at for each in told.values()))
    account = systems.store.recall(f"account:{side}") or ""
    by: dict[RecordRef, dict[str, str]] = {ref: {} for ref in told}
    for deed in report.activities:
        theirs = deed.kind is ActivityKind.FIELD and deed.author.id != account
        if theirs and deed.ref in told and deed.at >= since[deed.ref]:
            by[deed.ref][deed.field] = deed.author.name or deed.author.id
    doubtful = report.unclear if report.readable else frozenset[RecordRef]()
    return {ref: Touched(by[ref], _written_later(told[ref]), in_doubt=ref in doubtful) for ref in told}


def _add(
    prepared: Prepared,
    undo: Undo,
    record: Record,
    writes: Sequence[LoggedWrite],
    touched: Touched,
    marked: Mapping[str, str],
) -> None:
    """Put one record's way back into the prepared run. `writes`: those to its pair. `marked`: what earlier undos left on keys."""
    key, side = writes[0].key, record.ref.side
    profile, links = prepared.systems.profile_of(key), prepared.links.get(key, {})
    returned: Returned = give_back(profile, undo.run, writes, record, links.get(side), touched)
    prepared.parked += returned.parked
    if returned.action is None:
        return
    prepared.actions += (returned.action,)
    known = prepared.cases.get(key)
    sides = {other: SideView(Sighting.UNCHANGED, None, link) for other, link in links.items()}
    sides |= dict(known.sides) if known else {}
    sides[side] = SideView(Sighting.FOUND, record, links.get(side))
    prepared.cases[key] = Case(key, profile, sides)
    before = prepared.held.get(key, marked.get(key, ""))
    prepared.held[key] = undone_mark(undo.run, {*returned.tokens, *tokens_of(before)})


def _unseen(prepared: Prepared, write: LoggedWrite, trouble: Exception | None) -> Parked:
    side = write.ref.side
    said = because(Trouble.UNSEEN, side=side) if trouble is None else because(Trouble.UNREAD, side=side, why=trouble)
    return Parked(write.key, "", said, because(Trouble.MAY_READ), _number(prepared, write))


def _staying(prepared: Prepared, writes: Iterable[LoggedWrite]) -> list[Parked]:
    rows = (stays(write, _number(prepared, write)) for write in writes)
    return list(dict.fromkeys(row for row in rows if row is not None))


def _number(prepared: Prepared, write: LoggedWrite) -> str:
    link = prepared.links.get(write.key, {}).get(write.ref.side)
    return link.number if link is not None else write.ref.id


def _finish(prepared: Prepared) -> None:
    """Leave out what is not allowed, give the rest its order, and have each key's memory ready. Comments were not read, so that
    the links go on saying how far they were."""
    marks = dict(prepared.held)
    admit(prepared)
    by_key: dict[str, list[Action]] = {}
    for action in prepared.actions:
        by_key.setdefault(action.key, []).append(action)
    prepared.held = {key: marks[key] for key in by_key}
    for key in by_key:
        reason = next((link.reason for link in prepared.links.get(key, {}).values() if link.reason), "")
        memory = PairMemory.of(prepared.cases[key], {}, prepared.systems.clock.now(), reason)
        memory.leave_comments_unread()
        prepared.memories[key] = memory
    prepared.actions = tuple(action for key in sorted(by_key) for action in in_order(by_key[key]))
