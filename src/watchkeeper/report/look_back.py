"""The reports on what was kept of evidence from day to day, made from a store by a deployment's rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from watchkeeper.catalog.model import Catalog, PackSource
from watchkeeper.catalog.pack_coverage import coverage_of
from watchkeeper.evidence.kept import EXERCISES, PORTAL_ROUND, assignment
from watchkeeper.evidence_ports import DutyMemory
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.evidence_rules import EvidenceRules
from watchkeeper.model.owner_book import OwnerBook
from watchkeeper.report.compliance import Compliance, looked_back
from watchkeeper.report.oversight import Oversight, duties_of
from watchkeeper.report.period import Period
from watchkeeper.report.remediation import RemediationReport, remediation_report
from watchkeeper.report.secure_score import ScoreReport, score_report
from watchkeeper.report.teams import names_of_teams


class Past(DutyMemory, Protocol):
    """What reports look back on."""

    def day_sheets(self, day_from: str, day_to: str) -> Sequence[DaySheet]: ...


@dataclass(frozen=True, slots=True)
class LookBack:
    """On `memory`, at the instant `now`. `packs_off`: those that the catalogue does not know, because they are switched off."""

    memory: Past
    deployment: str
    now: datetime
    owners: OwnerBook
    rules: EvidenceRules
    catalog: Catalog
    packs_off: Callable[[], tuple[PackSource, ...]]

    def scores(self, chosen: Period, actions: int | None = None) -> ScoreReport:
        """`actions`: how many next ones are told, where not as many as the rules say."""
        most = self.rules.next_actions if actions is None else actions
        return score_report(self.memory, self.deployment, self.now, chosen, most)

    def remediation(self, chosen: Period) -> RemediationReport:
        ownership = assignment(self.memory, self.owners, chosen.until).ownership
        return remediation_report(self.memory, self.deployment, self.now, chosen, ownership, self.rules.remediation)

    def compliance(self, chosen: Period) -> Compliance:
        sheets = self.memory.day_sheets(looked_back(chosen).isoformat(), chosen.until.isoformat())
        return Compliance(self.deployment, self.now, chosen, tuple(sheets), names_of_teams(self.catalog))

    def oversight(self, chosen: Period) -> Oversight:
        """What became of a period's duties, and of what they are about."""
        duties, collected = duties_of(self.memory, chosen, self.now, self.rules.required)
        return Oversight(
            deployment=self.deployment,
            as_of=self.now,
            period=chosen,
            duties=duties,
            collected=collected,
            compliance=self.compliance(chosen),
            score=self.scores(chosen),
            remediation=self.remediation(chosen),
            teams=names_of_teams(self.catalog),
            exercises=self.memory.latest_snapshot(EXERCISES, chosen.until),
            packs=coverage_of(self.catalog, self.packs_off(), self.now.date()),
            round=self.memory.latest_snapshot(PORTAL_ROUND, chosen.until),
        )
