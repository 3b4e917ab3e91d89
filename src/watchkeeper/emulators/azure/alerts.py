"""Alerts as the table SecurityAlert tells them: once each, when the incident that they belong to was made.

Entities are JSON text in the table's own spelling (MicrosoftDocs/defender-docs, sentinel/entities-reference.md), which is another one than
that of the REST interface.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from watchkeeper.emulators.azure.model import Change
from watchkeeper.emulators.kql.values import Row, parse_datetime

PROVIDERS: Final[Mapping[str, str]] = {
    "Azure Sentinel": "ASI Scheduled Alerts",
    "Microsoft Defender for Endpoint": "MDATP",
    "Microsoft Defender for Office 365": "OATP",
    "Microsoft Data Loss Prevention": "Microsoft Data Loss Prevention",
}
"""What an alert's provider is called beside its product."""
_SPELLED: Final[Mapping[str, Mapping[str, str]]] = {
    "Account": {"accountName": "Name", "upnSuffix": "UPNSuffix", "aadUserId": "AadUserId"},
    "Mailbox": {"mailboxPrimaryAddress": "MailboxPrimaryAddress", "upn": "Upn", "displayName": "DisplayName"},
    "MailMessage": {"recipient": "Recipient", "sender": "Sender", "subject": "Subject"},
    "Host": {"friendlyName": "HostName"},
}


def alert_rows(workspace_id: str, change: Change, ingested: int) -> Iterator[Row]:
    """The rows of the alerts that an incident was made with; `ingested`: when they can be queried (ticks)."""
    for alert in change.incident.alerts if change.what == "create" else ():
        told: Mapping[str, Any] = alert["properties"]
        yield (
            workspace_id,
            change.at,
            told["alertDisplayName"],
            told["alertDisplayName"],
            told["severity"],
            "",
            PROVIDERS.get(told["productName"], told["productName"]),
            told["vendorName"],
            told["systemAlertId"],
            told["alertType"],
            "False",
            parse_datetime(told["startTimeUtc"] or ""),
            parse_datetime(told["endTimeUtc"] or ""),
            change.at,
            told["status"],
            "",
            ", ".join(told["tactics"]),
            "",
            json.dumps([_entity(number, each) for number, each in enumerate(alert["entities"], 2)], ensure_ascii=False),
            "{}",
            told["productName"],
            "",
            "",
            "Detection",
            "SecurityAlert",
            ingested,
        )


def _entity(number: int, entity: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(entity["kind"])
    names = _SPELLED.get(kind, {})
    spelled = {names[key]: value for key, value in entity["properties"].items() if key in names}
    return {"$id": str(number), **spelled, "Type": kind[:1].lower() + kind[1:]}
