"""Incidents: list, read, create, replace, delete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from watchkeeper.emulators.azure.bodies import Body
from watchkeeper.emulators.azure.failures import Refused
from watchkeeper.emulators.azure.identities import Identity
from watchkeeper.emulators.azure.model import Incident
from watchkeeper.emulators.azure.odata import Field, Filter, Quirks
from watchkeeper.emulators.azure.paging import ListQuery, next_link, page
from watchkeeper.emulators.azure.rendering import incident_body
from watchkeeper.emulators.azure.workspace import Workspace
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.kql.values import parse_datetime

JSON: Final = {"Content-Type": "application/json; charset=utf-8"}
_MODIFIED: Final = "properties/lastmodifiedtimeutc"


def _text(name: str) -> Field:
    return Field("text", lambda incident: (value := getattr(incident, name)) and value.lower())


def _activity(name: str) -> Field:
    return Field("time", lambda incident: parse_datetime(getattr(incident, name) or ""))


FIELDS: Final[dict[str, Field]] = {
    "properties/title": _text("title"),
    "properties/severity": _text("severity"),
    "properties/status": _text("status"),
    "properties/classification": _text("classification"),
    "properties/classificationreason": _text("classification_reason"),
    "properties/providername": _text("provider"),
    "properties/providerincidentid": _text("provider_incident_id"),
    "properties/createdtimeutc": Field("time", lambda incident: incident.created),
    _MODIFIED: Field("time", lambda incident: incident.modified),
    "properties/firstactivitytimeutc": _activity("first_activity"),
    "properties/lastactivitytimeutc": _activity("last_activity"),
    "properties/incidentnumber": Field("number", lambda incident: incident.number),
    "properties/labels": Field("list", lambda incident: [label.name.lower() for label in incident.labels]),
    "properties/owner/objectid": Field("text", lambda incident: ((incident.owner or {}).get("objectId") or "").lower()),
    "properties/owner/email": Field("text", lambda incident: ((incident.owner or {}).get("email") or "").lower()),
    "name": Field("text", lambda _incident: ""),
}
"""By lower-case path. A filter on `name` is accepted and finds nothing (Azure/azure-rest-api-specs issue 28207)."""


class IncidentRoutes:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def collection(self, request: Request) -> Response:
        if request.method != "GET":
            message = f"The requested resource does not support http method '{request.method}'."
            raise Refused(405, "UnsupportedApiVersion", message)
        options = self._workspace.switches.now
        quirks = Quirks(
            labels_first=options.label_filter_quirks,
            undetermined_is_invisible=options.undetermined_filter_quirk,
            number_filter=options.number_filter,
            label_and_time=options.label_and_time_filter,
        )
        query = ListQuery.of(request)
        found, token = page(query, FIELDS, quirks, self._candidates, _by_name, options.overlapping_pages)
        root = self._workspace.root
        values = b",".join(incident_body(root, incident) for incident in found)
        link = b"" if token is None else b',"nextLink":"' + next_link(request, token, options.next_link).encode() + b'"'
        return Response(200, b'{"value":[' + values + b"]" + link + b"}", JSON)

    def _candidates(self, chosen: Filter[Any]) -> Iterable[Incident]:
        """Only what changed since the filter's lower bound, where it has one."""
        since = chosen.bounds.get(_MODIFIED)
        return self._workspace.store.incidents() if since is None else self._workspace.store.modified_since(since)

    def item(self, request: Request, name: str, who: Identity) -> Response:
        root = self._workspace.root
        match request.method:
            case "GET":
                return Response(200, incident_body(root, self._workspace.incident(name)), JSON)
            case "PUT":
                incident, created = self._workspace.put_incident(name, Body.of(request), who)
                return Response(201 if created else 200, incident_body(root, incident), JSON)
            case "DELETE":
                return Response(200 if self._workspace.delete_incident(name, who) else 204)
            case _:
                raise Refused(405, "MethodNotAllowed", f"The method {request.method} is not allowed on an incident")


def _by_name(incident: Incident) -> str:
    return incident.name.lower()
