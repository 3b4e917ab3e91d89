"""What hangs below an incident: comments, tasks, relations, and the read-only alerts, bookmarks and entities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from watchkeeper.emulators.azure.bodies import Body
from watchkeeper.emulators.azure.failures import Refused, not_found
from watchkeeper.emulators.azure.identities import Identity
from watchkeeper.emulators.azure.model import Incident
from watchkeeper.emulators.azure.odata import Field, Quirks
from watchkeeper.emulators.azure.paging import ListQuery, next_link, page
from watchkeeper.emulators.azure.rendering import comment_json, relation_json, task_json
from watchkeeper.emulators.azure.workspace import Workspace, find
from watchkeeper.emulators.exchange import Request, Response

COMMENT_FIELDS: Final[dict[str, Field]] = {
    "properties/createdtimeutc": Field("time", lambda comment: comment.created),
    "properties/lastmodifiedtimeutc": Field("time", lambda comment: comment.modified),
    "properties/message": Field("text", lambda comment: comment.message.lower()),
}


class ChildRoutes:
    def __init__(self, workspace: Workspace, comment_page_size: int) -> None:
        self._workspace = workspace
        self._comment_page_size = comment_page_size

    def handle(self, request: Request, incident: str, kind: str, names: list[str], who: Identity) -> Response:
        match request.method, kind, names:
            case "POST", "alerts" | "bookmarks" | "entities", []:
                return self._associated(self._workspace.incident(incident), kind)
            case "GET", "comments", []:
                return self._comments(request, self._workspace.incident(incident))
            case "GET", "tasks" | "relations", []:
                return self._all(self._workspace.incident(incident), kind)
            case "GET", "comments" | "tasks" | "relations", [name]:
                return self._one(self._workspace.incident(incident), kind, name)
            case "PUT", "comments" | "tasks" | "relations", [name]:
                return self._put(request, incident, kind, name, who)
            case "DELETE", "comments" | "tasks" | "relations", [name]:
                return self._delete(incident, kind, name, who)
            case _:
                raise Refused(405, "MethodNotAllowed", f"The method {request.method} is not allowed on {request.path}")

    def _comments(self, request: Request, incident: Incident) -> Response:
        """Without `$orderby` in the order of their names, which is no order in time."""
        query = ListQuery.of(request, self._comment_page_size)
        found, token = page(query, COMMENT_FIELDS, Quirks(), lambda _: incident.comments, lambda c: str(c.name).lower())
        value = [comment_json(self._workspace.root, incident, comment) for comment in found]
        link = {} if token is None else {"nextLink": next_link(request, token)}
        return Response.of_json(200, {"value": value, **link})

    def _all(self, incident: Incident, kind: str) -> Response:
        render, children = self._rendered(incident, kind)
        return Response.of_json(200, {"value": [render(self._workspace.root, incident, child) for child in children]})

    def _one(self, incident: Incident, kind: str, name: str) -> Response:
        render, children = self._rendered(incident, kind)
        child = find(children, name)
        if child is None:
            raise not_found(kind.rstrip("s").capitalize(), name)
        return Response.of_json(200, render(self._workspace.root, incident, child))

    def _rendered(self, incident: Incident, kind: str) -> tuple[Callable[..., dict[str, Any]], tuple[Any, ...]]:
        match kind:
            case "comments":
                return comment_json, incident.comments
            case "tasks":
                return task_json, incident.tasks
            case _:
                return relation_json, incident.relations

    def _put(self, request: Request, incident: str, kind: str, name: str, who: Identity) -> Response:
        body, workspace = Body.of(request), self._workspace
        put: Callable[..., tuple[Incident, Any, bool]] = {
            "comments": workspace.put_comment,
            "tasks": workspace.put_task,
            "relations": workspace.put_relation,
        }[kind]
        updated, child, created = put(incident, name, body, who)
        render, _ = self._rendered(updated, kind)
        return Response.of_json(201 if created else 200, render(workspace.root, updated, child))

    def _delete(self, incident: str, kind: str, name: str, who: Identity) -> Response:
        workspace = self._workspace
        delete: Callable[[str, str, Identity], bool] = {
            "comments": workspace.delete_comment,
            "tasks": workspace.delete_task,
            "relations": workspace.delete_relation,
        }[kind]
        return Response(200 if delete(incident, name, who) else 204)

    def _associated(self, incident: Incident, kind: str) -> Response:
        match kind:
            case "alerts":
                shown = [{key: part for key, part in alert.items() if key != "entities"} for alert in incident.alerts]
                return Response.of_json(200, {"value": shown})
            case "bookmarks":
                return Response.of_json(
                    200, {"value": [self._bookmark(r.resource_id) for r in incident.related("bookmarks")]}
                )
            case _:
                entities = [entity for alert in incident.alerts for entity in alert.get("entities", [])]
                counts = Counter(str(entity["kind"]) for entity in entities)
                meta = [{"entityKind": kind, "count": count} for kind, count in sorted(counts.items())]
                return Response.of_json(200, {"entities": entities, "metaData": meta})

    def _bookmark(self, resource_id: str) -> dict[str, Any]:
        name = resource_id.rpartition("/")[2]
        return {
            "id": f"{self._workspace.root}/Entities/{name}",
            "name": name,
            "type": "Microsoft.SecurityInsights/Entities",
            "kind": "Bookmark",
            "properties": {"displayName": name, "query": "SecurityEvent", "friendlyName": name},
        }
