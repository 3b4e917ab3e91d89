"""Remediation over a period: what owners of devices were asked to mend, how far they are, and where nothing moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from watchkeeper.evidence.kept import remediation_history, without_ticket
from watchkeeper.evidence.owners import Allotment, Ownership, Workload, workloads
from watchkeeper.evidence.remediation import (
    Bounds,
    Burndown,
    Changes,
    Day,
    Progress,
    Standing,
    burndown,
    changes,
    standings,
)
from watchkeeper.evidence.spelling import folded
from watchkeeper.evidence_ports import EvidenceMemory
from watchkeeper.model.evidence import ExposureScore, RemediationTask
from watchkeeper.model.evidence_rules import RemediationRules
from watchkeeper.report.period import Period

BACK: Final = timedelta(days=60)
"""How far before a period's end days are read at least, so that a short one can tell, too, what has stood still and at which pace the
rest goes."""


BEFORE: Final = timedelta(days=14)
"""How far before a period's beginning the day is looked for that it began with."""


@dataclass(frozen=True, slots=True)
class RemediationReport:
    """`burned`: the days of the period that were read. `began` is the day that the period began with, `latest` the last one; None where
    nothing was read. `ownership` is as of the report's end. `untold`: what has no ticket yet because its owner has got enough new ones,
    by the owner's id and recommendation."""

    deployment: str
    as_of: datetime
    period: Period
    rules: RemediationRules
    ownership: Ownership
    burned: tuple[Burndown, ...] = ()
    exposure: tuple[ExposureScore, ...] = ()
    began: Burndown | None = None
    changes: Changes | None = None
    standings: tuple[Standing, ...] = ()
    workloads: tuple[Workload, ...] = ()
    untold: frozenset[tuple[str, str]] = frozenset()

    @property
    def latest(self) -> Burndown | None:
        return next(reversed(self.burned), None)

    @property
    def waiting(self) -> tuple[Standing, ...]:
        """What somebody has to do still."""
        return tuple(each for each in self.standings if each.progress not in {Progress.DONE, Progress.EXEMPT})

    @property
    def counts(self) -> Mapping[Progress, int]:
        """How many tasks stand where; every standing is present."""
        counted = Counter(each.progress for each in self.standings)
        return {progress: counted[progress] for progress in Progress}

    def standing(self, progress: Progress) -> tuple[Standing, ...]:
        return tuple(each for each in self.standings if each.progress is progress)

    @property
    def completed(self) -> tuple[RemediationTask, ...]:
        """Tasks that were completed within the period, also those that were opened within it."""
        if self.changes is None:
            return ()
        return *self.changes.completed, *(each for each in self.changes.opened if each.completed)

    @property
    def days(self) -> tuple[date, ...]:
        """Every day from the first that was read to the last."""
        if not self.burned:
            return ()
        first, last = self.burned[0].day, self.burned[-1].day
        return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))

    @property
    def ends(self) -> date | None:
        """When the last device will be mended at the pace of the last weeks; None where one task at least does not move."""
        ends = [each.ends for each in self.waiting]
        known = [each for each in ends if each is not None]
        return max(known, default=None) if len(known) == len(ends) else None

    def without_ticket(self, workload: Workload) -> tuple[str, ...]:
        """What an owner still has to do and has no ticket for yet, by recommendation."""
        waiting = (each.recommendation for each in workload.waiting)
        return tuple(each for each in waiting if (workload.owner.id, each) in self.untold)

    @property
    def unowned_groups(self) -> tuple[str, ...]:
        """Device groups that a task still waits for and that nobody owns."""
        owned = {folded(name) for owner in self.ownership.owners for name in owner.device_groups}
        found = {folded(name): name for each in self.waiting for name in each.task.groups if folded(name) not in owned}
        return tuple(found[name] for name in sorted(found))


def remediation_report(
    memory: EvidenceMemory,
    deployment: str,
    as_of: datetime,
    period: Period,
    ownership: Ownership,
    rules: RemediationRules | None = None,
) -> RemediationReport:
    """What the store keeps of a period."""
    rules = rules or RemediationRules()
    since = min(period.first - min(BEFORE, period.first - date.min), period.since(BACK.days))
    history = remediation_history(memory, since, period.until)
    within = [day for day in history.days if day.day >= period.first]
    if not within:
        return RemediationReport(deployment, as_of, period, rules, ownership)
    began, latest = _began_with(history.days, period.first), within[-1]
    judged = standings(history.days, Bounds(rules.due_days, rules.stuck_days))
    return RemediationReport(
        deployment,
        as_of,
        period,
        rules,
        ownership,
        burned=burndown(within),
        exposure=tuple(each for each in history.exposure if each.at.date() >= period.first),
        began=burndown([began])[0],
        changes=changes(began, latest),
        standings=judged,
        workloads=workloads(judged, ownership, Allotment(rules.due_days, rules.new_tickets)),
        untold=frozenset((each.owner, each.recommendation) for each in without_ticket(memory, period.until)),
    )


def _began_with(days: tuple[Day, ...], first: date) -> Day:
    """The last day read before the period, else its first one: what is new on its first day happened within it."""
    return next((each for each in reversed(days) if each.day < first), days[0])
