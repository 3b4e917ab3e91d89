"""What changed in the estate since the last period, what is planned, and which devices no sensor watches. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from watchkeeper.evidence.coverage import Coverage, coverage
from watchkeeper.evidence.portal import LOW, Headroom, Supply, headroom
from watchkeeper.evidence.spelling import folded
from watchkeeper.model.administration import ChangeRequest, ConfigurationItem
from watchkeeper.model.evidence import Licence, Machine, ManagedDevice

TENANT_WIDE: Final = (
    "tenant",
    "conditional access",
    "entra",
    "azure ad",
    "intune",
    "microsoft 365",
    "office 365",
    "exchange online",
    "defender",
    "single sign-on",
    "テナント",
    "条件付きアクセス",
    "全社",
)
"""Words in the title or item of a change that reaches everybody: nothing in a change record says so."""
HIGH_RISK: Final = frozenset({"very high", "high", "critical", "非常に高い", "非常に高", "高い", "高"})
"""Display values of the field `risk`, folded, of instances in English and Japanese."""
_REMEMBERED: Final = 60
"""Days of coverage that one finding hands on to the next."""


class GapKind(StrEnum):
    """What is wrong between a device and its sensor, the worst first."""

    BARE = "bare"
    """Managed, in use, and no sensor reports from it."""
    SILENT = "silent"
    """Its sensor has not been heard of lately."""
    UNSURE = "unsure"
    """Another device has the same name, so that nobody can tell."""
    UNMANAGED = "unmanaged"
    """It has a sensor, and nobody manages it."""


@dataclass(frozen=True, slots=True)
class DeviceGap:
    """One such device. `group` is its device group in Defender, `user` who uses it; either may be empty."""

    kind: GapKind
    name: str
    system: str
    user: str
    group: str
    last_seen: date | None


@dataclass(frozen=True, slots=True)
class CoverageDay:
    """How many of the managed devices in use had a sensor on a day."""

    day: date
    covered: int
    used: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where no device is in use."""
        return self.covered / self.used if self.used else None


@dataclass(frozen=True, slots=True)
class SensorCoverage:
    """`before` is the last known day up to the end of the period before; None where nothing is known of it. `idle` are managed
    devices out of use."""

    now: CoverageDay
    before: CoverageDay | None
    idle: int
    gaps: tuple[DeviceGap, ...]

    def of(self, kind: GapKind) -> tuple[DeviceGap, ...]:
        return tuple(each for each in self.gaps if each.kind is kind)


@dataclass(frozen=True, slots=True)
class KindCount:
    """Configuration items of one class that were made and that were changed."""

    kind: str
    created: int
    changed: int


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """An open change request. `over`: its planned time has passed and it is still open."""

    change: ChangeRequest
    tenant_wide: bool
    high_risk: bool
    over: bool

    @property
    def pressing(self) -> bool:
        return self.tenant_wide or self.high_risk


@dataclass(frozen=True, slots=True)
class ServiceAdministration:
    """What there is to judge at an instant. Each part is None where a source of it could not be read. `history`: the coverage of
    the days behind, this one's last."""

    as_of: datetime
    since: datetime
    items: tuple[ConfigurationItem, ...] | None
    changes: tuple[PlannedChange, ...] | None
    coverage: SensorCoverage | None
    licences: tuple[Headroom, ...] | None
    history: tuple[CoverageDay, ...] = ()

    @property
    def kinds(self) -> tuple[KindCount, ...]:
        """The items by class, the most frequent first."""
        created = Counter(each.kind for each in self.items or () if each.created)
        changed = Counter(each.kind for each in self.items or () if not each.created)
        found = [KindCount(kind, created[kind], changed[kind]) for kind in created.keys() | changed.keys()]
        return tuple(sorted(found, key=lambda each: (-each.created - each.changed, each.kind)))

    @property
    def scarce(self) -> tuple[Headroom, ...]:
        """The licences that are low or worse, the scarcest first."""
        return tuple(each for each in self.licences or () if each.supply is not Supply.ENOUGH)


def service_administration(
    items: Iterable[ConfigurationItem] | None,
    changes: Iterable[ChangeRequest] | None,
    devices: Sequence[ManagedDevice] | None,
    machines: Sequence[Machine] | None,
    licences: Iterable[Licence] | None,
    *,
    since: datetime,
    now: datetime,
    history: Iterable[CoverageDay] = (),
    tenant_wide: Collection[str] = TENANT_WIDE,
    low: float = LOW,
) -> ServiceAdministration:
    """Everything about the period since `since`. None for a list that could not be read; devices are compared only where both lists
    of them are there. `history` is that of an earlier finding, or of daily ones, in any order. `low`: the share of free units below which
    a licence is called low."""
    known = {each.day: each for each in sorted(history, key=lambda each: (each.day, each.covered, each.used))}
    found = None
    if devices is not None and machines is not None:
        found = _coverage(coverage(devices, machines, now), known, since, now)
        known[found.now.day] = found.now
    return ServiceAdministration(
        as_of=now,
        since=since,
        items=None if items is None else tuple(sorted(items, key=_newest_first)),
        changes=None
        if changes is None
        else tuple(sorted((_planned(each, tenant_wide, now) for each in changes), key=_pressing_first)),
        coverage=found,
        licences=None if licences is None else headroom(licences, low),
        history=tuple(known[day] for day in sorted(known)[-_REMEMBERED:]),
    )


def _newest_first(item: ConfigurationItem) -> tuple[float, str, str]:
    return -item.changed_at.timestamp(), folded(item.name), item.id


def _planned(change: ChangeRequest, tenant_wide: Collection[str], now: datetime) -> PlannedChange:
    said = folded(f"{change.title} {change.item}")
    return PlannedChange(
        change,
        tenant_wide=any(folded(word) in said for word in tenant_wide),
        high_risk=folded(change.risk) in HIGH_RISK,
        over=change.ends_at is not None and change.ends_at < now,
    )


def _pressing_first(planned: PlannedChange) -> tuple[bool, bool, float, str, str]:
    change = planned.change
    start = change.starts_at.timestamp() if change.starts_at is not None else 0.0
    return not planned.pressing, change.starts_at is None, start, change.number, change.id


def _coverage(found: Coverage, known: dict[date, CoverageDay], since: datetime, now: datetime) -> SensorCoverage:
    earlier = [day for day in known if day <= since.astimezone(UTC).date()]
    return SensorCoverage(
        now=CoverageDay(now.astimezone(UTC).date(), found.covered, found.managed - len(found.idle)),
        before=known[max(earlier)] if earlier else None,
        idle=len(found.idle),
        gaps=(
            *(_of_device(GapKind.BARE, each) for each in found.bare),
            *(_of_machine(GapKind.SILENT, each) for each in found.silent),
            *(_of_device(GapKind.UNSURE, each) for each in found.unsure),
            *(_of_machine(GapKind.UNMANAGED, each) for each in found.unmanaged),
        ),
    )


def _of_device(kind: GapKind, device: ManagedDevice) -> DeviceGap:
    return DeviceGap(kind, device.name, device.system, device.user, "", _day(device.last_sync_at))


def _of_machine(kind: GapKind, machine: Machine) -> DeviceGap:
    return DeviceGap(kind, machine.name, machine.system, "", machine.group, _day(machine.last_seen_at))


def _day(at: datetime | None) -> date | None:
    return None if at is None else at.astimezone(UTC).date()
