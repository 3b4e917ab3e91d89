"""What one run of the escalation audit found, ready to be reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from watchkeeper.model.activity import Actor
from watchkeeper.model.nudge import NudgeReport
from watchkeeper.model.record import Side, Unreadable
from watchkeeper.model.verdict import AuthorClass, Verdict, VerdictKind


@dataclass(frozen=True, slots=True)
class TeamDay:
    """The working day that a team was judged on: `day` is local to `zone`; `working` is False on a day off, when nothing is
    due; `final` once the day is over there."""

    team: str
    day: date
    zone: str
    working: bool
    final: bool


@dataclass(frozen=True, slots=True)
class AuthorCount:
    """An account that wrote to audited tickets: how it is classed, by which rule, how often it wrote, whether a person has
    confirmed the class."""

    actor: Actor
    author_class: AuthorClass
    why: str
    activities: int
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class JudgedBefore:
    """A stored verdict beside today's computation of the same day, where the two differ."""

    stored: Verdict
    recomputed: Verdict


@dataclass(frozen=True, slots=True)
class SideReading:
    """How well one side could be read: `listed` when its population is complete, `told` when its activity is; `reasons`
    say why not, and `error` names the class (errors.py) of what stopped it. `comments_read`: how many records' comments were read
    one by one; `comments_left`: how many were not, although nothing else decides."""

    side: Side
    listed: bool
    told: bool
    reasons: tuple[str, ...] = ()
    error: str = ""
    comments_read: int = 0
    comments_left: int = 0

    @property
    def readable(self) -> bool:
        return self.listed and self.told


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """A waiver, and how many tickets it exempts now; `where` names teams, groups and severities where no tickets are named."""

    place: str
    tickets: tuple[str, ...]
    where: tuple[str, ...]
    reason: str
    approver: str
    approved: date
    expires: date
    exempts: int
    expired: bool


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Everything an audit run has to say.

    `as_of` is the instant judged at (UTC). `days` holds one entry per team. `exclusions` counts the records left out of the
    population, by reason. `unreadable` are rows that could not be judged at all. `authors` is everybody seen writing.
    `config_fingerprint` covers mappings, teams and calendars; `exit_code` and `reasons` follow the CLI contract.
    `mapping_fingerprints` are by profile name.
    """

    run_id: str
    deployment: str
    as_of: datetime
    days: tuple[TeamDay, ...]
    verdicts: tuple[Verdict, ...]
    exclusions: Mapping[str, int] = field(default_factory=dict)
    authors: tuple[AuthorCount, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    rejudged: tuple[JudgedBefore, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What people have to know of the deployment, whatever the audit finds."""
    config_fingerprint: str = ""
    exit_code: int = 0
    reasons: tuple[str, ...] = ()
    sides: tuple[SideReading, ...] = ()
    mapping_fingerprints: Mapping[str, str] = field(default_factory=dict)
    catalog_fingerprint: str = ""
    waivers: tuple[WaiverUse, ...] = ()
    nudges: NudgeReport | None = None
    """What people were told; None where that was not asked for."""

    @property
    def totals(self) -> Mapping[VerdictKind, int]:
        """How many tickets got each verdict; every kind is present."""
        return totals_of(self.verdicts)

    @property
    def totals_by_row(self) -> Mapping[tuple[str, str], Mapping[VerdictKind, int]]:
        """The same per (team, group): a group that no team in the catalogue has is a row of its own (see Verdict.group)."""
        rows = sorted({(verdict.team, verdict.group) for verdict in self.verdicts})
        return {
            row: totals_of([verdict for verdict in self.verdicts if (verdict.team, verdict.group) == row])
            for row in rows
        }

    @property
    def compliance(self) -> float | None:
        return compliance_of(self.totals)

    @property
    def unclassified(self) -> tuple[AuthorCount, ...]:
        """Accounts that are neither known people nor known machines."""
        return tuple(author for author in self.authors if author.author_class is AuthorClass.UNCLASSIFIED)


def totals_of(verdicts: Sequence[Verdict]) -> dict[VerdictKind, int]:
    """How many verdicts are of each kind; every kind is present."""
    counts = dict.fromkeys(VerdictKind, 0)
    for verdict in verdicts:
        counts[verdict.kind] += 1
    return counts


def compliance_of(totals: Mapping[VerdictKind, int]) -> float | None:
    """Fresh tickets as a share (0 to 1) of all that had a duty: exempt ones had none, unknown ones had. None if none had."""
    duties = sum(count for kind, count in totals.items() if kind is not VerdictKind.EXEMPT)
    return totals.get(VerdictKind.FRESH, 0) / duties if duties else None
