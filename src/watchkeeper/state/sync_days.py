"""The sums of each day's runs and calls, which a run adds its own to as it ends."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from watchkeeper.errors import StateUnusable
from watchkeeper.model.calls import DAY_CALLS, NO_CALLS_KEPT, CallRecord, calls_of_run, traffic_in
from watchkeeper.model.run import RunReport
from watchkeeper.model.snapshot import Snapshot, SnapshotKind
from watchkeeper.model.sync_day import SYNC_DAYS, SyncDay, day_of
from watchkeeper.state import snapshots

Sums = TypeVar("Sums", SyncDay, CallRecord)
log = logging.getLogger(__name__)


def count_run(connection: Connection, deployment: str, report: RunReport) -> None:
    """Add a run to the day on which it ended, and keep what it asked for."""
    _add(connection, deployment, SYNC_DAYS, SyncDay(), day_of(report), report.ended_at)
    _add_calls(connection, deployment, report.calls.of(report.command, report.run_id), report.ended_at)
    if report.calls.sums:
        _keep(connection, deployment, calls_of_run(report.run_id), report.calls, report.ended_at)


def count_calls(connection: Connection, deployment: str, calls: CallRecord, at: datetime, command: str) -> None:
    """Add the calls of what is no run of the store."""
    if calls.sums:
        _add(connection, deployment, SYNC_DAYS, SyncDay(), SyncDay(traffic=traffic_in(calls)), at)
        _add_calls(connection, deployment, calls.of(command), at)


def _add_calls(connection: Connection, deployment: str, calls: CallRecord, at: datetime) -> None:
    if calls.sums:
        _add(connection, deployment, DAY_CALLS, NO_CALLS_KEPT, calls, at)


def _add(
    connection: Connection, deployment: str, kind: SnapshotKind[Sums], none: Sums, more: Sums, at: datetime
) -> None:
    """Sums that were damaged stay as they are, for `db check` to find: they are no reason to lose a run's end."""
    day = at.astimezone(UTC).date()
    try:
        known = snapshots.between(connection, deployment, kind, day, day)
        document = (known[0].document if known else none) + more
    except (StateUnusable, ValueError) as error:
        log.warning("the sums of the day cannot be gone on with", extra={"day": str(day), "why": str(error)})
        return
    _keep(connection, deployment, kind, document, at)


def _keep(connection: Connection, deployment: str, kind: SnapshotKind[Any], document: object, at: datetime) -> None:
    kept: Snapshot[Any] = Snapshot(kind, at.astimezone(UTC).date(), at, document)
    snapshots.keep(connection, deployment, [kept])
