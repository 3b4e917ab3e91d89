"""Under which names evidence is kept from day to day, and its history as analyses want it.

The sources forget: Secure Score after about 90 days (microsoft-graph-docs-contrib, security-list-securescores), completed remediation
after 180 (defender-docs, tvm-remediation), and the state of devices at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from watchkeeper.evidence.automation_review import AutomationReview
from watchkeeper.evidence.exercise_day import ExerciseDay
from watchkeeper.evidence.ownership import Assignment, assign
from watchkeeper.evidence.portal_round import PortalRound
from watchkeeper.evidence.remediation import Day
from watchkeeper.evidence.service_administration import CoverageDay
from watchkeeper.evidence_ports import EvidenceMemory
from watchkeeper.model.administration import ServiceOwner
from watchkeeper.model.evidence import ControlProfile, DailyScore, ExposureScore, Recommendation, RemediationTask
from watchkeeper.model.gathering import Gathering
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.owner_book import OwnerBook
from watchkeeper.model.owner_ticket import OwnerTickets, Untold
from watchkeeper.model.snapshot import Snapshot, SnapshotKind
from watchkeeper.model.task_devices import DeviceLists, TaskDevices


@dataclass(frozen=True, slots=True)
class ProfileDay:
    """Every control's profile of a day. Of days that are over, without the long texts."""

    profiles: tuple[ControlProfile, ...]

    def by_id(self) -> Mapping[str, ControlProfile]:
        return {each.id: each for each in self.profiles}

    def slim(self) -> ProfileDay:
        """Without what only the latest day is asked for."""
        return ProfileDay(tuple(replace(each, remediation="", address="", threats=()) for each in self.profiles))


@dataclass(frozen=True, slots=True)
class RemediationDay:
    """Every remediation task of a day, and the exposure score, None where it could not be read. `exempt`: the ids of the tasks for which
    an exception was approved, because the recommendations that say so are kept for the latest day alone."""

    tasks: tuple[RemediationTask, ...]
    exposure: ExposureScore | None = None
    exempt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecommendationDay:
    """What was recommended on a day."""

    recommendations: tuple[Recommendation, ...]


@dataclass(frozen=True, slots=True)
class OwnershipDay:
    """What ownership is made of besides the deployment's own file: the CMDB's services, and the device groups that machines are in.
    None: it could not be read."""

    services: tuple[ServiceOwner, ...] | None
    device_groups: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class FactsAtHand:
    """What the data asked for at an instant while the duty's team had an open ticket: that one is to be told it. Each is the occurrence
    that would have been raised."""

    at: datetime
    facts: tuple[Occurrence, ...]


SCORES: Final = SnapshotKind("evidence/secure-score", DailyScore)
"""By the score's own day."""
PROFILES: Final = SnapshotKind("evidence/control-profiles", ProfileDay)
REMEDIATION: Final = SnapshotKind("evidence/remediation", RemediationDay)
RECOMMENDATIONS: Final = SnapshotKind("evidence/recommendations", RecommendationDay)
"""The latest day alone."""
OWNER_TICKETS: Final = SnapshotKind("evidence/owner-tickets", OwnerTickets)


EXERCISES: Final = SnapshotKind("evidence/exercises", ExerciseDay)
PORTAL_ROUND: Final = SnapshotKind("evidence/portal-round", PortalRound)
COVERAGE: Final = SnapshotKind("evidence/coverage", CoverageDay)
AUTOMATION: Final = SnapshotKind("evidence/automation", AutomationReview)
FACTS: Final = SnapshotKind("evidence/facts", FactsAtHand)
OWNERSHIP: Final = SnapshotKind("evidence/ownership", OwnershipDay)
"""The latest day alone."""
DEVICES: Final = SnapshotKind("evidence/devices", DeviceLists)
"""The latest day alone; the lists themselves are kept by task, see `devices_of`."""
COLLECTED_AT: Final = "evidence:collected"
"""The fact of a store that says when evidence was last collected into it; absent where nobody ever did."""
_GATHERING: Final = "evidence/gathering/"
_DEVICES: Final = f"{DEVICES.name}/"
_AT_ONCE: Final = 28


def gathering_of(task: str) -> SnapshotKind[Gathering]:
    """What was gathered for a task; its files on the latest day alone."""
    return SnapshotKind(f"{_GATHERING}{task}", Gathering)


def name_of_task(task: str) -> str:
    """10 hex digits that stand for a remediation task's id, in names and addresses."""
    return hashlib.sha256(task.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def devices_of(task: str) -> SnapshotKind[TaskDevices]:
    """The devices that a remediation task (its id) waits for, on the latest day alone that they were read."""
    return SnapshotKind(f"{_DEVICES}{name_of_task(task)}", TaskDevices)


KINDS: Final[tuple[SnapshotKind[Any], ...]] = (
    SCORES,
    PROFILES,
    REMEDIATION,
    RECOMMENDATIONS,
    COVERAGE,
    AUTOMATION,
    OWNERSHIP,
    OWNER_TICKETS,
    FACTS,
    EXERCISES,
    DEVICES,
    PORTAL_ROUND,
)
"""Everything that is kept under a name of its own."""


def kind_named(name: str) -> SnapshotKind[Any] | None:
    """What is kept under a name; None for a name that is not of evidence."""
    if name.startswith(_GATHERING):
        return gathering_of(name.removeprefix(_GATHERING))
    if name.startswith(_DEVICES):
        return SnapshotKind(name, TaskDevices)
    return next((kind for kind in KINDS if kind.name == name), None)


@dataclass(frozen=True, slots=True)
class RemediationHistory:
    """Remediation by day and exposure scores, the oldest first."""

    days: tuple[Day, ...]
    exposure: tuple[ExposureScore, ...]


def scores_between(memory: EvidenceMemory, since: date, until: date) -> tuple[DailyScore, ...]:
    """The Secure Scores from a day to another (both included), the oldest first."""
    return tuple(each.document for each in memory.snapshots(SCORES, since, until))


def profiles_on(memory: EvidenceMemory, day: date) -> Mapping[str, ControlProfile]:
    """The controls' profiles by id as they were on a day: those of the latest reading until then; empty where there is none so old."""
    found = memory.latest_snapshot(PROFILES, day)
    return found.document.by_id() if found else {}


def remediation_history(memory: EvidenceMemory, since: date, until: date) -> RemediationHistory:
    """Every day from one to another (both included) on which remediation was read. A task that has not changed since the day before is
    the same object: half a year of a large estate is most of it such tasks."""
    days: list[Day] = []
    exposure: list[ExposureScore] = []
    for kept in _by_portion(memory, since, until):
        before = days[-1].tasks if days else {}
        tasks = {task.id: _same_as(before.get(task.id), task) for task in kept.document.tasks}
        days.append(Day(kept.day, tasks, frozenset(kept.document.exempt)))
        if kept.document.exposure is not None:
            exposure.append(kept.document.exposure)
    return RemediationHistory(tuple(days), tuple(exposure))


def _by_portion(memory: EvidenceMemory, since: date, until: date) -> Iterator[Snapshot[RemediationDay]]:
    """A few days at once, so that no more of them are in memory before their tasks are compared."""
    days = memory.snapshot_days(REMEDIATION, since, until)
    for first in range(0, len(days), _AT_ONCE):
        portion = days[first : first + _AT_ONCE]
        yield from memory.snapshots(REMEDIATION, portion[0], portion[-1])


def _same_as(before: RemediationTask | None, now: RemediationTask) -> RemediationTask:
    return before if before is not None and (before is now or before == now) else now


def without_ticket(memory: EvidenceMemory, until: date) -> tuple[Untold, ...]:
    """What owners had to do and got no ticket for when evidence was last collected until a day: each gets a few new ones at a time."""
    kept = memory.latest_snapshot(OWNER_TICKETS, until)
    return kept.document.digest if kept else ()


def assignment(memory: EvidenceMemory, book: OwnerBook, until: date) -> Assignment:
    """Who owns what, by the deployment's file and what was last read of the CMDB."""
    kept = memory.latest_snapshot(OWNERSHIP, until)
    return assign(book, kept.document.services, kept.document.device_groups) if kept else assign(book, None)
