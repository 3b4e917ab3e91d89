"""What several pages of the board show, as data.

Within one version of the API nothing is removed or changes meaning; fields may be added. Lists are cut (`MOST`); the number beside a
list is of everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

MOST: Final = 100
ESCALATIONS: Final = "escalations"
"""Where the page on escalations is, from a deployment on."""
BEHIND: Final = "behind"
"""What can be chosen there besides a verdict: whatever nobody updated in time, stale or very stale."""
OWED: Final = "owed"
"""And this: whatever owed an update that day, which is all but what was exempt."""
DAYS_BACK: Final = 7


class Standing(StrEnum):
    """How a scheduled command stands against what is expected of it, in the words of those who watch such things."""

    UNTOLD = ""
    """Nobody said within what time it is expected to succeed."""
    NEW = "new"
    """It never did."""
    UP = "up"
    LATE = "late"
    """It has not for longer than that, and for at most twice as long."""
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Success:
    """When a scheduled command last succeeded. `limit_seconds`: how long ago that may be; None where nobody said. `overdue`: it is new,
    late or down. `remembered`: whether its run has a page: an audit has none."""

    command: str
    at: datetime | None
    run_id: str
    age_seconds: int | None
    limit_seconds: int | None
    overdue: bool
    standing: Standing = Standing.UNTOLD
    remembered: bool = False


@dataclass(frozen=True, slots=True)
class SystemCalls:
    """What a system was asked and how it answered: see watchkeeper.model.traffic.Traffic."""

    side: str
    calls: int
    errors: int
    retries: int
    throttled: int
    waited_seconds: float


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run as the store keeps it; `exit_code` and `ended_at` are None where it never ended. `succeeded`, `may_follow` (it was put off, and
    the next one goes on) and neither: it failed. `calls` are empty of runs before they were counted."""

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
    calls: tuple[SystemCalls, ...] = ()

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
class Names:
    """What people call something, by language; empty where nobody says."""

    en: str = ""
    ja: str = ""

    def in_language(self, language: str, otherwise: str) -> str:
        return (self.ja if language == "ja" else self.en) or otherwise


PLANNED: Final = "planned"
"""How a duty stands on which nothing is decided yet: the catalogue alone knows of it."""
UNDECIDED: Final = "undecided"
"""How it stands once its time has come and still no run has decided on it."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty of a team (`all`: of all of them together) with its ticket, where it has one. `standing` is a word of
    watchkeeper.model.duty_record.DutyEnd, `planned` or `undecided`."""

    team: str
    task: str
    key: str
    due: datetime
    zone: str
    standing: str
    number: str = ""
    url: str = ""
    task_name: Names = Names()
    team_name: Names = Names()
    served_by: str = ""
    """The key of the duty whose ticket also serves this one; empty where it has, or will have, its own."""


@dataclass(frozen=True, slots=True)
class UnknownHere:
    """A value of a side that no table of a profile's field knows: in how many tickets at once at most, and on which day a run last saw
    it."""

    profile: str
    field: str
    side: str
    name: str
    value: str
    most: int
    last: date


@dataclass(frozen=True, slots=True)
class TeamStale:
    """Escalations of a team that nobody updated in time, on the latest day that an audit judged."""

    team: str
    day: date
    stale: int
    escalations: int
    team_name: Names = Names()
