"""How each side did in a run."""

from __future__ import annotations

from collections.abc import Mapping

from watchkeeper.errors import Retry, WatchkeeperError
from watchkeeper.model.record import Side
from watchkeeper.model.run import SideReport
from watchkeeper.sync.prepared import Prepared


def side_reports(prepared: Prepared, calls: Mapping[Side, Mapping[str, int]]) -> tuple[SideReport, ...]:
    """One report per side; `calls` are counted by side and method."""
    reports = []
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
                calls=dict(calls.get(side, {})),
                clock_skew=skew,
                error=str(error) if error else "",
            )
        )
    return tuple(reports)
