"""What other systems tell about the tenant and its devices, in our own nouns: evidence that a duty was done, or what it needs.

Secure Score (Microsoft Graph), exposure score and the points of single controls are three different measures and have types of
their own, so that nobody adds them up. Instants are aware, UTC. Words of a vocabulary (`status`, `category`, `risk`) are as the
source spells them, with a small first letter: its documents and its answers differ in that (microsoft-graph-docs-contrib,
serviceannouncement-list-messages). Every text was written elsewhere: neutralise it before it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class Subject(StrEnum):
    """What a source can be asked for."""

    SECURE_SCORES = "secure-scores"
    CONTROL_PROFILES = "control-profiles"
    MANAGED_DEVICES = "managed-devices"
    LICENCES = "licences"
    ANNOUNCEMENTS = "announcements"
    SERVICE_HEALTH = "service-health"
    MACHINES = "machines"
    RECOMMENDATIONS = "recommendations"
    REMEDIATION_TASKS = "remediation-tasks"
    EXPOSED_DEVICES = "exposed-devices"
    SOFTWARE = "software"
    EXPOSURE_SCORE = "exposure-score"
    CONTENT_PACKAGES = "content-packages"
    AUTOMATION_RULES = "automation-rules"
    AUTOMATION_FAILURES = "automation-failures"
    PLAYBOOKS = "playbooks"
    CLOSED_INCIDENTS = "closed-incidents"


class Emptiness(StrEnum):
    """Why a listing has no rows, although it was read."""

    NOTHING_LISTED = "nothing-listed"
    """The list is there and empty."""
    NOT_FOUND = "not-found"
    """404, where the documentation says that it means "none" (machines: none recently seen)."""
    NO_CONTENT = "no-content"
    """204."""
    NOT_LICENSED = "not-licensed"
    """The tenant has no licence for the service behind it."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that could not be read. `place` names it as far as it can be named, `why` what is wrong with it."""

    place: str
    why: str


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list that was read to its end, each row once, in the source's order.

    `as_of`: the source's own clock at its last answer. `empty` is None where there are rows, or rows that were set aside.
    """

    rows: tuple[T, ...]
    as_of: datetime
    set_aside: tuple[SetAside, ...] = ()
    empty: Emptiness | None = None


@dataclass(frozen=True, slots=True)
class ControlPoints:
    """What one control contributed to a day's Secure Score. `control` is the control's own id; not each has a profile."""

    control: str
    category: str
    points: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The average points of comparable tenants. `basis`: `allTenants`, `totalSeats`, `industryTypes` and others."""

    basis: str
    average: float


@dataclass(frozen=True, slots=True)
class DailyScore:
    """A tenant's Secure Score of one day: `points` of `most` (resource secureScore). `most` moves when products and controls change."""

    id: str
    at: datetime
    points: float
    most: float
    licensed_users: int
    active_users: int
    services: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    controls: tuple[ControlPoints, ...]

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def share(self) -> float:
        """From 0 to 1; 0 where nothing can be won."""
        return self.points / self.most if self.most else 0.0


@dataclass(frozen=True, slots=True)
class ControlDecision:
    """What somebody said about a control: `default`, `planned`, `riskAccepted`, `thirdParty`, `ignored`, `reviewed` …"""

    state: str
    comment: str
    assigned_to: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ControlProfile:
    """What a control is and what it is worth at most, in points (resource secureScoreControlProfile). `rank`: 1 is what to do first;
    None where the source has none. `decision` is the latest one, None for none. `address` is where to act."""

    id: str
    title: str
    category: str
    service: str
    most: float
    rank: int | None
    tier: str
    cost: str
    user_impact: str
    deprecated: bool
    threats: tuple[str, ...]
    remediation: str
    address: str
    changed_at: datetime | None
    decision: ControlDecision | None


@dataclass(frozen=True, slots=True)
class ManagedDevice:
    """A device that Intune manages (resource managedDevice). `directory_id` is its id in Entra ID, which Defender knows it by as
    well; "" for a device that is not registered there."""

    id: str
    name: str
    directory_id: str
    system: str
    system_version: str
    compliance: str
    encrypted: bool | None
    last_sync_at: datetime | None
    enrolled_at: datetime | None
    user: str


@dataclass(frozen=True, slots=True)
class Licence:
    """A subscription (resource subscribedSku), in units, which usually are users. `enabled` ones may be assigned; those in
    `warning` still work, `suspended` and `locked_out` ones do not."""

    id: str
    name: str
    status: str
    enabled: int
    warning: int
    suspended: int
    locked_out: int
    consumed: int

    @property
    def headroom(self) -> int:
        """Units that can still be assigned; below 0 where more are in use than there are."""
        return self.enabled + self.warning - self.consumed


@dataclass(frozen=True, slots=True)
class Announcement:
    """A post of the Message center (resource serviceUpdateMessage). `category`: `planForChange`, `stayInformed`, `preventOrFixIssue`.
    `act_by`: until when something has to be done, None where nothing has. `body` is HTML by a stranger."""

    id: str
    title: str
    category: str
    severity: str
    services: tuple[str, ...]
    tags: tuple[str, ...]
    major: bool
    act_by: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None
    changed_at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class ServiceIssue:
    """Trouble of a service (resource serviceHealthIssue)."""

    id: str
    title: str
    impact: str
    classification: str
    status: str
    feature: str
    resolved: bool
    starts_at: datetime | None
    ends_at: datetime | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """A service and what is known to be wrong with it (resource serviceHealth). `status`: `serviceOperational` and some twenty others."""

    id: str
    service: str
    status: str
    issues: tuple[ServiceIssue, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """A device that Defender for Endpoint has seen. `directory_id` as of a managed device. `group` is its device group: who sees
    and owns it. `health`: `active`, `inactive`, `noSensorData` …; `risk` and `exposure`: `none`, `low`, `medium`, `high`."""

    id: str
    name: str
    directory_id: str
    system: str
    system_version: str
    health: str
    onboarding: str
    risk: str
    exposure: str
    value: str
    group: str
    tags: tuple[str, ...]
    first_seen_at: datetime | None
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What Defender recommends for the whole estate. `severity` is 0 to 10, `exposure_impact` the points of exposure score that
    following it would take away, `exposed` and `total` are devices."""

    id: str
    title: str
    product: str
    vendor: str
    category: str
    remediation: str
    status: str
    severity: float
    exposure_impact: float
    weaknesses: int
    exposed: int
    total: int
    public_exploit: bool
    active_alert: bool
    threats: tuple[str, ...]
    recommended_version: str


@dataclass(frozen=True, slots=True)
class RemediationTask:
    """A request to the owners of devices, and how far it has come: `fixed` of `target` devices. `due_at` is None where nobody set a
    date. `completed` ones are forgotten by the source after 180 days (defender-docs, tvm-remediation). `completed_by`: "automatic",
    or the person who marked it, devices left or not."""

    id: str
    title: str
    product: str
    component: str
    groups: tuple[str, ...]
    kind: str
    category: str
    priority: str
    completed: bool
    target: int
    fixed: int
    created_at: datetime
    due_at: datetime | None
    changed_at: datetime
    requester: str
    notes: str
    completed_by: str
    recommended_version: str

    @property
    def left(self) -> int:
        """Devices that still wait."""
        return max(0, self.target - self.fixed)


@dataclass(frozen=True, slots=True)
class ExposedDevice:
    """A device that a remediation task still waits for. `name` is "" where the source has none; `group` is its device group."""

    id: str
    name: str
    system: str
    group: str


@dataclass(frozen=True, slots=True)
class Software:
    """A product found on devices. `exposed` are devices with a weakness of it, `impact` its part of the exposure score."""

    id: str
    name: str
    vendor: str
    weaknesses: int
    exposed: int
    public_exploit: bool
    active_alert: bool
    impact: float


@dataclass(frozen=True, slots=True)
class ExposureScore:
    """How exposed the estate is, 0 to 100: less is better."""

    at: datetime
    points: float
