"""Request limits: ARM's token buckets, and the minimums that SecurityInsights publishes for itself.

Sources: learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling and
learn.microsoft.com/rest/api/securityinsights/request-limits-and-throttling.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from watchkeeper.emulators.azure.failures import Refused

_MESSAGE: Final = "Number of requests exceeded the limit. Please try again after the time in the Retry-After header."


@dataclass(slots=True)
class _Bucket:
    """`capacity` requests at once, refilled evenly by `per_second`."""

    capacity: float
    per_second: float
    level: float
    filled_at: float

    def take(self, now: float) -> float:
        """Seconds to wait; 0 when the request is let through."""
        self.level = min(self.capacity, self.level + max(0.0, now - self.filled_at) * self.per_second)
        self.filled_at = now
        if self.level < 1:
            return (1 - self.level) / self.per_second
        self.level -= 1
        return 0.0


LIMITS: Final = {
    "reads": (250.0, 25.0),
    "writes": (200.0, 10.0),
    "deletes": (200.0, 10.0),
    "queries": (200.0, 200 / 30),
    "incident PUT": (75.0, 75 / 300),
    "comment PUT": (75.0, 75 / 300),
    "relation PUT": (75.0, 75 / 300),
    "comment GET": (100.0, 100 / 300),
    "relation GET": (100.0, 100 / 300),
}
"""Bucket size and refill per second."""


class Throttle:
    """`enforced=False` refuses nothing and tells nobody to hold back: its buckets never go below half."""

    def __init__(self, seconds: Callable[[], float], *, enforced: bool) -> None:
        self._seconds = seconds
        self._enforced = enforced
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._lock = threading.Lock()

    def reset(self) -> None:
        with self._lock:
            self._buckets.clear()

    def take(self, principal: str, kind: str) -> int:
        """One request of `kind` by `principal`: how many remain at once. Raises Refused (429 with Retry-After)."""
        now = self._seconds()
        with self._lock:
            capacity, per_second = LIMITS[kind]
            bucket = self._buckets.setdefault((principal, kind), _Bucket(capacity, per_second, capacity, now))
            wait = bucket.take(now)
            remaining = int(bucket.level)
        if not self._enforced:
            return max(remaining, int(capacity / 2))
        if wait:
            raise Refused(429, "TooManyRequests", _MESSAGE, {"Retry-After": str(max(1, math.ceil(wait)))})
        return remaining
