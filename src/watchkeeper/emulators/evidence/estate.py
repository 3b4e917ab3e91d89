"""What Defender knows of the devices: machines, weaknesses, and how their remediation goes on. Made up from the seed and the clock.

Shapes: MicrosoftDocs/defender-docs, defender-endpoint/api (get-machines, get-all-recommendations, get-remediation-all-activities,
get-software, get-exposure-score).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1
from random import Random
from typing import Any, Final
from uuid import uuid5

from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.emulators.evidence.tenant import DEVICES, SHARED, device_name, directory_id, stamp

SERVERS: Final = 4
"""Machines that Intune does not know."""
KEPT: Final = timedelta(days=180)
"""For how long a completed remediation task is listed."""
FIRST_TASK: Final = FIRST_MONDAY - timedelta(days=420)
_GROUPS: Final = ("Tokyo clients", "Dublin clients", "Seattle clients")
_PRODUCTS: Final = (
    ("microsoft", "windows_11", "Windows 11"),
    ("google", "chrome", "Google Chrome"),
    ("mozilla", "firefox", "Mozilla Firefox"),
    ("adobe", "acrobat_reader_dc", "Adobe Acrobat Reader DC"),
    ("oracle", "jre", "Oracle JRE"),
    ("7-zip", "7-zip", "7-Zip"),
    ("openssl", "openssl", "OpenSSL"),
    ("git-scm", "git", "Git"),
)
_TASKS: Final = 36


def machines(now: datetime) -> list[dict[str, Any]]:
    return [_machine(number, now) for number in range(SHARED + SERVERS)]


def _machine(number: int, now: datetime) -> dict[str, Any]:
    server = number >= SHARED
    name = f"srv-{number - SHARED:02}" if server else device_name(number)
    group = "Servers" if server else _GROUPS[number % len(_GROUPS)]
    return {
        "id": sha1(name.encode()).hexdigest(),
        "computerDnsName": f"{name}.soc.example",
        "firstSeen": stamp(FIRST_MONDAY - timedelta(days=280 - number)),
        "lastSeen": stamp(now - timedelta(minutes=23 * number + 4)),
        "osPlatform": "WindowsServer2022" if server else "Windows11" if number % 5 != 4 else "macOS",
        "version": "24H2",
        "osProcessor": "x64",
        "lastIpAddress": f"10.20.{number // 200}.{number % 200 + 10}",
        "lastExternalIpAddress": "203.0.113.7",
        "osBuild": 26100,
        "healthStatus": "Inactive" if number % 11 == 10 else "Active",
        "onboardingStatus": "Onboarded",
        "rbacGroupId": 100 + number % len(_GROUPS),
        "rbacGroupName": group,
        "riskScore": ("None", "Low", "Medium", "High")[number % 4],
        "exposureLevel": ("Low", "Medium", "High")[number % 3],
        "isAadJoined": not server,
        "aadDeviceId": None if server else directory_id(name),
        "machineTags": ["tier-0"] if server else [],
        "deviceValue": "High" if server else "Normal",
    }


@dataclass(frozen=True, slots=True)
class Remedy:
    """One remediation task's life. `stalls`: the share of its devices at which it comes to rest; 1 is the end."""

    number: int
    product: tuple[str, str, str]
    group: str
    created: datetime
    due: datetime
    days: int
    target: int
    stalls: float

    @property
    def completed(self) -> datetime | None:
        return self.created + timedelta(days=self.days) if self.stalls >= 1 else None

    def fixed(self, now: datetime) -> int:
        gone = (now - self.created) / timedelta(days=self.days)
        return int(self.target * min(max(gone, 0.0), self.stalls, 0.7 if self.by_hand else 1.0))

    @property
    def by_hand(self) -> bool:
        """Whether somebody marks it as completed, whatever devices are left."""
        return self.number % 5 == 0


class Remediation:
    """Every task that ever was; the API lists those that are there at an instant."""

    def __init__(self, seed: int) -> None:
        self.remedies = tuple(_remedy(number, Random(f"{seed} remedy {number}")) for number in range(_TASKS))

    def tasks(self, now: datetime) -> list[dict[str, Any]]:
        """What has been created and is open, or was completed within `KEPT`."""
        listed = (each for each in self.remedies if each.created <= now and not _gone(each, now))
        return [_task(each, now) for each in listed]

    def references(self, now: datetime) -> list[dict[str, Any]]:
        """The devices that each of these tasks still waits for, with the task's id as `of`: of its device group, and never more than that
        has, whatever the task's own numbers say."""
        known = machines(now)
        return [each for remedy in self.remedies if remedy.created <= now for each in _references(remedy, known, now)]

    def open_on(self, product: str, now: datetime) -> int:
        """Devices that still wait for a product's remedy."""
        return sum(
            each.target - each.fixed(now)
            for each in self.remedies
            if each.product[1] == product and each.created <= now and not _done(each, now)
        )

    def recommendations(self, now: datetime) -> list[dict[str, Any]]:
        return [self._recommendation(index, now) for index in range(len(_PRODUCTS))]

    def _recommendation(self, index: int, now: datetime) -> dict[str, Any]:
        vendor, name, title = _PRODUCTS[index]
        exposed = self.open_on(name, now) + index % 3
        return {
            "id": f"va-_-{vendor}-_-{name}",
            "productName": name,
            "recommendationName": f"Update {title}",
            "weaknesses": 5 * exposed + index,
            "vendor": vendor,
            "recommendedVersion": f"{20 + index}.1",
            "recommendedVendor": "",
            "recommendedProgram": "",
            "recommendationCategory": "Application",
            "subCategory": "",
            "severityScore": round(9.8 - index * 0.7, 1),
            "publicExploit": index % 3 == 0,
            "activeAlert": False,
            "associatedThreats": [str(uuid5(DEVICES, f"threat {name}"))] if index % 3 == 0 else [],
            "remediationType": "Update",
            "status": "Exception" if index == len(_PRODUCTS) - 1 else "Active",
            "configScoreImpact": 0.0,
            "exposureImpact": round(exposed * 0.137, 6),
            "totalMachineCount": SHARED + SERVERS,
            "exposedMachinesCount": exposed,
            "nonProductivityImpactedAssets": 0,
            "relatedComponent": title,
        }

    def software(self, now: datetime) -> list[dict[str, Any]]:
        return [
            {
                "id": f"{vendor}-_-{name}",
                "name": name,
                "vendor": vendor,
                "weaknesses": 5 * self.open_on(name, now) + index,
                "publicExploit": index % 3 == 0,
                "activeAlert": False,
                "exposedMachines": self.open_on(name, now) + index % 3,
                "installedMachines": SHARED + SERVERS - index,
                "impactScore": round(self.open_on(name, now) * 0.0137, 8),
                "isNormalized": True,
                "category": "",
            }
            for index, (vendor, name, _) in enumerate(_PRODUCTS)
        ]

    def exposure(self, now: datetime) -> list[dict[str, Any]]:
        """One object; the more devices wait, the higher."""
        waiting = sum(self.open_on(name, now) for _, name, _ in _PRODUCTS)
        return [{"time": stamp(now), "score": round(min(100.0, 12.5 + waiting * 0.31), 12)}]


def _gone(remedy: Remedy, now: datetime) -> bool:
    return remedy.completed is not None and now - remedy.completed > KEPT


def _done(remedy: Remedy, now: datetime) -> bool:
    return remedy.completed is not None and remedy.completed <= now


def _remedy(number: int, dice: Random) -> Remedy:
    created = FIRST_TASK + timedelta(days=number * 13, hours=dice.randint(8, 17), minutes=dice.randint(0, 59))
    due = (created + timedelta(days=dice.choice((14, 30, 60)))).replace(hour=0, minute=0, second=0, microsecond=0)
    return Remedy(
        number,
        _PRODUCTS[number % len(_PRODUCTS)],
        "Servers" if number % 6 == 5 else _GROUPS[number % len(_GROUPS)],
        created,
        due,
        dice.randint(7, 70),
        dice.randint(3, 14),
        dice.choice((1.0, 1.0, 1.0, 0.6, 0.0)),
    )


def _references(remedy: Remedy, known: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Another device of the group is the first for each task; they are mended in their order."""
    group = [each for each in known if each["rbacGroupName"] == remedy.group]
    first = remedy.number % len(group)
    asked = [*group[first:], *group[:first]][: remedy.target]
    names = ("id", "computerDnsName", "osPlatform", "rbacGroupName")
    return [{"of": _id(remedy), **{name: each[name] for name in names}} for each in asked[remedy.fixed(now) :]]


def _id(remedy: Remedy) -> str:
    return str(uuid5(DEVICES, f"remedy {remedy.number}"))


def _task(remedy: Remedy, now: datetime) -> dict[str, Any]:
    vendor, name, title = remedy.product
    done = _done(remedy, now)
    by_hand = done and remedy.by_hand
    person = str(uuid5(DEVICES, "liam.byrne"))
    return {
        "id": _id(remedy),
        "title": f"Update {title}",
        "createdOn": stamp(remedy.created),
        "requesterId": person,
        "requesterEmail": "liam.byrne@soc.example",
        "status": "Completed" if done else "Active",
        "statusLastModifiedOn": stamp(remedy.completed if done and remedy.completed else remedy.created),
        "description": f"Update {title} to a later version to mitigate known vulnerabilities affecting your devices.",
        "relatedComponent": title,
        "targetDevices": remedy.target,
        "rbacGroupNames": [remedy.group],
        "fixedDevices": remedy.fixed(now),
        "requesterNotes": "",
        "dueOn": None if remedy.number % 12 == 11 else stamp(remedy.due),
        "category": "Software",
        "productivityImpactRemediationType": None,
        "priority": ("High", "Medium", "Low")[remedy.number % 3],
        "completionMethod": None if not done else "Manual" if by_hand else "Automatic",
        "completerId": person if by_hand else None,
        "completerEmail": "liam.byrne@soc.example" if by_hand else None,
        "scid": None,
        "type": "Update",
        "productId": f"{vendor}-_-{name}",
        "vendorId": vendor,
        "nameId": name,
        "recommendedVersion": None,
        "recommendedVendor": None,
        "recommendedProgram": None,
    }
