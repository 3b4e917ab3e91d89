"""Proof that a run lives: a lock that is taken back when its process ends, however it ends.

The lease's expiry tells everybody that a run is dead; with this proof nobody needs to wait for it. Beside a SQLite file it is
a lock of the operating system, which says something on the same machine only; Windows has none here. On PostgreSQL it is a
lock of the run's own session (`watchkeeper.state.session_presence`), which every machine can see.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Protocol

from watchkeeper.errors import LeaseHolder

if sys.platform != "win32":
    import fcntl

_PRIVATE = 0o600


class Presence(Protocol):
    def take(self) -> bool:
        """Whether the lock is ours now: no living process that could be seen holds it."""

    def proves_dead(self, found: LeaseHolder) -> bool:
        """Whether the lock, now ours, was last held by this run: it has ended without a word."""

    def name(self, run_id: str) -> None:
        """Say whose life the lock proves."""

    def keep(self) -> None:
        """Take the lock again if it was lost; harmless where it cannot be had."""

    def let_go(self) -> None:
        """Give the lock back."""


class FilePresence:
    """The lock beside a database file, naming the run that holds it. Without a file nothing can be held or told."""

    def __init__(self, file: Path | None, host: str) -> None:
        self._file = file
        self._host = host
        self._descriptor: int | None = None

    def take(self) -> bool:
        if self._file is None or sys.platform == "win32":
            return False
        try:
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def proves_dead(self, found: LeaseHolder) -> bool:
        if self._descriptor is None:
            return False
        named = os.pread(self._descriptor, 256, 0).decode("utf-8", "replace")
        return (found.run_id, found.host) == (named, self._host)

    def name(self, run_id: str) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, run_id.encode(), 0)

    def keep(self) -> None:
        """The operating system takes it from nobody who lives."""

    def let_go(self) -> None:
        """The file stays, because removing it would let two processes lock two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
