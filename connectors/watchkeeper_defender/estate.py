"""What Defender tells as rows of ours (MicrosoftDocs/defender-docs, defender-endpoint/api: the page of each list)."""

from __future__ import annotations

from typing import Final

from watchkeeper.model.evidence import ExposedDevice, ExposureScore, Machine, Recommendation, RemediationTask, Software
from watchkeeper.transport.rows import Row

COMPLETED: Final = "completed"
AUTOMATIC: Final = "automatic"


def machine(row: Row) -> Machine:
    return Machine(
        id=row.name("id"),
        name=row.text("computerDnsName"),
        directory_id=row.text("aadDeviceId").lower(),
        system=row.shared("osPlatform"),
        system_version=row.shared("version"),
        health=row.word("healthStatus"),
        onboarding=row.word("onboardingStatus"),
        risk=row.word("riskScore"),
        exposure=row.word("exposureLevel"),
        value=row.word("deviceValue"),
        group=row.shared("rbacGroupName"),
        tags=row.texts("machineTags"),
        first_seen_at=row.maybe_instant("firstSeen"),
        last_seen_at=row.maybe_instant("lastSeen"),
    )


def recommendation(row: Row) -> Recommendation:
    return Recommendation(
        id=row.name("id"),
        title=row.text("recommendationName"),
        product=row.text("productName"),
        vendor=row.text("vendor"),
        category=row.word("recommendationCategory"),
        remediation=row.word("remediationType"),
        status=row.word("status"),
        severity=row.number("severityScore"),
        exposure_impact=row.number("exposureImpact"),
        weaknesses=row.maybe_count("weaknesses") or 0,
        exposed=row.count("exposedMachinesCount"),
        total=row.count("totalMachineCount"),
        public_exploit=row.flag("publicExploit"),
        active_alert=row.flag("activeAlert"),
        threats=row.texts("associatedThreats"),
        recommended_version=row.text("recommendedVersion"),
    )


def remediation_task(row: Row) -> RemediationTask:
    created = row.instant("createdOn")
    return RemediationTask(
        id=row.name("id"),
        title=row.text("title"),
        product=row.text("productId"),
        component=row.text("relatedComponent"),
        groups=row.texts("rbacGroupNames"),
        kind=row.word("type"),
        category=row.word("category"),
        priority=row.word("priority"),
        completed=row.word("status") == COMPLETED,
        target=row.count("targetDevices"),
        fixed=row.count("fixedDevices"),
        created_at=created,
        due_at=row.maybe_instant("dueOn"),
        changed_at=row.maybe_instant("statusLastModifiedOn") or created,
        requester=row.text("requesterEmail"),
        notes=row.text("requesterNotes"),
        completed_by=_completed_by(row),
        recommended_version=row.text("recommendedVersion"),
    )


def exposed_device(row: Row) -> ExposedDevice:
    return ExposedDevice(
        id=row.name("id"),
        name=row.text("computerDnsName"),
        system=row.shared("osPlatform"),
        group=row.shared("rbacGroupName"),
    )


def _completed_by(row: Row) -> str:
    """Who completed a task; "" for one that is open."""
    person = row.text("completerEmail") or row.text("completerId")
    method = row.word("completionMethod")
    return AUTOMATIC if method == AUTOMATIC else person or method


def software(row: Row) -> Software:
    return Software(
        id=row.name("id"),
        name=row.text("name"),
        vendor=row.text("vendor"),
        weaknesses=row.maybe_count("weaknesses") or 0,
        exposed=row.count("exposedMachines"),
        public_exploit=row.flag("publicExploit"),
        active_alert=row.flag("activeAlert"),
        impact=row.number("impactScore"),
    )


def exposure_score(row: Row) -> ExposureScore:
    return ExposureScore(row.instant("time"), row.number("score"))
