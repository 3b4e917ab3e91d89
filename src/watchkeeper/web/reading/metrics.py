"""What Prometheus is told of a deployment: small tables, sums of the day, and walks along indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta
from typing import Final

from watchkeeper.model.duty_record import DutyEnd
from watchkeeper.model.sync_day import SYNC_DAYS
from watchkeeper.report.board.nouns import PastRun
from watchkeeper.vitals import last_successes, samples, samples_of_traffic
from watchkeeper.vitals.samples import Sample
from watchkeeper.web.reading.duty import OWNERS
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.reading.tasks import OVERDUE_SINCE

_JUDGED_SINCE: Final = timedelta(days=14)
"""A team's latest judged day may be some days ago after a holiday."""
_MIDNIGHT: Final = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}


def read_samples(reader: Reader) -> Iterator[Sample]:
    """Labels name no deployment yet. Counters are of the day (UTC) so far: they start again every day, which those who read them
    understand, and so nothing that is let go of later makes them fall."""
    yield from _runs(reader)
    yield from _today(reader)
    yield from _escalations(reader)
    yield Sample(samples.WAITING, reader.library.waiting(reader.deployment, 0)[0])
    yield Sample(samples.UNANSWERED, len(reader.store.intents()))
    yield from _late(reader)
    yield from _lease(reader)


def _runs(reader: Reader) -> Iterator[Sample]:
    for each in last_successes(reader.store, reader.limits):
        if each.at is not None:
            yield Sample(samples.LAST_SUCCESS, each.at.timestamp(), {"command": each.command})
    for run in _latest(reader.runs()):
        if run.ended_at is not None and run.seconds is not None and run.exit_code is not None:
            of_it = {"command": run.command}
            yield Sample(samples.LAST_RUN, run.ended_at.timestamp(), of_it)
            yield Sample(samples.DURATION, run.seconds, of_it)
            yield Sample(samples.EXIT_CODE, run.exit_code, of_it)


def _latest(runs: Iterable[PastRun]) -> Iterator[PastRun]:
    """The latest of each command that ended; they come with the newest first."""
    found: dict[str, PastRun] = {}
    for run in runs:
        if run.ended_at is not None:
            found.setdefault(run.command, run)
    yield from found.values()


def _today(reader: Reader) -> Iterator[Sample]:
    midnight = reader.now.astimezone(UTC).replace(**_MIDNIGHT)  # type: ignore[arg-type]
    for (side, operation, outcome), count in reader.library.writes_since(reader.deployment, midnight).items():
        yield Sample(samples.WRITES, count, {"side": side, "operation": operation, "outcome": outcome})
    for day in reader.store.snapshots(SYNC_DAYS, midnight.date(), midnight.date()):
        yield from samples_of_traffic(day.document.traffic)


def _escalations(reader: Reader) -> Iterator[Sample]:
    """Of each team's latest judged day."""
    first, last = reader.now.date() - _JUDGED_SINCE, reader.now.date() + timedelta(days=1)
    latest = {sheet.team: sheet for sheet in reader.store.day_sheets(first.isoformat(), last.isoformat())}
    for team, sheet in sorted(latest.items()):
        for verdict, count in sheet.totals.items():
            yield Sample(samples.ESCALATIONS, count, {"team": team, "verdict": verdict.value})


def _late(reader: Reader) -> Iterator[Sample]:
    """Also of teams that have none, so that one whose last has gone is seen to have none."""
    found = reader.store.unsettled_duties(reader.now - OVERDUE_SINCE, reader.now, reader.now, OWNERS)
    late = Counter(each.decided.occurrence.team for each in found if each.end(reader.now) is DutyEnd.OVERDUE)
    for team in sorted({team for _, team in reader.store.duty_rows(OWNERS)} | late.keys()):
        yield Sample(samples.LATE_DUTIES, late[team], {"team": team})


def _lease(reader: Reader) -> Iterator[Sample]:
    held = reader.store.lease("", "").holder()
    yield Sample(samples.LEASE_HELD, 0 if held is None else 1)
    if held is not None:
        yield Sample(samples.LEASE_EXPIRES, held.expires_at.timestamp())
