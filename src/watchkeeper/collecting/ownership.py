"""Who owns which devices, as far as the CMDB and the devices themselves tell it."""

from __future__ import annotations

from collections.abc import Sequence

from watchkeeper.collecting.desk import Desk
from watchkeeper.evidence.kept import OWNERSHIP, OwnershipDay
from watchkeeper.model.evidence import Machine
from watchkeeper.model.snapshot import Snapshot


def collect_ownership(desk: Desk) -> None:
    """What is known today; of what cannot be read now, what was known last: an owner whom the CMDB names stays one while it is down."""
    services = desk.ask(
        "servicenow/service-owners", desk.sources.administration, lambda source: source.service_owners()
    )
    machines = desk.ask("defender/machines", desk.sources.estate, lambda source: source.machines())
    before = desk.memory.latest_snapshot(OWNERSHIP, desk.today)
    known = before.document if before else OwnershipDay(None, None)
    groups = known.device_groups if machines is None else _groups(machines)
    found = OwnershipDay(known.services if services is None else services, groups)
    desk.keep(Snapshot(OWNERSHIP, desk.today, desk.now, found))


def _groups(machines: Sequence[Machine]) -> tuple[str, ...]:
    return tuple(sorted({machine.group for machine in machines if machine.group}))
