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

from sqlalchemy import Exists, and_, exists, func, select
from sqlalchemy.engine import Connection, RowMapping

from watchkeeper.model.plan import Action, Intent, Operation
from watchkeeper.model.record import RawFields, Side
from watchkeeper.model.run import ActionResult, Outcome, WriteLogEntry
from watchkeeper.state import tables
from watchkeeper.state.chain import append
from watchkeeper.state.codec import instant, instant_text, raw_text
from watchkeeper.state.tally import OUTCOME

_LOG = tables.write_log
_RUN = tables.run
_NOTES = frozenset({"text", "comments", "work_notes"})
_AGREED = "@agreed"
"""Beside the raw fields from before a write, by side: what both sides had last agreed on in what it changes. No system has a
field of this name."""
_RULES = "@rules"
"""Beside them as well: for each raw field the field of ours that it carries, and the place of the rule behind it."""
INTENDED = "intended"


def append_intended(connection: Connection, deployment: str, intent: Intent, at: datetime) -> None:
    action = intent.action
    append(
        connection,
        _row(deployment, INTENDED, intent, at)
        | {"reason": action.reason, "before": _before(action), "after": _logged(action.body), "outcome": ""},
    )


def append_outcome(connection: Connection, deployment: str, intent: Intent, result: ActionResult, at: datetime) -> None:
    """The row that says what became of an intent; `after` lists fields that the side did not take."""
    refused = json.dumps({"refused": list(result.refused)}) if result.refused else ""
    reason = "; ".join(part for part in (result.number, result.message, result.error) if part)
    append(
        connection,
        _row(deployment, OUTCOME, intent, at)
        | {"reason": reason, "before": "", "after": refused, "outcome": result.outcome.value},
    )


def entries(
    connection: Connection, deployment: str, run_id: str | None, key: str | None, limit: int | None
) -> Sequence[WriteLogEntry]:
    """The latest rows (None: every one), oldest of them first, of one run, one key, or all."""
    chosen = select(_LOG).where(_LOG.c.deployment == deployment)
    if run_id is not None:
        chosen = chosen.where(_LOG.c.run_id == run_id)
    if key is not None:
        chosen = chosen.where(_LOG.c.key == key)
    rows = connection.execute(chosen.order_by(_LOG.c.sequence.desc()).limit(limit)).mappings().all()
    return [entry_of(row) for row in reversed(rows)]


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
    statement = (
        select(_LOG.c.run_id, _LOG.c.action_id, _LOG.c.key, _LOG.c.side, _LOG.c.after)
        .where(
            _LOG.c.deployment == deployment,
            _LOG.c.kind == INTENDED,
            _LOG.c.operation != Operation.COMMENT.value,
            _LOG.c.at >= instant_text(since),
            _with_outcome(Outcome.DONE, Outcome.ADOPTED),
        )
        .distinct()
    )
    rows = connection.execute(statement)
    return Counter((key, side, name) for _, _, key, side, after in rows for name in json.loads(after))


def unanswered(connection: Connection, deployment: str, since: datetime) -> frozenset[str]:
    """Keys of updates and closes intended since then that were never answered. One that a later run made under the same id is
    answered for that run alone."""
    statement = (
        select(_LOG.c.key)
        .where(
            _LOG.c.deployment == deployment,
            _LOG.c.kind == INTENDED,
            _LOG.c.operation.in_([Operation.UPDATE.value, Operation.CLOSE.value]),
            _LOG.c.at >= instant_text(since),
            ~_with_outcome(Outcome.DONE, Outcome.FAILED, Outcome.SKIPPED),
        )
        .distinct()
    )
    return frozenset(connection.execute(statement).scalars())


def _with_outcome(*outcomes: Outcome) -> Exists:
    """Whether one of these became of an intended write in its own run."""
    ended = _LOG.alias("outcome")
    return exists().where(
        ended.c.deployment == _LOG.c.deployment,
        ended.c.run_id == _LOG.c.run_id,
        ended.c.action_id == _LOG.c.action_id,
        ended.c.kind == OUTCOME,
        ended.c.outcome.in_([outcome.value for outcome in outcomes]),
    )


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
    beside: dict[str, Any] = {}
    if action.was is not None:
        beside[_AGREED] = {side: json.loads(_logged(held)) for side, held in action.was.items()}
    if rules := {raw: [change.field, change.rule] for change in action.changes for raw in change.raw}:
        beside[_RULES] = rules
    return _compact(json.loads(_logged(action.before)) | beside) if beside else _logged(action.before)


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


def entry_of(row: RowMapping) -> WriteLogEntry:
    before, agreed, rules = _parted(row["before"])
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
        rules=rules,
    )


def _parted(before: str) -> tuple[str, str, str]:
    """The raw fields from before a write, what both sides had agreed on, and the rules behind it."""
    if _AGREED not in before and _RULES not in before:
        return before, "", ""
    fields = json.loads(before)
    beside = (fields.pop(name, None) for name in (_AGREED, _RULES))
    agreed, rules = ("" if each is None else _compact(each) for each in beside)
    return raw_text(fields), agreed, rules


def _compact(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
