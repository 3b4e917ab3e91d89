"""The Log Analytics tables, fed from the store's history: one full row per change, visible after the ingestion lag."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from watchkeeper.emulators.azure.alerts import alert_rows
from watchkeeper.emulators.azure.health import Health
from watchkeeper.emulators.azure.identities import Identity
from watchkeeper.emulators.azure.logs_options import LogsOptions
from watchkeeper.emulators.azure.model import XDR_PROVIDER, Change, Comment, Incident, Task
from watchkeeper.emulators.azure.rendering import additional_data, incident_url
from watchkeeper.emulators.azure.spelling import as_spelled
from watchkeeper.emulators.azure.store import SentinelStore
from watchkeeper.emulators.kql.values import TICKS_PER_SECOND, Column, Row, Table, datetime_text, parse_datetime

LARGEST_DYNAMIC: Final = 64 * 1024
"""Bytes that a row's comments may take; the oldest are left out of a larger one."""

_TYPES: Final = {"s": "string", "t": "datetime", "d": "dynamic", "i": "int"}


def _columns(text: str) -> tuple[Column, ...]:
    pairs = (item.split(":") for item in text.split())
    return tuple(Column(name, _TYPES[type_]) for name, type_ in pairs)


SECURITY_INCIDENT: Final = _columns(
    "TenantId:s TimeGenerated:t IncidentName:s Title:s Description:s Severity:s Status:s Classification:s "
    "ClassificationComment:s ClassificationReason:s Owner:d ProviderName:s ProviderIncidentId:s FirstActivityTime:t "
    "LastActivityTime:t FirstModifiedTime:t LastModifiedTime:t CreatedTime:t ClosedTime:t ModifiedBy:s IncidentNumber:i "
    "RelatedAnalyticRuleIds:d AlertIds:d BookmarkIds:d Comments:d Tasks:d Labels:d IncidentUrl:s AdditionalData:d "
    "SourceSystem:s Type:s"
)
AZURE_ACTIVITY: Final = _columns(
    "TenantId:s TimeGenerated:t OperationNameValue:s ActivityStatusValue:s ActivitySubstatusValue:s Caller:s CategoryValue:s "
    "ResourceProviderValue:s Level:s CorrelationId:s _ResourceId:s SourceSystem:s Type:s"
)
SECURITY_ALERT: Final = _columns(
    "TenantId:s TimeGenerated:t DisplayName:s AlertName:s AlertSeverity:s Description:s ProviderName:s VendorName:s "
    "SystemAlertId:s AlertType:s IsIncident:s StartTime:t EndTime:t ProcessingEndTime:t Status:s CompromisedEntity:s Tactics:s "
    "Techniques:s Entities:s ExtendedProperties:s ProductName:s ProductComponentName:s AlertLink:s SourceSystem:s Type:s"
)
SENTINEL_HEALTH: Final = _columns(
    "TenantId:s TimeGenerated:t OperationName:s SentinelResourceId:s SentinelResourceName:s Status:s Description:s Reason:s "
    "WorkspaceId:s SentinelResourceType:s SentinelResourceKind:s RecordId:s ExtendedProperties:d SourceSystem:s Type:s"
)
_OPERATIONS: Final = {
    "create": "INCIDENTS/WRITE",
    "update": "INCIDENTS/WRITE",
    "delete": "INCIDENTS/DELETE",
    "comment": "INCIDENTS/COMMENTS/WRITE",
    "edit comment": "INCIDENTS/COMMENTS/WRITE",
    "delete comment": "INCIDENTS/COMMENTS/DELETE",
    "task": "INCIDENTS/TASKS/WRITE",
    "delete task": "INCIDENTS/TASKS/DELETE",
}


class Tables:
    """`lag`, `batching`: ticks. Rows are made once per change and kept; a reset of the store starts afresh."""

    def __init__(
        self,
        store: SentinelStore,
        root: str,
        workspace_id: str,
        health: Health,
        *,
        lag: int,
        onboarded: bool,
        batching: int,
        options: LogsOptions | None = None,
    ) -> None:
        self._health = health
        self.options = options or LogsOptions()
        self._store = store
        self._root = root
        self._workspace_id = workspace_id
        self._lag = lag
        self._onboarded = onboarded
        self._batching = batching
        self._lock = threading.Lock()
        self._generation: object = None
        self._incident_rows: list[Row] = []
        self._activity_rows: list[Row] = []
        self._alert_rows: list[Row] = []
        self._alerts_of = 0
        self._read = 0

    def at(self, now: int, span: tuple[int, int] | None) -> Mapping[str, Callable[[], Table]]:
        """The tables as they can be queried at `now`, limited to TimeGenerated within `span`."""
        tables = {
            "SecurityIncident": lambda: as_spelled(
                self._visible(SECURITY_INCIDENT, self._incidents(), now, span), self.options
            ),
            "AzureActivity": lambda: self._visible(AZURE_ACTIVITY, self._activities(), now, span),
            "SecurityAlert": lambda: self._visible(SECURITY_ALERT, self._alerts(), now, span),
            "SentinelHealth": lambda: self._visible(SENTINEL_HEALTH, self._health.rows, now, span),
        }
        return {name: table for name, table in tables.items() if name not in self.options.missing_tables}

    def _visible(self, columns: tuple[Column, ...], rows: list[Row], now: int, span: tuple[int, int] | None) -> Table:
        earliest, latest = span or (0, now + self._lag + 1)
        shown = [row for row in rows if row[-1] <= now and earliest <= row[1] <= latest]
        return Table(columns, shown, stamped=True)

    def _incidents(self) -> list[Row]:
        self._catch_up()
        if not (self._onboarded and self._batching):
            return self._incident_rows
        return _batched(self._incident_rows, self._batching)

    def _activities(self) -> list[Row]:
        self._catch_up()
        return self._activity_rows

    def _alerts(self) -> list[Row]:
        """Made only for those who ask: a crowd of incidents has as many alerts."""
        self._catch_up()
        with self._lock:
            changes = self._store.changes[self._alerts_of : self._read]
            self._alerts_of = self._read
            for change in changes:
                self._alert_rows += alert_rows(self._workspace_id, change, change.recorded + self._lag)
            return self._alert_rows

    def _catch_up(self) -> None:
        with self._lock:
            if self._generation is not self._store.generation:
                self._generation, self._read, self._alerts_of = self._store.generation, 0, 0
                self._incident_rows, self._activity_rows, self._alert_rows = [], [], []
            changes = self._store.changes[self._read :]
            self._read += len(changes)
            for change in changes:
                self._incident_rows.append(self._incident_row(change))
                if change.who.kind in {"user", "application"} and change.what in _OPERATIONS:
                    self._activity_rows.append(self._activity_row(change))

    def _incident_row(self, change: Change) -> Row:
        incident = change.incident
        described = None if self._onboarded else incident.description
        return (
            self._workspace_id,
            change.at,
            incident.name,
            incident.title,
            described or "",
            incident.severity,
            "Deleted" if change.deleted else incident.status,
            incident.classification or "",
            incident.classification_comment or "",
            incident.classification_reason or "",
            _owner(incident),
            XDR_PROVIDER if self._onboarded else incident.provider,
            incident.provider_incident_id,
            parse_datetime(incident.first_activity or ""),
            parse_datetime(incident.last_activity or ""),
            incident.first_modified,
            change.at,
            incident.created,
            incident.closed,
            change.who.signature(),
            incident.number,
            list(incident.rule_ids),
            [str(alert["name"]) for alert in incident.alerts],
            [relation.resource_id.rpartition("/")[2] for relation in incident.related("bookmarks")],
            _comments(incident.comments),
            [_task(task) for task in incident.tasks] + _deleted_task(change.deleted_task),
            [label.as_json() for label in incident.labels],
            incident_url(self._root, incident),
            additional_data(incident),
            "Azure",
            "SecurityIncident",
            change.recorded + self._lag + self._lateness(),
        )

    def _lateness(self) -> int:
        """What the row that is being made is late by, in ticks."""
        every = self.options.late_every
        late = every and len(self._incident_rows) % every == every - 1
        return round(self.options.late_seconds * TICKS_PER_SECOND) if late else 0

    def _activity_row(self, change: Change) -> Row:
        who = change.who
        return (
            self._workspace_id,
            change.at,
            f"MICROSOFT.SECURITYINSIGHTS/{_OPERATIONS[change.what]}",
            "Success",
            "Created" if change.what == "create" else "OK",
            who.user_principal_name or who.object_id,
            "Administrative",
            "MICROSOFT.SECURITYINSIGHTS",
            "Informational",
            change.incident.etag.strip('"') + ("-deleted" if change.deleted else ""),
            f"{self._root}/incidents/{change.incident.name}".lower(),
            "Azure",
            "AzureActivity",
            change.recorded + self._lag,
        )


def _batched(rows: list[Row], window: int) -> list[Row]:
    """Of the changes to one incident within `window` of the first of them, only the last state, at the window's end."""
    kept: dict[tuple[str, int], Row] = {}
    opened: dict[str, int] = {}
    for row in rows:
        name, at = row[2], row[1]
        start = opened.get(name)
        if start is None or at - start > window:
            start = opened[name] = at
        kept[name, start] = (*row[:-1], row[-1] + window)
    return list(kept.values())


def _owner(incident: Incident) -> dict[str, Any]:
    owner = incident.owner or {}
    return {name: owner.get(name) for name in ("objectId", "email", "assignedTo", "userPrincipalName")}


def _person(identity: Identity) -> dict[str, Any]:
    return identity.client_info()


def _comments(comments: tuple[Comment, ...]) -> list[dict[str, Any]]:
    """Newest last; of too many only the newest that fit."""
    kept: list[dict[str, Any]] = []
    size = 0
    for comment in reversed(comments):
        size += len(comment.message.encode(errors="replace")) + 400
        if size > LARGEST_DYNAMIC:
            break
        kept.append(
            {
                "Message": comment.message,
                "CreatedTimeUtc": datetime_text(comment.created),
                "LastModifiedTimeUtc": datetime_text(comment.modified),
                "Author": _person(comment.author),
            }
        )
    return kept[::-1]


def _task(task: Task, status: str | None = None) -> dict[str, Any]:
    return {
        "taskId": task.name,
        "title": task.title,
        "status": status or task.status,
        "createdTimeUtc": datetime_text(task.created),
        "lastModifiedTimeUtc": datetime_text(task.modified),
        "lastCompletedTimeUtc": None if task.completed is None else datetime_text(task.completed),
        "createdBy": _person(task.created_by),
        "lastModifiedBy": _person(task.modified_by),
    }


def _deleted_task(task: Task | None) -> list[dict[str, Any]]:
    """A deleted task is shown once more, as Deleted, in the row of its deletion."""
    return [] if task is None else [_task(task, "Deleted")]
