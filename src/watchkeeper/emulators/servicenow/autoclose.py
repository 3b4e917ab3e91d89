"""The instance's scheduled job "Autoclose Incidents": what was resolved long enough ago is closed, in the name of the job's admin.

Source: ServiceNowDocs, it-service-management/incident-management/configure-incident-auto-close.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from watchkeeper.emulators.servicenow.actor import Actor
from watchkeeper.emulators.servicenow.incidents import CLOSED, RESOLVED
from watchkeeper.emulators.servicenow.recorder import Recorder, stamped
from watchkeeper.emulators.servicenow.store import Store

AUTOCLOSE = "Autoclose Incidents"
JOBS = (AUTOCLOSE,)
DAYS_PROPERTY = "glide.ui.autoclose.time"
BASIS_PROPERTY = "com.snc.incident.autoclose.basedon.resolved_at"
JOB_USER = "admin"


class Jobs:
    """Runs a job as the instance's scheduler would."""

    def __init__(self, store: Store, recorder: Recorder, actor: Callable[[str], Actor]) -> None:
        self._store = store
        self._recorder = recorder
        self._actor = actor

    def run(self, name: str, now: datetime) -> list[str]:
        """The numbers of the incidents that the job closed; raises ValueError for an unknown job."""
        if name not in JOBS:
            raise ValueError(f"job {name!r} is none of {', '.join(JOBS)}")
        days = int(self._property(DAYS_PROPERTY) or 0)
        if days <= 0:
            return []
        basis = "resolved_at" if self._property(BASIS_PROPERTY) == "true" else "sys_updated_on"
        before, admin = stamped(now - timedelta(days=days)), self._actor(JOB_USER)
        due = [
            row
            for row in self._store.tables["incident"].rows.values()
            if row["state"] == RESOLVED and row[basis] and row[basis] <= before
        ]
        return [
            self._recorder.update("incident", row["sys_id"], {"state": CLOSED}, admin, now)["number"] for row in due
        ]

    def _property(self, name: str) -> str:
        row = self._store.first("sys_properties", "name", name)
        return "" if row is None else row["value"]
