"""What a tenant's administrators see in Microsoft Graph: devices, licences, announcements, service health. Made up from the clock.

Shapes: microsoft-graph-docs-contrib, resources manageddevice, subscribedsku, serviceupdatemessage and servicehealth.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from watchkeeper.emulators.clock import FIRST_MONDAY

DEVICES: Final = UUID("5a1f6a0e-8f5b-5f0a-9d2e-3f1c7b8a9d10")
SHARED: Final = 38
"""Devices that both Intune and Defender know: each by the same device id of Entra ID."""
WITHOUT_SENSOR: Final = 6
"""Further ones that only Intune knows."""
MESSAGES: Final = 130
_SITES: Final = ("tokyo", "dublin", "seattle")


def directory_id(name: str) -> str:
    """The Entra ID device id of a device."""
    return str(uuid5(DEVICES, name))


def device_name(number: int) -> str:
    return f"pc-{_SITES[number % len(_SITES)]}-{number:03}"


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"


def managed_devices(now: datetime) -> list[dict[str, Any]]:
    return [_device(number, now) for number in range(SHARED + WITHOUT_SENSOR)]


def _device(number: int, now: datetime) -> dict[str, Any]:
    name = device_name(number)
    windows = number % 5 != 4
    return {
        "id": str(uuid5(DEVICES, f"intune {name}")),
        "userId": str(uuid5(DEVICES, f"user {number}")),
        "deviceName": name,
        "managedDeviceOwnerType": "company",
        "enrolledDateTime": stamp(FIRST_MONDAY - timedelta(days=300 - number)),
        "lastSyncDateTime": stamp(now - timedelta(minutes=17 * number + 5)),
        "operatingSystem": "Windows" if windows else "macOS",
        "complianceState": ("compliant", "compliant", "noncompliant", "compliant", "inGracePeriod")[number % 5],
        "osVersion": "10.0.26100.2314" if windows else "15.1",
        "azureADRegistered": True,
        "azureADDeviceId": directory_id(name),
        "deviceEnrollmentType": "windowsAzureADJoin" if windows else "appleBulkWithUser",
        "isEncrypted": number % 7 != 0,
        "userPrincipalName": f"user{number}@soc.example",
        "model": "Latitude 7450" if windows else "MacBook Pro",
        "manufacturer": "Dell Inc." if windows else "Apple",
        "serialNumber": f"SN{number:06}",
        "managementAgent": "mdm",
    }


def subscribed_skus(tenant_id: str) -> list[dict[str, Any]]:
    def sku(part: str, status: str, used: int, **units: int) -> dict[str, Any]:
        sku_id = str(uuid5(DEVICES, f"sku {part}"))
        return {
            "capabilityStatus": status,
            "consumedUnits": used,
            "id": f"{tenant_id}_{sku_id}",
            "prepaidUnits": {"enabled": 0, "suspended": 0, "warning": 0, "lockedOut": 0, **units},
            "servicePlans": [
                {
                    "servicePlanId": str(uuid5(DEVICES, f"plan {part}")),
                    "servicePlanName": f"{part}_PLAN",
                    "provisioningStatus": "Success",
                    "appliesTo": "User",
                }
            ],
            "skuId": sku_id,
            "skuPartNumber": part,
            "appliesTo": "User",
        }

    return [
        sku("SPE_E5", "Enabled", 338, enabled=340),
        sku("MDATP_XPLAT", "Enabled", 41, enabled=60),
        sku("TVM_Premium_Standalone", "Warning", 40, warning=50),
        sku("CRMSTANDARD", "Suspended", 14, suspended=25),
    ]


_TITLES: Final = (
    ("Microsoft Defender for Office 365: changes to Safe Links reports", "Microsoft Defender XDR"),
    ("Microsoft Defender for Endpoint: new default for network protection", "Microsoft Defender XDR"),
    ("Microsoft Teams: meeting notes in channels", "Microsoft Teams"),
    ("Exchange Online: retirement of basic authentication for SMTP submission", "Exchange Online"),
    ("SharePoint: 新しいページ エディター", "SharePoint Online"),
)
_CATEGORIES: Final = ("planForChange", "stayInformed", "preventOrFixIssue")


def messages(now: datetime) -> list[dict[str, Any]]:
    """Newest change first; a new one every second day."""
    days = (now - FIRST_MONDAY).days // 2
    return [_message(number) for number in range(MESSAGES + days - 1, days - 1, -1)]


def _message(number: int) -> dict[str, Any]:
    changed = FIRST_MONDAY + timedelta(days=2 * (number - MESSAGES + 1), hours=-3)
    title, service = _TITLES[number % len(_TITLES)]
    major = number % 4 == 0
    return {
        "startDateTime": stamp(changed - timedelta(days=10)),
        "endDateTime": stamp(changed + timedelta(days=120)),
        "lastModifiedDateTime": stamp(changed),
        "title": f"(Updated) {title}" if number % 3 == 0 else title,
        "id": f"MC{900_000 + number}",
        "category": _CATEGORIES[number % len(_CATEGORIES)],
        "severity": "high" if number % 9 == 0 else "normal",
        "tags": ["Updated message"] if number % 3 == 0 else ["New feature", "Admin impact"],
        "isMajorChange": major,
        "actionRequiredByDateTime": stamp(changed + timedelta(days=30)) if major else None,
        "services": [service],
        "expiryDateTime": None,
        "details": [{"name": "RoadmapIds", "value": str(80_000 + number)}],
        "body": {"contentType": "html", "content": f"<p>{title}.</p><p>This is change {number}.</p>"},
        "viewPoint": None,
        "hasAttachments": False,
    }


_SERVICES: Final[Mapping[str, str]] = {
    "Exchange Online": "Exchange",
    "Microsoft Defender XDR": "Microsoft365Defender",
    "Microsoft Entra": "OrgLiveID",
    "Microsoft Intune": "Intune",
    "Microsoft 365 suite": "OSDPPlatform",
    "Microsoft Teams": "microsoftteams",
    "SharePoint Online": "SharePoint",
    "Purview": "Purview",
}


def health_overviews(now: datetime) -> list[dict[str, Any]]:
    """Every service with its issues; the issues are shown to whoever expands them."""
    return [
        {
            "service": service,
            "status": "serviceDegradation" if service == "Microsoft Intune" else "serviceOperational",
            "id": name,
            "issues": _issues(service, now),
        }
        for service, name in _SERVICES.items()
    ]


def _issues(service: str, now: datetime) -> list[dict[str, Any]]:
    if service == "Microsoft Intune":
        return [_issue("IT910001", service, "Devices are shown with yesterday's compliance", now, None)]
    if service == "Exchange Online":
        ended = now - timedelta(days=2)
        return [_issue("EX226574", service, "Admins are unable to migrate some mailboxes", now, ended)]
    return []


def _issue(name: str, service: str, title: str, now: datetime, ended: datetime | None) -> dict[str, Any]:
    return {
        "startDateTime": stamp(now - timedelta(days=4)),
        "endDateTime": None if ended is None else stamp(ended),
        "lastModifiedDateTime": stamp(ended or now - timedelta(hours=3)),
        "title": title,
        "id": name,
        "impactDescription": f"{title}.",
        "classification": "advisory",
        "origin": "microsoft",
        "status": "serviceDegradation" if ended is None else "serviceRestored",
        "service": service,
        "feature": "Administration",
        "featureGroup": "Management and Provisioning",
        "isResolved": ended is not None,
        "highImpact": None,
        "details": [],
        "posts": [],
    }
