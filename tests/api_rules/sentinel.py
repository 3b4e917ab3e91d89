"""What the published description of the incidents API lets a client send, as data, and what a request breaks of it.

Source: Azure/azure-rest-api-specs, securityinsights stable 2025-09-01, Incidents.json with common/IncidentTypes.json and
common/2.0/types.json, and AutomationRules.json, ContentPackages.json and ContentProductPackages.json as far as their lists go; of
Microsoft.Logic the list of a resource group (logic stable 2019-05-01). Rules that the description only tells in words (a page of at most 1,000, a first filter operand) are in
the emulators; here is what a generated client would be held to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

PATH: Final = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.OperationalInsights/workspaces/(?P<workspace>[^/]+)"
    r"(?:/providers/Microsoft\.SecurityInsights/(?P<rest>.+)|(?P<beside>/providers/Microsoft\.Authorization/permissions)?)",
    re.IGNORECASE,
)
RESOURCES: Final = re.compile(r"/subscriptions(/.*)?|.*/providers/.*|.*(security|operational)insights.*", re.IGNORECASE)
"""What can only be meant for Azure Resource Manager, however it is spelled."""
VERSION: Final = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
FIRST_VERSION_WITH_TASKS: Final = "2024-03-01"
SUBSCRIPTION: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
GROUP: Final = re.compile(r"[-\w._()]{1,90}")
WORKSPACE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]+[A-Za-z0-9]")
INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)")
GUID: Final = SUBSCRIPTION
INT32: Final = range(-(2**31), 2**31)

LISTED: Final = frozenset({"api-version", "$filter", "$orderby", "$top", "$skiptoken"})
SINGLE: Final = frozenset({"api-version"})
PAGED: Final = frozenset({"api-version", "$skiptoken"})
"""The list of tasks has no options, as that of automation rules; a link to a further page brings its own token."""
SEARCHED: Final = LISTED | {"$search"}


@dataclass(frozen=True, slots=True)
class Property:
    """`kind`: string, integer, date-time, uuid, array or object. `items` describes an array's objects, `parts` an object's."""

    kind: str = "string"
    required: bool = False
    read_only: bool = False
    values: tuple[str, ...] = ()
    parts: Mapping[str, Property] = field(default_factory=dict)


READ_ONLY: Final = Property(read_only=True)
LABEL: Final = {
    "labelName": Property(required=True),
    "labelType": Property(read_only=True, values=("User", "AutoAssigned")),
}
OWNER: Final = {
    "email": Property(),
    "assignedTo": Property(),
    "objectId": Property("uuid"),
    "userPrincipalName": Property(),
    "ownerType": Property(values=("Unknown", "User", "Group")),
}
INCIDENT: Final = {
    "title": Property(required=True),
    "severity": Property(required=True, values=("High", "Medium", "Low", "Informational")),
    "status": Property(required=True, values=("New", "Active", "Closed")),
    "description": Property(),
    "classification": Property(values=("Undetermined", "TruePositive", "BenignPositive", "FalsePositive")),
    "classificationReason": Property(
        values=("SuspiciousActivity", "SuspiciousButExpected", "IncorrectAlertLogic", "InaccurateData")
    ),
    "classificationComment": Property(),
    "firstActivityTimeUtc": Property("date-time"),
    "lastActivityTimeUtc": Property("date-time"),
    "labels": Property("array", parts=LABEL),
    "owner": Property("object", parts=OWNER),
    **dict.fromkeys(
        (
            "additionalData",
            "createdTimeUtc",
            "incidentNumber",
            "incidentUrl",
            "lastModifiedTimeUtc",
            "providerIncidentId",
            "providerName",
            "relatedAnalyticRuleIds",
        ),
        READ_ONLY,
    ),
}
COMMENT: Final = {
    "message": Property(required=True),
    **dict.fromkeys(("author", "createdTimeUtc", "lastModifiedTimeUtc"), READ_ONLY),
}
TASK: Final = {
    "title": Property(required=True),
    "status": Property(required=True, values=("New", "Completed")),
    "description": Property(),
    **dict.fromkeys(("createdBy", "createdTimeUtc", "lastModifiedBy", "lastModifiedTimeUtc"), READ_ONLY),
}
ENVELOPE: Final = {
    "etag": Property(),
    "properties": Property("object", required=True),
    **dict.fromkeys(("id", "name", "type", "systemData"), READ_ONLY),
}


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: re.Pattern[str]
    query: frozenset[str]
    body: Mapping[str, Property] | None = None


def _operation(method: str, path: str, query: frozenset[str], body: Mapping[str, Property] | None = None) -> Operation:
    return Operation(method, re.compile(path.replace("{}", "[^/]+"), re.IGNORECASE), query, body)


OPERATIONS: Final = (
    _operation("GET", "incidents", LISTED),
    _operation("GET", "incidents/{}", SINGLE),
    _operation("PUT", "incidents/{}", SINGLE, INCIDENT),
    _operation("DELETE", "incidents/{}", SINGLE),
    _operation("POST", "incidents/{}/(alerts|bookmarks|entities)", SINGLE),
    _operation("GET", "incidents/{}/(comments|relations)", LISTED),
    _operation("GET", "incidents/{}/tasks", PAGED),
    _operation("GET", "incidents/{}/(comments|relations|tasks)/{}", SINGLE),
    _operation("PUT", "incidents/{}/comments/{}", SINGLE, COMMENT),
    _operation("PUT", "incidents/{}/tasks/{}", SINGLE, TASK),
    _operation("DELETE", "incidents/{}/(comments|relations|tasks)/{}", SINGLE),
    _operation("GET", "automationRules", PAGED),
    _operation("GET", "contentPackages", SEARCHED),
    _operation("GET", "contentProductPackages", SEARCHED),
)
BESIDE: Final = _operation("GET", "", SINGLE)
"""What is asked of a workspace itself, and of our rights in it."""
LOGIC: Final = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/Microsoft\.Logic/workflows",
    re.IGNORECASE,
)
WORKFLOWS: Final = _operation("GET", "", frozenset({"api-version", "$top", "$filter", "$skiptoken"}))


def violations(method: str, path: str, query: str, body: bytes, held: Mapping[str, Any] | None = None) -> list[str]:
    """What a request breaks. `held`: the properties of the resource as it is now: what is read-only may go back as it came,
    which is how a client that reads and writes whole resources keeps the parts that it does not know."""
    if playbooks := LOGIC.fullmatch(path):
        names = (("subscription", SUBSCRIPTION), ("group", GROUP))
        return [*_path(playbooks, names), *_query(WORKFLOWS, "workflows", query), *_beside(method, body)]
    found = PATH.fullmatch(path)
    if found is None:
        return [f"there is no {path}"] if RESOURCES.fullmatch(path) else []
    if found["rest"] is None:
        return [*_path(found), *_query(BESIDE, path, query), *_beside(method, body)]
    operation = next(
        (each for each in OPERATIONS if each.method == method and each.path.fullmatch(found["rest"])), None
    )
    if operation is None:
        return [f"there is no {method} {found['rest']}"]
    return [*_path(found), *_query(operation, found["rest"], query), *_body(operation, body, held or {})]


def _beside(method: str, body: bytes) -> Iterator[str]:
    if method != BESIDE.method:
        yield f"a workspace and the rights in it are read, not {method}"
    elif body:
        yield f"{method} takes no body"


def _path(
    found: re.Match[str],
    names: Sequence[tuple[str, re.Pattern[str]]] = (
        ("subscription", SUBSCRIPTION),
        ("group", GROUP),
        ("workspace", WORKSPACE),
    ),
) -> Iterator[str]:
    for name, pattern in names:
        if not pattern.fullmatch(found[name]):
            yield f"the path's {name} is {found[name]!r}"


def _query(operation: Operation, rest: str, query: str) -> Iterator[str]:
    given = parse_qsl(query, keep_blank_values=True)
    values = {name.lower(): value for name, value in given}
    unknown = sorted(values.keys() - operation.query)
    if unknown:
        yield f"{operation.method} {rest} takes no {', '.join(unknown)}"
    version = values.get("api-version", "")
    if not VERSION.fullmatch(version):
        yield f"api-version is {version!r}"
    elif "/tasks" in rest and version < FIRST_VERSION_WITH_TASKS:
        yield f"api-version {version} has no tasks"
    top = values.get("$top", "1")
    if not (top.isascii() and top.isdigit() and int(top) in INT32):
        yield f"$top is {top!r}"


def _body(operation: Operation, body: bytes, held: Mapping[str, Any]) -> Iterator[str]:
    if operation.body is None:
        if body:
            yield f"{operation.method} takes no body"
        return
    try:
        whole = json.loads(body)
    except ValueError:
        yield "the body is not JSON"
        return
    if not isinstance(whole, dict):
        yield "the body is not an object"
        return
    yield from _parts("", whole, ENVELOPE, {})
    if isinstance(whole.get("properties"), dict):
        yield from _parts("properties.", whole["properties"], operation.body, held)


def _parts(
    place: str, given: Mapping[str, Any], rules: Mapping[str, Property], held: Mapping[str, Any]
) -> Iterator[str]:
    for name, rule in rules.items():
        if rule.required and given.get(name) is None:
            yield f"{place}{name} is required"
    for name, value in given.items():
        rule = rules.get(name)
        if rule is not None and value is not None:
            yield from _value(place + name, value, rule, held.get(name))


def _value(place: str, value: Any, rule: Property, held: Any) -> Iterator[str]:
    if rule.read_only and (held is None or value != held):
        yield f"{place} is read-only"
    elif not _is_of(rule.kind, value):
        yield f"{place} is no {rule.kind}: {value!r}"
    elif rule.values and value not in rule.values and value != held:
        yield f"{place} is {value!r}, none of {', '.join(rule.values)}"
    elif rule.kind == "object":
        yield from _parts(f"{place}.", value, rule.parts, held if isinstance(held, dict) else {})
    elif rule.kind == "array":
        for index, item in enumerate(value):
            yield from _item(f"{place}[{index}]", item, rule.parts, held)


def _item(place: str, item: Any, parts: Mapping[str, Property], held: Any) -> Iterator[str]:
    if not isinstance(item, dict):
        yield f"{place} is no object"
        return
    namesakes = [each for each in held or [] if each.get("labelName") == item.get("labelName")]
    same = item if item in namesakes else next(iter(namesakes), {})
    yield from _parts(f"{place}.", item, parts, same)


def _is_of(kind: str, value: Any) -> bool:
    match kind:
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case "date-time":
            return isinstance(value, str) and INSTANT.fullmatch(value) is not None
        case "uuid":
            return isinstance(value, str) and GUID.fullmatch(value) is not None
        case _:
            return isinstance(value, str)
