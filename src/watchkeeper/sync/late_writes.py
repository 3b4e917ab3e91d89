"""Writes that arrived after a later run had given them up: their process stood still, or the network held them back.

ServiceNow knows no precondition and takes them. By then a later run may have made the same write, or another one, and people have
gone on. So a record that moves within a day of such a write is looked at in its own history: what our account wrote there and no
write that we know of explains is the late one. It counts as made from then on, and what it passed over is named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from watchkeeper.model.activity import Activity, ActivityKind, ActivityReport
from watchkeeper.model.link import Link
from watchkeeper.model.plan import Action, Intent, Operation
from watchkeeper.model.reasons import because
from watchkeeper.model.record import Record, RecordRef, Side
from watchkeeper.model.run import ActionResult, Outcome
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.history import PATIENCE, told_since
from watchkeeper.sync.log_reading import LoggedWrite, logged_writes
from watchkeeper.sync.older import Mending, Told
from watchkeeper.sync.passed_over import rows_of
from watchkeeper.sync.reading import read_records
from watchkeeper.sync.systems import Systems

LATEST = timedelta(days=1)
"""How long after its intention a write may still arrive. Nothing is known to hold a request back for hours; a process that stands
still may be woken much later, and no later than its CI job ends."""
_CLOCKS_TELL = timedelta(seconds=2)
"""How far two clocks that both tell whole seconds may seem to be apart."""

_NOT_YET = because(Trouble.EARLIER_NOT_YET)

Records = Mapping[str, Mapping[Side, Record]]
Links = Mapping[str, Mapping[Side, Link]]


@dataclass(slots=True)
class LateWrites:
    """`settled`: the writes that have arrived. `waiting`: keys whose history does not answer now, and why."""

    settled: list[ActionResult] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A write that was never answered, and those to the same record that are known to have happened."""

    write: LoggedWrite
    record: Record
    link: Link
    known: tuple[LoggedWrite, ...]


def take_in_late_writes(systems: Systems, records: Records, links: Links, unfinished: Collection[str]) -> LateWrites:
    """Find the late writes to records that moved. Their links then say what the writes say, and count as unprocessed.
    `unfinished`: keys of open intents, which are judged elsewhere."""
    late = LateWrites()
    records, links = _with_waiting(systems, records, links, unfinished)
    suspects = _suspects(systems, records, links, unfinished)
    grouped: dict[tuple[Side, str], list[_Suspect]] = {}
    for suspect in suspects:
        grouped.setdefault((suspect.write.ref.side, suspect.write.ref.table), []).append(suspect)
    for (side, table), group in sorted(grouped.items()):
        ids = sorted({suspect.write.ref.id for suspect in group})
        report = told_since(systems, side, table, ids, min(suspect.write.at for suspect in group))
        for suspect in group:
            _judge(systems, suspect, report, records, links, late)
    return late


def _with_waiting(
    systems: Systems, records: Records, links: Links, unfinished: Collection[str]
) -> tuple[Records, Links]:
    """The same with the pairs that an earlier run could not judge because a history did not answer: no feed shows them again."""
    waiting = {row.key for row in systems.store.dirty() if row.reason == _NOT_YET}.difference(records, unfinished)
    if not waiting:
        return records, links
    linked = systems.store.links(waiting)
    read = read_records(systems, [link.ref for sides in linked.values() for link in sides.values()]).found
    found = {
        key: {side: record for side, link in sides.items() if isinstance(record := read.get(link.ref), Record)}
        for key, sides in linked.items()
    }
    return {**found, **records}, {**linked, **links}


def _suspects(systems: Systems, records: Records, links: Links, unfinished: Collection[str]) -> list[_Suspect]:
    moved = [key for key in records if key not in unfinished and _moved(records[key], links.get(key, {}))]
    if not moved:
        return []
    unanswered = systems.store.unanswered(systems.clock.now() - LATEST)
    found: list[_Suspect] = []
    for key in sorted(unanswered.intersection(moved)):
        writes = logged_writes(systems.store.write_log(key=key))
        for write in writes:
            known = tuple(each for each in writes if each.happened and each.ref == write.ref)
            if _may_arrive(systems, write) and write.ref.side in _moved(records[key], links[key]):
                found.append(_Suspect(write, records[key][write.ref.side], links[key][write.ref.side], known))
    return found


def _moved(records: Mapping[Side, Record], links: Mapping[Side, Link]) -> list[Side]:
    """The sides on which a record moved since we looked, and which take a write whatever it was decided on. Where revisions have
    no order the side itself refuses one that comes too late."""
    return [
        side
        for side, record in records.items()
        if side in links
        and record.ref == links[side].ref
        and record.revision.order is not None
        and record.revision != links[side].revision
    ]


def _may_arrive(systems: Systems, write: LoggedWrite) -> bool:
    """Whether a write was never answered. One that a later run has found to have happened may be still on its way: a person had
    made the same edit."""
    answered = write.outcome in {Outcome.DONE.value, Outcome.FAILED.value, Outcome.SKIPPED.value}
    writes = write.operation in {Operation.UPDATE, Operation.CLOSE}
    return writes and not answered and systems.clock.now() - write.at <= LATEST


def _judge(
    systems: Systems, suspect: _Suspect, report: ActivityReport, records: Records, links: Links, late: LateWrites
) -> None:
    write = suspect.write
    if write.ref in report.unclear and systems.clock.now() - write.at < PATIENCE:
        late.waiting[write.key] = _NOT_YET
        return
    arrived = _arrived(systems, suspect, report.activities)
    if not arrived:
        return
    intent = _intent(systems, write)
    passed = {deed.field: deed.old for deed in arrived if (suspect.link.base.get(deed.field) or "") != (deed.old or "")}
    systems.store.put_conflicts(rows_of(systems, intent, suspect.record, passed, passed.keys()))
    message = because(Trouble.ARRIVED_LATE)
    record = suspect.record
    result = ActionResult(intent.action, Outcome.ADOPTED, number=record.number, url=record.url, message=message)
    late.settled.append(result)
    mended = _mended(systems, write.key, arrived, records[write.key], links[write.key])
    systems.store.settle(intent, result, systems.clock.now(), links=mended)


def _arrived(systems: Systems, suspect: _Suspect, deeds: Iterable[Activity]) -> list[Activity]:
    """What our account gave the write's fields, as the write says, and no write that we know of explains; the last of each field."""
    write = suspect.write
    account = systems.store.recall(f"account:{write.ref.side}")
    skew = systems.connectors[write.ref.side].server_now() - systems.clock.now()
    found = {
        deed.field: deed
        for deed in deeds
        if deed.kind is ActivityKind.FIELD
        and deed.ref == write.ref
        and deed.author.id == account
        and deed.new == write.after.get(deed.field)
        and not any(_explains(each, deed, skew) for each in suspect.known)
    }
    return list(found.values())


def _explains(write: LoggedWrite, deed: Activity, skew: timedelta) -> bool:
    at = deed.at - skew
    ended = write.ended_at or write.at
    return write.after.get(deed.field) == deed.new and write.at - _CLOCKS_TELL <= at <= ended + _CLOCKS_TELL


def _mended(
    systems: Systems, key: str, arrived: Sequence[Activity], seen: Mapping[Side, Record], links: Mapping[Side, Link]
) -> list[Link]:
    """The pair as it would be remembered if the write had been answered in its time: what people did since, on either side, is
    merged against it."""
    unseen: list[RecordRef] = [link.ref for side, link in links.items() if side not in seen]
    read = read_records(systems, unseen).found
    records = {**seen, **{ref.side: found for ref, found in read.items() if isinstance(found, Record)}}
    pair = {side: (link, records[side]) for side, link in links.items() if side in records}
    if len(pair) < len(links) or len(pair) < 2:
        return []
    told = Told({(deed.ref, deed.field): (deed.at, deed.new) for deed in arrived}, frozenset(), frozenset())
    return Mending(systems.profile_of(key), pair, told, whole=False).links()


def _intent(systems: Systems, write: LoggedWrite) -> Intent:
    profile = systems.profile_of(write.key).name
    action = Action(write.key, profile, write.ref, write.operation, write.after, "", before=write.before)
    return Intent(action, write.run_id, write.at)
