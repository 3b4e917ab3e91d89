"""The sync's health day by day, from the sums that runs left of each day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, timedelta
from typing import Final

from watchkeeper.model.histogram import Histogram
from watchkeeper.model.lag import Lag
from watchkeeper.model.sync_day import SYNC_DAYS, SyncDay, lags_added
from watchkeeper.model.traffic import Traffic
from watchkeeper.report.board.health_days import Bucket, CallsOver, HealthDay, Waits
from watchkeeper.report.board.nouns import DAYS_BACK, SystemCalls
from watchkeeper.web.reading.reader import Reader

DAYS: Final = 30
_SPANS: Final = (DAYS_BACK, DAYS)
_HALF: Final = 0.5
_MOST: Final = 0.95


def read_sums(reader: Reader) -> Mapping[date, SyncDay]:
    """Of each of the last days, today included, the oldest first."""
    today = reader.now.astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    kept = {each.day: each.document for each in reader.store.snapshots(SYNC_DAYS, first, today)}
    days = (first + timedelta(days=number) for number in range(DAYS))
    return {day: kept.get(day, SyncDay()) for day in days}


def days_of(reader: Reader, sums: Mapping[date, SyncDay]) -> Iterator[HealthDay]:
    overtaken = reader.library.overtaken_by_day(reader.deployment, min(sums))
    for day, each in sums.items():
        yield day_of(day, each, overtaken.get(day, 0))


def day_of(day: date, sums: SyncDay, set_aside: int) -> HealthDay:
    return HealthDay(
        day=day,
        runs=sums.runs,
        median_seconds=sums.lengths.quantile(_HALF),
        p95_seconds=sums.lengths.quantile(_MOST),
        systems=tuple(systems_of(sums.traffic)),
        waits=tuple(waits_of(sums.lags)),
        set_aside=set_aside,
    )


def calls_over(sums: Sequence[SyncDay]) -> Iterator[CallsOver]:
    """Over the last 7 days, and over all of them."""
    for days in _SPANS:
        added = sum(sums[-days:], start=SyncDay())
        if added.traffic:
            yield CallsOver(days, tuple(systems_of(added.traffic)))


def all_waits(sums: Iterable[SyncDay]) -> Iterator[Waits]:
    yield from waits_of(lags_added(lag for each in sums for lag in each.lags))


def systems_of(traffic: Mapping[str, Traffic]) -> Iterator[SystemCalls]:
    for side, told in sorted(traffic.items()):
        yield SystemCalls(side, told.total, told.errors, told.retries, told.throttled, waited_seconds=told.waited)


def waits_of(lags: Iterable[Lag]) -> Iterator[Waits]:
    for lag in lags:
        yield Waits(
            lag.source,
            lag.target,
            count=lag.waits.total,
            median_seconds=lag.waits.quantile(_HALF),
            p95_seconds=lag.waits.quantile(_MOST),
            buckets=tuple(_buckets(lag.waits)),
        )


def _buckets(waits: Histogram) -> Iterator[Bucket]:
    for bound, count in zip((*waits.bounds, None), waits.counts, strict=True):
        yield Bucket(bound, count)
