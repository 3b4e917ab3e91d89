"""The sums of each day's runs, which a run adds itself to as it ends."""

from __future__ import annotations

import logging
from datetime import UTC
from typing import Any

from sqlalchemy.engine import Connection

from watchkeeper.errors import StateUnusable
from watchkeeper.model.run import RunReport
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.sync_day import SYNC_DAYS, SyncDay, day_of
from watchkeeper.state import snapshots

log = logging.getLogger(__name__)


def count_run(connection: Connection, deployment: str, report: RunReport) -> None:
    """Add a run to the day on which it ended. Sums that were damaged stay as they are, for `db check` to find: they are no reason
    to lose a run's end."""
    day = report.ended_at.astimezone(UTC).date()
    try:
        known = snapshots.between(connection, deployment, SYNC_DAYS, day, day)
        so_far = known[0].document if known else SyncDay()
        document = so_far + day_of(report)
    except (StateUnusable, ValueError) as error:
        log.warning("the sums of the day cannot be gone on with", extra={"day": str(day), "why": str(error)})
        return
    kept: Snapshot[Any] = Snapshot(SYNC_DAYS, day, report.ended_at, document)
    snapshots.keep(connection, deployment, [kept])
