"""How much one caller may ask for: a bucket of requests that refills (a token bucket), per caller."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from watchkeeper.ports import Monotonic

MOST_CALLERS: Final = 10_000
"""Callers that are remembered; whoever has not come for longest is forgotten first."""


@dataclass(slots=True)
class Allowance:
    """`burst` requests at once, and one more every `seconds`. Called from one thread (the event loop's)."""

    monotonic: Monotonic
    burst: int
    seconds: float
    _callers: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, caller: str) -> int:
        """0 if the caller may go on, else after how many seconds it may."""
        now = self.monotonic()
        left, at = self._callers.pop(caller, (float(self.burst), now))
        left = min(self.burst, left + (now - at) / self.seconds)
        wait = 0 if left >= 1 else math.ceil((1 - left) * self.seconds)
        self._callers[caller] = (left - 1 if left >= 1 else left, now)
        if len(self._callers) > MOST_CALLERS:
            self._callers.popitem(last=False)
        return wait
