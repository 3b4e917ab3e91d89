"""What one day brought."""

from __future__ import annotations

from datetime import UTC, date, timedelta

from watchkeeper.model.sync_day import SYNC_DAYS, SyncDay
from watchkeeper.report.board.health_day import DayHealth
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.reading.calls import calls_on
from watchkeeper.web.reading.cursors import AFTER, place, placed
from watchkeeper.web.reading.health_days import day_of
from watchkeeper.web.reading.overtaken import set_aside_of
from watchkeeper.web.reading.past_runs import past_run
from watchkeeper.web.reading.reader import Reader

DAY = "day"
_AFTER = timedelta(days=1)
"""A day that far ahead of ours has begun somewhere."""


def read_day(reader: Reader) -> DayHealth:
    day, after = _day(reader), placed(reader.asked.get(AFTER.name), 1)
    kept = reader.store.snapshots(SYNC_DAYS, day, day)
    count, rows = reader.library.runs_ended_on(reader.deployment, day, reader.asked.most, after)
    runs = tuple(map(past_run, rows))
    set_aside_count, set_aside = reader.library.overtaken_on(reader.deployment, day, reader.asked.most)
    return DayHealth(
        head=reader.head(),
        day=day,
        of_day=day_of(day, kept[0].document if kept else SyncDay(), set_aside_count),
        runs_kept=count,
        runs=runs,
        goes_on=place(runs[-1].started_at, runs[-1].run_id) if len(runs) == reader.asked.most else "",
        set_aside_count=set_aside_count,
        set_aside=tuple(map(set_aside_of, set_aside)),
        calls_kept=calls_on(reader, day),
    )


def _day(reader: Reader) -> date:
    """Raises NothingHere for what is no day, or none that has begun."""
    try:
        day = date.fromisoformat(reader.asked.get(DAY))
    except ValueError as error:
        raise NothingHere from error
    if day.isoformat() != reader.asked.get(DAY) or day > (reader.now.astimezone(UTC) + _AFTER).date():
        raise NothingHere
    return day
