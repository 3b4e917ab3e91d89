"""Results as a few numbers and one sentence that later steps of a job decide by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from watchkeeper.model.audit import AuditReport
from watchkeeper.model.gathering import Gathering
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.run import Outcome, RunReport
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report.document import Document
from watchkeeper.report.run import WRITTEN
from watchkeeper.report.values import whole_percent


def outputs_of_run(report: RunReport, document: Document, code: int) -> Mapping[str, str]:
    """`changes` counts planned writes, `written` those that happened, `failed` those that did not and those whose effect is
    unknown, `left` what is left alone."""
    outcomes = Counter(result.outcome for result in report.results)
    return {
        "exit-code": str(int(code)),
        "changes": str(len(report.plan.actions)),
        "written": str(sum(outcomes[outcome] for outcome in WRITTEN)),
        "failed": str(outcomes[Outcome.FAILED] + outcomes[Outcome.UNKNOWN]),
        "left": str(len(report.parked)),
        "run-id": report.run_id,
        "sentence": document.sentence,
    }


def outputs_of_audit(report: AuditReport, document: Document, code: int) -> Mapping[str, str]:
    """`stale` counts very stale ones, too. `compliance` is a whole percentage, cut, not rounded; "" where nothing was due."""
    totals = report.totals
    return {
        "exit-code": str(int(code)),
        "escalations": str(len(report.verdicts)),
        "fresh": str(totals[VerdictKind.FRESH]),
        "due": str(totals[VerdictKind.DUE]),
        "stale": str(totals[VerdictKind.STALE] + totals[VerdictKind.VERY_STALE]),
        "unknown": str(totals[VerdictKind.UNKNOWN]),
        "exempt": str(totals[VerdictKind.EXEMPT]),
        "compliance": "" if report.compliance is None else str(whole_percent(report.compliance)),
        "run-id": report.run_id,
        "sentence": document.sentence,
    }


def outputs_of_evidence(
    gathered: Sequence[Gathering], raised: Sequence[Occurrence], document: Document, code: int
) -> Mapping[str, str]:
    """`complete` counts duties with all their evidence, `missing` those with some that could not be read, `raised` duties that are
    needed besides."""
    return {
        "exit-code": str(int(code)),
        "complete": str(sum(each.complete for each in gathered)),
        "missing": str(sum(bool(each.unread) for each in gathered)),
        "raised": str(len(raised)),
        "sentence": document.sentence,
    }
