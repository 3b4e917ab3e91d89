"""The append-only log of every write we intended and what became of it, chained by hashes.

Values are stored as they were mapped, because undoing a run needs them; the text of notes only as a digest.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, select
from sqlalchemy.engine import Connection, RowMapping

from watchkeeper.model.plan import Action, Intent, Operation
from watchkeeper.model.record import RawFields, Side
from watchkeeper.model.run import ActionResult, Outcome, WriteLogEntry
from watchkeeper.state import tables
from watchkeeper.state.codec import clean, instant, instant_text, raw_text

_LOG = tables.write_log
_RUN = tables.run
_HASHED = tuple(column.name for column in _LOG.columns if column.name != "hash")
_NOTES = frozenset({"text", "comments", "work_notes"})
_AGREED = "@agreed"
"""Beside the raw fields from before a write, by side: what both sides had last agreed on in what it changes. No system has a
field of this name."""
_HEAD = (
    select(_LOG.c.sequence, _LOG.c.hash)
    .where(_LOG.c.deployment == bindparam("of"))
    .order_by(_LOG.c.sequence.desc())
    .limit(1)
)
_INSERT = _LOG.insert()
INTENDED = "intended"
OUTCOME = "outcome"


def append_intended(connection: Connection, deployment: str, intent: Intent, at: datetime) -> None:
    action = intent.action
    _append(
        connection,
        _row(deployment, INTENDED, intent, at)
        | {"reason": action.reason, "before": _before(action), "after": _logged(action.body), "outcome": ""},
    )


def append_outcome(connection: Connection, deployment: str, intent: Intent, result: ActionResult, at: datetime) -> None:
    """The row that says what became of an intent; `after` lists fields that the side did not take."""
    refused = json.dumps({"refused": list(result.refused)}) if result.refused else ""
    reason = "; ".join(part for part in (result.number, result.message, result.error) if part)
    _append(
        connection,
        _row(deployment, OUTCOME, intent, at)
        | {"reason": reason, "before": "", "after": refused, "outcome": result.outcome.value},
    )


def head(connection: Connection, deployment: str) -> tuple[int, str]:
    """Sequence and hash of the last row; (0, "") for an empty log."""
    row = connection.execute(_HEAD, {"of": deployment}).first()
    return (row[0], row[1]) if row else (0, "")


def entries(
    connection: Connection, deployment: str, run_id: str | None, key: str | None, limit: int
) -> Sequence[WriteLogEntry]:
    """The latest rows, oldest of them first, of one run, one key, or all."""
    chosen = select(_LOG).where(_LOG.c.deployment == deployment)
    if run_id is not None:
        chosen = chosen.where(_LOG.c.run_id == run_id)
    if key is not None:
        chosen = chosen.where(_LOG.c.key == key)
    rows = connection.execute(chosen.order_by(_LOG.c.sequence.desc()).limit(limit)).mappings().all()
    return [_entry(row) for row in reversed(rows)]


def first_broken(connection: Connection, deployment: str, anchor: tuple[int, str]) -> int | None:
    """The sequence of the first row that does not fit the chain, or None.

    `anchor` is the head as remembered at the end of an earlier run: without it a log that was cut at its end would hold.
    """
    previous, expected = "", 1
    anchored, anchor_hash = anchor
    for row in connection.execute(
        select(_LOG).where(_LOG.c.deployment == deployment).order_by(_LOG.c.sequence)
    ).mappings():
        if row["sequence"] != expected or row["hash"] != _hash(previous, row):
            return expected
        if expected == anchored and row["hash"] != anchor_hash:
            return expected
        previous, expected = row["hash"], expected + 1
    return expected if expected <= anchored else None


def closes_per_run(connection: Connection, deployment: str, since: datetime) -> Sequence[int]:
    """Closes that succeeded, for every run started since then (0 where it made none), oldest run first."""
    closes = and_(
        _LOG.c.deployment == _RUN.c.deployment,
        _LOG.c.run_id == _RUN.c.run_id,
        _LOG.c.kind == OUTCOME,
        _LOG.c.operation == Operation.CLOSE.value,
        _LOG.c.outcome == Outcome.DONE.value,
    )
    statement = (
        select(func.count(_LOG.c.sequence))
        .select_from(_RUN.outerjoin(_LOG, closes))
        .where(_RUN.c.deployment == deployment, _RUN.c.started_at >= instant_text(since))
        .group_by(_RUN.c.run_id, _RUN.c.started_at)
        .order_by(_RUN.c.started_at)
    )
    return list(connection.execute(statement).scalars())


def recent_writes(connection: Connection, deployment: str, since: datetime) -> Mapping[tuple[str, Side, str], int]:
    """How often each raw field was written since then. Only writes that are known to have happened count: one that is tried
    again and again without an answer must not look like a field that is written again and again."""
    outcome = _LOG.alias("outcome")
    happened = exists().where(
        outcome.c.deployment == _LOG.c.deployment,
        outcome.c.run_id == _LOG.c.run_id,
        outcome.c.action_id == _LOG.c.action_id,
        outcome.c.kind == OUTCOME,
        outcome.c.outcome.in_([Outcome.DONE.value, Outcome.ADOPTED.value]),
    )
    statement = (
        select(_LOG.c.run_id, _LOG.c.action_id, _LOG.c.key, _LOG.c.side, _LOG.c.after)
        .where(
            _LOG.c.deployment == deployment,
            _LOG.c.kind == INTENDED,
            _LOG.c.operation != Operation.COMMENT.value,
            _LOG.c.at >= instant_text(since),
            happened,
        )
        .distinct()
    )
    rows = connection.execute(statement)
    return Counter((key, side, name) for _, _, key, side, after in rows for name in json.loads(after))


def _append(connection: Connection, row: dict[str, Any]) -> None:
    sequence, previous = head(connection, row["deployment"])
    row["sequence"] = sequence + 1
    row["hash"] = _hash(previous, row)
    connection.execute(_INSERT, row)


def _row(deployment: str, kind: str, intent: Intent, at: datetime) -> dict[str, Any]:
    action: Action = intent.action
    return {
        "deployment": deployment,
        "run_id": intent.run_id,
        "at": instant_text(at),
        "kind": kind,
        "action_id": action.id,
        "key": action.key,
        "side": action.ref.side,
        "table_name": action.ref.table,
        "record_id": action.ref.id,
        "operation": action.operation.value,
    }


def _before(action: Action) -> str:
    if action.was is None:
        return _logged(action.before)
    fields = json.loads(_logged(action.before))
    agreed = {side: json.loads(_logged(held)) for side, held in action.was.items()}
    return json.dumps(fields | {_AGREED: agreed}, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def _logged(fields: RawFields) -> str:
    """Raw fields as canonical JSON; the text of a note only as digest and length."""
    return raw_text(
        {
            name: _digested(value) if name in _NOTES and isinstance(value, str) else value
            for name, value in fields.items()
        }
    )


def _digested(text: str) -> str:
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return f"sha256:{digest} ({len(text)} characters)"


def _hash(previous: str, row: Mapping[str, Any] | RowMapping) -> str:
    values = [clean(value) if isinstance(value, str) else value for value in (row[name] for name in _HASHED)]
    return hashlib.sha256(json.dumps([previous, *values], ensure_ascii=True).encode()).hexdigest()


def _entry(row: RowMapping) -> WriteLogEntry:
    before, agreed = _parted(row["before"])
    return WriteLogEntry(
        sequence=row["sequence"],
        run_id=row["run_id"],
        at=instant(row["at"]),
        kind=row["kind"],
        action_id=row["action_id"],
        key=row["key"],
        side=row["side"],
        table=row["table_name"],
        record_id=row["record_id"],
        operation=row["operation"],
        reason=row["reason"],
        before=before,
        after=row["after"],
        outcome=row["outcome"],
        hash=row["hash"],
        agreed=agreed,
    )


def _parted(before: str) -> tuple[str, str]:
    """The raw fields from before a write, and what both sides had agreed on."""
    if _AGREED not in before:
        return before, ""
    fields = json.loads(before)
    agreed = fields.pop(_AGREED)
    return raw_text(fields), json.dumps(agreed, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
