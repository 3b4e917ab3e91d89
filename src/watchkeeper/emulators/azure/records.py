"""The incidents as the control plane shows them: current state, and every version with its author."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from watchkeeper.emulators.azure.model import Change
from watchkeeper.emulators.azure.rendering import comment_json, incident_json, task_json
from watchkeeper.emulators.azure.workspace import Workspace
from watchkeeper.emulators.kql.values import datetime_text


def incident_records(workspace: Workspace) -> list[dict[str, Any]]:
    """One entry per incident that ever was, by number; a deleted one says so."""
    store, root = workspace.store, workspace.root
    with store.lock:
        changes = list(store.changes)
    by_number: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        by_number[change.incident.number].append(change)
    return [_record(root, by_number[number]) for number in sorted(by_number)]


def _record(root: str, changes: list[Change]) -> dict[str, Any]:
    incident = changes[-1].incident
    return {
        **incident_json(root, incident),
        "deleted": changes[-1].deleted,
        "comments": [comment_json(root, incident, comment) for comment in incident.comments],
        "tasks": [task_json(root, incident, task) for task in incident.tasks],
        "history": [
            {
                "at": datetime_text(change.at),
                "who": change.who.signature(),
                "kind": change.who.kind,
                "what": change.what,
            }
            for change in changes
        ],
    }
