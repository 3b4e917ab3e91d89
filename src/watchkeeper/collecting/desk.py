"""What collecting works with, and what it brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, TypeVar

from watchkeeper.catalog.model import Catalog, Schedule
from watchkeeper.catalog.recurrence import nominals
from watchkeeper.collecting.asking import Inquiry
from watchkeeper.evidence.triggers import Found as Finding
from watchkeeper.evidence_ports import (
    AdministrationEvidence,
    EstateEvidence,
    ScriptSource,
    TenantEvidence,
    WorkspaceEvidence,
)
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.evidence import Listing
from watchkeeper.model.evidence_rules import EvidenceRules
from watchkeeper.model.gathering import Piece
from watchkeeper.model.owner_book import OwnerBook
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.report.document import Document
from watchkeeper.state_ports import StateStore

S = TypeVar("S")
T = TypeVar("T")


LOOKED_BACK: Final = timedelta(days=60)
_YEAR: Final = timedelta(days=366)
_MONTH: Final = timedelta(days=31)
_WEEKEND: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where evidence is read from; None for one that no settings name."""

    tenant: TenantEvidence | None = None
    estate: EstateEvidence | None = None
    administration: AdministrationEvidence | None = None
    workspace: WorkspaceEvidence | None = None
    scripts: ScriptSource | None = None


@dataclass(slots=True)
class Desk:
    """One duty's collecting. `pieces`: how its questions ended so far."""

    sources: Sources
    memory: StateStore
    catalog: Catalog
    profiles: Mapping[str, Profile]
    rules: EvidenceRules
    owners: OwnerBook
    now: datetime
    inquiry: Inquiry
    pieces: list[Piece] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day by which snapshots are kept: that of UTC, as the sources' own are."""
        return self.now.date()

    @property
    def looked_back(self) -> date:
        """The first day that findings are compared with."""
        return self.today - LOOKED_BACK

    def keep(self, *snapshots: Snapshot[Any]) -> None:
        """Store what was found, so that the documents tell of it too."""
        self.memory.keep_snapshots(snapshots)

    def since(self, task: str) -> datetime:
        """Since when a duty's evidence is news: as long ago as the duty comes round, so that nothing falls between two of its tickets."""
        known = self.catalog.tasks.get(task)
        return self.now - (_MONTH if known is None else _longest_round(known.schedule, self.today))

    def ask(self, subject: str, source: S | None, question: Callable[[S], Listing[T]]) -> tuple[T, ...] | None:
        """The rows that a source lists; None where nobody can tell."""
        piece, listing = self.inquiry.ask(subject, source, question)
        self.pieces.append(piece)
        return None if listing is None else listing.rows


def _longest_round(schedule: Schedule | None, today: date) -> timedelta:
    """The longest time between two days of a rule (a daily one has weekends, a third Monday may be 35 days after the one before); a
    month for a duty without any rule."""
    if schedule is None:
        return _MONTH
    days = [each.date() for each in nominals(schedule, today - _YEAR, today + _YEAR)]
    return max(_WEEKEND, max((later - earlier for earlier, later in pairwise(days)), default=_YEAR))


@dataclass(frozen=True, slots=True)
class Brought:
    """What one duty's collecting has found: the document about it, by language (none where there is nothing to tell). `on_ticket`:
    whether the ticket is told it, and not only who asks for it. `finding`: what further duties may be needed for. `afterwards`: what no duty
    waits for, done once all of them have their evidence."""

    document: Callable[[str], Document] | None = None
    on_ticket: bool = True
    finding: Finding | None = None
    afterwards: Callable[[Desk], None] | None = None


Collector = Callable[[Desk], Brought]
Collectors = Mapping[str, Collector]
"""By the id of the task that the evidence is of."""
