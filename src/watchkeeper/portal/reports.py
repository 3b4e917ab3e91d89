"""The SOC's reports on the portal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from watchkeeper.portal.told import Report
from watchkeeper.report.compliance import compliance_document
from watchkeeper.report.document import Document
from watchkeeper.report.judged import Judged
from watchkeeper.report.oversight import Oversight
from watchkeeper.report.oversight_document import oversight_document
from watchkeeper.report.remediation_document import remediation_document
from watchkeeper.report.secure_score_document import score_document
from watchkeeper.report.standing import standing_document
from watchkeeper.report.texts import LANGUAGES


def soc_reports(oversight: Oversight, escalations: Judged) -> Iterator[Report]:
    """Each in every language: the duties, and what they are about."""
    yield _report("oversight", lambda language: oversight_document(oversight, language))
    yield _report("secure-score", lambda language: score_document(oversight.score, language))
    yield _report("remediation", lambda language: remediation_document(oversight.remediation, language))
    yield _report("escalations", lambda language: standing_document(escalations, language))
    yield _report("compliance", lambda language: compliance_document(oversight.compliance, language))


def _report(name: str, document: Callable[[str], Document]) -> Report:
    return Report(name, {language: document(language) for language in LANGUAGES})
