"""Incident tasks: the checklist that stands on an incident, for maintenance duties that live on somebody else's incident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from watchkeeper.errors import Attempt, Protocol
from watchkeeper.model.activity import Actor
from watchkeeper.model.record import SENTINEL, RecordRef
from watchkeeper_sentinel.incidents import Incidents, child_name
from watchkeeper_sentinel.people import People
from watchkeeper_sentinel.records import pick, section, text_of

MOST_TASKS: Final = 40
"""Tasks that an incident takes (sentinel-service-limits)."""


@dataclass(frozen=True, slots=True)
class IncidentTask:
    """A task as it stands. `status` is New or Completed; `etag` is its version; `last_author` changed it last."""

    ref: RecordRef
    id: str
    title: str
    description: str
    status: str
    etag: str
    last_author: Actor


def read_tasks(incidents: Incidents, people: People, ref: RecordRef) -> tuple[IncidentTask, ...]:
    """All tasks of an incident, by title."""
    tasks = (_read(ref, item, people) for item in incidents.tasks(ref.id))
    return tuple(sorted(tasks, key=lambda task: (task.title, task.id)))


def put_task(
    incidents: Incidents,
    people: People,
    ref: RecordRef,
    origin: str,
    title: str,
    *,
    description: str = "",
    completed: bool = False,
    etag: str = "",
) -> IncidentTask:
    """Create or replace the task that stands for `origin`, under an id derived from it. `etag` is the version to replace."""
    properties = {"title": title, "description": description, "status": "Completed" if completed else "New"}
    body: dict[str, Any] = {"properties": properties, **({"etag": etag} if etag else {})}
    return _read(ref, incidents.put_task(ref.id, child_name(ref.id, origin), body), people)


def _read(ref: RecordRef, item: Mapping[str, Any], people: People) -> IncidentTask:
    properties, name = section(item, "properties"), text_of(pick(item, "name"))
    if not name:
        raise Protocol(f"a task of incident {ref.id} has no name", attempt=Attempt(SENTINEL, "GET tasks", ref.id))
    author = pick(properties, "lastModifiedBy") or pick(properties, "createdBy")
    return IncidentTask(
        ref=ref,
        id=name.lower(),
        title=text_of(pick(properties, "title")) or "",
        description=text_of(pick(properties, "description")) or "",
        status=text_of(pick(properties, "status")) or "",
        etag=text_of(pick(item, "etag")) or "",
        last_author=people.author(author),
    )
