"""What is read of Microsoft Graph, where, and with which application permission."""

from __future__ import annotations

import re
from typing import Any, Final

from watchkeeper.model.evidence import (
    Announcement,
    ControlProfile,
    DailyScore,
    Licence,
    ManagedDevice,
    ServiceHealth,
    Subject,
)
from watchkeeper.transport.listing import Reading
from watchkeeper.transport.odata import Ask
from watchkeeper_graph.administration import announcement, licence, managed_device, service_health
from watchkeeper_graph.security import control_profile, daily_score

_LARGE: Final = {"Prefer": "odata.maxpagesize=1000"}
"""As many announcements to a page as there may be (serviceannouncement-list-messages); the usual page has 100."""
_DEVICE_FIELDS: Final = (
    "id,deviceName,azureADDeviceId,operatingSystem,osVersion,complianceState,isEncrypted,lastSyncDateTime,"
    "enrolledDateTime,userPrincipalName"
)

SECURE_SCORES: Final[Reading[DailyScore]] = Reading(
    Subject.SECURE_SCORES,
    Ask("/v1.0/security/secureScores"),
    ("SecurityEvents.Read.All", "SecurityEvents.ReadWrite.All"),
    daily_score,
    lambda row: row.id,
)
CONTROL_PROFILES: Final[Reading[ControlProfile]] = Reading(
    Subject.CONTROL_PROFILES,
    Ask("/v1.0/security/secureScoreControlProfiles"),
    ("SecurityEvents.Read.All", "SecurityEvents.ReadWrite.All"),
    control_profile,
    lambda row: row.id,
)
MANAGED_DEVICES: Final[Reading[ManagedDevice]] = Reading(
    Subject.MANAGED_DEVICES,
    Ask("/v1.0/deviceManagement/managedDevices", {"$select": _DEVICE_FIELDS}),
    ("DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All"),
    managed_device,
    lambda row: row.id,
    unlicensed=re.compile("not applicable to target tenant", re.IGNORECASE),
)
LICENCES: Final[Reading[Licence]] = Reading(
    Subject.LICENCES,
    Ask("/v1.0/subscribedSkus", one={}),
    ("LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All"),
    licence,
    lambda row: row.id,
)
ANNOUNCEMENTS: Final[Reading[Announcement]] = Reading(
    Subject.ANNOUNCEMENTS,
    Ask("/v1.0/admin/serviceAnnouncement/messages", headers=_LARGE),
    ("ServiceMessage.Read.All",),
    announcement,
    lambda row: row.id,
)
SERVICE_HEALTH: Final[Reading[ServiceHealth]] = Reading(
    Subject.SERVICE_HEALTH,
    Ask("/v1.0/admin/serviceAnnouncement/healthOverviews", {"$expand": "issues"}),
    ("ServiceHealth.Read.All",),
    service_health,
    lambda row: row.id,
)
READINGS: Final[tuple[Reading[Any], ...]] = (
    SECURE_SCORES,
    CONTROL_PROFILES,
    MANAGED_DEVICES,
    LICENCES,
    ANNOUNCEMENTS,
    SERVICE_HEALTH,
)
