"""Which duty's evidence is gathered how, by the task's id."""

from __future__ import annotations

from typing import Final

from watchkeeper.collecting.desk import Collectors
from watchkeeper.collecting.escalations import collect_escalations
from watchkeeper.collecting.portal import collect_portal
from watchkeeper.collecting.remediation import collect_remediation
from watchkeeper.collecting.scores import collect_scores

COLLECTORS: Final[Collectors] = {
    "portal-licences": collect_portal,
    "escalation-tickets": collect_escalations,
    "vulnerability-remediation": collect_remediation,
    "secure-score": collect_scores,
}
