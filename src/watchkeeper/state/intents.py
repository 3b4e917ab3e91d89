"""Intents, and what their end leaves behind: the only two-phase part of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from watchkeeper.model.plan import Intent
from watchkeeper.model.run import ActionResult, Outcome
from watchkeeper.state import tables, write_log
from watchkeeper.state.codec import instant_text, stored, to_json
from watchkeeper.state.database import upsert
from watchkeeper.state.digests import checked, sealed

_INTENT = tables.intent
_DIRTY = tables.dirty
_END = _INTENT.delete().where(_INTENT.c.deployment == bindparam("of"), _INTENT.c.action_id == bindparam("action"))

UNFINISHED = frozenset({Outcome.CONFLICT, Outcome.FAILED, Outcome.UNKNOWN})
"""Outcomes after which a later run has to look at the key again."""


def open_intents(connection: Connection, deployment: str) -> Sequence[Intent]:
    """Open intents, in the order in which they were taken."""
    chosen = select(_INTENT).where(_INTENT.c.deployment == deployment)
    rows = connection.execute(chosen.order_by(_INTENT.c.started_at, _INTENT.c.action_id)).mappings()
    return [stored(Intent, checked(_INTENT, row)["document"]) for row in rows]


def intend(connection: Connection, deployment: str, intent: Intent, at: datetime) -> None:
    row = {
        "deployment": deployment,
        "action_id": intent.action.id,
        "key": intent.action.key,
        "run_id": intent.run_id,
        "started_at": instant_text(intent.started_at),
        "document": to_json(intent),
    }
    upsert(connection, _INTENT, sealed(_INTENT, [row]))
    write_log.append_intended(connection, deployment, intent, at)


def settle(
    connection: Connection, deployment: str, intent: Intent, result: ActionResult, at: datetime, keep: bool
) -> None:
    """Log the outcome, end the intent unless it is kept, and mark the key dirty where work is left."""
    write_log.append_outcome(connection, deployment, intent, result, at)
    if not keep:
        connection.execute(_END, {"of": deployment, "action": intent.action.id})
    if keep or result.outcome in UNFINISHED:
        _mark_dirty(connection, deployment, intent, result, at)


def _mark_dirty(connection: Connection, deployment: str, intent: Intent, result: ActionResult, at: datetime) -> None:
    action = intent.action
    mine = (_DIRTY.c.deployment == deployment, _DIRTY.c.key == action.key)
    before = connection.execute(select(_DIRTY.c.since, _DIRTY.c.attempts).where(*mine)).first()
    since, attempts = before if before else (instant_text(at), 0)
    reason = ": ".join(part for part in (result.outcome.value, result.message or result.error) if part)
    row = {"deployment": deployment, "key": action.key, "profile": action.profile, "reason": reason, "since": since}
    upsert(connection, _DIRTY, sealed(_DIRTY, [row | {"attempts": attempts + 1}]))
