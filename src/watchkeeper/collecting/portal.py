"""The weekly round of portals and licences: posts to judge, services that are disturbed, licences that run out."""

from __future__ import annotations

from functools import partial
from typing import Final

from watchkeeper.collecting.desk import Brought, Desk
from watchkeeper.evidence.kept import PORTAL_ROUND
from watchkeeper.evidence.portal_round import portal_round
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.report.briefings.portal import portal_document

TASK: Final = "portal-licences"


def collect_portal(desk: Desk) -> Brought:
    """Nothing is told where nothing at all could be read."""
    tenant = desk.sources.tenant
    posts = desk.ask("graph/announcements", tenant, lambda source: source.announcements())
    health = desk.ask("graph/service-health", tenant, lambda source: source.service_health())
    licences = desk.ask("graph/licences", tenant, lambda source: source.licences())
    if posts is None and health is None and licences is None:
        return Brought()
    since = desk.since(TASK)
    found = portal_round(
        posts,
        health,
        licences,
        services=desk.rules.services,
        since=since,
        now=desk.now,
        low=desk.rules.low_licences,
    )
    desk.keep(Snapshot(PORTAL_ROUND, desk.today, desk.now, found))
    return Brought(partial(portal_document, found), finding=found)
