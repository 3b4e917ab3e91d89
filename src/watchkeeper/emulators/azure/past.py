"""A month of a workspace's past: closed incidents about phishing and data loss, automation rules, and their failed runs.

A seed asks for it, so that a world without it has what its other seeds made and nothing else. The same in every world, by the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from watchkeeper.emulators.azure.people import people
from watchkeeper.emulators.azure.seeds import seed
from watchkeeper.emulators.azure.surroundings import Surroundings
from watchkeeper.emulators.azure.workspace import Workspace
from watchkeeper.emulators.kql.values import moment_of

MOST_DAYS: Final = 400
KEYS: Final = {"system", "past"}
_MAIL: Final = "Microsoft Defender for Office 365"
_DLP: Final = "Microsoft Data Loss Prevention"
_STAFF: Final = (
    "yuki.mori@contoso.example",
    "sam.okafor@contoso.example",
    "lena.fischer@contoso.example",
    "priya.nair@contoso.example",
    "tom.larsen@contoso.example",
    "mei.watanabe@contoso.example",
    "finance@contoso.example",
)
_STORIES: Final = (
    ("Email messages containing phish URLs removed after delivery", _MAIL, "Medium", "TruePositive"),
    ("DLP policy (Financial data) matched for email with subject (Q3 figures)", _DLP, "Low", "BenignPositive"),
    ("A potentially malicious URL click was detected", _MAIL, "High", "TruePositive"),
    ("Email reported by user as malware or phish", _MAIL, "Low", "FalsePositive"),
    ("DLP policy (Customer records) matched for document in SharePoint", _DLP, "High", "TruePositive"),
    ("フィッシングの疑いがあるメールが報告されました", _MAIL, "Medium", "Undetermined"),
    ("DLP policy (Financial data) matched for file copied to a USB drive", _DLP, "Medium", "FalsePositive"),
    ("Suspicious sign-in from an anonymous network", "Azure Sentinel", "High", "TruePositive"),
)
"""What happened, which product saw it, how severe it was and what it proved to be; every eighth is about something else."""
_REASONS: Final[Mapping[str, str]] = {
    "TruePositive": "SuspiciousActivity",
    "BenignPositive": "SuspiciousButExpected",
    "FalsePositive": "InaccurateData",
}
_RULES: Final = (
    ("Phishing: block the sender", "Block-Sender"),
    ("DLP: tell the data owner", "Notify-Data-Owner"),
    ("Compromised account: reset the password", "Reset-Password"),
)
_FAILURES: Final = (
    ("Compromised account: reset the password", "Failure", "Could not trigger playbook: Reset-Password.", "PlaybookDisabled", 3),
    ("DLP: tell the data owner", "Partial success", "Could not trigger playbook: Notify-Data-Owner.", "WorkflowThrottled", 9),
    ("Phishing: block the sender", "Success", "", "", 1),
)  # fmt: skip
"""Rule, status, description, reason, and after how many days it happens again."""


def seed_past(workspace: Workspace, surroundings: Surroundings, command: Mapping[str, Any]) -> dict[str, Any]:
    """Add the past `days` (`past`; true: 31): an incident about every eighteen hours, closed within a day. Raises ValueError."""
    wanted = command["past"]
    days = 31 if wanted is True else wanted
    if set(command) - KEYS or not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
        raise ValueError(f"past stands alone in a seed and is true or a number of days up to {MOST_DAYS}: {command!r}")
    today = moment_of(workspace.store.now())
    first = datetime.combine(today.date(), time(2, 30), UTC) - timedelta(days=days)
    rules = surroundings.seed({"automation_rules": [_rule(surroundings.group, *each) for each in _RULES]})
    runs = surroundings.seed({"health": [*_runs(first, today)]})
    return {**rules, **runs, "incidents": [*_incidents(workspace, first, today)]}


def _incidents(workspace: Workspace, first: datetime, today: datetime) -> Iterator[str]:
    made, number = first, 0
    while made + timedelta(hours=20) < today:
        title, product, severity, classification = _STORIES[number % len(_STORIES)]
        target = _STAFF[number * number % len(_STAFF)]
        alert = {"title": title, "product": product, "accounts": [target], "mailboxes": [target] * (product == _MAIL)}
        wanted = {"title": title, "severity": severity, "provider": "xdr", "at": made.isoformat(), "alerts": [alert]}
        (found,) = seed(workspace, wanted)["incidents"]
        closed = made + timedelta(hours=3 + number * 7 % 16)
        _close(workspace, found["name"], classification, closed)
        yield found["name"]
        made, number = made + timedelta(hours=18), number + 1


def _close(workspace: Workspace, name: str, classification: str, at: datetime) -> None:
    fields = {"classification": classification, "classificationReason": _REASONS.get(classification)}
    told = {key: value for key, value in fields.items() if value}
    people(workspace, {"who": "haruto.sato", "do": "close", "incident": name, "fields": told, "at": at.isoformat()})


def _rule(group: str, name: str, playbook: str) -> dict[str, Any]:
    """A rule that runs on incidents of Defender alone, and so on none of what is made through the interface."""
    condition = {"propertyName": "IncidentProviderName", "operator": "Equals", "propertyValues": ["Microsoft XDR"]}
    logic = {"conditions": [{"conditionType": "Property", "conditionProperties": condition}]}
    run = {"logicAppResourceId": f"{group}/providers/Microsoft.Logic/workflows/{playbook}"}
    action = {"order": 1, "actionType": "RunPlaybook", "actionConfiguration": run}
    return {"displayName": name, "triggeringLogic": logic, "actions": [action]}


def _runs(first: datetime, today: datetime) -> Iterator[dict[str, Any]]:
    for name, status, description, reason, every in _FAILURES:
        at = first + timedelta(hours=5)
        while at < today:
            yield {"name": name, "status": status, "description": description, "reason": reason, "at": at.isoformat()}
            at += timedelta(days=every)
