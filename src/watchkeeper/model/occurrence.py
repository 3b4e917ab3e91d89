"""What is due: one instance of a task for one team, or for all its teams together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


class Decision(StrEnum):
    CREATE = "create"
    CARRIED = "carried"
    MISSED = "missed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`period` is the nominal local date in ISO form (before holiday rolling, before DST), for a raised task followed by
    `~` and ten hex digits; for an asset owner's ticket it is these alone, which stand for owner and recommendation. `due` is the instant (UTC) by which it should be done, `local_due` the same on the wall clock
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

    @property
    def local_due(self) -> datetime:
        """`due` on the wall clock of `zone`."""
        return self.due.astimezone(ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True)
class Decided:
    """An occurrence with the decision on it and why, as it is stored.

    `related` are keys of other occurrences that the decision concerns, and matters only in the run that decides:
    for carried and missed the ticket that gets a line about this period; for create the still open earlier tickets
    (which `supersede` closes, and to which `allow` links)."""

    occurrence: Occurrence
    decision: Decision
    reason: str
    decided_at: datetime
    related: tuple[str, ...] = ()
