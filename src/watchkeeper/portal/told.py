"""What a site is made from: what the state store keeps of remediation, and who owns what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final, TypeAlias

from watchkeeper.evidence.kept import RECOMMENDATIONS, REMEDIATION, gathering_of, remediation_history
from watchkeeper.evidence.owners import UNOWNED, Owner, Ownership
from watchkeeper.evidence.remediation import KEPT, Bounds, Day
from watchkeeper.evidence_ports import EvidenceMemory
from watchkeeper.model.evidence import Recommendation
from watchkeeper.model.gathering import Piece
from watchkeeper.report.document import Document, Link

REMEDIATION_TASK: Final = "vulnerability-remediation"
"""The duty whose evidence the portal shows."""
STALE_AFTER: Final = timedelta(days=2)
"""From when on data are called old."""

Asking: TypeAlias = Callable[[str, str, str], str]
"""The address where an owner (id) says something of a recommendation; the last text is its ticket's number, empty without one."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`not_mine`, `exception`: None where there is no such address."""

    bounds: Bounds = field(default_factory=Bounds)
    not_mine: Asking | None = None
    exception: Asking | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """How an owner is spoken to: its names by language, its language, its time zone (IANA)."""

    names: Mapping[str, str]
    language: str
    zone: str


@dataclass(frozen=True, slots=True)
class Home:
    """The deployment: its language and time zone, and whom owners ask, by language and with the assignment group in ServiceNow."""

    deployment: str
    language: str
    zone: str
    contact: Mapping[str, str]
    group: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report for the SOC: its file's name without an ending, and its document in each language."""

    name: str
    documents: Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class Told:
    """`days`: remediation by day, the oldest first. `as_of`: when the last of them was read, None where it never was. `missing`: what could
    not be read when it was last tried. `tickets`: by owner's id and recommendation. `addresses`: by owner's id."""

    home: Home
    now: datetime
    days: tuple[Day, ...]
    as_of: datetime | None
    missing: tuple[Piece, ...]
    recommendations: tuple[Recommendation, ...]
    ownership: Ownership
    rules: Rules = Rules()
    addresses: Mapping[str, Address] = field(default_factory=lambda: MappingProxyType({}))
    tickets: Mapping[tuple[str, str], Link] = field(default_factory=lambda: MappingProxyType({}))
    reports: Sequence[Report] = ()

    @property
    def is_old(self) -> bool:
        return self.as_of is not None and self.now - self.as_of > STALE_AFTER

    def language_of(self, owner: Owner) -> str:
        return self.addresses[owner.id].language if owner.id in self.addresses else self.home.language

    def zone_of(self, owner: Owner) -> str:
        return self.addresses[owner.id].zone if owner.id in self.addresses else self.home.zone

    def name_of(self, owner: Owner, language: str) -> str:
        """Empty for what nobody owns, which each page calls in its own words."""
        if owner is UNOWNED:
            return ""
        names = self.addresses[owner.id].names if owner.id in self.addresses else {}
        return names.get(language) or owner.name or owner.id


@dataclass(frozen=True, slots=True)
class Kept:
    """What the state store keeps of remediation, as in Told."""

    days: tuple[Day, ...]
    as_of: datetime | None
    missing: tuple[Piece, ...]
    recommendations: tuple[Recommendation, ...]


def kept_until(memory: EvidenceMemory, today: date) -> Kept:
    """Everything of half a year: as long as the source shows what was completed."""
    latest = memory.latest_snapshot(REMEDIATION, today)
    recommended = memory.latest_snapshot(RECOMMENDATIONS, today)
    gathered = memory.latest_snapshot(gathering_of(REMEDIATION_TASK), today)
    return Kept(
        days=remediation_history(memory, today - KEPT, today).days,
        as_of=None if latest is None else latest.taken_at,
        missing=() if gathered is None else gathered.document.missing,
        recommendations=() if recommended is None else recommended.document.recommendations,
    )
