"""The daily round of vulnerability remediation: what owners were asked to mend and how far they are, kept because the source forgets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from watchkeeper.collecting.desk import Brought, Desk
from watchkeeper.collecting.devices import collect_devices
from watchkeeper.collecting.owner_tickets import day_of_owner_tickets, exceptions_of_day
from watchkeeper.collecting.ownership import collect_ownership
from watchkeeper.evidence.kept import RECOMMENDATIONS, REMEDIATION, RecommendationDay, RemediationDay, assignment
from watchkeeper.evidence.owners import Ownership
from watchkeeper.mapping.profile import ProfileKind
from watchkeeper.model.evidence import Recommendation, RemediationTask
from watchkeeper.model.owner_ticket import OwnerTickets
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.report.period import period
from watchkeeper.report.remediation import remediation_report
from watchkeeper.report.remediation_document import remediation_document

TASKS: Final = "defender/remediation-tasks"
REPORTED: Final = "30d"


def collect_remediation(desk: Desk) -> Brought:
    """Where the tasks could not be read to their end there is no day: a day without them would look like one on which everything was
    mended."""
    estate = desk.sources.estate
    tasks = desk.ask(TASKS, estate, lambda source: source.remediation_tasks())
    exposure = desk.ask("defender/exposure-score", estate, lambda source: source.exposure_score())
    recommended = desk.ask("defender/recommendations", estate, lambda source: source.recommendations())
    if recommended is not None:
        desk.keep(Snapshot(RECOMMENDATIONS, desk.today, desk.now, RecommendationDay(recommended)))
        desk.memory.drop_snapshots(RECOMMENDATIONS, desk.today)
    collect_ownership(desk)
    if tasks is None:
        return Brought()
    exempt = exceptions_of_day(desk.memory, desk.now, tasks, recommended)
    read = RemediationDay(tasks, exposure[0] if exposure else None, exempt)
    desk.keep(Snapshot(REMEDIATION, desk.today, desk.now, read))
    ownership = assignment(desk.memory, desk.owners, desk.today).ownership
    if desk.inquiry.is_whole(TASKS):
        desk.keep(_owner_tickets(desk, tasks, recommended, ownership))
    deployment, span, rules = desk.catalog.deployment.name, period(REPORTED, desk.today), desk.rules.remediation
    found = remediation_report(desk.memory, deployment, desk.now, span, ownership, rules)
    return Brought(partial(remediation_document, found), afterwards=collect_devices)


def _owner_tickets(
    desk: Desk, tasks: Sequence[RemediationTask], recommended: Sequence[Recommendation] | None, ownership: Ownership
) -> Snapshot[OwnerTickets]:
    escalations = [name for name, profile in desk.profiles.items() if profile.kind is ProfileKind.ESCALATION]
    rules = desk.rules.remediation
    return day_of_owner_tickets(desk.memory, desk.now, tasks, recommended, ownership, rules, escalations)
