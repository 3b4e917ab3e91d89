"""Incidents, their comments and tasks over ARM (Microsoft.SecurityInsights, 2025-09-01): reads and raw writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from watchkeeper.errors import AlreadyExists, Attempt, NotFound, PreconditionFailed, Protocol, Rejected
from watchkeeper.model.record import SENTINEL
from watchkeeper_sentinel.arm import Arm, segment
from watchkeeper_sentinel.held import HeldIncidents
from watchkeeper_sentinel.records import pick, storable, text_of

PAGE_SIZE: Final = 1000
"""The most that the service gives per request (sentinel-service-limits)."""

NO_VERSION: Final = '"00000000-0000-0000-0000-000000000000"'
"""A version that nothing has. A create under it cannot write over what came between our look and our write, however late it
arrives: versions are compared where there is something (the service's own example of a create carries one, and is answered
with 200 or 201: azure-rest-api-specs, securityinsights, CreateIncident.json)."""


class Incidents:
    """The incidents of one workspace. Names compare without case. Everything read whole is held for later writes."""

    def __init__(self, arm: Arm, sentinel_path: str, held: HeldIncidents) -> None:
        self._arm = arm
        self._path = f"{sentinel_path}/incidents"
        self._held = held

    def pages(self, condition: str | None) -> Iterator[list[Any]]:
        """All incidents that satisfy an OData condition, page by page."""
        query = {"$top": str(PAGE_SIZE), "$orderby": "properties/createdTimeUtc asc"}
        if condition:
            query = {"$filter": condition, **query}
        for items in self._arm.pages(self._path, query):
            for item in items:
                if isinstance(item, Mapping):
                    self._held.keep(item)
            yield items

    def get(self, name: str) -> dict[str, Any] | None:
        """The incident as it is now, None when ARM has none of that name."""
        try:
            item = self._arm.get(self._of(name), record=name)
        except NotFound:
            self._held.missed(name)
            return None
        self._held.keep(item)
        return item

    def create(self, name: str, properties: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Create the incident; the status, and the incident as it is now. Raises AlreadyExists where there is one.

        A service that takes no version for what is not there is asked without one, once it has said so.
        """
        try:
            return self.put(name, {"etag": NO_VERSION, "properties": properties})
        except PreconditionFailed as error:
            if self.get(name) is not None:
                raise taken(f"incident {name}", error.attempt) from error
        return self.put(name, {"properties": properties})

    def put(self, name: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Replace (or create) the whole incident; the status, and the incident as it is now."""
        try:
            status, item = self._arm.put(self._of(name), body, record=name)
        except BaseException:
            self._held.forget(name)
            raise
        self._held.keep(item)
        return status, item

    def pages_or(self, condition: str | None, otherwise: str | None) -> Iterator[list[Any]]:
        """The pages of a condition, or of a wider one where the service does not take it (its parser refuses some
        combinations: azure-rest-api-specs issue 26569). The caller checks every row."""
        pages = self.pages(condition)
        try:
            first = next(pages, [])
        except Rejected:
            yield from self.pages(otherwise)
            return
        yield first
        yield from pages

    def tasks(self, name: str) -> list[Any]:
        """All tasks of an incident, in no order that matters. Raises NotFound when there is no such incident."""
        return [item for items in self._arm.pages(f"{self._of(name)}/tasks", {}) for item in items]

    def get_task(self, name: str, task: str) -> dict[str, Any] | None:
        try:
            return self._arm.get(f"{self._of(name)}/tasks/{segment(task)}", record=f"{name}/{task}")
        except NotFound:
            return None

    def create_task(self, name: str, task: str, properties: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Create a task, as `create` does an incident."""
        try:
            return self.put_task(name, task, {"etag": NO_VERSION, "properties": properties})
        except PreconditionFailed as error:
            if self.get_task(name, task) is not None:
                raise taken(f"task {name}/{task}", error.attempt) from error
        return self.put_task(name, task, {"properties": properties})

    def put_task(self, name: str, task: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Replace (or create) a task; the status, and the task as it is now. Its incident gets another version by it."""
        try:
            return self._arm.put(f"{self._of(name)}/tasks/{segment(task)}", body, record=f"{name}/{task}")
        finally:
            self._held.forget(name)

    def comments(self, name: str) -> list[dict[str, Any]]:
        """All comments of an incident, in no order that matters."""
        path = f"{self._of(name)}/comments"
        found: dict[str, dict[str, Any]] = {}
        for items in self._arm.pages(path, {}):
            for item in items:
                identity = text_of(pick(item, "name")) if isinstance(item, dict) else None
                if not identity:
                    raise Protocol(
                        f"a comment of incident {name} has no name", attempt=Attempt(SENTINEL, f"GET {path}", name)
                    )
                found[identity.lower()] = item
        return list(found.values())

    def get_comment(self, name: str, comment: str) -> dict[str, Any] | None:
        try:
            return self._arm.get(f"{self._of(name)}/comments/{segment(comment)}", record=name)
        except NotFound:
            return None

    def put_comment(self, name: str, comment: str, message: str) -> dict[str, Any]:
        body = {"properties": {"message": message}}
        status, item = self._arm.put(f"{self._of(name)}/comments/{segment(comment)}", body, record=name)
        if status == 201:
            self._held.commented(name)
        else:
            self._held.forget(name)
        return item

    def _of(self, name: str) -> str:
        return f"{self._path}/{segment(name)}"


def taken(what: str, attempt: Attempt) -> AlreadyExists:
    return AlreadyExists(
        f"{what} was there already when we created it", remedy="it is read and adopted", attempt=attempt
    )


def changed_since(instant: str) -> str:
    """The condition for incidents modified at or after an instant (a form that other connectors rely on)."""
    return f"properties/lastModifiedTimeUtc ge {instant}"


def labelled(name: str) -> str:
    """The condition for incidents with a label. It works only as the first operand (azure-rest-api-specs issue 26569)."""
    quoted = storable(name).replace("'", "''")
    return f"properties/labels/any(label: label/labelName eq '{quoted}')"


def child_name(incident: str, origin: str) -> str:
    """The name of a comment that stands for something elsewhere: derived, so that writing it twice writes it once."""
    try:
        namespace = UUID(incident)
    except ValueError:
        namespace = uuid5(NAMESPACE_URL, incident.lower())
    return str(uuid5(namespace, origin))
