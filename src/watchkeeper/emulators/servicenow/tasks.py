"""What the instance does to a row of a task table before it is written, by the table's own state model."""

from __future__ import annotations

from watchkeeper.emulators.servicenow.errors import aborted, mandatory
from watchkeeper.emulators.servicenow.incidents import Write
from watchkeeper.emulators.servicenow.state_model import StateModel
from watchkeeper.emulators.servicenow.store import Row

FORWARD_ONLY = "Process definition: no step back"
"""The business rule that a forward-only process refuses a step with; its real name differs from instance to instance."""

_POLICY = {"close_code": "Close code", "close_notes": "Close notes"}


def settle(table: str, row: Row, old: Row | None, states: StateModel, write: Write, *, forward_only: bool) -> None:
    """Complete a new or changed row in place; raises Refused for a step that the process does not allow (403, a business rule)
    and for a state whose mandatory fields are empty (403, a data policy)."""
    before = states.initial if old is None else old["state"]
    after = row["state"]
    if old is not None and forward_only and states.steps_back(before, after):
        raise aborted(table, FORWARD_ONLY)
    missing = [_POLICY.get(name, name) for name in states.demands.get(after, ()) if not row[name].strip()]
    if missing:
        raise mandatory(*missing)
    if old is None:
        row["opened_at"] = row["opened_at"] or write.at
        row["opened_by"] = row["opened_by"] or write.user_id
    ended = after in states.ended
    row["active"] = "false" if ended else "true"
    if ended and (old is None or before not in states.ended):
        row["closed_at"], row["closed_by"] = write.at, write.user_id
    if not ended:
        row["closed_at"] = row["closed_by"] = ""
