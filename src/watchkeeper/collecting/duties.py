"""Which duty's evidence is gathered how, by the task's id."""

from __future__ import annotations

from typing import Final

from watchkeeper.collecting.administration import collect_administration
from watchkeeper.collecting.automation import collect_automation
from watchkeeper.collecting.campaigns import collect_campaigns
from watchkeeper.collecting.desk import Collectors
from watchkeeper.collecting.escalations import collect_escalations
from watchkeeper.collecting.exercises import collect_exercises
from watchkeeper.collecting.portal import collect_portal
from watchkeeper.collecting.remediation import collect_remediation
from watchkeeper.collecting.scores import collect_scores

COLLECTORS: Final[Collectors] = {
    "service-administration": collect_administration,
    "anti-phishing-dlp": collect_campaigns,
    "automation-scripts": collect_automation,
    "portal-licences": collect_portal,
    "escalation-tickets": collect_escalations,
    "vulnerability-remediation": collect_remediation,
    "secure-score": collect_scores,
    "tabletop-exercise": collect_exercises,
}
