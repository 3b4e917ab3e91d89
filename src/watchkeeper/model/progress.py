"""The parts of long work that somebody may wait for."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """What is being done, and what its steps are."""

    LISTING = "listing"
    """What changed on both sides; a step is a record."""
    READING = "reading"
    """Records by id, and comments beside them."""
    COMMENTS = "comments"
    """Comments alone, record by record."""
    HISTORY = "history"
    """Who did what to records."""
    DECIDING = "deciding"
    """What each pair needs."""
    JUDGING = "judging"
    """The tickets of an audit."""
    REMINDING = "reminding"
    """Messages to people."""
    PAIRING = "pairing"
    """Pairs that a person named."""
    WRITING = "writing"
    """The actions of a plan."""


class Unwatched:
    """Nobody waits."""

    def begin(self, phase: Phase, total: int | None = None) -> None:
        del phase, total

    def advance(self, steps: int = 1) -> None:
        del steps


UNWATCHED = Unwatched()
