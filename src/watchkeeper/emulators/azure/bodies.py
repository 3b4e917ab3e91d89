"""What clients send, checked: required fields, enumerations, lengths. Unknown and read-only properties are ignored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from watchkeeper.emulators.azure.failures import Refused, bad_request
from watchkeeper.emulators.azure.identities import Directory
from watchkeeper.emulators.azure.model import (
    CLASSIFICATION_REASONS,
    CLASSIFICATIONS,
    SEVERITIES,
    STATUSES,
    TASK_STATUSES,
    Label,
)
from watchkeeper.emulators.exchange import Request
from watchkeeper.emulators.kql.values import parse_datetime

LONGEST_DESCRIPTION: Final = 5_000
LONGEST_COMMENT: Final = 30_000
_OWNER_TYPES: Final = ("Unknown", "User", "Group")


@dataclass(frozen=True, slots=True)
class Body:
    """A resource body: the version that the client saw, and its properties."""

    etag: str | None
    properties: Mapping[str, Any]

    @classmethod
    def of(cls, request: Request) -> Body:
        """Raises Refused (400, InvalidRequestContent) for anything but a JSON object with `properties`."""
        try:
            value = request.json()
        except (ValueError, RecursionError) as error:
            raise _invalid(f"The request content was invalid and could not be deserialized: '{error}'.") from error
        if not isinstance(value, dict) or not isinstance(value.get("properties"), dict):
            raise _invalid("The request content was invalid: an object with 'properties' was expected.")
        etag = value.get("etag")
        return cls(etag if isinstance(etag, str) and etag else None, value["properties"])

    def text(self, name: str) -> str | None:
        value = self.properties.get(name)
        if value is not None and not isinstance(value, str):
            raise _invalid(f"The request content was invalid: '{name}' must be a string.")
        return value

    def choice(self, name: str, allowed: Sequence[str]) -> str | None:
        """One of `allowed`, compared without case as the service does; None when absent or empty."""
        value = self.text(name)
        if not value:
            return None
        found = next((candidate for candidate in allowed if candidate.lower() == value.lower()), None)
        if found is None:
            raise bad_request(f"Invalid value '{value}' for '{name}'. Possible values: {', '.join(allowed)}")
        return found

    def instant(self, name: str) -> str | None:
        value = self.text(name)
        if value is not None and parse_datetime(value) is None:
            raise _invalid(f"The request content was invalid: '{name}' is no date-time: '{value}'.")
        return value


def _invalid(message: str) -> Refused:
    return Refused(400, "InvalidRequestContent", message)


def incident_fields(body: Body, directory: Directory, known: Sequence[Label]) -> dict[str, Any]:
    """Every writable field of an incident, absent ones as None: a PUT replaces.

    The messages for missing fields are those reported in Azure/azure-powershell issue 29130. `known` are the labels that
    the incident has: one that was assigned automatically stays so when it is sent again.
    """
    title = (body.text("title") or "").strip()
    if not title:
        raise bad_request("'Title' must have a non-empty value")
    status, severity = body.choice("status", STATUSES), body.choice("severity", SEVERITIES)
    for name, value in (("status", status), ("severity", severity)):
        if value is None:
            raise bad_request(f"{name} must not be empty.")
    description = body.text("description")
    if description is not None and len(description) > LONGEST_DESCRIPTION:
        raise bad_request(f"'Description' must be {LONGEST_DESCRIPTION} characters or fewer")
    classification = body.choice("classification", CLASSIFICATIONS)
    return {
        "title": title,
        "status": status,
        "severity": severity,
        "description": description,
        "classification": classification or ("Undetermined" if status == "Closed" else None),
        "classification_reason": body.choice("classificationReason", CLASSIFICATION_REASONS),
        "classification_comment": body.text("classificationComment"),
        "first_activity": body.instant("firstActivityTimeUtc"),
        "last_activity": body.instant("lastActivityTimeUtc"),
        "labels": _labels(body.properties.get("labels"), known),
        "owner": owner_fields(body.properties.get("owner"), directory),
    }


def _labels(value: Any, known: Sequence[Label]) -> tuple[Label, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _invalid("The request content was invalid: 'labels' must be an array.")
    automatic = {label.name.lower(): label for label in known if label.type == "AutoAssigned"}
    found: dict[str, Label] = {}
    for item in value:
        name = item.get("labelName") if isinstance(item, dict) else None
        if not isinstance(name, str) or not name.strip():
            raise bad_request("'LabelName' must have a non-empty value")
        found.setdefault(name.lower(), automatic.get(name.lower(), Label(name)))
    return tuple(found.values())


def owner_fields(value: Any, directory: Directory) -> Mapping[str, str | None] | None:
    """The owner with every field filled from the directory; None when nobody is named.

    Real answers show ownerType "Unknown" even for known users, so that is what an unstated one becomes.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _invalid("The request content was invalid: 'owner' must be an object.")
    names = ("objectId", "email", "assignedTo", "userPrincipalName")
    given = {name: value[name] for name in names if value.get(name)}
    if not all(isinstance(text, str) for text in given.values()):
        raise _invalid("The request content was invalid: 'owner' has a field that is no string.")
    if not given:
        return None
    type_ = value.get("ownerType")
    known = directory.by_object_id(given.get("objectId")) or directory.by_name(
        given.get("userPrincipalName") or given.get("email")
    )
    filled: dict[str, str | None] = {name: given.get(name) for name in names}
    if known is not None:
        address = known.user_principal_name
        filled = {
            "objectId": known.object_id,
            "email": address,
            "assignedTo": known.name,
            "userPrincipalName": address,
        }
    inferred = "Group" if known is not None and known.kind == "group" else "Unknown"
    return {**filled, "ownerType": type_ if type_ in _OWNER_TYPES else inferred}


def comment_message(body: Body) -> str:
    message = body.text("message")
    if not message or not message.strip():
        raise bad_request("'Message' must have a non-empty value")
    if len(message) > LONGEST_COMMENT:
        raise bad_request(f"The comment message is too long: {len(message)} characters, at most {LONGEST_COMMENT}")
    return message


def task_fields(body: Body) -> dict[str, Any]:
    title = (body.text("title") or "").strip()
    if not title:
        raise bad_request("'Title' must have a non-empty value")
    status = body.choice("status", TASK_STATUSES)
    if status is None:
        raise bad_request("status must not be empty.")
    return {"title": title, "status": status, "description": body.text("description")}
