"""A period for whoever oversees the SOC: which duties fell due and what became of them, and which were closed without their evidence."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from operator import itemgetter
from typing import Final

from watchkeeper.catalog.pack_coverage import PackCoverage
from watchkeeper.evidence.exercise_day import ExerciseDay
from watchkeeper.evidence.portal_round import PortalRound
from watchkeeper.evidence_ports import DutyMemory
from watchkeeper.model.duty_record import DutyEnd, DutyRecord
from watchkeeper.model.evidence_rules import REQUIRED, Evidence
from watchkeeper.model.gathering import Found, Gathering
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.report.compliance import Compliance
from watchkeeper.report.grouped import grouped
from watchkeeper.report.period import Period
from watchkeeper.report.remediation import RemediationReport
from watchkeeper.report.secure_score import ScoreReport
from watchkeeper.report.teams import TeamNames

BEFORE: Final = timedelta(hours=36)
"""How long before a duty's ticket was decided on its evidence may have been gathered: gathering is daily, and may be late once."""
Required = Mapping[str, tuple[Evidence, ...]]
"""By task, the evidence without which a closed ticket is flagged."""
Gathered = Sequence[tuple[date, Gathering]]
"""In the order of days (UTC): a year of duties looks each for its own few days in a year of evidence."""
_DAY: Final = itemgetter(0)
_CLOSED: Final = frozenset({DutyEnd.IN_TIME, DutyEnd.LATE})


class Lack(StrEnum):
    """Why evidence is not there."""

    NOT_GATHERED = "not-gathered"
    """Nobody asked for it while the ticket was open."""
    MISSING = "missing"
    """It was asked for, and its source failed, refused or answered in part."""
    NOT_ASKED = "not-asked"
    """No settings say where its source is."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A piece of evidence that a duty lacked when its ticket was closed. `subject` is a source and what of it, or the evidence where
    nothing of it was gathered; `why` in words of the source."""

    evidence: str
    subject: str
    lack: Lack
    why: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty that fell due, how it stands, and what it lacked when it was closed."""

    record: DutyRecord
    end: DutyEnd
    gaps: tuple[Gap, ...] = ()

    @property
    def task(self) -> str:
        return self.record.decided.occurrence.task

    @property
    def team(self) -> str:
        """A team's id, or `all` for what all of them owe together."""
        return self.record.decided.occurrence.team

    @property
    def opened(self) -> bool:
        return bool(self.record.tickets)

    @property
    def closed(self) -> bool:
        return self.end in _CLOSED


@dataclass(frozen=True)
class Oversight:
    """`duties` by due instant, which are grouped once. `collected`: whether any evidence was gathered around the period. `teams`: what they
    are called. What was collected of `exercises` and of the `round` of portals and licences by the end of the period is None where nobody
    did."""

    deployment: str
    as_of: datetime
    period: Period
    duties: tuple[Duty, ...]
    collected: bool
    compliance: Compliance
    score: ScoreReport
    remediation: RemediationReport
    teams: TeamNames = field(default_factory=dict)
    exercises: Snapshot[ExerciseDay] | None = None
    round: Snapshot[PortalRound] | None = None
    packs: tuple[PackCoverage, ...] = ()

    @cached_property
    def by_task(self) -> Mapping[str, tuple[Duty, ...]]:
        return grouped(self.duties, lambda duty: duty.task)

    @cached_property
    def by_team(self) -> Mapping[str, tuple[Duty, ...]]:
        return grouped(self.duties, lambda duty: duty.team)

    @cached_property
    def bare(self) -> tuple[Duty, ...]:
        """Those whose tickets were closed without their required evidence."""
        return tuple(each for each in self.duties if each.gaps)

    def having(self, *ends: DutyEnd) -> tuple[Duty, ...]:
        """Those that stand so, the worst first, and of these the latest."""
        order = list(DutyEnd)
        found = (each for each in reversed(self.duties) if each.end in ends)
        return tuple(sorted(found, key=lambda each: order.index(each.end)))


def counted(duties: Iterable[Duty]) -> Mapping[DutyEnd, int]:
    """How many stand where; every end is present."""
    found = Counter(each.end for each in duties)
    return {end: found[end] for end in DutyEnd}


def duties_of(
    memory: DutyMemory, period: Period, now: datetime, required: Required = REQUIRED
) -> tuple[tuple[Duty, ...], bool]:
    """Every duty that fell due on a day of the period, by the calendar of its own zone; and whether any evidence was gathered."""
    first, last = _instant(period.first, -1), _instant(period.until, 2)
    records = [each for each in memory.duties_due(first, last) if _belongs(each, period)]
    return judged(memory, records, now, period.until, required)


def judged(
    memory: DutyMemory, records: Sequence[DutyRecord], now: datetime, until: date, required: Required = REQUIRED
) -> tuple[tuple[Duty, ...], bool]:
    """How duties stand and what they lacked when they were closed; and whether any evidence was gathered for them, up to a day."""
    if not records:
        return (), False
    began = min(each.decided.decided_at for each in records) - BEFORE
    wanted = {each for record in records for each in required.get(record.decided.occurrence.task, ())}
    gathered: dict[str, list[tuple[date, Gathering]]] = {}
    for each in memory.gatherings(sorted(wanted), began.date(), until):
        gathered.setdefault(each.task, []).append((each.at.astimezone(UTC).date(), each))
    for its in gathered.values():
        its.sort(key=_DAY)
    return tuple(_duty(each, now, required, gathered) for each in records), bool(gathered)


def _instant(day: date, days: int) -> datetime:
    """Midnight (UTC) some days from a day on, as far as the calendar goes."""
    room = (date.max - day).days if days > 0 else (day - date.min).days
    moved = day + timedelta(days=min(days, room)) if days > 0 else day - timedelta(days=min(-days, room))
    return datetime.combine(moved, time(), UTC)


def _belongs(record: DutyRecord, period: Period) -> bool:
    return period.first <= record.decided.occurrence.local_due.date() <= period.last


def _duty(record: DutyRecord, now: datetime, required: Required, gathered: Mapping[str, Gathered]) -> Duty:
    end = record.end(now)
    closed = record.closed_at if end in _CLOSED else None
    if closed is None or record.closed_by_audit:
        return Duty(record, end)
    first, last = (record.decided.decided_at - BEFORE).date(), closed.astimezone(UTC).date()
    gaps: list[Gap] = []
    for evidence in required.get(record.decided.occurrence.task, ()):
        its = gathered.get(evidence, ())
        within = its[bisect_left(its, first, key=_DAY) : bisect_right(its, last, key=_DAY)]
        gaps += _gaps(evidence, [each for _, each in within])
    return Duty(record, end, tuple(gaps))


def _gaps(evidence: str, gathered: Sequence[Gathering]) -> list[Gap]:
    """None where it was there on one of the days on which the ticket was open; else what the last gathering lacked."""
    if any(each.complete for each in gathered):
        return []
    if not gathered or not gathered[-1].pieces:
        return [Gap(evidence, evidence, Lack.NOT_GATHERED)]
    return [
        Gap(evidence, each.subject, Lack.NOT_ASKED if each.found is Found.NOT_ASKED else Lack.MISSING, each.why)
        for each in gathered[-1].missing
    ]
