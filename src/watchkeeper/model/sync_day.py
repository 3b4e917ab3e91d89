"""What the runs of one day came to, added up: what trends of the sync itself are made of. It holds no personal data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from watchkeeper.model.histogram import LENGTH_BOUNDS, Histogram
from watchkeeper.model.lag import Lag, lags_of
from watchkeeper.model.record import Side
from watchkeeper.model.run import RunReport
from watchkeeper.model.snapshot import SnapshotKind
from watchkeeper.model.traffic import Traffic

SYNC: Final = "sync"
"""The command whose runs are compared by their length."""


@dataclass(frozen=True, slots=True)
class SyncDay:
    """The runs that ended on a day of UTC and held a lease: syncs, undos, rebuilds. `lengths` are those of syncs; `traffic` is also that
    of audits and collections."""

    runs: int = 0
    lengths: Histogram = field(default_factory=lambda: Histogram.of(LENGTH_BOUNDS))
    traffic: Mapping[Side, Traffic] = field(default_factory=dict)
    lags: tuple[Lag, ...] = ()

    def __add__(self, other: SyncDay) -> SyncDay:
        return SyncDay(
            self.runs + other.runs,
            self.lengths + other.lengths,
            traffic_added(self.traffic, other.traffic),
            lags_added((*self.lags, *other.lags)),
        )


SYNC_DAYS: Final = SnapshotKind("sync/day", SyncDay)


def day_of(report: RunReport) -> SyncDay:
    """What one run adds to its day."""
    seconds = [(report.ended_at - report.started_at).total_seconds()] if report.command == SYNC else []
    return SyncDay(1, Histogram.of(LENGTH_BOUNDS, seconds), traffic_of(report), lags_of(report.results))


def traffic_of(report: RunReport) -> Mapping[Side, Traffic]:
    return {side.side: side.traffic for side in report.sides}


def traffic_added(one: Mapping[Side, Traffic], other: Mapping[Side, Traffic]) -> Mapping[Side, Traffic]:
    return {side: one.get(side, Traffic()) + other.get(side, Traffic()) for side in sorted(one.keys() | other.keys())}


def lags_added(lags: Iterable[Lag]) -> tuple[Lag, ...]:
    """One for each direction, sorted."""
    found: dict[tuple[Side, Side], Histogram] = {}
    for lag in lags:
        way = (lag.source, lag.target)
        found[way] = found[way] + lag.waits if way in found else lag.waits
    return tuple(Lag(source, target, waits) for (source, target), waits in sorted(found.items()))
