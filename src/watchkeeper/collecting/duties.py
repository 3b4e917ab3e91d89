"""Which duty's evidence is gathered how, by the task's id."""

from __future__ import annotations

from typing import Final

from watchkeeper.collecting.desk import Brought, Collectors, Desk
from watchkeeper.collecting.escalations import collect_escalations
from watchkeeper.collecting.ownership import collect_ownership
from watchkeeper.collecting.portal import collect_portal
from watchkeeper.collecting.remediation import collect_remediation
from watchkeeper.collecting.scores import collect_scores


def _secure_score(desk: Desk) -> Brought:
    return Brought(collect_scores(desk))


def _vulnerability_remediation(desk: Desk) -> Brought:
    return Brought((*collect_remediation(desk), collect_ownership(desk)))


COLLECTORS: Final[Collectors] = {
    "portal-licences": collect_portal,
    "escalation-tickets": collect_escalations,
    "secure-score": _secure_score,
    "vulnerability-remediation": _vulnerability_remediation,
}
