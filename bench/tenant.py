"""A large tenant, as many devices as wanted, each item made from its number alone, in the shapes that the services answer with.

Shapes: MicrosoftDocs/defender-docs, defender-endpoint/api (machine, recommendation, get-remediation-methods), and
microsoft-graph-docs-contrib (resources manageddevice, securescore, securescorecontrolprofile).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha1
from typing import Any, Final
from uuid import UUID, uuid5

Item = dict[str, Any]

RECOMMENDATIONS, TASKS, CONTROLS = 500, 500, 250
OPEN_FOR: Final = 70
"""Days in which a task's devices are mended."""
LIFE: Final = OPEN_FOR + 180
"""Days for which a task is listed: a completed one for 180 (defender-docs, tvm-remediation)."""
_NAMES: Final = UUID("0d1b8c52-55a1-5d0e-9a53-0c8f5f1f7a11")
_BEGAN: Final = date(2024, 1, 1)
_GROUPS: Final = 40
_PER_DAY: Final = TASKS // LIFE
_WORDS: Final = ("None", "Low", "Medium", "High")


def machine(number: int, now: datetime) -> Item:
    """One in twenty is a server, which Intune does not know."""
    server = number % 20 == 19
    name = f"{'srv' if server else 'pc'}-{number:06}"
    return {
        "id": sha1(name.encode()).hexdigest(),
        "computerDnsName": f"{name}.clients.corp.example",
        "firstSeen": _stamp(now - timedelta(days=40 + number % 600, seconds=number)),
        "lastSeen": _stamp(now - timedelta(minutes=number % 9000, seconds=number % 60)),
        "osPlatform": "WindowsServer2022" if server else "Windows11",
        "osVersion": None,
        "osProcessor": "x64",
        "version": ("22H2", "23H2", "24H2")[number % 3],
        "lastIpAddress": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
        "lastExternalIpAddress": "203.0.113.7",
        "agentVersion": "10.8760.26100.2314",
        "osBuild": 26100,
        "healthStatus": "Inactive" if number % 11 == 10 else "Active",
        "deviceValue": "High" if server else "Normal",
        "rbacGroupId": 100 + number % _GROUPS,
        "rbacGroupName": group(number),
        "riskScore": _WORDS[number % 4],
        "exposureLevel": _WORDS[1 + number % 3],
        "isAadJoined": not server,
        "aadDeviceId": None if server else _directory_id(number),
        "machineTags": ["tier-0"] if server else [],
        "onboardingStatus": "Onboarded",
        "osArchitecture": "64-bit",
        "managedBy": "MicrosoftDefenderForEndpoint" if server else "Intune",
        "managedByStatus": "Success",
        "ipAddresses": [
            {"ipAddress": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "macAddress": f"02{number:010X}", "type": "Ethernet", "operationalStatus": "Up"},
            {"ipAddress": f"fe80::{number:x}", "macAddress": f"02{number:010X}", "type": "Ethernet", "operationalStatus": "Up"},
        ],
    }  # fmt: skip


def managed_device(number: int, now: datetime) -> Item:
    """With what our request selects, and little else: a service leaves out what nobody selects."""
    return {
        "id": str(uuid5(_NAMES, f"intune {number}")),
        "deviceName": f"pc-{number:06}",
        "azureADDeviceId": _directory_id(number),
        "operatingSystem": "Windows",
        "osVersion": f"10.0.26100.{2300 + number % 15}",
        "complianceState": ("compliant", "compliant", "noncompliant", "inGracePeriod")[number % 4],
        "isEncrypted": number % 7 != 0,
        "lastSyncDateTime": _stamp(now - timedelta(minutes=number % 9000, seconds=number % 60)),
        "enrolledDateTime": _stamp(now - timedelta(days=40 + number % 600, seconds=number)),
        "userPrincipalName": f"first.last{number:06}@corp.example",
    }


def recommendation(number: int, devices: int) -> Item:
    vendor, product = f"vendor{number % 90}", f"product_{number:03}"
    return {
        "id": f"va-_-{vendor}-_-{product}",
        "productName": product,
        "recommendationName": f"Update Vendor {number % 90} Product {number:03} to a later version",
        "weaknesses": 3 + number * 7 % 400,
        "vendor": vendor,
        "recommendedVersion": f"{20 + number % 80}.1",
        "recommendedVendor": "",
        "recommendedProgram": "",
        "recommendationCategory": "Application",
        "subCategory": "",
        "severityScore": number % 100 / 10,
        "publicExploit": number % 3 == 0,
        "activeAlert": number % 50 == 0,
        "associatedThreats": [str(uuid5(_NAMES, f"threat {number} {each}")) for each in range(number % 4)],
        "remediationType": "Update",
        "status": "Exception" if number % 25 == 24 else "Active",
        "configScoreImpact": 0,
        "exposureImpact": round(number * 0.01374418604651163, 16),
        "totalMachineCount": devices,
        "exposedMachinesCount": devices * (number % 90) // 100,
        "nonProductivityImpactedAssets": 0,
        "relatedComponent": f"Product {number:03}",
    }


def tasks_on(day: date) -> list[Item]:
    """Every remediation task that is listed on a day: always `TASKS`, some of them two days old and some about to be forgotten."""
    last = (day - _BEGAN).days * _PER_DAY
    return [_task(number, day) for number in range(last - TASKS, last)]


def _task(number: int, day: date) -> Item:
    """Devices are mended evenly while it is open; one in nine stalls half-way, one in five is closed by hand before its end."""
    created = _BEGAN + timedelta(days=number // _PER_DAY)
    target, gone = 40 + number * 37 % 20_000, min((day - created).days, OPEN_FOR)
    stalls, by_hand = number % 9 == 8, number % 5 == 0
    fixed = target * min(gone, OPEN_FOR // 2 if stalls else OPEN_FOR - 7 * by_hand) // OPEN_FOR
    done = gone == OPEN_FOR and not stalls
    about = number % RECOMMENDATIONS
    product, vendor = f"product_{about:03}", f"vendor{about % 90}"
    changed = created + timedelta(days=OPEN_FOR) if done else created
    return {
        "id": str(uuid5(_NAMES, f"task {number}")),
        "title": f"Update Vendor {about % 90} Product {about:03} to a later version",
        "createdOn": _noon(created),
        "requesterId": str(uuid5(_NAMES, f"person {number % 12}")),
        "requesterEmail": f"analyst{number % 12}@corp.example",
        "status": "Completed" if done else "Active",
        "statusLastModifiedOn": _noon(changed),
        "description": "Update to a later version to mitigate known vulnerabilities affecting your devices.",
        "relatedComponent": f"Product {about:03}",
        "targetDevices": target,
        "rbacGroupNames": [group(number), group(number + 7)][: 1 + number % 2],
        "fixedDevices": fixed,
        "requesterNotes": "Please plan this with the next maintenance window of the site.",
        "dueOn": None if number % 12 == 11 else _noon(created + timedelta(days=(14, 30, 60, 90)[number % 4])),
        "category": "Software",
        "productivityImpactRemediationType": None,
        "priority": _WORDS[1 + number % 3],
        "completionMethod": ("Manual" if by_hand else "Automatic") if done else None,
        "completerId": str(uuid5(_NAMES, f"person {number % 12}")) if done and by_hand else None,
        "completerEmail": f"analyst{number % 12}@corp.example" if done and by_hand else None,
        "scid": None,
        "type": "Update",
        "productId": f"{vendor}-_-{product}",
        "vendorId": vendor,
        "nameId": product,
        "recommendedVersion": f"{20 + number % 80}.1",
        "recommendedVendor": None,
        "recommendedProgram": None,
    }


def score_on(day: date) -> Item:
    """Every control of a day's Secure Score; its points go up for a while, and down one day in forty."""
    points = [round(_worth(each) * min(1.0, ((day - _BEGAN).days + each) % 40 / 39), 2) for each in range(CONTROLS)]
    return {
        "id": f"tenant_{day.isoformat()}",
        "azureTenantId": str(_NAMES),
        "activeUserCount": 88_000,
        "createdDateTime": f"{day.isoformat()}T00:00:00Z",
        "currentScore": round(sum(points), 2),
        "enabledServices": ["HasAADP2", "HasExchange", "HasInTune"],
        "licensedUserCount": 95_000,
        "maxScore": sum(map(_worth, range(CONTROLS))),
        "averageComparativeScores": [
            {"basis": "AllTenants", "averageScore": 44.1},
            {"basis": "TotalSeats", "averageScore": 51.3},
        ],
        "controlScores": [
            {"controlCategory": _category(each), "controlName": _control(each), "description": "…" * 40, "score": won}
            for each, won in enumerate(points)
        ],
        "vendorInformation": None,
    }


def control_profile(number: int) -> Item:
    return {
        "id": _control(number),
        "azureTenantId": str(_NAMES),
        "actionType": "Config",
        "actionUrl": f"https://security.microsoft.com/securescore?actionId={_control(number)}",
        "controlCategory": _category(number),
        "title": f"Ensure that setting {number} protects every account and device of the tenant",
        "deprecated": number % 80 == 79,
        "implementationCost": _WORDS[1 + number % 3],
        "lastModifiedDateTime": None,
        "maxScore": _worth(number),
        "rank": number + 1,
        "remediation": "<p>Open the portal, choose the policy, and turn the setting on for everybody.</p>" * 12,
        "remediationImpact": "Users may be asked to sign in once more.",
        "service": ("AzureAD", "MDATP", "EXO", "MDO")[number % 4],
        "threats": ["Account Breach", "Data Exfiltration"],
        "tier": "Core",
        "userImpact": _WORDS[1 + number % 3],
        "controlStateUpdates": [{"state": "Default", "assignedTo": None, "comment": None, "updatedBy": None, "updatedDateTime": None}],
    }  # fmt: skip


def group(number: int) -> str:
    """The device group of a machine."""
    return f"Site {number % _GROUPS:02} devices"


def _directory_id(number: int) -> str:
    return str(uuid5(_NAMES, f"device {number}"))


def _control(number: int) -> str:
    return f"scid_{2000 + number}"


def _category(number: int) -> str:
    return ("Identity", "Device", "Apps", "Data")[number % 4]


def _worth(number: int) -> float:
    return float(1 + number % 10)


def _noon(day: date) -> str:
    return _stamp(datetime.combine(day, time(12), UTC))


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"
