"""What the state store knows, as the board shows it. Reads only; each question is one walk along an index or over a small table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from typing import Final

from watchkeeper.model.duty_record import DutyEnd, DutyRecord
from watchkeeper.model.exit_code import Upshot
from watchkeeper.model.link import ConflictRow
from watchkeeper.report.board import (
    DAYS_BACK,
    MOST,
    Duty,
    Head,
    Holder,
    PastRun,
    Refusal,
    SetAside,
    Success,
    SyncHealth,
    TeamStale,
    Today,
    Waiting,
    Writes,
)
from watchkeeper.report.freshness import Freshness
from watchkeeper.report.status import FAILED, LEFT, WRITTEN, Run, counted, upshot_of_run
from watchkeeper.state.library import Library
from watchkeeper.state.store import SqlStateStore
from watchkeeper.sync.halt import halt_notes
from watchkeeper.transport.policy import SENTINEL_QUOTAS
from watchkeeper.transport.quota_memo import QUOTAS, levels_of
from watchkeeper.vitals.last_success import last_successes

RUNS: Final = 50
SHOWN_RUNS: Final = 20
BACK: Final = timedelta(days=62)
AHEAD: Final = timedelta(days=92)
"""Duties that are looked at: a quarter ahead, and whatever may still be open of the last two months."""
WAITS: Final = frozenset({DutyEnd.OPEN, DutyEnd.OVERDUE, DutyEnd.NOT_OPENED})
LATE: Final = frozenset({DutyEnd.OVERDUE, DutyEnd.MISSED, DutyEnd.GONE})


@dataclass(frozen=True, slots=True)
class Reader:
    """One deployment at an instant. `limits`: how long ago the last success of a command may be."""

    library: Library
    deployment: str
    now: datetime
    limits: Mapping[str, timedelta]

    @property
    def store(self) -> SqlStateStore:
        return self.library.store(self.deployment)

    def today(self) -> Today:
        runs = [past_run(run) for run in self.store.runs(RUNS)]
        duties = [(duty, duty.end(self.now)) for duty in self.store.duties_due(self.now - BACK, self.now + AHEAD)]
        since = self.now - timedelta(days=DAYS_BACK)
        late = [duty_of(duty, end) for duty, end in duties if _is_late(duty, end, since)]
        waiting = self.store.dirty()
        count, set_aside = self.library.conflicts_since(self.deployment, since, MOST)
        return Today(
            head=self._head(runs),
            successes=self._successes(),
            halted=tuple(halt_notes(self.store, self.now)),
            failed_run=_failed(runs),
            waiting_count=len(waiting),
            waiting=tuple(Waiting(each.key, each.reason, each.since, each.attempts) for each in waiting[:MOST]),
            set_aside_count=count,
            set_aside=tuple(map(set_aside_of, set_aside)),
            late_count=len(late),
            late=tuple(late[:MOST]),
            stale=tuple(self._stale()),
            open_count=sum(end in WAITS for _, end in duties),
            next_due=tuple(_next(duties)),
        )

    def sync_health(self) -> SyncHealth:
        runs = [past_run(run) for run in self.store.runs(RUNS)]
        since = self.now - timedelta(days=DAYS_BACK)
        lengths = sorted(each.seconds for each in runs if each.command == "sync" and each.seconds is not None)
        count, set_aside = self.library.conflicts_since(self.deployment, since, MOST)
        writes = self.library.writes_since(self.deployment, since)
        return SyncHealth(
            head=self._head(runs),
            successes=self._successes(),
            runs=tuple(runs[:SHOWN_RUNS]),
            median_seconds=median(lengths) if lengths else None,
            p95_seconds=percentile(lengths, 0.95),
            writes=tuple(Writes(*kind, number) for kind, number in writes.items()),
            refusals=tuple(self._refusals()),
            waiting_count=len(self.store.dirty()),
            unanswered=len(self.store.intents()),
            set_aside_count=count,
            set_aside=tuple(map(set_aside_of, set_aside)),
            holder=self._holder(),
        )

    def _head(self, runs: Iterable[PastRun]) -> Head:
        ended = next((run for run in runs if run.ended_at is not None), None)
        return Head(self.deployment, self.now, ended.ended_at if ended else None, ended.run_id if ended else "")

    def _successes(self) -> tuple[Success, ...]:
        fresh = Freshness(self.now, last_successes(self.store, self.limits), self.limits)
        return tuple(
            Success(
                each.command,
                each.at,
                each.run_id,
                age_seconds=None if (age := each.age_at(self.now)) is None else int(age.total_seconds()),
                limit_seconds=None if (limit := self.limits.get(each.command)) is None else int(limit.total_seconds()),
                overdue=each in fresh.overdue,
            )
            for each in fresh.successes
        )

    def _stale(self) -> Iterator[TeamStale]:
        """Of each team's latest judged day, which may be some days ago after a holiday."""
        first, last = self.now.date() - timedelta(days=14), self.now.date() + timedelta(days=1)
        latest = {sheet.team: sheet for sheet in self.store.day_sheets(first.isoformat(), last.isoformat())}
        for team, sheet in sorted(latest.items()):
            if sheet.stale:
                yield TeamStale(team, sheet.day, sheet.stale, sum(sheet.totals.values()))

    def _refusals(self) -> Iterator[Refusal]:
        for quota, level in levels_of(self.store.recall(QUOTAS) or "", SENTINEL_QUOTAS).items():
            yield Refusal(f"{quota.method} {quota.path}", quota.calls, quota.seconds, level.refused_at)

    def _holder(self) -> Holder | None:
        held = self.store.lease("", "").holder()
        if held is None:
            return None
        expired = held.expires_at <= self.now
        return Holder(
            held.run_id, held.operation, held.holder, held.host, held.taken_at, held.expires_at, expired=expired
        )


def past_run(run: Run) -> PastRun:
    started, ended, code = run["started_at"], run["ended_at"], run["exit_code"]
    upshot, reasons = upshot_of_run(run), run.get("reasons")
    if not isinstance(started, datetime):
        raise TypeError("a run began at an instant")
    return PastRun(
        run_id=str(run["run_id"]),
        command=str(run["command"]),
        started_at=started,
        ended_at=ended if isinstance(ended, datetime) else None,
        exit_code=code if isinstance(code, int) else None,
        succeeded=upshot is Upshot.SUCCESS,
        may_follow=upshot is Upshot.LATER,
        written=counted(run, *WRITTEN),
        failed=counted(run, *FAILED),
        left=counted(run, *LEFT),
        conflicts=counted(run, "conflicts"),
        reasons=tuple(map(str, reasons)) if isinstance(reasons, list) else (),
    )


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


def set_aside_of(row: ConflictRow) -> SetAside:
    return SetAside(row.at, row.key, row.field, row.winner, row.winning, row.losing, row.run_id)


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that so large a share of them does not exceed; None where there is none."""
    return ordered[max(0, ceil(len(ordered) * share) - 1)] if ordered else None


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
