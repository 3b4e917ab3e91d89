"""What can be done to the incidents of the workspace, whoever does it: the API and the people share these rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from watchkeeper.emulators.azure.arm_options import ArmOptions, Switches
from watchkeeper.emulators.azure.bodies import Body, comment_message, incident_fields, task_fields
from watchkeeper.emulators.azure.failures import Refused, bad_request, conflict, not_found
from watchkeeper.emulators.azure.identities import Directory, Identity
from watchkeeper.emulators.azure.model import Comment, Incident, Relation, Task
from watchkeeper.emulators.azure.store import SentinelStore


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Child = TypeVar("_Child", bound=_Named)


@dataclass(frozen=True, slots=True)
class Workspace:
    """`root` is the ARM id under which incidents live. Every method raises Refused for what the service turns down."""

    store: SentinelStore
    directory: Directory
    root: str
    switches: Switches = field(default_factory=lambda: Switches(ArmOptions()))

    def incident(self, name: str) -> Incident:
        found = self.store.get(name)
        if found is None:
            raise not_found("Incident", name)
        return found

    def put_incident(self, name: str, body: Body, who: Identity) -> tuple[Incident, bool]:
        """The stored incident and whether it is new. An update without an etag overwrites; a stale etag is a conflict."""
        with self.store.lock:
            current = self.store.get(name)
            fields = incident_fields(body, self.directory, current.labels if current else ())
            if current is None:
                self._check_new(name, body.etag)
                return self.store.create(Incident(name=name, **fields), who, "create"), True
            self._check_version(current.name, current.etag, body.etag)
            fields = self._classified(fields, body) | {"extra": _extra(current, body)}
            updated = self.store.update(name, lambda incident, _: replace(incident, **fields), who, "update")
            self._answer_lost(current.name)
            return updated, False

    def _check_version(self, name: str, current: str, sent: str | None) -> None:
        """Raises Refused (409) for a stale version, and where the switches say so without any reason or version."""
        strict = self.switches.now.etagless_update == "conflicts"
        stale = strict if sent is None else sent.strip('"') != current.strip('"')
        if stale or self.switches.conflicts_now():
            raise conflict(name)

    def _check_new(self, name: str, sent: str | None) -> None:
        """Raises Refused (409) for a version of what is not there, where the switches say so."""
        if sent is not None and self.switches.now.version_of_nothing == "conflicts":
            raise conflict(name)

    def _answer_lost(self, name: str) -> None:
        """Raises Refused (409) for an update that is stored already, as long as the switches say so."""
        if self.switches.lands_unheard():
            raise conflict(name)

    def _classified(self, fields: dict[str, Any], body: Body) -> dict[str, Any]:
        """What becomes of a classification on an incident that is not closed: no source says for sure."""
        rule = self.switches.now.open_classification
        if fields["status"] == "Closed" or not body.properties.get("classification") or rule == "kept":
            return fields
        if rule == "refused":
            raise bad_request("Classification can be set for closed incidents only")
        return fields | {"classification": None, "classification_reason": None, "classification_comment": None}

    def delete_incident(self, name: str, who: Identity) -> bool:
        """Whether there was anything to delete."""
        with self.store.lock:
            found = self.store.get(name)
            if found is None:
                return False
            if found.provider != "Azure Sentinel":
                raise bad_request("Incidents that are synchronized from Microsoft Defender XDR can't be deleted")
            self.store.delete(name, who)
            return True

    # Comments

    def put_comment(self, incident_name: str, name: str, body: Body, who: Identity) -> tuple[Incident, Comment, bool]:
        """Only the author may edit; an incident takes 100 comments."""
        message = comment_message(body)
        with self.store.lock:
            incident = self.incident(incident_name)
            current = find(incident.comments, name)
            most = self.switches.now.most_comments
            if current is None and len(incident.comments) >= most:
                raise bad_request(f"The incident has reached the limit of {most} comments")
            if current is not None and current.author != who:
                raise Refused(403, "Forbidden", "Only the author of a comment can edit it")
            _check_etag(name, current.etag if current else None, body.etag)
            etag = self.store.next_etag()

            def build(at: int) -> Comment:
                created = current.created if current else at
                return Comment(current.name if current else name, etag, message, who, created, at)

            updated = self.store.update(
                incident_name,
                lambda old, at: replace(old, comments=_with(old.comments, build(at))),
                who,
                "edit comment" if current else "comment",
            )
            return updated, _found(updated.comments, name), current is None

    def delete_comment(self, incident_name: str, name: str, who: Identity) -> bool:
        def alter(old: Incident, _at: int) -> Incident:
            return replace(old, comments=_without(old.comments, name))

        return self._delete(incident_name, lambda old: find(old.comments, name), alter, who, "delete comment")

    # Tasks

    def put_task(self, incident_name: str, name: str, body: Body, who: Identity) -> tuple[Incident, Task, bool]:
        """An incident takes 40 tasks; an absent description is removed, as a PUT replaces."""
        fields = task_fields(body)
        with self.store.lock:
            incident = self.incident(incident_name)
            current = find(incident.tasks, name)
            most = self.switches.now.most_tasks
            if current is None and len(incident.tasks) >= most:
                raise bad_request(f"The incident has reached the limit of {most} tasks")
            if current is None:
                self._check_new(name, body.etag)
            if current is not None:
                self._check_version(name, current.etag, body.etag)
            etag = f'"{self.store.next_etag()}"'

            def build(at: int) -> Task:
                return _task(current, name, etag, fields, who, at)

            updated = self.store.update(
                incident_name,
                lambda old, at: replace(old, tasks=_with(old.tasks, build(at))),
                who,
                "task",
                moves=self.switches.now.task_moves_incident,
            )
            if current is not None:
                self._answer_lost(name)
            return updated, _found(updated.tasks, name), current is None

    def delete_task(self, incident_name: str, name: str, who: Identity) -> bool:
        with self.store.lock:
            task = find(self.incident(incident_name).tasks, name)
            if task is None:
                return False
            self.store.update(
                incident_name,
                lambda old, _: replace(old, tasks=_without(old.tasks, name)),
                who,
                "delete task",
                deleted_task=task,
            )
            return True

    # Relations

    def put_relation(self, incident_name: str, name: str, body: Body, who: Identity) -> tuple[Incident, Relation, bool]:
        resource = (body.text("relatedResourceId") or "").rstrip("/")
        if resource.count("/") < 2:
            raise bad_request("'RelatedResourceId' must be the id of a resource")
        with self.store.lock:
            current = find(self.incident(incident_name).relations, name)
            _check_etag(name, current.etag if current else None, body.etag)
            relation = Relation(current.name if current else name, self.store.next_etag(), resource)
            updated = self.store.update(
                incident_name, lambda old, _: replace(old, relations=_with(old.relations, relation)), who, "relation"
            )
            return updated, relation, current is None

    def delete_relation(self, incident_name: str, name: str, who: Identity) -> bool:
        def alter(old: Incident, _at: int) -> Incident:
            return replace(old, relations=_without(old.relations, name))

        return self._delete(incident_name, lambda old: find(old.relations, name), alter, who, "delete relation")

    def _delete(
        self,
        incident_name: str,
        present: Callable[[Incident], object],
        alter: Callable[[Incident, int], Incident],
        who: Identity,
        what: str,
    ) -> bool:
        with self.store.lock:
            if present(self.incident(incident_name)) is None:
                return False
            self.store.update(incident_name, alter, who, what)
            return True


def _task(current: Task | None, name: str, etag: str, fields: dict[str, Any], who: Identity, at: int) -> Task:
    completed = fields["status"] == "Completed"
    if current is None:
        return Task(
            name=name,
            etag=etag,
            created=at,
            modified=at,
            created_by=who,
            modified_by=who,
            completed=at if completed else None,
            **fields,
        )
    done = at if completed and current.status != "Completed" else current.completed
    return replace(current, etag=etag, modified=at, modified_by=who, completed=done, **fields)


def _extra(current: Incident, body: Body) -> dict[str, Any]:
    """What becomes of properties beside the documented ones: a PUT replaces them as it replaces all others."""
    return {name: body.properties[name] for name in current.extra if name in body.properties}


def _check_etag(name: str, current: str | None, sent: str | None) -> None:
    if current is not None and sent is not None and sent != current:
        raise conflict(name)


def find(children: tuple[_Child, ...], name: str) -> _Child | None:
    return next((child for child in children if child.name.lower() == name.lower()), None)


def _found(children: tuple[_Child, ...], name: str) -> _Child:
    child = find(children, name)
    if child is None:
        raise KeyError(name)
    return child


def _without(children: tuple[_Child, ...], name: str) -> tuple[_Child, ...]:
    return tuple(child for child in children if child.name.lower() != name.lower())


def _with(children: tuple[_Child, ...], new: _Child) -> tuple[_Child, ...]:
    """The children with `new` in its old place, or at the end."""
    if find(children, new.name) is None:
        return (*children, new)
    return tuple(new if child.name.lower() == new.name.lower() else child for child in children)
