"""What a site is made from: what the state store keeps of remediation, and who owns what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from watchkeeper.catalog.model import Catalog
from watchkeeper.evidence.kept import RECOMMENDATIONS, REMEDIATION, gathering_of, remediation_history, without_ticket
from watchkeeper.evidence.owners import Owner, Ownership
from watchkeeper.evidence.remediation import KEPT, Day
from watchkeeper.evidence_ports import EvidenceMemory
from watchkeeper.model.evidence import Recommendation
from watchkeeper.model.evidence_rules import RemediationRules
from watchkeeper.model.gathering import Piece
from watchkeeper.report.document import Document, Link

REMEDIATION_TASK: Final = "vulnerability-remediation"
"""The duty whose evidence the portal shows."""
STALE_AFTER: Final = timedelta(days=2)
"""From when on data are called old."""


@dataclass(frozen=True, slots=True)
class Home:
    """The deployment: its language and time zone, and whom owners ask, by language and with the assignment group in ServiceNow. `instance` is
    the origin of the ServiceNow instance, "" where it is not known."""

    deployment: str
    language: str
    zone: str
    contact: Mapping[str, str]
    group: str
    instance: str = ""


def home_of(catalog: Catalog, instance: str = "") -> Home:
    """A deployment as its owners of devices know it: whoever answers for it is the oversight team."""
    home, team = catalog.deployment, catalog.teams[catalog.deployment.oversight_team]
    return Home(home.name, home.language, str(home.zone), team.name, team.group, instance)


@dataclass(frozen=True, slots=True)
class Report:
    """A report for the SOC: its file's name without an ending, and its document in each language."""

    name: str
    documents: Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class Told:
    """`days`: remediation by day, the oldest first. `as_of`: when the last of them was read, None where it never was. `missing`: what could
    not be read when it was last tried. `untold`: what has no ticket yet because its owner has got enough new ones, and `tickets`: by owner's id and
    recommendation."""

    home: Home
    now: datetime
    days: tuple[Day, ...]
    as_of: datetime | None
    missing: tuple[Piece, ...]
    recommendations: tuple[Recommendation, ...]
    ownership: Ownership
    rules: RemediationRules
    untold: frozenset[tuple[str, str]] = frozenset()
    tickets: Mapping[tuple[str, str], Link] = field(default_factory=lambda: MappingProxyType({}))
    reports: Sequence[Report] = ()

    @property
    def is_old(self) -> bool:
        return self.as_of is not None and self.now - self.as_of > STALE_AFTER

    def language_of(self, owner: Owner) -> str:
        return owner.language or self.home.language

    def zone_of(self, owner: Owner) -> str:
        return owner.zone or self.home.zone

    def is_unowned(self, owner: Owner) -> bool:
        return owner == self.ownership.unowned

    def name_of(self, owner: Owner, language: str) -> str:
        """Empty for what nobody owns, which each page calls in its own words."""
        return "" if self.is_unowned(owner) else owner.called(language) or owner.id


@dataclass(frozen=True, slots=True)
class Kept:
    """What the state store keeps of remediation, as in Told."""

    days: tuple[Day, ...]
    as_of: datetime | None
    missing: tuple[Piece, ...]
    recommendations: tuple[Recommendation, ...]
    untold: frozenset[tuple[str, str]]


def kept_until(memory: EvidenceMemory, today: date, back: timedelta = KEPT) -> Kept:
    """Everything of some time back: half a year, as long as the source shows what was completed, unless less is wanted."""
    latest = memory.latest_snapshot(REMEDIATION, today)
    recommended = memory.latest_snapshot(RECOMMENDATIONS, today)
    gathered = memory.latest_snapshot(gathering_of(REMEDIATION_TASK), today)
    return Kept(
        days=remediation_history(memory, today - back, today).days,
        as_of=None if latest is None else latest.taken_at,
        missing=() if gathered is None else gathered.document.missing,
        recommendations=() if recommended is None else recommended.document.recommendations,
        untold=frozenset((each.owner, each.recommendation) for each in without_ticket(memory, today)),
    )
