"""The escalation audit: did a human update each escalation on each of its team's working days?"""

from __future__ import annotations

from watchkeeper.escalation.audit import authors_report, confirm_authors, run_audit
from watchkeeper.escalation.outcome import FAIL_ON, breach, concluded

__all__ = ["FAIL_ON", "authors_report", "breach", "concluded", "confirm_authors", "run_audit"]
