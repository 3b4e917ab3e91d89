"""How each side did in a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from watchkeeper.errors import Retry, WatchkeeperError
from watchkeeper.model.calls import CallRecord, traffic_in
from watchkeeper.model.run import NO_TRAFFIC, SideReport
from watchkeeper.sync.prepared import Prepared

Books: TypeAlias = Callable[[], CallRecord]
"""What the systems were asked so far, and how they answered."""


def side_reports(prepared: Prepared, calls: CallRecord) -> tuple[SideReport, ...]:
    """One report per side with what it was asked."""
    reports, traffic = [], traffic_in(calls)
    for side in sorted(prepared.systems.connectors):
        results = prepared.observation.of(side)
        error: WatchkeeperError | None = prepared.observation.errors.get(side)
        server_time = next((result.server_time for result in results if result.server_time), None)
        skew = (server_time - prepared.systems.clock.now()).total_seconds() if server_time else None
        reports.append(
            SideReport(
                side=side,
                reachable=not isinstance(error, Retry),
                complete=all(result.complete for result in results),
                traffic=traffic.get(side, NO_TRAFFIC),
                clock_skew=skew,
                error=str(error) if error else "",
            )
        )
    return tuple(reports)
