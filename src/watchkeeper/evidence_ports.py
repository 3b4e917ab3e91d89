"""What is asked of sources of evidence, which are only read, and of what is kept of it, as Protocols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    import requests

    from watchkeeper.model.administration import ChangeRequest, ConfigurationItem, FollowUp, ServiceOwner
    from watchkeeper.model.duty_record import DutyRecord
    from watchkeeper.model.evidence import (
        Announcement,
        ControlProfile,
        DailyScore,
        ExposedDevice,
        ExposureScore,
        Licence,
        Listing,
        Machine,
        ManagedDevice,
        Recommendation,
        RemediationTask,
        ServiceHealth,
        Software,
    )
    from watchkeeper.model.gathering import Gathering
    from watchkeeper.model.probing import Probe
    from watchkeeper.model.record import Side
    from watchkeeper.model.script import ScriptDownload
    from watchkeeper.model.snapshot import Snapshot, SnapshotKind
    from watchkeeper.model.source_rights import SourceRights
    from watchkeeper.model.workspace import AutomationFailure, AutomationRule, ClosedIncident, ContentPackage, Playbook

T = TypeVar("T")


class EvidenceMemory(Protocol):
    """What of evidence is kept from day to day (a part of the state store, with its errors)."""

    def keep_snapshots(self, kept: Iterable[Snapshot[Any]]) -> None:
        """Store documents in one transaction, each in the place of an earlier one of the same kind and day."""
        ...

    def snapshots(self, kind: SnapshotKind[T], since: date, until: date) -> Sequence[Snapshot[T]]:
        """The days (both ends included) that there is a document of, the oldest first."""
        ...

    def snapshot_days(self, kind: SnapshotKind[Any], since: date, until: date) -> Sequence[date]:
        """The same days alone, without reading their documents."""
        ...

    def latest_snapshot(self, kind: SnapshotKind[T], until: date) -> Snapshot[T] | None:
        """The newest document of a day or before."""
        ...

    def drop_snapshots(self, kind: SnapshotKind[Any], before: date) -> None:
        """Forget the documents that are older than a day."""
        ...


class DutyMemory(EvidenceMemory, Protocol):
    """What is remembered of duties that are over: what became of their tickets, and what was gathered for them."""

    def duties_due(self, since: datetime, until: datetime) -> Sequence[DutyRecord]:
        """The decided duties that fall due in [since, until), by due instant and key, with their tickets."""
        ...

    def gatherings(self, tasks: Iterable[str], since: date, until: date) -> Sequence[Gathering]:
        """What was gathered for some tasks from one day to another (both included), by day."""
        ...


class SignIn(Protocol):
    """Tokens of one directory, by audience."""

    def sign(self, session: requests.Session, audience: str) -> None:
        """From now on the session's requests carry a token for this audience."""
        ...

    def roles(self, audience: str) -> frozenset[str]:
        """The application permissions on an audience that our token carries. Raises AuthFailed, Unavailable."""
        ...


class EvidenceSource(Protocol):
    """One system that evidence is read from. Thread-safe.

    Every method raises from watchkeeper.errors only. A list is read to its end or not at all: what breaks off is raised. A
    tenant that has nothing is an empty list that says why.
    """

    @property
    def side(self) -> Side: ...

    def probes(self, rights: SourceRights) -> Sequence[Probe]:
        """What `doctor` can tell of this source by reading alone. Never raises."""
        ...


class TenantEvidence(EvidenceSource, Protocol):
    """What the tenant's own services tell: its score, devices, licences and announcements."""

    def secure_scores(self, since: date | None = None) -> Listing[DailyScore]:
        """The days that the source still has (about 90), newest first; with `since` those from a day on, in fewer calls."""
        ...

    def control_profiles(self) -> Listing[ControlProfile]: ...

    def managed_devices(self) -> Listing[ManagedDevice]: ...

    def licences(self) -> Listing[Licence]: ...

    def announcements(self) -> Listing[Announcement]: ...

    def service_health(self) -> Listing[ServiceHealth]: ...


class EstateEvidence(EvidenceSource, Protocol):
    """What is known about the devices: their sensors, their weaknesses, and how remediation goes on."""

    def machines(self) -> Listing[Machine]: ...

    def recommendations(self) -> Listing[Recommendation]: ...

    def remediation_tasks(self) -> Listing[RemediationTask]: ...

    def exposed_devices(self, task: str) -> Listing[ExposedDevice]:
        """The devices that a remediation task (its id) still waits for. NotFound where the source has no such task any more."""
        ...

    def software(self) -> Listing[Software]: ...

    def exposure_score(self) -> Listing[ExposureScore]:
        """The present score: one row, or none and why."""
        ...


class AdministrationEvidence(Protocol):
    """What ServiceNow tells besides tickets. Thread-safe; errors, completeness and emptiness as of an EvidenceSource. The account that
    the connector signs in with reads it all; what it may not see is AuthFailed, never an empty list."""

    def configuration_changes(self, since: datetime) -> Listing[ConfigurationItem]:
        """CMDB items made or changed since an instant, newest first."""
        ...

    def open_changes(self) -> Listing[ChangeRequest]:
        """Change requests that are not closed or cancelled, by planned start, those without one last."""
        ...

    def service_owners(self) -> Listing[ServiceOwner]:
        """Every active service, by name."""
        ...

    def follow_ups(self, parents: Sequence[str]) -> Listing[FollowUp]:
        """The tickets whose parent is one of these (ids), by parent and number."""
        ...


@runtime_checkable
class TellsOfAdministration(Protocol):
    """A connector whose side can be asked for this too, with the sessions that it has."""

    @property
    def administration(self) -> AdministrationEvidence:
        """Nothing is called before it is asked."""
        ...


class WorkspaceEvidence(Protocol):
    """What a Sentinel workspace tells besides incidents. Thread-safe; errors, completeness and emptiness as of an EvidenceSource."""

    def content_packages(self) -> Listing[ContentPackage]:
        """Every package that is installed, with the version that the catalogue offers, by name."""
        ...

    def automation_rules(self) -> Listing[AutomationRule]: ...

    def automation_failures(self, since: datetime) -> Listing[AutomationFailure]:
        """The most frequent first. Where the workspace keeps no health data the listing is empty: NOT_FOUND."""
        ...

    def playbooks(self) -> Listing[Playbook]: ...

    def closed_incidents(self, since: datetime, until: datetime) -> Listing[ClosedIncident]:
        """Incidents about phishing or data loss that were closed in [since, until), oldest first, our own duties never among
        them."""
        ...


@runtime_checkable
class TellsOfWorkspace(Protocol):
    """A connector whose workspace can be asked for this too, with the sessions that it has."""

    @property
    def workspace(self) -> WorkspaceEvidence:
        """Nothing is called before it is asked."""
        ...


class ScriptSource(Protocol):
    """The hosts from which scripts and configuration files may come. Thread-safe. Their bytes are counted and hashed, and then
    forgotten: never executed, kept or logged."""

    def download(self, name: str, address: str) -> ScriptDownload:
        """What lies at an https address of the allow list; `name` is what people call it. Raises from watchkeeper.errors only:
        Rejected for an address that is not on the list, or leads off it, for a file that is too long, and where a sign-in is
        wanted; NotFound, Throttled, Unavailable, Protocol."""
        ...
