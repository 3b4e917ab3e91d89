"""What a side's own history tells about single records, read only where a decision hangs on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.activity import ActivityReport
from watchkeeper.model.record import Side
from watchkeeper.sync.reading import SIDE_WIDE
from watchkeeper.sync.systems import Systems


def told_since(systems: Systems, side: Side, table: str, ids: Sequence[str], since: datetime) -> ActivityReport:
    """Everything that happened to some records since an instant of *our* clock; not readable where the side cannot tell.

    Raises only what concerns the whole side: a history that cannot be read is no reason to stop.
    """
    connector = systems.connectors[side]
    try:
        return connector.activity(table, on_their_clock(systems, side, since), connector.server_now(), sorted(ids))
    except WatchkeeperError as error:
        if isinstance(error, SIDE_WIDE):
            raise
        return ActivityReport((), readable=False, reason=str(error))


def on_their_clock(systems: Systems, side: Side, instant: datetime) -> datetime:
    """An instant of our clock as the side's clock showed it, in whole seconds, which is all that some histories keep."""
    skew = systems.connectors[side].server_now() - systems.clock.now()
    return (instant + timedelta(seconds=round(skew.total_seconds()))).replace(microsecond=0)
