"""How many calls a run needs, and how many it may make."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from watchkeeper.model.record import Side


class AllowanceKind(StrEnum):
    RATE_LIMIT = "rate-limit"
    """What the remote told of: so many calls per hour."""
    RECORD_WRITES = "record-writes"
    """What the remote publishes as the least of writes to records that it bears; most endpoints bear more."""
    COMMENT_WRITES = "comment-writes"
    """The same for comments."""
    BUDGET = "budget"
    """What the settings let one run make."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """A limit on the calls to a side. `used`: our own calls under it so far; `seconds`: until it begins anew, or its length where
    it has no fixed begin; None for the whole run. `reserved`: the last calls of the limit, which are spread so thinly over its
    time that no run waits for them. `table`: the only one whose writes count; "" for every call."""

    side: Side
    kind: AllowanceKind
    limit: int
    used: int = 0
    seconds: float | None = None
    reserved: int = 0
    table: str = ""

    @property
    def left(self) -> int:
        """How many calls one run may still make."""
        return max(0, self.limit - self.reserved - self.used)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the writes of a plan will cost on one side: `calls` in all, under `allowance` (None: no limit is known)."""

    side: Side
    calls: int
    allowance: Allowance | None = None

    @property
    def fits(self) -> bool:
        return self.allowance is None or self.calls <= self.allowance.left
