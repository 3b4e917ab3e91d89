"""The emulated world's own clock: it starts at a chosen instant, runs with real time unless frozen, and can be set."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

FIRST_MONDAY = datetime(2026, 11, 16, 0, 30, tzinfo=UTC)
"""Where the demo's week begins: Monday morning in Tokyo, Dublin and (still Sunday evening) Seattle."""


class WorldClock:
    """`now()` is aware, UTC. `frozen` worlds move only by `advance` and `set`."""

    def __init__(
        self, start: datetime = FIRST_MONDAY, *, frozen: bool = False, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._lock = threading.Lock()
        self._monotonic = monotonic
        self._frozen = frozen
        self._base = start
        self._since = monotonic()

    def now(self) -> datetime:
        with self._lock:
            return self._now()

    @property
    def frozen(self) -> bool:
        return self._frozen

    def freeze(self) -> None:
        """Stand still from here on; `advance` and `set` still move the clock."""
        with self._lock:
            self._base, self._frozen = self._now(), True

    def run(self) -> None:
        """Run with real time from here on."""
        with self._lock:
            self._base, self._since, self._frozen = self._now(), self._monotonic(), False

    def set(self, instant: datetime) -> None:
        with self._lock:
            self._base, self._since = instant, self._monotonic()

    def advance(self, delta: timedelta) -> None:
        with self._lock:
            self._base, self._since = self._now() + delta, self._monotonic()

    def _now(self) -> datetime:
        if self._frozen:
            return self._base
        return self._base + timedelta(seconds=self._monotonic() - self._since)
