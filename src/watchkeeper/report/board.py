"""What the watch board shows, as data: the pages are made of it, and the board's API answers with it as it is.

Within one version of the API nothing is removed or changes meaning; fields may be added. Lists are cut (`MOST`); the number beside a
list is of everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

MOST: Final = 100
DAYS_BACK: Final = 7


@dataclass(frozen=True, slots=True)
class Success:
    """When a scheduled command last succeeded. `limit_seconds`: how long ago that may be; None where nobody said."""

    command: str
    at: datetime | None
    run_id: str
    age_seconds: int | None
    limit_seconds: int | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run as the store keeps it; `exit_code` and `ended_at` are None where it never ended. `succeeded`, `may_follow` (it was put off, and
    the next one goes on) and neither: it failed."""

    run_id: str
    command: str
    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    succeeded: bool
    may_follow: bool
    written: int
    failed: int
    left: int
    conflicts: int
    reasons: tuple[str, ...]

    @property
    def seconds(self) -> float | None:
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Head:
    """What every answer begins with: of when its data are (the end of the latest run that ended), and which run that was."""

    deployment: str
    now: datetime
    as_of: datetime | None
    run_id: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pair that the next run has to look at again, because something did not work."""

    key: str
    reason: str
    since: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """A value that a person gave and that another one overtook. `winning` and `losing` are JSON, as stored."""

    at: datetime
    key: str
    field: str
    winner: str
    winning: str
    losing: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty of a team (`all`: of all of them together) with its ticket, where it has one. `standing` is a word of
    watchkeeper.model.duty_record.DutyEnd."""

    team: str
    task: str
    key: str
    due: datetime
    zone: str
    standing: str
    number: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class TeamStale:
    """Escalations of a team that nobody updated in time, on the latest day that an audit judged."""

    team: str
    day: date
    stale: int
    escalations: int


@dataclass(frozen=True, slots=True)
class Today:
    """`halted`: orders of people that stop this deployment, in words."""

    head: Head
    successes: tuple[Success, ...]
    halted: tuple[str, ...]
    failed_run: PastRun | None
    waiting_count: int
    waiting: tuple[Waiting, ...]
    set_aside_count: int
    set_aside: tuple[SetAside, ...]
    late_count: int
    late: tuple[Duty, ...]
    stale: tuple[TeamStale, ...]
    open_count: int
    next_due: tuple[Duty, ...]

    @property
    def overdue(self) -> tuple[Success, ...]:
        return tuple(each for each in self.successes if each.overdue)

    @property
    def stale_count(self) -> int:
        return sum(each.stale for each in self.stale)

    def counts(self) -> Iterator[tuple[str, int]]:
        """What needs a human: of what kind, and how many."""
        yield "halted", len(self.halted)
        yield "overdue", len(self.overdue)
        yield "failed", int(self.failed_run is not None)
        yield "late", self.late_count
        yield "stale", self.stale_count
        yield "waiting", self.waiting_count
        yield "set_aside", self.set_aside_count


@dataclass(frozen=True, slots=True)
class Writes:
    """How many writes ended in one way."""

    side: str
    operation: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A system's limit that refused a call within a day, and when it last did."""

    limit: str
    calls: int
    seconds: float
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """The run that holds the lease. `expired`: it should have ended or renewed it by now."""

    run_id: str
    command: str
    holder: str
    host: str
    since: datetime
    expires_at: datetime
    expired: bool


@dataclass(frozen=True, slots=True)
class SyncHealth:
    """`median_seconds` and `p95_seconds` are of the latest syncs that ended; None where there is none. `unanswered`: writes that were
    begun and never answered, which the next run looks into. `writes` are those of the last days (DAYS_BACK)."""

    head: Head
    successes: tuple[Success, ...]
    runs: tuple[PastRun, ...]
    median_seconds: float | None
    p95_seconds: float | None
    writes: tuple[Writes, ...]
    refusals: tuple[Refusal, ...]
    waiting_count: int
    unanswered: int
    set_aside_count: int
    set_aside: tuple[SetAside, ...]
    holder: Holder | None
