"""The records of the emulated workspace. All are immutable: a change makes a new one, and the old one stays in history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from watchkeeper.emulators.azure.identities import Identity

SEVERITIES: Final = ("High", "Medium", "Low", "Informational")
STATUSES: Final = ("New", "Active", "Closed")
CLASSIFICATIONS: Final = ("Undetermined", "TruePositive", "BenignPositive", "FalsePositive")
CLASSIFICATION_REASONS: Final = (
    "SuspiciousActivity",
    "SuspiciousButExpected",
    "IncorrectAlertLogic",
    "InaccurateData",
)
TASK_STATUSES: Final = ("New", "Completed")

NATIVE_PROVIDER: Final = "Azure Sentinel"
XDR_PROVIDER: Final = "Microsoft XDR"
REDIRECTED: Final = "Redirected"


@dataclass(frozen=True, slots=True)
class Label:
    name: str
    type: Literal["User", "AutoAssigned"] = "User"

    def as_json(self) -> dict[str, str]:
        return {"labelName": self.name, "labelType": self.type}


@dataclass(frozen=True, slots=True)
class Comment:
    name: str
    etag: str
    message: str
    author: Identity
    created: int
    modified: int


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    etag: str
    title: str
    description: str | None
    status: str
    created: int
    modified: int
    created_by: Identity
    modified_by: Identity
    completed: int | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    name: str
    etag: str
    resource_id: str


@dataclass(frozen=True, slots=True)
class Incident:
    """Times are ticks of 100 ns since year 1; activity times stay the text that the client sent.

    `extra`: properties beside the documented ones (a newer API version's, teamInformation say). `written` counts the store's writes up to this version: it makes versions comparable and etags unique.
    """

    name: str
    title: str
    severity: str
    status: str
    number: int = 0
    etag: str = ""
    written: int = 0
    created: int = 0
    modified: int = 0
    first_modified: int | None = None
    closed: int | None = None
    modified_by: str = ""
    description: str | None = None
    classification: str | None = None
    classification_reason: str | None = None
    classification_comment: str | None = None
    first_activity: str | None = None
    last_activity: str | None = None
    owner: Mapping[str, str | None] | None = None
    labels: tuple[Label, ...] = ()
    provider: str = NATIVE_PROVIDER
    provider_incident_id: str = ""
    provider_url: str | None = None
    rule_ids: tuple[str, ...] = ()
    alerts: tuple[Mapping[str, Any], ...] = ()
    tactics: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    tasks: tuple[Task, ...] = ()
    relations: tuple[Relation, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def related(self, kind: str) -> list[Relation]:
        """Relations to resources of one kind, `bookmarks` say."""
        return [relation for relation in self.relations if f"/{kind}/".lower() in relation.resource_id.lower()]


@dataclass(frozen=True, slots=True)
class Change:
    """One version of one incident: who made it, when, what it was. `recorded` is the world's clock, `at` a unique instant."""

    at: int
    recorded: int
    who: Identity
    what: str
    incident: Incident
    deleted: bool = False
    deleted_task: Task | None = None
