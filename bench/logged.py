"""Years of runs and of what they wrote, chained as it is when it is written one by one, and stored many times as fast."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

from bench.duties import ticket_of
from bench.estate import DEPLOYMENT, NOW, ref_of
from bench.stored import give_room, store_values, values_of
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.record import SENTINEL, SERVICENOW, RecordRef
from watchkeeper.state import tally
from watchkeeper.state.chain import hash_of
from watchkeeper.state.codec import instant_text
from watchkeeper.state.database import batches
from watchkeeper.state.store import SqlStateStore
from watchkeeper.state.tables import run as run_table
from watchkeeper.state.tables import write_log

Row = dict[str, Any]
_AT_ONCE: Final = 50_000
_OPERATIONS: Final = ("update",) * 12 + ("comment",) * 4 + ("create",) * 2 + ("close", "link")
_OUTCOMES: Final = ("done",) * 95 + ("failed", "conflict", "skipped", "adopted", "unknown")
_STRIDE: Final = 7_919
"""A prime: one write after the other concerns pairs that have nothing in common."""


@dataclass(frozen=True, slots=True)
class Written:
    """`rows` of the log, two for each write, by runs of so many `days`; all that was written on the day before the last one was
    written by one run. Writes concern `pairs`, whose keys `key_of` tells."""

    rows: int
    days: int
    runs_a_day: int
    pairs: int
    key_of: Callable[[int], str]

    @property
    def began(self) -> datetime:
        return NOW - timedelta(days=self.days)

    @property
    def runs(self) -> int:
        return self.days * self.runs_a_day

    @property
    def apart(self) -> timedelta:
        """From one run to the next."""
        return timedelta(days=1) / self.runs_a_day

    def start_of(self, run: int) -> datetime:
        return self.began + self.apart * run

    def ended(self, run: int) -> datetime:
        return self.start_of(run) + timedelta(seconds=3 + run % 40)

    def run_at(self, at: datetime) -> int:
        """Which run wrote then."""
        first_of_large = (self.days - 2) * self.runs_a_day
        run = min((at - self.began) // self.apart, self.runs - 1)
        return first_of_large if first_of_large <= run < first_of_large + self.runs_a_day else run


@lru_cache(maxsize=64)
def run_id(number: int) -> str:
    return blake2b(f"run {number}".encode(), digest_size=16).hexdigest()


def fill_log(store: SqlStateStore, written: Written, closed: Sequence[Occurrence]) -> None:
    """Runs, their writes, and the closing of duties."""
    indexes = sorted(write_log.indexes, key=lambda index: str(index.name))
    with store.database.write() as connection:
        give_room(connection)
        for index in indexes:
            index.drop(connection)
    for runs in batches(range(written.runs), _AT_ONCE):
        with store.database.write(durable=False) as connection:
            store_values(connection, run_table, values_of(run_table, [_run(written, number) for number in runs]))
    for rows in batches(_chained(_rows(written, closed)), _AT_ONCE):
        with store.database.write(durable=False) as connection:
            store_values(connection, write_log, values_of(write_log, rows))
    with store.database.write() as connection:
        for index in indexes:
            index.create(connection)
        tally.recount(connection)


def _run(written: Written, number: int) -> Row:
    began, per_run = written.start_of(number), written.rows // 2 // written.runs
    failed = number % 50 == 0
    counts = {"planned": per_run, "done": per_run, "conflicts": number % 3, "parked": 0}
    return {
        "deployment": DEPLOYMENT,
        "run_id": run_id(number),
        "command": "audit" if number % written.runs_a_day == 0 else "sync",
        "started_at": instant_text(began),
        "ended_at": instant_text(written.ended(number)),
        "exit_code": 1 if failed else 0,
        "summary": json.dumps({"mode": "full", "counts": counts, "reasons": [], "problems": [], "valves": []}),
    }


def _rows(written: Written, closed: Sequence[Occurrence]) -> Iterator[Row]:
    writes = written.rows // 2
    apart, began = timedelta(days=written.days) / writes, written.began
    for number in range(writes):
        at = began + apart * number
        pair, to_ticket = number * _STRIDE % written.pairs, number % 2 == 0
        yield from _write(
            at,
            run_id(written.run_at(at)),
            written.key_of(pair),
            ref_of(SERVICENOW if to_ticket else SENTINEL, pair),
            _OPERATIONS[number * 7 % len(_OPERATIONS)],
            _OUTCOMES[number * 13 % len(_OUTCOMES)],
            '{"state":"6"}' if to_ticket else '{"status":"Closed"}',
        )
    for each in closed:
        at, ref = each.due + timedelta(hours=2), ticket_of(each, SENTINEL, "incidents")
        yield from _write(at, run_id(written.run_at(at)), each.key, ref, "close", "done", '{"status":"Closed"}')


def _write(
    at: datetime, run: str, key: str, ref: RecordRef, operation: str, outcome: str, after: str
) -> tuple[Row, Row]:
    same = {
        "deployment": DEPLOYMENT,
        "run_id": run,
        "action_id": f"{operation}/{ref.side}/{ref.id}",
        "key": key,
        "side": ref.side,
        "table_name": ref.table,
        "record_id": ref.id,
        "operation": operation,
    }
    stamp, later = instant_text(at), instant_text(at + timedelta(seconds=1.3))
    intended = {"at": stamp, "kind": "intended", "reason": "the other side was changed", "before": '{"state":"1"}'}
    ended = {"at": later, "kind": "outcome", "reason": "", "before": "", "after": "", "outcome": outcome}
    return {**same, **intended, "after": after, "outcome": ""}, {**same, **ended}


def _chained(rows: Iterator[Row]) -> Iterator[Row]:
    before = ""
    for sequence, row in enumerate(rows, start=1):
        row["sequence"] = sequence
        row["hash"] = before = hash_of(before, row)
        yield row
