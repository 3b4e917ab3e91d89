"""Runs of automation rules and playbooks, as the table SentinelHealth tells them.

Columns, operations and statuses: MicrosoftDocs/defender-docs, sentinel/health-table-reference.md. At first health monitoring is
on, and has told of nothing but a data connector.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

from watchkeeper.emulators.azure.identities import object_id_of
from watchkeeper.emulators.kql.values import Row, parse_datetime

OPERATIONS: Final[Mapping[str, str]] = {
    "Automation rule": "Automation rule run",
    "Playbook": "Playbook was triggered",
    "Analytics rule": "Scheduled analytics rule run",
    "Data connector": "Data fetch status change",
}
"""Resource types and what happens to them."""
STATUSES: Final = ("Success", "Partial success", "Failure")

_FIRST: Final = {
    "name": "Microsoft Defender XDR",
    "type": "Data connector",
    "status": "Success",
    "at": "2026-10-01T09:00:00Z",
}


class Health:
    """The runs of one workspace, oldest first as they were told. `root`: the ARM id under which its resources live."""

    def __init__(self, root: str, workspace_id: str) -> None:
        self._root = root
        self._workspace_id = workspace_id
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._rows = [self._row(_FIRST)]

    @property
    def rows(self) -> list[Row]:
        with self._lock:
            return list(self._rows)

    def seed(self, runs: list[Mapping[str, Any]]) -> int:
        """Add runs, each a `name` of a resource, its `type` (default Automation rule), `at` (an ISO instant), and if it likes `status`
        (default Failure), `reason` and `description`. Answers how many there are; raises ValueError."""
        made = [self._row(run) for run in runs]
        with self._lock:
            self._rows += made
            return len(self._rows)

    def _row(self, run: Mapping[str, Any]) -> Row:
        type_, status = str(run.get("type", "Automation rule")), str(run.get("status", "Failure"))
        at = parse_datetime(str(run.get("at", "")))
        if type_ not in OPERATIONS or status not in STATUSES or at is None or not run.get("name"):
            raise ValueError(
                f"a run needs a name, a type of {', '.join(OPERATIONS)}, a status of {', '.join(STATUSES)} and an instant: {run!r}"
            )
        name = str(run["name"])
        return (
            self._workspace_id,
            at,
            OPERATIONS[type_],
            f"{self._root}/{type_.replace(' ', '')}s/{object_id_of(f'{type_.lower()} {name}')}",
            name,
            status,
            str(run.get("description", "")),
            str(run.get("reason", "")),
            self._workspace_id,
            type_,
            "",
            object_id_of(f"health {name} {at}"),
            {},
            "Azure",
            "SentinelHealth",
            at,
        )
