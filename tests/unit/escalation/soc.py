"""The audit over two sides held in memory and a real store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from tests.unit.escalation.world import (
    CATALOG,
    OUR_APP,
    OUR_BOT,
    PROFILE,
    TOKYO,
    MemorySide,
    at,
)

from watchkeeper.catalog.model import Catalog
from watchkeeper.clock import FixedClock
from watchkeeper.escalation import run_audit
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.activity import Activity
from watchkeeper.model.audit import AuditReport
from watchkeeper.model.progress import UNWATCHED
from watchkeeper.model.record import SENTINEL, SERVICENOW, Record
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.ports import Connector, Progress
from watchkeeper.state import SqlStateStore

FRESH, DUE, STALE, VERY_STALE, EXEMPT, UNKNOWN = VerdictKind
WEDNESDAY = date(2026, 11, 18)
EVENING = at(TOKYO, "2026-11-18 18:00")


@dataclass
class Soc:
    """Both sides, the store, and the audit over them."""

    store: SqlStateStore
    servicenow: MemorySide = field(default_factory=lambda: MemorySide(SERVICENOW, OUR_BOT.id))
    sentinel: MemorySide = field(default_factory=lambda: MemorySide(SENTINEL, OUR_APP.id))
    now: datetime = EVENING
    profile: Profile = PROFILE
    catalog: Catalog = CATALOG

    @property
    def connectors(self) -> dict[str, Connector]:
        return {SERVICENOW: self.servicenow, SENTINEL: self.sentinel}  # type: ignore[dict-item]

    def hold(self, *records: Record) -> None:
        for record in records:
            side = self.servicenow if record.ref.side == SERVICENOW else self.sentinel
            side.records.append(record)

    def happen(self, *deeds: Activity) -> None:
        for deed in deeds:
            side = self.servicenow if deed.ref.side == SERVICENOW else self.sentinel
            side.deeds.append(deed)

    def audit(
        self, as_of: datetime | None = None, run_id: str = "run-1", progress: Progress = UNWATCHED
    ) -> AuditReport:
        return run_audit(
            connectors=self.connectors,
            store=self.store,
            catalog=self.catalog,
            profiles=[self.profile],
            clock=FixedClock(self.now),
            run_id=run_id,
            as_of=as_of,
            progress=progress,
        )

    def verdict(self, as_of: datetime | None = None) -> Verdict:
        [only] = self.audit(as_of).verdicts
        return only


def tokyo(text: str) -> datetime:
    return at(TOKYO, text)


def stored(soc: Soc, day: date) -> list[tuple[VerdictKind, bool]]:
    return [(verdict.kind, verdict.final) for verdict in soc.store.verdicts(day.isoformat(), day.isoformat())]
