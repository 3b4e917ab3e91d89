"""Published limits on calls: so many in a span of time, per application and API."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from watchkeeper.emulators.evidence.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` in `seconds`, counted together under `name`."""

    name: str
    calls: int
    seconds: float


class Quotas:
    """Sliding windows by the world's clock. `enforced=False` refuses nothing."""

    def __init__(self, seconds: Callable[[], float], *, enforced: bool) -> None:
        self._seconds = seconds
        self._enforced = enforced
        self._taken: dict[tuple[str, Limit], deque[float]] = {}
        self._lock = threading.Lock()

    def reset(self) -> None:
        with self._lock:
            self._taken.clear()

    def take(self, application: str, limits: Sequence[Limit]) -> None:
        """One call under all of `limits`. Raises Refusal (429) with the seconds until the fullest window has room."""
        now = self._seconds()
        with self._lock:
            wait = max((self._wait(application, limit, now) for limit in limits), default=0.0)
            if wait > 0 and self._enforced:
                headers = {"Retry-After": str(max(1, math.ceil(wait)))}
                raise Refusal(429, "TooManyRequests", "Too many requests. Please retry later.", headers)
            for limit in limits:
                self._taken[application, limit].append(now)

    def _wait(self, application: str, limit: Limit, now: float) -> float:
        taken = self._taken.setdefault((application, limit), deque(maxlen=limit.calls))
        while taken and taken[0] <= now - limit.seconds:
            taken.popleft()
        return taken[0] + limit.seconds - now if len(taken) >= limit.calls else 0.0
