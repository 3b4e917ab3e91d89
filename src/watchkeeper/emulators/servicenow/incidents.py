"""What the instance does to an incident before it is written: defaults, priority, state rules, mandatory fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from watchkeeper.emulators.servicenow.errors import acl_exception, mandatory
from watchkeeper.emulators.servicenow.store import Row

NEW, IN_PROGRESS, ON_HOLD, RESOLVED, CLOSED, CANCELED = "1", "2", "3", "6", "7", "8"
ENDED = frozenset({CLOSED, CANCELED})
CLOSERS = frozenset({"itil_admin", "admin"})

PRIORITY: Mapping[tuple[str, str], str] = {
    ("1", "1"): "1",
    ("1", "2"): "2",
    ("1", "3"): "3",
    ("2", "1"): "2",
    ("2", "2"): "3",
    ("2", "3"): "4",
    ("3", "1"): "3",
    ("3", "2"): "4",
    ("3", "3"): "5",
}
"""(impact, urgency) to priority: ServiceNowDocs, it-service-management/incident-management/def-prio-lookup-rules.md."""

_POLICY = {"close_code": "Resolution code", "close_notes": "Close notes"}


@dataclass(frozen=True, slots=True)
class Write:
    """Who writes, as the rules need it; `at` is `YYYY-MM-DD HH:MM:SS` UTC."""

    user_id: str
    roles: frozenset[str]
    at: str


def on_insert(row: Row, write: Write) -> None:
    """Complete a new incident in place; raises Refused."""
    _mirror_state(row, None)
    row["opened_at"] = row["opened_at"] or write.at
    row["opened_by"] = row["opened_by"] or write.user_id
    row["task_effective_number"] = row["number"]
    row["sys_domain"] = row["sys_domain"] or "global"
    _settle(row, None, write)


def on_update(row: Row, old: Row, write: Write) -> None:
    """Apply the rules to a changed incident in place; raises Refused. A closed or canceled incident is read-only to `itil`."""
    if old["state"] in ENDED and not write.roles & CLOSERS:
        raise acl_exception("Update")
    _mirror_state(row, old)
    if old["assignment_group"] and row["assignment_group"] != old["assignment_group"]:
        row["reassignment_count"] = str(int(old["reassignment_count"] or 0) + 1)
    _settle(row, old, write)


def _mirror_state(row: Row, old: Row | None) -> None:
    """`incident_state` is the legacy twin of `state`; whichever was written leads."""
    before = old["state"] if old is not None else NEW
    if row["state"] == before and row["incident_state"] != before:
        row["state"] = row["incident_state"]
    row["incident_state"] = row["state"]


def _settle(row: Row, old: Row | None, write: Write) -> None:
    row["priority"] = PRIORITY.get((row["impact"], row["urgency"]), "5")
    row["active"] = "false" if row["state"] in ENDED else "true"
    if row["state"] != ON_HOLD:
        row["hold_reason"] = ""
    before = old["state"] if old is not None else NEW
    if row["state"] == CLOSED and before != CLOSED and not write.roles & CLOSERS:
        raise acl_exception("Insert" if old is None else "Update")
    _require_resolution(row)
    if row["state"] != before:
        _enter(row, before, write)


def _require_resolution(row: Row) -> None:
    missing = [label for name, label in _POLICY.items() if not row[name].strip()]
    if row["state"] in {RESOLVED, CLOSED} and missing:
        raise mandatory(*missing)


def _enter(row: Row, before: str, write: Write) -> None:
    """Stamps of a state change. Reopened: resolution and closing stamps go, code and notes stay as they were."""
    state = row["state"]
    if state == RESOLVED:
        row["resolved_at"], row["resolved_by"] = write.at, write.user_id
        row["calendar_stc"] = row["business_stc"] = _seconds(row["opened_at"], write.at)
    if state in ENDED:
        row["closed_at"], row["closed_by"] = write.at, write.user_id
    if before in {RESOLVED, *ENDED} and state not in {RESOLVED, *ENDED}:
        row["reopened_time"], row["reopened_by"] = write.at, write.user_id
        row["reopen_count"] = str(int(row["reopen_count"] or 0) + 1)
        for name in ("resolved_at", "resolved_by", "closed_at", "closed_by"):
            row[name] = ""


def _seconds(start: str, end: str) -> str:
    elapsed = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    return str(int(elapsed.total_seconds()))
