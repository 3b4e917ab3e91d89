"""The names that templates and `from:` may use: what the engine knows when it creates or closes a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from watchkeeper.mapping.profile import ProfileKind


class Shape(StrEnum):
    """What stands behind a name, and so which filters make sense."""

    TEXT = "text"
    LIST = "list"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Name:
    """`required` names are always given; the others may be empty."""

    meaning: str
    shape: Shape = Shape.TEXT
    required: bool = False


LANGUAGE: Final = "language"
"""The name in every context that chooses the language of the texts; "en" when it is missing or unknown."""

_TWINS: Final[Mapping[str, Name]] = {
    "servicenow.number": Name("the number of the ServiceNow record"),
    "servicenow.url": Name("the address of the ServiceNow record"),
    "sentinel.number": Name("the number of the Sentinel incident, where it exists already"),
    "sentinel.url": Name("the address of the Sentinel incident"),
}

MAINTENANCE_NAMES: Final[Mapping[str, Name]] = {
    "task.id": Name("the task's id", required=True),
    "task.title": Name("the task's title", required=True),
    "task.summary": Name("what the task is about"),
    "task.priority": Name("how urgent the task is, in the ticket's language"),
    "task.checklist": Name("what to do, step by step", Shape.LIST),
    "task.evidence": Name("what to attach or write down", Shape.LIST),
    "task.done_when": Name("when the task is done", Shape.LIST),
    "task.links": Name("where to read more, each as `name: address`", Shape.LIST),
    "team.id": Name("the team's id, or `all`", required=True),
    "team.name": Name("the team's name, or that of all teams together", required=True),
    "teams": Name("the names of all teams of the task", Shape.LIST),
    "occurrence.key": Name("the occurrence's key", required=True),
    "occurrence.period": Name("the occurrence's nominal local date", required=True),
    "occurrence.due": Name("when it is due, UTC", Shape.TIME, required=True),
    "occurrence.due_local": Name("when it is due, on the team's wall clock", Shape.TIME, required=True),
    "occurrence.zone": Name("the time zone of that wall clock"),
    "occurrence.reason": Name("why an as-needed occurrence was raised"),
    **_TWINS,
}

ESCALATION_NAMES: Final[Mapping[str, Name]] = {
    "ticket.title": Name("the title on the side that it comes from"),
    "ticket.description": Name("the description there"),
    "ticket.status": Name("the canonical status there"),
    "ticket.severity": Name("the canonical severity there"),
    "record.number": Name("its number there"),
    "record.name": Name("what people call it: `INC0010001`, `incident 12`"),
    "record.url": Name("its address there"),
    **_TWINS,
}

CLOSING_NAMES: Final[Mapping[str, Name]] = {
    "actor": Name("who closed the other side"),
    "number": Name("the number on the other side"),
    "at": Name("when the close was carried over"),
    "codes": Name("the other side's closing values, as the closure table read them"),
    "notes": Name("the closer's own words, from the field that `notes` names"),
}


def names_of(kind: ProfileKind) -> Mapping[str, Name]:
    """The names that a new record of such a profile is composed from."""
    return MAINTENANCE_NAMES if kind is ProfileKind.MAINTENANCE else ESCALATION_NAMES
