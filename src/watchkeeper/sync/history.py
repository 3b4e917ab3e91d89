"""What a side's own history tells about single records, read only where a decision hangs on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from watchkeeper.errors import Protocol, Retry, WatchkeeperError
from watchkeeper.model.activity import ActivityReport
from watchkeeper.model.record import RecordRef, Side
from watchkeeper.sync.reading import SIDE_WIDE
from watchkeeper.sync.systems import Systems

PATIENCE = timedelta(hours=1)
"""How long a decision waits for a history that lags, or does not answer."""

_ANSWERS_TELL = timedelta(seconds=1)
"""How finely an answer's Date header tells the time (RFC 9110, section 5.6.7)."""


def told_since(systems: Systems, side: Side, table: str, ids: Sequence[str], since: datetime) -> ActivityReport:
    """Everything that happened to some records since an instant of *our* clock; not readable where the side cannot tell, and
    unclear for all of them where it may in a moment.

    Raises only what concerns the whole side: a history that cannot be read is no reason to stop.
    """
    connector = systems.connectors[side]
    try:
        return connector.activity(table, on_their_clock(systems, side, since), _just_now(systems, side), sorted(ids))
    except WatchkeeperError as error:
        if isinstance(error, SIDE_WIDE):
            raise
        in_a_moment = ids if isinstance(error, Retry | Protocol) else ()
        unclear = frozenset(RecordRef(side, table, id_) for id_ in in_a_moment)
        return ActivityReport((), readable=False, reason=str(error), unclear=unclear)


def on_their_clock(systems: Systems, side: Side, instant: datetime) -> datetime:
    """An instant of our clock as the side's clock showed it, in whole seconds, which is all that some histories keep."""
    skew = systems.connectors[side].server_now() - systems.clock.now()
    return (instant + timedelta(seconds=round(skew.total_seconds()))).replace(microsecond=0)


def _just_now(systems: Systems, side: Side) -> datetime:
    """An instant that nothing which has happened on a side until now lies behind: its clock is known to the second that its
    answers bear, and what happened within that second is what is most often asked about."""
    return systems.connectors[side].server_now() + _ANSWERS_TELL
