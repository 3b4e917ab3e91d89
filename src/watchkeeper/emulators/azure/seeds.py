"""Prepared incidents: a crowd for benchmarks, and single realistic ones of every provenance."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from watchkeeper.emulators.azure.identities import CORRELATION, Identity, object_id_of
from watchkeeper.emulators.azure.model import SEVERITIES, STATUSES, XDR_PROVIDER, Incident, Label
from watchkeeper.emulators.azure.workspace import Workspace
from watchkeeper.emulators.kql.values import TICKS_PER_SECOND, datetime_text, parse_datetime

ANALYTICS: Final = Identity(object_id_of("analytics"), "Incident created from alert", "system")
_PRODUCTS: Final = ("Azure Sentinel", "Microsoft Defender for Endpoint", "Microsoft Data Loss Prevention")
_STORIES: Final = (
    ("Suspicious sign-in from an anonymous network", "High", ("InitialAccess",), "Account"),
    ("Malware was detected on a finance workstation", "Medium", ("Execution",), "Host"),
    ("Mass download from a document library", "Medium", ("Exfiltration",), "Account"),
    ("Rare remote desktop connection", "Low", ("LateralMovement",), "Host"),
    ("不審な受信トレイのルールが作成されました", "High", ("Persistence",), "Mailbox"),
)
FIELDS: Final = {
    "count",
    "system",
    "provider",
    "title",
    "description",
    "severity",
    "status",
    "labels",
    "owner",
    "name",
    "at",
    "title_prefix",
    "extra",
    "alerts",
}


def seed(workspace: Workspace, command: Mapping[str, Any]) -> dict[str, Any]:
    """Create incidents as `command` asks and answer with their names and numbers.

    `count` (default 1) incidents of `provider` `alert` (default: made by an analytics rule from an alert), `xdr` or
    `manual`; `title`, `description`, `severity`, `status`, `labels` (names), `owner` (a user name), `name` (only for one),
    `at` (ISO instant, default now), `extra` (further properties) and `title_prefix` override what would be made up, as does `alerts`,
    each an alert's `title` and `product` and whom it is about (`accounts` and `mailboxes`, addresses). Raises ValueError.
    """
    unknown = set(command) - FIELDS
    if unknown:
        raise ValueError(
            f"unknown in a Sentinel seed: {', '.join(sorted(unknown))}; there is {', '.join(sorted(FIELDS))}"
        )
    count = command.get("count", 1)
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= 100_000:
        raise ValueError(f"count must be a whole number from 0 to 100000, not {count!r}")
    with workspace.store.backdated(instant(command, "at")):
        made = [_create(workspace, command, index) for index in range(count)]
    return {"incidents": [{"name": incident.name, "number": incident.number} for incident in made]}


def instant(command: Mapping[str, Any], name: str) -> int | None:
    """The ISO instant under `name` in ticks, None where there is none; raises ValueError."""
    if command.get(name) is None:
        return None
    ticks = parse_datetime(str(command[name]))
    if ticks is None or not re.search(r"(Z|[+-]\d\d:?\d\d)$", str(command[name])):
        raise ValueError(f"{name} must be an ISO instant such as 2026-11-16T00:30:00Z, not {command[name]!r}")
    return ticks


def _create(workspace: Workspace, command: Mapping[str, Any], index: int) -> Incident:
    store = workspace.store
    with store.lock:
        serial = len(store.changes) + 1
        name = str(command.get("name") or object_id_of(f"incident {serial}"))
        incident = _overridden(workspace, _invented(workspace, command, name, serial), command, index)
        author = CORRELATION if incident.provider == XDR_PROVIDER else ANALYTICS
        if command.get("provider") == "manual":
            author = _identity(workspace, str(command.get("owner") or "keiko.tanaka"))
        try:
            return store.create(incident, author, "create")
        except KeyError:
            raise ValueError(f"there is an incident named {name} already") from None


def _identity(workspace: Workspace, name: str) -> Identity:
    found = workspace.directory.by_name(name)
    if found is None:
        raise ValueError(f"nobody is called {name!r}; there is {', '.join(workspace.directory.names())}")
    return found


def _invented(workspace: Workspace, command: Mapping[str, Any], name: str, serial: int) -> Incident:
    title, severity, tactics, entity = _STORIES[serial % len(_STORIES)]
    now = workspace.store.now()
    began, ended = (datetime_text(now - minutes * 60 * TICKS_PER_SECOND) for minutes in (22, 12))
    incident = Incident(name, title, severity, "New", first_activity=began, last_activity=ended, tactics=tactics)
    builders: dict[str, Callable[[Incident], Incident]] = {
        "alert": lambda bare: _from_alert(bare, workspace, serial, entity),
        "xdr": lambda bare: _from_xdr(bare, workspace, serial, entity),
        "manual": lambda bare: replace(bare, tactics=(), description=f"Reported by phone: {title}"),
    }
    provider = command.get("provider", "xdr" if workspace.switches.now.onboarded else "alert")
    if provider not in builders:
        raise ValueError(f"provider {provider!r} is none of {', '.join(builders)}")
    return builders[provider](incident)


def _from_alert(incident: Incident, workspace: Workspace, serial: int, entity: str) -> Incident:
    return replace(
        incident,
        description=f"{incident.title}. Found by a scheduled analytics rule.",
        rule_ids=(object_id_of(f"rule {serial % len(_STORIES)}"),),
        alerts=(alert_entity(workspace, f"alert {serial}", incident, "Azure Sentinel", entity),),
    )


def _from_xdr(incident: Incident, workspace: Workspace, serial: int, entity: str) -> Incident:
    """As the Defender portal makes them: no description, an id of its own, a link there, automatic labels."""
    defender_id = str(9000 + serial)
    return replace(
        incident,
        provider=XDR_PROVIDER,
        provider_incident_id=defender_id,
        provider_url=f"https://security.microsoft.com/incident2/{defender_id}/overview",
        labels=(Label("Defender", "AutoAssigned"),),
        alerts=(alert_entity(workspace, f"alert {serial}", incident, _PRODUCTS[1 + serial % 2], entity),),
    )


def alert_entity(workspace: Workspace, seed_text: str, incident: Incident, product: str, entity: str) -> dict[str, Any]:
    """One SecurityAlert entity, with the entity that it is about under `entities`."""
    alert_id, entity_id = object_id_of(seed_text), object_id_of(f"entity of {seed_text}")
    properties: dict[str, Any] = {
        "systemAlertId": alert_id,
        "alertDisplayName": incident.title,
        "friendlyName": incident.title,
        "alertType": incident.title,
        "severity": incident.severity,
        "status": "New",
        "confidenceLevel": "Unknown",
        "vendorName": "Microsoft",
        "productName": product,
        "tactics": list(incident.tactics),
        "startTimeUtc": incident.first_activity,
        "endTimeUtc": incident.last_activity,
        "timeGenerated": incident.last_activity,
        "resourceIdentifiers": [],
        "additionalData": {},
    }
    about = {
        "id": f"{workspace.root}/Entities/{entity_id}",
        "name": entity_id,
        "type": "Microsoft.SecurityInsights/Entities",
        "kind": entity,
        "properties": {"friendlyName": f"{entity.lower()}-{entity_id[:4]}"},
    }
    return {
        "id": f"{workspace.root}/Entities/{alert_id}",
        "name": alert_id,
        "type": "Microsoft.SecurityInsights/Entities",
        "kind": "SecurityAlert",
        "properties": properties,
        "entities": [about],
    }


def _alerts(workspace: Workspace, incident: Incident, wanted: object) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(wanted, list) or not all(isinstance(each, Mapping) and each.get("title") for each in wanted):
        raise ValueError(f"alerts are a list, each with a title: {wanted!r:.200}")
    made = []
    for number, each in enumerate(wanted):
        named = replace(incident, title=str(each["title"]))
        product = str(each.get("product", "Azure Sentinel"))
        alert = alert_entity(workspace, f"alert {number} of {incident.name}", named, product, "Account")
        made.append({**alert, "entities": [*_about(workspace, each)]})
    return tuple(made)


def _about(workspace: Workspace, alert: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for address in alert.get("accounts", ()):
        name, _, suffix = str(address).partition("@")
        properties = {"accountName": name, "upnSuffix": suffix, "aadUserId": object_id_of(str(address).lower())}
        yield _entity(workspace, "Account", str(address), properties)
    for address in alert.get("mailboxes", ()):
        properties = {"mailboxPrimaryAddress": address, "upn": address, "displayName": str(address).partition("@")[0]}
        yield _entity(workspace, "Mailbox", str(address), properties)


def _entity(workspace: Workspace, kind: str, address: str, properties: Mapping[str, str]) -> dict[str, Any]:
    name = object_id_of(f"{kind} {address.lower()}")
    return {
        "id": f"{workspace.root}/Entities/{name}",
        "name": name,
        "type": "Microsoft.SecurityInsights/Entities",
        "kind": kind,
        "properties": {"friendlyName": address, **properties},
    }


def _overridden(workspace: Workspace, incident: Incident, command: Mapping[str, Any], index: int) -> Incident:
    changes: dict[str, Any] = {key: command[key] for key in ("title", "description") if key in command}
    for key, allowed in (("severity", SEVERITIES), ("status", STATUSES)):
        if key in command:
            if command[key] not in allowed:
                raise ValueError(f"{key} {command[key]!r} is none of {', '.join(allowed)}")
            changes[key] = command[key]
    if "title_prefix" in command:
        changes["title"] = f"{command['title_prefix']} {index + 1}: {changes.get('title', incident.title)}"
    if "labels" in command:
        changes["labels"] = (*incident.labels, *(Label(str(name)) for name in command["labels"]))
    if "alerts" in command:
        changes["alerts"] = _alerts(workspace, incident, command["alerts"])
    if "extra" in command:
        changes["extra"] = dict(command["extra"])
    if command.get("owner"):
        changes["owner"] = owner_of(_identity(workspace, str(command["owner"])))
    if changes.get("status") == "Closed":
        changes["classification"] = "Undetermined"
    return replace(incident, **changes)


def owner_of(identity: Identity) -> dict[str, str | None]:
    return {
        "objectId": identity.object_id,
        "email": identity.user_principal_name,
        "assignedTo": identity.name,
        "userPrincipalName": identity.user_principal_name,
        "ownerType": "Group" if identity.kind == "group" else "Unknown",
    }
