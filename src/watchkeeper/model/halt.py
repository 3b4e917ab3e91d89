"""A standing order of a person that a deployment writes nothing, whatever its schedule says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HaltKind(StrEnum):
    PAUSED = "paused"
    """For a while; it may end by itself."""
    RETIRED = "retired"
    """For good, until somebody brings the deployment back."""


@dataclass(frozen=True, slots=True)
class Halt:
    """Who stopped a deployment, where, when and why. `until`: when it ends by itself; None where somebody has to end it.
    `run`: the run whose undo stopped it, "" where a person asked for it."""

    kind: HaltKind
    id: str
    by: str
    host: str
    at: datetime
    reason: str = ""
    until: datetime | None = None
    run: str = ""

    def stands_at(self, now: datetime) -> bool:
        return self.until is None or now < self.until
