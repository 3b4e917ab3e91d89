"""What needs a human, and what each team has to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from watchkeeper.model.duty_record import DutyEnd, DutyRecord
from watchkeeper.report.board.nouns import DAYS_BACK, Duty, PastRun, TeamStale, Waiting
from watchkeeper.report.board.today import Today
from watchkeeper.sync.halt import halt_notes
from watchkeeper.web.reading.overtaken import set_aside_of
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.reading.successes import successes

BACK: Final = timedelta(days=62)
AHEAD: Final = timedelta(days=92)
"""Duties that are looked at: a quarter ahead, and whatever may still be open of the last two months."""
WAITS: Final = frozenset({DutyEnd.OPEN, DutyEnd.OVERDUE, DutyEnd.NOT_OPENED})
LATE: Final = frozenset({DutyEnd.OVERDUE, DutyEnd.MISSED, DutyEnd.GONE})


def read_today(reader: Reader) -> Today:
    runs = reader.runs()
    duties = [(duty, duty.end(reader.now)) for duty in reader.store.duties_due(reader.now - BACK, reader.now + AHEAD)]
    since = reader.now - timedelta(days=DAYS_BACK)
    late = [duty_of(duty, end) for duty, end in duties if _is_late(duty, end, since)]
    waiting_count, waiting = reader.library.waiting(reader.deployment, reader.asked.most)
    count, set_aside = reader.library.conflicts_since(reader.deployment, since, reader.asked.most)
    return Today(
        head=reader.head(runs),
        successes=successes(reader),
        halted=tuple(halt_notes(reader.store, reader.now)),
        failed_run=_failed(runs),
        waiting_count=waiting_count,
        waiting=tuple(Waiting(each.key, each.reason, each.since, each.attempts) for each in waiting),
        set_aside_count=count,
        set_aside=tuple(map(set_aside_of, set_aside)),
        late_count=len(late),
        late=tuple(late[: reader.asked.most]),
        stale=tuple(_stale(reader)),
        open_count=sum(end in WAITS for _, end in duties),
        next_due=tuple(_next(duties)),
    )


def _stale(reader: Reader) -> Iterator[TeamStale]:
    """Of each team's latest judged day, which may be some days ago after a holiday."""
    first, last = reader.now.date() - timedelta(days=14), reader.now.date() + timedelta(days=1)
    latest = {sheet.team: sheet for sheet in reader.store.day_sheets(first.isoformat(), last.isoformat())}
    for team, sheet in sorted(latest.items()):
        if sheet.stale:
            yield TeamStale(team, sheet.day, sheet.stale, sum(sheet.totals.values()))


def duty_of(duty: DutyRecord, end: DutyEnd) -> Duty:
    occurrence, ticket = duty.decided.occurrence, duty.ticket
    return Duty(
        team=occurrence.team,
        task=occurrence.task,
        key=occurrence.key,
        due=occurrence.due,
        zone=occurrence.zone,
        standing=end.value,
        number=ticket.number if ticket else "",
        url=ticket.url if ticket else "",
    )


def _is_late(duty: DutyRecord, end: DutyEnd, since: datetime) -> bool:
    """Overdue for as long as it is open; what is beyond mending is only news for some days."""
    return end in LATE and (end is DutyEnd.OVERDUE or duty.decided.occurrence.due >= since)


def _failed(runs: Iterable[PastRun]) -> PastRun | None:
    """The latest run that ended or was left, where it failed."""
    latest = next((run for run in runs if run.ended_at is not None), None)
    return latest if latest is not None and not (latest.succeeded or latest.may_follow) else None


def _next(duties: Iterable[tuple[DutyRecord, DutyEnd]]) -> Iterator[Duty]:
    """What each team has to do next, by team; they come in the order in which they fall due."""
    first: dict[str, Duty] = {}
    for duty, end in duties:
        if end in WAITS:
            first.setdefault(duty.decided.occurrence.team, duty_of(duty, end))
    for team in sorted(first):
        yield first[team]
