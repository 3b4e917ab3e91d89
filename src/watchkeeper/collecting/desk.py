"""What collecting works with, and what it brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from watchkeeper.catalog.model import Catalog
from watchkeeper.collecting.asking import Inquiry
from watchkeeper.evidence_ports import AdministrationEvidence, EstateEvidence, TenantEvidence, WorkspaceEvidence
from watchkeeper.model.evidence import Listing
from watchkeeper.model.gathering import Piece
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.ports import StateStore
from watchkeeper.report.document import Document

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where evidence is read from; None for one that no settings name."""

    tenant: TenantEvidence | None = None
    estate: EstateEvidence | None = None
    administration: AdministrationEvidence | None = None
    workspace: WorkspaceEvidence | None = None


@dataclass(slots=True)
class Desk:
    """One duty's collecting. `pieces`: how its questions ended so far."""

    sources: Sources
    memory: StateStore
    catalog: Catalog
    now: datetime
    inquiry: Inquiry
    pieces: list[Piece] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day by which snapshots are kept: that of UTC, as the sources' own are."""
        return self.now.date()

    def ask(self, subject: str, source: S | None, question: Callable[[S], Listing[T]]) -> tuple[T, ...] | None:
        """The rows that a source lists; None where nobody can tell."""
        piece, listing = self.inquiry.ask(subject, source, question)
        self.pieces.append(piece)
        return None if listing is None else listing.rows


@dataclass(frozen=True, slots=True)
class Brought:
    """What one duty's collecting has found: documents to be kept, and what the ticket is told, by language (nothing where there is
    nothing to tell)."""

    snapshots: tuple[Snapshot[Any], ...] = ()
    document: Callable[[str], Document] | None = None


Collector = Callable[[Desk], Brought]
Collectors = Mapping[str, Collector]
"""By the id of the task that the evidence is of."""
