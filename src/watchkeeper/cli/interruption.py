"""Commands that run until somebody stops them."""

from __future__ import annotations

import signal
import threading
from types import FrameType

LONGEST_NAP = 0.5
"""Seconds after which a waiting command looks whether it was asked to stop: a signal that comes just before an endless wait
would be seen only after it."""


class Interruption:
    """From its making on, SIGINT and SIGTERM do not end the process but the wait."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self.name = ""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._halt)

    def wait(self) -> str:
        """Return the name of the signal once one has come."""
        while not self._asked.wait(LONGEST_NAP):
            continue
        return self.name

    def _halt(self, number: int, _frame: FrameType | None) -> None:
        self.name = signal.Signals(number).name
        self._asked.set()
