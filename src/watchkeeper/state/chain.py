"""The write log's hash chain: every row's hash is made from its content and the hash of the row before it.

Whoever can write to the store can also make a whole new chain; the ends of runs that stand in their reports, outside the store,
show that. A pruned log begins at a checkpoint, whose hash the first row is made from and which a row of the log names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection, RowMapping

from watchkeeper.errors import StateUnusable
from watchkeeper.model.chain import ChainBreak, ChainHead, ChainReport, Checkpoint, Flaw
from watchkeeper.state import runs, tables, tally
from watchkeeper.state.codec import instant, instant_text, stored_object
from watchkeeper.state.digests import written
from watchkeeper.state.failures import MEND

_LOG = tables.write_log
_HASHED = tuple(column.name for column in _LOG.columns if column.name != "hash")
_HEAD = (
    select(_LOG.c.sequence, _LOG.c.hash)
    .where(_LOG.c.deployment == bindparam("of"))
    .order_by(_LOG.c.sequence.desc())
    .limit(1)
)
_INSERT = _LOG.insert()
_CHECKPOINT = "write_log_checkpoint"
_AT_ONCE = 1000

PRUNED = "pruned"
REBUILT = "rebuilt"
"""Kinds of rows that tell what was done to the store itself; they name no record."""


def append(connection: Connection, row: dict[str, Any]) -> None:
    """Add a row at the end; its sequence and hash are made here."""
    sequence, previous = head(connection, row["deployment"])
    row["sequence"] = sequence + 1
    row["hash"] = hash_of(previous, row)
    connection.execute(_INSERT, row)
    if row["sequence"] % tally.PORTION == 0:
        tally.count_portion(connection, row["deployment"], row["sequence"])


def append_event(
    connection: Connection, deployment: str, kind: str, run_id: str, reason: str, facts: Mapping[str, Any], at: datetime
) -> None:
    """Add a row that tells what was done to the store itself."""
    blank = dict.fromkeys(("action_id", "key", "side", "table_name", "record_id", "operation", "before", "outcome"), "")
    row = {"deployment": deployment, "run_id": run_id, "at": instant_text(at), "kind": kind, "reason": reason}
    append(connection, blank | row | {"after": json.dumps(facts, sort_keys=True)})


def head(connection: Connection, deployment: str) -> tuple[int, str]:
    """Sequence and hash of the last row; (0, "") for a log in which nothing was ever written. Pruning leaves a row."""
    row = connection.execute(_HEAD, {"of": deployment}).first()
    return (row[0], row[1]) if row is not None else (0, "")


def checkpoint(connection: Connection, deployment: str) -> Checkpoint | None:
    """Where the log begins; None for one that was never pruned. Where that fact is lost, the row that says so tells it."""
    text = runs.recall(connection, deployment, _CHECKPOINT) or _said_by_row(connection, deployment)
    if text is None:
        return None
    facts = stored_object(text)
    try:
        return Checkpoint(ChainHead(facts["sequence"], facts["hash"]), facts["count"], instant(facts["until"]))
    except KeyError as error:
        raise StateUnusable("where the write log begins cannot be read", remedy=MEND) from error


def _said_by_row(connection: Connection, deployment: str) -> str | None:
    rows = select(_LOG.c.after).where(_LOG.c.deployment == deployment, _LOG.c.kind == PRUNED)
    return connection.execute(rows.order_by(_LOG.c.sequence.desc()).limit(1)).scalar()


def facts_of(pruned: Checkpoint) -> dict[str, Any]:
    """A checkpoint as it stands in meta and in the log."""
    until = instant_text(pruned.until)
    return {"sequence": pruned.last.sequence, "hash": pruned.last.hash, "count": pruned.count, "until": until}


def set_checkpoint(connection: Connection, deployment: str, pruned: Checkpoint) -> None:
    runs.remember(connection, deployment, {_CHECKPOINT: json.dumps(facts_of(pruned), sort_keys=True)})


def hash_of(previous: str, row: Mapping[str, Any] | RowMapping) -> str:
    return hashlib.sha256(written([previous, *(row[name] for name in _HASHED)]).encode()).hexdigest()


def verify(
    connection: Connection, deployment: str, heads: Sequence[tuple[ChainHead, str]], pruned: Checkpoint | None
) -> ChainReport:
    """Go through the whole log. `heads` are ends that runs have remembered, each with its run: without them a log that was cut
    at its end, or written anew, would hold."""
    begun = pruned.last.sequence if pruned else 0
    walk = _Walk(
        {head.sequence: (head.hash, run) for head, run in heads if head.sequence > begun}, pruned, _start(pruned)
    )
    chosen = select(_LOG).where(_LOG.c.deployment == deployment).order_by(_LOG.c.sequence)
    with connection.execute(chosen.execution_options(yield_per=_AT_ONCE)) as rows:
        broken = next((found for row in rows.mappings() if (found := walk.step(row)) is not None), None)
    broken = broken or walk.end()
    last = ChainHead(*walk.last) if walk.last[0] else None
    return ChainReport(walk.rows, last, pruned, broken, len(walk.heads))


def has(connection: Connection, deployment: str, wanted: ChainHead) -> bool | None:
    """Whether a head that was written down earlier is a row of this log; None where it lies before the checkpoint."""
    pruned = checkpoint(connection, deployment)
    if pruned is not None and wanted.sequence <= pruned.last.sequence:
        return True if wanted == pruned.last else False if wanted.sequence == pruned.last.sequence else None
    chosen = select(_LOG.c.hash).where(_LOG.c.deployment == deployment, _LOG.c.sequence == wanted.sequence)
    return connection.execute(chosen).scalar_one_or_none() == wanted.hash


def _start(pruned: Checkpoint | None) -> tuple[int, str]:
    return (pruned.last.sequence, pruned.last.hash) if pruned else (0, "")


@dataclass(slots=True)
class _Walk:
    """How far the chain was followed. `last` is the last row that fits, as (sequence, hash)."""

    heads: Mapping[int, tuple[str, str]]
    pruned: Checkpoint | None
    last: tuple[int, str]
    rows: int = 0
    names_checkpoint: bool = False

    def step(self, row: RowMapping) -> ChainBreak | None:
        """The flaw of the next row, or None and a step on."""
        expected = self.last[0] + 1
        if row["sequence"] != expected:
            return ChainBreak(expected, Flaw.MISSING)
        if row["hash"] != hash_of(self.last[1], row):
            return ChainBreak(expected, Flaw.CHANGED, str(row["run_id"]), str(row["key"]))
        remembered, run = self.heads.get(expected, (row["hash"], ""))
        if row["hash"] != remembered:
            return ChainBreak(expected, Flaw.REPLACED, run, str(row["key"]))
        if self.pruned is not None and row["kind"] == PRUNED and json.loads(row["after"]) == facts_of(self.pruned):
            self.names_checkpoint = True
        self.last = expected, str(row["hash"])
        self.rows += 1
        return None

    def end(self) -> ChainBreak | None:
        """What the end of the log shows."""
        beyond = min((sequence for sequence in self.heads if sequence > self.last[0]), default=None)
        if beyond is not None:
            return ChainBreak(self.last[0] + 1, Flaw.CUT, self.heads[beyond][1])
        if self.pruned is not None and not self.names_checkpoint:
            return ChainBreak(self.pruned.last.sequence, Flaw.PRUNED)
        return None
