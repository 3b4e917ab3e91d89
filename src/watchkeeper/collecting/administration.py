"""The weekly review of service administration: what the CMDB changed, what is planned, which devices lack a sensor, which licences run out."""

from __future__ import annotations

from functools import partial
from typing import Final

from watchkeeper.collecting.desk import Brought, Desk
from watchkeeper.evidence.kept import COVERAGE
from watchkeeper.evidence.service_administration import CoverageDay, ServiceAdministration, service_administration
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.report.briefings.administration import administration_document

TASK: Final = "service-administration"
_DEVICES: Final = "graph/managed-devices"


def collect_administration(desk: Desk) -> Brought:
    """The day's coverage is kept, because no source remembers it. Nothing is told where nothing at all could be read."""
    found = _review(desk)
    desk.inquiry.forget(_DEVICES)
    if found.coverage is not None:
        desk.keep(Snapshot(COVERAGE, desk.today, desk.now, found.coverage.now))
    if all(part is None for part in (found.items, found.changes, found.coverage, found.licences)):
        return Brought()
    return Brought(partial(administration_document, found), finding=found)


def _review(desk: Desk) -> ServiceAdministration:
    tenant, estate, administration = desk.sources.tenant, desk.sources.estate, desk.sources.administration
    since = desk.since(TASK)
    # The largest pages come first, while little else is held in memory.
    machines = desk.ask("defender/machines", estate, lambda source: source.machines())
    return service_administration(
        desk.ask(
            "servicenow/configuration-changes", administration, lambda source: source.configuration_changes(since)
        ),
        desk.ask("servicenow/open-changes", administration, lambda source: source.open_changes()),
        desk.ask(_DEVICES, tenant, lambda source: source.managed_devices()),
        machines,
        desk.ask("graph/licences", tenant, lambda source: source.licences()),
        since=since,
        now=desk.now,
        history=_coverage_until(desk),
        low=desk.rules.low_licences,
    )


def _coverage_until(desk: Desk) -> list[CoverageDay]:
    return [each.document for each in desk.memory.snapshots(COVERAGE, desk.looked_back, desk.today)]
