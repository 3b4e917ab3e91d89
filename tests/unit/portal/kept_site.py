"""A site of an estate's own life: what the sources told day by day, kept as collecting keeps it, and every report of the SOC."""

from __future__ import annotations

from pathlib import Path

from tests.evidence_history import TODAY, EvidenceHistory
from tests.unit.portal.estates import HOME
from tests.unit.report.kept_evidence import NOW, store_of
from tests.unit.report.months import judged

from watchkeeper.evidence.owners import Owner, Ownership
from watchkeeper.model.evidence_rules import RemediationRules
from watchkeeper.portal.reports import soc_reports
from watchkeeper.portal.told import Told, kept_until
from watchkeeper.report.compliance import Compliance
from watchkeeper.report.oversight import Oversight, duties_of
from watchkeeper.report.period import period
from watchkeeper.report.remediation import remediation_report
from watchkeeper.report.secure_score import score_report

OWNERS = Ownership(
    (
        Owner("tokyo", "Tokyo workplace", device_groups=("Tokyo clients",), names=(("ja", "東京ワークプレイス"),)),
        Owner("dublin", "Dublin workplace", device_groups=("DUBLIN clients ",)),
    )
)
"""Servers, and the clients of a third place, are nobody's."""


def told_of(history: EvidenceHistory, folder: Path) -> Told:
    rules, chosen = RemediationRules(), period("30d", TODAY)
    with store_of(history, folder) as store:
        kept = kept_until(store, TODAY)
        duties, collected = duties_of(store, chosen, NOW)
        oversight = Oversight(
            deployment="test",
            as_of=NOW,
            period=chosen,
            duties=duties,
            collected=collected,
            compliance=Compliance("test", NOW, chosen, ()),
            score=score_report(store, "test", NOW, chosen, 5),
            remediation=remediation_report(store, "test", NOW, chosen, OWNERS, rules),
        )
    reports = tuple(soc_reports(oversight, judged()))
    return Told(
        home=HOME, now=NOW, days=kept.days, as_of=kept.as_of, missing=kept.missing, recommendations=kept.recommendations,
        ownership=OWNERS, rules=rules, reports=reports,
    )  # fmt: skip
