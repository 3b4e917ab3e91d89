"""When scheduled commands last succeeded."""

from __future__ import annotations

from watchkeeper.report.board.nouns import Success
from watchkeeper.report.freshness import Freshness
from watchkeeper.vitals.last_success import last_successes
from watchkeeper.web.reading.reader import Reader


def successes(reader: Reader) -> tuple[Success, ...]:
    fresh = Freshness(reader.now, last_successes(reader.store, reader.limits), reader.limits)
    return tuple(
        Success(
            each.command,
            each.at,
            each.run_id,
            age_seconds=None if (age := each.age_at(reader.now)) is None else int(age.total_seconds()),
            limit_seconds=None if (limit := reader.limits.get(each.command)) is None else int(limit.total_seconds()),
            overdue=each in fresh.overdue,
        )
        for each in fresh.successes
    )
