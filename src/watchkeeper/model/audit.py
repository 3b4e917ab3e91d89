"""The escalation audit's whole answer, free of language: a report renders it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from watchkeeper.model.activity import Actor
from watchkeeper.model.record import Side
from watchkeeper.model.verdict import AuthorClass, Verdict, VerdictKind


@dataclass(frozen=True, slots=True)
class TeamTotals:
    """How one team's tickets stand. `group` is the assignment group of a row that no team in the catalogue has (`team` is
    then the oversight team that owns it). `counts` has every VerdictKind, zeros included."""

    team: str
    group: str
    counts: Mapping[VerdictKind, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def compliance(self) -> float | None:
        """Fresh tickets as a share of those that had a duty (all but exempt ones; unknown ones count), 0 to 1; None when
        no ticket had a duty."""
        return compliance_of(self.counts)


@dataclass(frozen=True, slots=True)
class AuthorRow:
    """An author seen in the window: the class, why, how many deeds, the latest of them, and whether a person confirmed it."""

    actor: Actor
    author_class: AuthorClass
    why: str
    count: int
    last_at: datetime
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class SideReading:
    """How well one side could be read. `listed` tells whether its population was listed completely, `told` whether its
    activity could be read completely; `reasons` says why not. `error` is the name of the error class (errors.py) that
    stopped the side, or empty."""

    side: Side
    listed: bool
    told: bool
    reasons: tuple[str, ...] = ()
    error: str = ""

    @property
    def readable(self) -> bool:
        return self.listed and self.told


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A stored verdict beside what the same day gives now; `now` is None when the ticket can no longer be seen.
    `same_inputs` tells whether both saw the same evidence."""

    stored: Verdict
    now: Verdict | None

    @property
    def differs(self) -> bool:
        return self.now is None or self.now.kind is not self.stored.kind

    @property
    def same_inputs(self) -> bool:
        return self.now is not None and self.now.inputs_digest == self.stored.inputs_digest


@dataclass(frozen=True, slots=True)
class AuditReport:
    """`verdicts` has one per escalation, worst first. `excluded` counts records that are no escalation of the judged
    day, by reason code. `recomputed` stands beside stored verdicts that the report shows. `mapping_fingerprints` has each
    escalation profile's fingerprint by name."""

    run_id: str
    deployment: str
    as_of: datetime
    verdicts: tuple[Verdict, ...]
    totals: Mapping[VerdictKind, int]
    teams: tuple[TeamTotals, ...]
    unclassified: tuple[AuthorRow, ...]
    sides: tuple[SideReading, ...]
    excluded: Mapping[str, int]
    mapping_fingerprints: Mapping[str, str]
    catalog_fingerprint: str
    recomputed: tuple[Recomputed, ...] = field(default=())

    @property
    def compliance(self) -> float | None:
        return compliance_of(self.totals)

    @property
    def unreadable(self) -> tuple[SideReading, ...]:
        return tuple(reading for reading in self.sides if not reading.readable)


def compliance_of(counts: Mapping[VerdictKind, int]) -> float | None:
    """Fresh over everything that had a duty; None when nothing had. An unknown ticket had one."""
    duties = sum(count for kind, count in counts.items() if kind is not VerdictKind.EXEMPT)
    return counts.get(VerdictKind.FRESH, 0) / duties if duties else None
