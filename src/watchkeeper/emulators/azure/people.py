"""People, playbooks and the correlation engine at work on incidents, as the portal would let them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from watchkeeper.emulators.azure.bodies import Body
from watchkeeper.emulators.azure.failures import Refused
from watchkeeper.emulators.azure.identities import AUTOMATION, CORRELATION, Identity, object_id_of, user
from watchkeeper.emulators.azure.model import REDIRECTED, Incident, Label, Task
from watchkeeper.emulators.azure.rendering import incident_properties
from watchkeeper.emulators.azure.seeds import instant, owner_of
from watchkeeper.emulators.azure.workspace import Workspace

WRITABLE: Final = (
    "title",
    "description",
    "severity",
    "status",
    "classification",
    "classificationReason",
    "classificationComment",
    "firstActivityTimeUtc",
    "lastActivityTimeUtc",
    "labels",
    "owner",
)


def people(workspace: Workspace, command: Mapping[str, Any]) -> dict[str, Any]:
    """Let `who` do something to `incident` (number or name) and answer with what it became.

    `do`: create · edit (`fields`) · assign (`to`, a user name; nobody named: `who`) · comment (`text`) · task (`text`,
    `fields.status`) · complete-task · reopen-task · delete-task (`task`: its name or title) · close (`fields.classification…`) · reopen · merge (`into`, number or name) · delete.
    `fields` may use ARM's property names; `labels` and `add_labels` are lists of names; `at` (ISO instant) backdates the
    deed. Raises ValueError.
    """
    action = ACTIONS.get(str(command.get("do")))
    if action is None:
        raise ValueError(f"do: {command.get('do')!r} is none of {', '.join(ACTIONS)}")
    fields = command.get("fields", {})
    if not isinstance(fields, dict):
        raise ValueError("fields must be an object")
    try:
        with workspace.store.backdated(instant(command, "at")):
            incident = action(workspace, _person(workspace, command.get("who")), command, fields)
    except Refused as refused:
        raise ValueError(json.loads(refused.response.body)["error"]["message"]) from refused
    return {"name": incident.name, "number": incident.number, "status": incident.status, "etag": incident.etag}


def _person(workspace: Workspace, who: Any) -> Identity:
    """Anybody may work here: an unknown user name becomes a new user, as guests and new colleagues do."""
    if not isinstance(who, str) or not who:
        raise ValueError("who: name a user, `system` or `automation`")
    special = {"system": CORRELATION, "automation": AUTOMATION}
    known = special.get(who) or workspace.directory.by_name(who)
    if known is None:
        known = user(who)
        workspace.directory.add(known)
    return known


def _incident(workspace: Workspace, reference: Any) -> Incident:
    numbered = isinstance(reference, int) or (isinstance(reference, str) and reference.isdigit())
    found = workspace.store.by_number(int(reference)) if numbered else workspace.store.get(str(reference))
    if found is None:
        raise ValueError(f"there is no incident {reference!r}")
    return found


def _edit(workspace: Workspace, who: Identity, command: Mapping[str, Any], fields: Mapping[str, Any]) -> Incident:
    incident = _incident(workspace, command.get("incident"))
    return _put(workspace, who, incident, fields)


def _put(workspace: Workspace, who: Identity, incident: Incident, fields: Mapping[str, Any]) -> Incident:
    """What the portal does: the whole record as read, with the changed fields on top, and its version."""
    current = incident_properties(workspace.root, incident)
    properties: dict[str, Any] = {name: current[name] for name in WRITABLE if name in current}
    properties.update(_as_properties(workspace, fields, properties))
    updated, _ = workspace.put_incident(incident.name, Body(incident.etag, properties), who)
    return updated


def _as_properties(workspace: Workspace, fields: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(fields) - {*WRITABLE, "add_labels"}
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}; there is {', '.join(WRITABLE)}, add_labels")
    properties = dict(fields)
    if "labels" in properties:
        properties["labels"] = [_label_json(label) for label in properties["labels"]]
    if added := properties.pop("add_labels", None):
        properties["labels"] = [*properties.get("labels", current.get("labels", [])), *map(_label_json, added)]
    if "owner" in properties:
        properties["owner"] = _owner(workspace, properties["owner"])
    return properties


def _label_json(label: Any) -> dict[str, Any]:
    return label if isinstance(label, dict) else {"labelName": str(label)}


def _owner(workspace: Workspace, owner: Any) -> Any:
    if owner is None or isinstance(owner, dict):
        return owner
    return owner_of(_person(workspace, owner))


def _assign(workspace: Workspace, who: Identity, command: Mapping[str, Any], fields: Mapping[str, Any]) -> Incident:
    return _edit(workspace, who, command, {"owner": command.get("to") or who.signature(), **fields})


def _close(workspace: Workspace, who: Identity, command: Mapping[str, Any], fields: Mapping[str, Any]) -> Incident:
    classification = {"classification": "Undetermined"}
    if command.get("text"):
        classification["classificationComment"] = str(command["text"])
    return _edit(workspace, who, command, {**classification, **fields, "status": "Closed"})


def _reopen(workspace: Workspace, who: Identity, command: Mapping[str, Any], fields: Mapping[str, Any]) -> Incident:
    cleared = {"classification": None, "classificationReason": None, "classificationComment": None}
    return _edit(workspace, who, command, {**cleared, "status": "Active", **fields})


def _comment(workspace: Workspace, who: Identity, command: Mapping[str, Any], fields: Mapping[str, Any]) -> Incident:
    incident = _incident(workspace, command.get("incident"))
    name = str(fields.get("name") or object_id_of(f"{incident.name} comment {incident.written}"))
    updated, _, _ = workspace.put_comment(incident.name, name, Body(None, {"message": command.get("text")}), who)
    return updated


def _task(workspace: Workspace, who: Identity, command: Mapping[str, Any], fields: Mapping[str, Any]) -> Incident:
    incident = _incident(workspace, command.get("incident"))
    name = str(fields.get("name") or object_id_of(f"{incident.name} task {incident.written}"))
    content = {"title": command.get("text"), "status": "New", **{k: v for k, v in fields.items() if k != "name"}}
    updated, _, _ = workspace.put_task(incident.name, name, Body(None, content), who)
    return updated


def _task_of(incident: Incident, reference: Any) -> Task:
    found = [task for task in incident.tasks if str(reference) in {task.name, task.title}]
    if len(found) != 1:
        raise ValueError(f"{len(found)} tasks of incident {incident.number} are called {reference!r}")
    return found[0]


def _set_task(status: str) -> Callable[[Workspace, Identity, Mapping[str, Any], Mapping[str, Any]], Incident]:
    """What ticking a task off, or taking the tick away, does: the whole task again, with another status."""

    def act(workspace: Workspace, who: Identity, command: Mapping[str, Any], fields: Mapping[str, Any]) -> Incident:
        incident = _incident(workspace, command.get("incident"))
        task = _task_of(incident, command.get("task"))
        content = {"title": task.title, "description": task.description, **fields, "status": status}
        updated, _, _ = workspace.put_task(incident.name, task.name, Body(task.etag, content), who)
        return updated

    return act


def _delete_task(
    workspace: Workspace, who: Identity, command: Mapping[str, Any], _fields: Mapping[str, Any]
) -> Incident:
    incident = _incident(workspace, command.get("incident"))
    workspace.delete_task(incident.name, _task_of(incident, command.get("task")).name, who)
    return _incident(workspace, incident.name)


def _create(workspace: Workspace, who: Identity, command: Mapping[str, Any], fields: Mapping[str, Any]) -> Incident:
    store = workspace.store
    with store.lock:
        name = str(command.get("incident") or object_id_of(f"manual incident {len(store.changes)}"))
        if store.get(name) is not None:
            raise ValueError(f"there is an incident named {name} already")
        defaults = {"title": command.get("text"), "severity": "Medium", "status": "New"}
        properties = {**defaults, **_as_properties(workspace, fields, {})}
        created, _ = workspace.put_incident(name, Body(None, properties), who)
        return created


def _merge(workspace: Workspace, who: Identity, command: Mapping[str, Any], _fields: Mapping[str, Any]) -> Incident:
    """The source closes with the label Redirected and loses its alerts; its labels move; comments stay behind."""
    store = workspace.store
    with store.lock:
        source, target = _incident(workspace, command.get("incident")), _incident(workspace, command.get("into"))
        if source.name == target.name:
            raise ValueError("an incident cannot be merged into itself")
        moved = [label for label in source.labels if label.name not in {old.name for old in target.labels}]
        store.update(
            target.name,
            lambda old, _: replace(old, labels=(*old.labels, *moved), alerts=(*old.alerts, *source.alerts)),
            who,
            "merge into",
        )
        redirected = Label(REDIRECTED, "AutoAssigned")
        return store.update(
            source.name,
            lambda old, _: replace(
                old,
                status="Closed",
                classification="Undetermined",
                classification_reason=None,
                classification_comment="",
                alerts=(),
                labels=(*(label for label in old.labels if label.name != REDIRECTED), redirected),
            ),
            who,
            "merge",
        )


def _delete(workspace: Workspace, who: Identity, command: Mapping[str, Any], _fields: Mapping[str, Any]) -> Incident:
    incident = _incident(workspace, command.get("incident"))
    workspace.delete_incident(incident.name, who)
    return incident


ACTIONS: Final[dict[str, Callable[[Workspace, Identity, Mapping[str, Any], Mapping[str, Any]], Incident]]] = {
    "create": _create,
    "edit": _edit,
    "assign": _assign,
    "comment": _comment,
    "task": _task,
    "complete-task": _set_task("Completed"),
    "reopen-task": _set_task("New"),
    "delete-task": _delete_task,
    "close": _close,
    "reopen": _reopen,
    "merge": _merge,
    "delete": _delete,
}
