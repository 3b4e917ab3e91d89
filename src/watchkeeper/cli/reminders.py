"""Put the reminders of an audit together."""

from __future__ import annotations

from watchkeeper.model.audit import AuditReport
from watchkeeper.nudges.reminding import Reminders
from watchkeeper.settings import Mode
from watchkeeper.state_ports import LeaseHandle
from watchkeeper.sync.halt import HaltAware, refuse_halted
from watchkeeper.wiring import Workplace


def reminded(place: Workplace, report: AuditReport) -> AuditReport:
    """The audit with what people were told, or would be. Raises Config and StateUnusable."""
    store = place.store()

    def take() -> LeaseHandle:
        refuse_halted(store, place.clock.now())
        return HaltAware(store.lease(*place.holder()).take(report.run_id, "audit --nudge"), store, place.clock)

    reminders = Reminders(
        catalog=place.duties.catalog,
        policy=place.duties.nudges,
        connectors=place.connectors,
        ledger=store,
        clock=place.clock,
        take=take,
        channels=lambda: place.nudge_channels(report.run_id, store),
        stop=place.stop,
        may_note=place.settings.mode is Mode.FULL,
        progress=place.progress,
    )
    return reminders.made(report)
