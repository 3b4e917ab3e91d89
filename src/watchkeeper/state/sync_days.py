"""The sums of each day's runs, which a run adds itself to as it ends."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Connection

from watchkeeper.errors import StateUnusable
from watchkeeper.model.record import Side
from watchkeeper.model.run import RunReport
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.sync_day import SYNC_DAYS, SyncDay, day_of
from watchkeeper.model.traffic import Traffic
from watchkeeper.state import snapshots

log = logging.getLogger(__name__)


def count_run(connection: Connection, deployment: str, report: RunReport) -> None:
    """Add a run to the day on which it ended."""
    _add(connection, deployment, day_of(report), report.ended_at)


def count_calls(connection: Connection, deployment: str, traffic: Mapping[Side, Traffic], at: datetime) -> None:
    """Add the calls of what is no run of the store."""
    if traffic:
        _add(connection, deployment, SyncDay(traffic=traffic), at)


def _add(connection: Connection, deployment: str, more: SyncDay, at: datetime) -> None:
    """Sums that were damaged stay as they are, for `db check` to find: they are no reason to lose a run's end."""
    day = at.astimezone(UTC).date()
    try:
        known = snapshots.between(connection, deployment, SYNC_DAYS, day, day)
        document = (known[0].document if known else SyncDay()) + more
    except (StateUnusable, ValueError) as error:
        log.warning("the sums of the day cannot be gone on with", extra={"day": str(day), "why": str(error)})
        return
    kept: Snapshot[Any] = Snapshot(SYNC_DAYS, day, at, document)
    snapshots.keep(connection, deployment, [kept])
