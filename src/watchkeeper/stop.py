"""The wish that this process ends, which signals bring or the end of its time, and when it is heeded."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from watchkeeper.clock import PATIENCE, system_monotonic, system_sleep
from watchkeeper.errors import Deferred, Interrupted
from watchkeeper.model.reasons import because
from watchkeeper.model.troubles import Trouble
from watchkeeper.ports import Monotonic

LONGEST_NAP = 0.25
"""Seconds after which a sleeper looks whether it was asked to stop."""


class Stopped(BaseException):
    """Somebody asked this process to stop where it stands."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Stop:
    """Implements ports.Stop for a process.

    Signal handlers run between any two steps of the main thread, which may hold any lock: so `ask` only sets numbers, and who
    waits looks at them. The end of the time is looked at in the same way, and breaks nothing off.
    """

    def __init__(self, patience: float = PATIENCE, monotonic: Monotonic = system_monotonic) -> None:
        self._patience = patience
        self._monotonic = monotonic
        self._began = monotonic()
        self._number = 0
        self._asked_at = math.inf
        self._ends = math.inf
        self._is_put_off = False

    def end_within(self, seconds: float) -> None:
        """Let it count as asked for once so many seconds are over since this was made, as its process began: whatever came before
        the first call (settings, mappings, a ping) takes of the same time. Of several ends the first one holds."""
        self._ends = min(self._ends, self._began + seconds)

    def end_at(self, at: datetime, now: datetime) -> None:
        """The same from an instant on. Raises Deferred where that has come already."""
        if at <= now:
            passed = because(Trouble.DEADLINE_PASSED, at=at.isoformat(timespec="seconds"))
            raise Deferred(passed, remedy=because(Trouble.NOTHING_BEGUN))
        self._ends = min(self._ends, self._monotonic() + (at - now).total_seconds())

    @property
    def time_left(self) -> timedelta | None:
        """Until the time is over, and a moment at least; None where it has no end."""
        return None if math.isinf(self._ends) else max(timedelta(seconds=self.seconds_left), timedelta.resolution)

    @property
    def seconds_left(self) -> float:
        """Until the time is over; infinite where it has no end."""
        return max(0.0, self._ends - self._monotonic())

    def ask(self, number: int) -> None:
        """Note that the signal `number` came. Raises Stopped where nothing has to be brought to an end first, and when it is
        not the first one."""
        again = bool(self._number)
        self._number, self._asked_at = number, min(self._asked_at, self._monotonic())
        if again or not self._is_put_off:
            raise Stopped(number)

    @property
    def is_asked(self) -> bool:
        return bool(self._number) or self.seconds_left <= 0

    @property
    def is_overdue(self) -> bool:
        """Whether what was under way when the first signal came, or the time was over, has had its time."""
        return self._monotonic() - min(self._asked_at, self._ends) >= self._patience

    def check(self) -> None:
        """Raise Interrupted once a signal has come, Deferred once the time is over."""
        if self._number:
            asked = because(Trouble.STOP_ASKED, name=signal.Signals(self._number).name)
            raise Interrupted(asked, signal=self._number, remedy=because(Trouble.GOES_ON))
        if self.seconds_left <= 0:
            raise Deferred(because(Trouble.TIME_IS_UP), remedy=because(Trouble.GOES_ON))

    @contextmanager
    def put_off(self) -> Iterator[None]:
        """Inside, a first signal interrupts nothing: it is heeded by whoever calls `check`."""
        before, self._is_put_off = self._is_put_off, True
        try:
            yield
        finally:
            self._is_put_off = before

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Inside, even a first signal ends the process where it stands, as outside of `put_off`."""
        before, self._is_put_off = self._is_put_off, False
        try:
            if self._number:
                raise Stopped(self._number)
            yield
        finally:
            self._is_put_off = before

    def sleep(self, seconds: float) -> None:
        """Wait; raises Interrupted as soon as a signal has come, Deferred as soon as the time is over."""
        ends = system_monotonic() + seconds
        while (left := ends - system_monotonic()) > 0:
            self.check()
            system_sleep(min(left, LONGEST_NAP, self.seconds_left))
        self.check()
