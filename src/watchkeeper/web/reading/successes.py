"""When scheduled commands last succeeded."""

from __future__ import annotations

from datetime import datetime, timedelta

from watchkeeper.model.success import LastSuccess
from watchkeeper.report.board.nouns import Standing, Success
from watchkeeper.report.freshness import Freshness
from watchkeeper.vitals.last_success import last_successes
from watchkeeper.web.reading.reader import Reader


def successes(reader: Reader) -> tuple[Success, ...]:
    fresh = Freshness(reader.now, last_successes(reader.store, reader.limits), reader.limits)
    remembered = reader.listings.known_runs(each.run_id for each in fresh.successes)
    return tuple(
        Success(
            each.command,
            each.at,
            each.run_id,
            age_seconds=None if (age := each.age_at(reader.now)) is None else int(age.total_seconds()),
            limit_seconds=None if (limit := reader.limits.get(each.command)) is None else int(limit.total_seconds()),
            overdue=each in fresh.overdue,
            standing=standing_of(each, reader.limits.get(each.command), reader.now),
            remembered=each.run_id in remembered,
        )
        for each in fresh.successes
    )


def standing_of(success: LastSuccess, limit: timedelta | None, now: datetime) -> Standing:
    """A command that is late has as long again until it is down: one run that fails, or a scheduler that is slow, is no outage."""
    if limit is None:
        return Standing.UNTOLD
    if success.at is None:
        return Standing.NEW
    if not success.is_older(limit, now):
        return Standing.UP
    return Standing.DOWN if success.is_older(2 * limit, now) else Standing.LATE
