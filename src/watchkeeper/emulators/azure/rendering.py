"""Records as the ARM API spells them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from watchkeeper.emulators.azure.model import NATIVE_PROVIDER, XDR_PROVIDER, Comment, Incident, Relation, Task
from watchkeeper.emulators.exchange import json_bytes
from watchkeeper.emulators.kql.values import datetime_text

UNASSIGNED: dict[str, str | None] = {
    "objectId": None,
    "email": None,
    "assignedTo": None,
    "userPrincipalName": None,
}


def incident_id(root: str, incident: Incident) -> str:
    return f"{root}/Incidents/{incident.name}"


@lru_cache(maxsize=20_000)
def incident_bytes(root: str, incident: _Version) -> bytes:
    """The incident's JSON, kept per version: lists repeat the same thousand texts."""
    return json_bytes(incident_json(root, incident.incident))


class _Version:
    """A cache key: one version of one incident, compared by identity of the version rather than by content."""

    __slots__ = ("incident",)

    def __init__(self, incident: Incident) -> None:
        self.incident = incident

    def __hash__(self) -> int:
        return hash(self.incident.etag)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Version) and other.incident is self.incident


def incident_body(root: str, incident: Incident) -> bytes:
    return incident_bytes(root, _Version(incident))


def incident_json(root: str, incident: Incident) -> dict[str, Any]:
    return {
        "id": incident_id(root, incident),
        "name": incident.name,
        "etag": incident.etag,
        "type": "Microsoft.SecurityInsights/Incidents",
        "properties": incident_properties(root, incident),
    }


def incident_properties(root: str, incident: Incident) -> dict[str, Any]:
    """Absent values have no key, as the service leaves them out; an XDR incident without an owner has no `owner` either."""
    owner = dict(incident.owner) if incident.owner else None if incident.provider == XDR_PROVIDER else UNASSIGNED
    optional = {
        "description": incident.description,
        "classification": incident.classification,
        "classificationReason": incident.classification_reason,
        "classificationComment": incident.classification_comment,
        "owner": owner,
        "firstActivityTimeUtc": incident.first_activity,
        "lastActivityTimeUtc": incident.last_activity,
    }
    return {
        "title": incident.title,
        "severity": incident.severity,
        "status": incident.status,
        **{key: value for key, value in optional.items() if value is not None},
        "labels": [label.as_json() for label in incident.labels],
        "lastModifiedTimeUtc": datetime_text(incident.modified),
        "createdTimeUtc": datetime_text(incident.created),
        "incidentNumber": incident.number,
        "additionalData": additional_data(incident),
        "relatedAnalyticRuleIds": [f"{root}/alertRules/{rule}" for rule in incident.rule_ids],
        "incidentUrl": incident_url(root, incident),
        "providerName": incident.provider or NATIVE_PROVIDER,
        "providerIncidentId": incident.provider_incident_id,
        **incident.extra,
    }


def incident_url(root: str, incident: Incident) -> str:
    return f"https://portal.azure.com/#asset/Microsoft_Azure_Security_Insights/Incident{incident_id(root, incident)}"


def additional_data(incident: Incident) -> dict[str, Any]:
    products = sorted({str(alert["properties"].get("productName", "")) for alert in incident.alerts} - {""})
    data: dict[str, Any] = {
        "alertsCount": len(incident.alerts),
        "bookmarksCount": len(incident.related("bookmarks")),
        "commentsCount": len(incident.comments),
        "alertProductNames": products,
        "tactics": list(incident.tactics),
        "techniques": [],
    }
    if incident.provider_url:
        data["providerIncidentUrl"] = incident.provider_url
    return data


def comment_json(root: str, incident: Incident, comment: Comment) -> dict[str, Any]:
    return {
        "id": f"{incident_id(root, incident)}/Comments/{comment.name}",
        "name": comment.name,
        "etag": comment.etag,
        "type": "Microsoft.SecurityInsights/Incidents/Comments",
        "properties": {
            "message": comment.message,
            "createdTimeUtc": datetime_text(comment.created),
            "lastModifiedTimeUtc": datetime_text(comment.modified),
            "author": comment.author.client_info(),
        },
    }


def task_json(root: str, incident: Incident, task: Task) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "title": task.title,
        "status": task.status,
        "createdTimeUtc": datetime_text(task.created),
        "lastModifiedTimeUtc": datetime_text(task.modified),
        "createdBy": task.created_by.client_info(),
        "lastModifiedBy": task.modified_by.client_info(),
    }
    if task.description is not None:
        properties["description"] = task.description
    return {
        "id": f"{incident_id(root, incident)}/tasks/{task.name}",
        "name": task.name,
        "etag": task.etag,
        "type": "Microsoft.SecurityInsights/incidents/tasks",
        "properties": properties,
    }


def relation_json(root: str, incident: Incident, relation: Relation) -> dict[str, Any]:
    kind, _, name = relation.resource_id.rpartition("/")
    return {
        "id": f"{incident_id(root, incident)}/relations/{relation.name}",
        "name": relation.name,
        "etag": relation.etag,
        "type": "Microsoft.SecurityInsights/Incidents/relations",
        "properties": {
            "relatedResourceId": relation.resource_id,
            "relatedResourceName": name,
            "relatedResourceType": f"Microsoft.SecurityInsights/{kind.rpartition('/')[2]}",
        },
    }
