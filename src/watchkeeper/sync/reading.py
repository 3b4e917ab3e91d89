"""Read by id what no feed has shown: in bulk, on each side's workers, and one bad record apart from all the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from watchkeeper.errors import Config, Deferred, Locked, Operator, Retry, StateUnusable, Wait, WatchkeeperError
from watchkeeper.model.activity import Comment
from watchkeeper.model.progress import Phase
from watchkeeper.model.record import Absent, Record, RecordRef, Side
from watchkeeper.sync.systems import Systems

T = TypeVar("T")

PATIENCE = 3
"""After so many single reads that a side did not answer, and none that it did, the side is down, not the records."""

SIDE_WIDE = (Operator, Wait, Deferred, Locked, StateUnusable, Config)
"""Errors that say something about a whole side, never about one record."""


@dataclass(slots=True)
class Reading(Generic[T]):
    """`found`: the answers. `failed`: what could not be read, and why; nothing is concluded about it."""

    found: dict[RecordRef, T] = field(default_factory=dict)
    failed: dict[RecordRef, WatchkeeperError] = field(default_factory=dict)


def read_records(systems: Systems, refs: Iterable[RecordRef]) -> Reading[Record | Absent]:
    """Each record, or its absence. Raises what concerns a whole side (rights, quotas, an outage)."""
    return read_with_comments(systems, refs, ())[0]


def read_comments(systems: Systems, refs: Iterable[RecordRef]) -> Reading[Sequence[Comment]]:
    """All comments of each record, oldest first. Raises as `read_records`."""
    return read_with_comments(systems, (), refs)[1]


def read_with_comments(
    systems: Systems, refs: Iterable[RecordRef], talked_about: Iterable[RecordRef]
) -> tuple[Reading[Record | Absent], Reading[Sequence[Comment]]]:
    """Some records, and the comments of others at the same time: neither waits for the other where they are on two sides.
    Raises as `read_records`."""

    def get(batch: Sequence[RecordRef]) -> Mapping[RecordRef, Record | Absent]:
        side, table = batch[0].side, batch[0].table
        return systems.connectors[side].get(batch, systems.fields(side, table))

    def comments(batch: Sequence[RecordRef]) -> Mapping[RecordRef, Sequence[Comment]]:
        return systems.connectors[batch[0].side].comments(batch)

    wanted, talked = tuple(dict.fromkeys(refs)), tuple(dict.fromkeys(talked_about))
    if wanted or talked:
        systems.progress.begin(Phase.READING if wanted else Phase.COMMENTS, len(wanted) + len(talked))
    records, talks = _Reader(systems, get), _Reader(systems, comments)
    records.begin(wanted)
    talks.begin(talked)
    systems.workers.drain()
    return records.read(), talks.read()


def find_marked(systems: Systems, side: Side, table: str, markers: Sequence[str]) -> Mapping[str, tuple[Record, ...]]:
    """The records that carry each marker, asked for in as many parts as the side bears calls at once. Raises the first error."""
    connector, fields = systems.connectors[side], systems.fields(side, table)
    size = max(connector.capabilities.read_batch, -(-len(markers) // connector.capabilities.workers))
    answers: list[Mapping[str, tuple[Record, ...]] | WatchkeeperError] = []

    def ask(part: Sequence[str]) -> Mapping[str, tuple[Record, ...]] | WatchkeeperError:
        try:
            return connector.find(table, part, fields)
        except WatchkeeperError as error:
            return error

    for start in range(0, len(markers), size):
        systems.workers.submit(side, partial(ask, markers[start : start + size]), answers.append)
    systems.workers.drain()
    found: dict[str, tuple[Record, ...]] = {}
    for answer in answers:
        if isinstance(answer, WatchkeeperError):
            raise answer
        found.update(answer)
    return found


class _Reader(Generic[T]):
    """A reading that fails is repeated in smaller parts, at last record by record, so that the failure lands on the record that
    causes it."""

    def __init__(self, systems: Systems, ask: Callable[[Sequence[RecordRef]], Mapping[RecordRef, T]]) -> None:
        self._systems = systems
        self._ask = ask
        self._reading: Reading[T] = Reading()
        self._answered: set[Side] = set()
        self._unanswered: dict[Side, int] = {}
        self._error: WatchkeeperError | None = None

    def begin(self, refs: Iterable[RecordRef]) -> None:
        for batch in _batches(self._systems, refs):
            self._submit(batch)

    def read(self) -> Reading[T]:
        """What was read, once the workers have drained."""
        if self._error is not None:
            raise self._error
        return self._reading

    def _submit(self, batch: Sequence[RecordRef]) -> None:
        self._systems.workers.submit(batch[0].side, lambda: self._read(batch), lambda answer: self._take(batch, answer))

    def _read(self, batch: Sequence[RecordRef]) -> Mapping[RecordRef, T] | WatchkeeperError:
        if self._error is not None:
            return self._error
        try:
            return self._ask(batch)
        except WatchkeeperError as error:
            return error

    def _take(self, batch: Sequence[RecordRef], answer: Mapping[RecordRef, T] | WatchkeeperError) -> None:
        side = batch[0].side
        if not isinstance(answer, WatchkeeperError):
            self._answered.add(side)
            self._reading.found.update(answer)
            self._systems.progress.advance(len(batch))
        elif isinstance(answer, SIDE_WIDE):
            self._error = self._error or answer
        elif len(batch) > 1:
            size = self._systems.connectors[side].capabilities.read_batch
            for part in _parts(batch, size if len(batch) > size else 1):
                self._submit(part)
        else:
            self._reading.failed[batch[0]] = answer
            self._systems.progress.advance()
            self._count(side, answer)

    def _count(self, side: Side, error: WatchkeeperError) -> None:
        self._unanswered[side] = self._unanswered.get(side, 0) + isinstance(error, Retry)
        if self._unanswered[side] >= PATIENCE and side not in self._answered:
            self._error = self._error or error


def _batches(systems: Systems, refs: Iterable[RecordRef]) -> list[Sequence[RecordRef]]:
    groups: dict[tuple[Side, str], list[RecordRef]] = {}
    for ref in dict.fromkeys(refs):
        groups.setdefault((ref.side, ref.table), []).append(ref)
    return [
        part
        for (side, table), group in sorted(groups.items())
        for part in _parts(group, _share(systems, side, table, len(group)))
    ]


def _share(systems: Systems, side: Side, table: str, count: int) -> int:
    """How many records one reading asks for: each worker's share where the side reads several at once, which it may then do in
    one call."""
    capabilities = systems.connectors[side].capabilities
    batch = capabilities.batch_of(table)
    return max(batch, -(-count // capabilities.workers)) if batch > 1 else 1


def _parts(refs: Sequence[RecordRef], size: int) -> list[Sequence[RecordRef]]:
    return [refs[start : start + size] for start in range(0, len(refs), size)]
