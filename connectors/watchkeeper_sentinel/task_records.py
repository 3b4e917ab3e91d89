"""An incident task as a Record, and as the body that is sent back.

Shapes: Azure/azure-rest-api-specs, securityinsights 2025-09-01, Incidents.json (IncidentTask): title and status {New,
Completed} are required, description may be there, and who made and changed it, and when, is read-only.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from watchkeeper.model.identity import chosen_uuid
from watchkeeper.model.record import RawFields, RawValue, Record, Revision, Unreadable
from watchkeeper.transport.times import parse_instant
from watchkeeper_sentinel.host_names import task_ref
from watchkeeper_sentinel.people import People
from watchkeeper_sentinel.records import pick, section, storable, text_of

WRITABLE: Final = ("title", "description", "status")
READ_ONLY: Final = frozenset({"createdtimeutc", "lastmodifiedtimeutc", "createdby", "lastmodifiedby"})
KEY_LINE: Final = "watchkeeper-key: "
"""The last line of a description of ours; the marker follows. A task has no labels."""
COMPLETED: Final = "Completed"
_STATUSES: Final = {"new": "New", "completed": COMPLETED}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a task's record says of its host: `number` and `url` are the incident's, and what people look for."""

    name: str
    number: str
    url: str


def read_task(item: object, host: Shown, people: People) -> Record:
    """A task from ARM's JSON. Raises ValueError naming what is missing or broken."""
    if not isinstance(item, Mapping):
        raise ValueError("a task must be a JSON object")
    name, etag = text_of(pick(item, "name")), text_of(pick(item, "etag"))
    if not name:
        raise ValueError("the task has no name")
    if not etag:
        raise ValueError(f"task {name} has no etag")
    properties = section(item, "properties")
    modified = pick(properties, "lastModifiedTimeUtc") or pick(properties, "createdTimeUtc")
    marker = _marker(text_of(pick(properties, "description")) or "", name)
    author = people.author(pick(properties, "lastModifiedBy"))
    return Record(
        ref=task_ref(host.name, name),
        number=host.number,
        url=host.url,
        revision=Revision(etag),
        created_at=parse_instant(pick(properties, "createdTimeUtc") or modified),
        updated_at=parse_instant(modified),
        fields=flatten_task(properties),
        updated_by=author.name or author.id,
        marker=marker,
        ours=bool(marker),
    )


def read_task_row(item: object, host: Shown, people: People) -> Record | Unreadable:
    """The same, or why it cannot be read; the other tasks go on."""
    try:
        return read_task(item, host, people)
    except ValueError as error:
        name = text_of(pick(item, "name")) if isinstance(item, Mapping) else None
        return Unreadable(task_ref(host.name, name or ""), str(error))


def flatten_task(properties: Mapping[str, Any]) -> RawFields:
    """A task's writable properties as raw fields; the description without our own last line."""
    fields: dict[str, RawValue] = {name: text_of(pick(properties, name)) for name in WRITABLE}
    status, description = fields["status"], fields["description"]
    if isinstance(status, str):
        fields["status"] = _STATUSES.get(status.casefold(), status)
    if isinstance(description, str):
        fields["description"] = _split(description)[0]
    return fields


def new_task(fields: RawFields, marker: str) -> dict[str, Any]:
    """The properties of a new task: the fields, and the line that ties it to its key."""
    return task_overlay({"description": KEY_LINE + marker}, fields)


def task_overlay(held: Mapping[str, Any], changes: RawFields) -> dict[str, Any]:
    """The properties to send so that only `changes` change: everything that we do not know goes back as it came.

    Raises ValueError for a field that a task does not have. `held` is not touched.
    """
    unknown = sorted(changes.keys() - set(WRITABLE))
    if unknown:
        raise ValueError(f"cannot write {', '.join(unknown)}; a task has {', '.join(WRITABLE)}")
    sent = {name: copy.deepcopy(value) for name, value in held.items() if name.casefold() not in READ_ONLY}
    for name, value in changes.items():
        if isinstance(value, tuple):
            raise ValueError(f"{name} takes text, not a list")
        key = next((each for each in sent if each.casefold() == name), name)
        sent[key] = storable(value or "")
        if name == "description":
            line = _split(text_of(pick(held, "description")) or "")[1]
            sent[key] = "\n\n".join(filter(None, (sent[key], line)))
    for name in ("title", "status"):
        if not pick(sent, name):
            raise ValueError(f"{name} cannot be empty: the service requires it on every write")
    return sent


def _split(description: str) -> tuple[str, str]:
    """The text, and our line behind it ("" where there is none)."""
    text, found, line = description.rpartition(KEY_LINE)
    if not found or "\n" in line.strip():
        return description, ""
    return text.rstrip(), KEY_LINE + line.strip()


def _marker(description: str, name: str) -> str:
    """The marker in the description. People copy texts: it counts on the one task that is named after it."""
    marker = _split(description)[1].removeprefix(KEY_LINE)
    return marker if marker and str(chosen_uuid(marker)) == name.lower() else ""
