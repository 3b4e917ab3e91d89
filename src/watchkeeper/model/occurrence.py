"""What is due: one instance of a task for one team, or for all its teams together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Decision(StrEnum):
    CREATE = "create"
    CARRIED = "carried"
    MISSED = "missed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`period` is the nominal local date in ISO form (before holiday rolling, before DST), for a raised task followed by
    `~` and ten hex digits. `due` is the instant (UTC) by which it should be done, `local_due` the same on the wall clock
    of `zone`. `team` is a team id or "all". `reason` says why a raised one exists."""

    key: str
    task: str
    team: str
    period: str
    nominal: date
    due: datetime
    zone: str
    reason: str = ""

    @property
    def raised(self) -> bool:
        return "~" in self.period


@dataclass(frozen=True, slots=True)
class Decided:
    """An occurrence with the decision on it and why, as it is stored."""

    occurrence: Occurrence
    decision: Decision
    reason: str
    decided_at: datetime
