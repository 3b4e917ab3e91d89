"""The last time that a scheduled command did its work, and how a store remembers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

EVERYWHERE: Final = ("sync", "audit")
"""The commands that every deployment runs on a schedule, whose silence has to be noticed."""
EVIDENCE: Final = "evidence"
"""Collecting evidence, which only some do."""
SCHEDULED: Final = (*EVERYWHERE, EVIDENCE)


@dataclass(frozen=True, slots=True)
class LastSuccess:
    """`at` is None where no success is on record."""

    command: str
    at: datetime | None = None
    run_id: str = ""

    def age_at(self, now: datetime) -> timedelta | None:
        """How long ago it was; never negative."""
        return None if self.at is None else max(now - self.at, timedelta(0))

    def is_older(self, limit: timedelta, now: datetime) -> bool:
        """Whether it is too old; one that never was is."""
        age = self.age_at(now)
        return age is None or age > limit


def memo_name(command: str) -> str:
    """Under which name a store keeps the last success of a command."""
    return f"last-success-{command}"


def memo_of(command: str, run_id: str, at: datetime) -> dict[str, str]:
    """A success as a store keeps it."""
    return {memo_name(command): f"{at.isoformat()} {run_id}"}


def last_success_in(command: str, memo: str) -> LastSuccess:
    """What a store kept. What cannot be read counts as no success: somebody then looks, which is what this is for."""
    at, _, run_id = memo.partition(" ")
    try:
        return LastSuccess(command, datetime.fromisoformat(at), run_id)
    except ValueError:
        return LastSuccess(command)
