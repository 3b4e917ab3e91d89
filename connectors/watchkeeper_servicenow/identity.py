"""Whose a record is: what no write of ours may change about it."""

from __future__ import annotations

from watchkeeper.errors import Attempt, Rejected
from watchkeeper.model.record import SERVICENOW, RawFields, RecordRef
from watchkeeper_servicenow.rows import Row


def keep_identity(ref: RecordRef, changes: RawFields, current: Row) -> None:
    """Another integration's correlation is never overwritten, and nobody's sys_id ever."""
    held = current.get("correlation_id")
    foreign = "correlation_id" in changes and held not in {"", changes["correlation_id"]}
    if foreign or "sys_id" in changes:
        raise Rejected(
            f"servicenow: {ref.table} {ref.id} keeps its identity (correlation_id {held!r})",
            remedy="pair the record by `link` instead; its correlation belongs to somebody else",
            attempt=reading(ref),
        )


def reading(ref: RecordRef) -> Attempt:
    return Attempt(SERVICENOW, f"GET /api/now/table/{ref.table}", ref.id, 200)
