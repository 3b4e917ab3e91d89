"""Devices, licences, announcements and service health as rows of ours (microsoft-graph-docs-contrib, resources manageddevice,
subscribedsku, serviceupdatemessage, servicehealth and servicehealthissue)."""

from __future__ import annotations

from typing import Final

from watchkeeper.model.evidence import Announcement, Licence, ManagedDevice, ServiceHealth, ServiceIssue
from watchkeeper.transport.rows import Row

_NO_DEVICE: Final = "00000000-0000-0000-0000-000000000000"
"""How Intune says that a device is not registered in Entra ID."""


def managed_device(row: Row) -> ManagedDevice:
    directory_id = row.text("azureADDeviceId").lower()
    return ManagedDevice(
        id=row.name("id"),
        name=row.text("deviceName"),
        directory_id="" if directory_id == _NO_DEVICE else directory_id,
        system=row.shared("operatingSystem"),
        system_version=row.shared("osVersion"),
        compliance=row.word("complianceState"),
        encrypted=row.maybe_flag("isEncrypted"),
        last_sync_at=row.maybe_instant("lastSyncDateTime"),
        enrolled_at=row.maybe_instant("enrolledDateTime"),
        user=row.text("userPrincipalName"),
    )


def licence(row: Row) -> Licence:
    units = row.part("prepaidUnits")
    return Licence(
        id=row.name("skuId"),
        name=row.name("skuPartNumber"),
        status=row.word("capabilityStatus"),
        enabled=units.count("enabled"),
        warning=units.maybe_count("warning") or 0,
        suspended=units.maybe_count("suspended") or 0,
        locked_out=units.maybe_count("lockedOut") or 0,
        consumed=row.count("consumedUnits"),
    )


def announcement(row: Row) -> Announcement:
    return Announcement(
        id=row.name("id"),
        title=row.text("title"),
        category=row.word("category"),
        severity=row.word("severity"),
        services=row.texts("services"),
        tags=row.texts("tags"),
        major=row.flag("isMajorChange"),
        act_by=row.maybe_instant("actionRequiredByDateTime"),
        starts_at=row.maybe_instant("startDateTime"),
        ends_at=row.maybe_instant("endDateTime"),
        changed_at=row.instant("lastModifiedDateTime"),
        body=row.part("body").text("content"),
    )


def service_health(row: Row) -> ServiceHealth:
    return ServiceHealth(
        id=row.name("id"),
        service=row.text("service"),
        status=row.word("status"),
        issues=tuple(_issue(each) for each in row.rows("issues")),
    )


def _issue(row: Row) -> ServiceIssue:
    return ServiceIssue(
        id=row.name("id"),
        title=row.text("title"),
        impact=row.text("impactDescription"),
        classification=row.word("classification"),
        status=row.word("status"),
        feature=row.text("feature"),
        resolved=row.flag("isResolved"),
        starts_at=row.maybe_instant("startDateTime"),
        ends_at=row.maybe_instant("endDateTime"),
        changed_at=row.maybe_instant("lastModifiedDateTime"),
    )
