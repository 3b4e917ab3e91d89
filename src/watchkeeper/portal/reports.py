"""The SOC's reports on the portal, from the state store alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from watchkeeper.model.evidence_rules import EvidenceRules
from watchkeeper.portal.told import Report
from watchkeeper.ports import StateStore
from watchkeeper.report.compliance import Compliance, compliance_document, looked_back
from watchkeeper.report.document import Document
from watchkeeper.report.judged import judged
from watchkeeper.report.period import period
from watchkeeper.report.secure_score import score_report
from watchkeeper.report.secure_score_document import score_document
from watchkeeper.report.standing import standing_document
from watchkeeper.report.texts import LANGUAGES

_PERIOD: Final = "30d"


def soc_reports(store: StateStore, deployment: str, now: datetime, rules: EvidenceRules) -> Iterator[Report]:
    """Each over the last 30 days, in every language."""
    chosen = period(_PERIOD, now.date())
    escalations = judged(store, deployment, now, chosen, every=True)
    yield _report("escalations", lambda language: standing_document(escalations, language))
    sheets = store.day_sheets(looked_back(chosen).isoformat(), chosen.until.isoformat())
    compliance = Compliance(deployment, now, chosen, tuple(sheets))
    yield _report("compliance", lambda language: compliance_document(compliance, language))
    scores = score_report(store, deployment, now, chosen, rules.next_actions)
    yield _report("secure-score", lambda language: score_document(scores, language))


def _report(name: str, document: Callable[[str], Document]) -> Report:
    return Report(name, {language: document(language) for language in LANGUAGES})
