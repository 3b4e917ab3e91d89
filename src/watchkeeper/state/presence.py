"""Proof that a run lives: a lock that the operating system takes back when its process ends, however it ends.

The lease's expiry tells other machines that a run is dead; on the same machine nobody needs to wait for it. Only for SQLite,
whose file both runs can see. Windows has no such lock here: there the expiry decides.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_PRIVATE = 0o600


class Presence:
    """The lock beside a database file, naming the run that holds it. Without a file nothing can be held or told."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Whether the lock is ours now: no living process on this machine holds it."""
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

    def named(self) -> str:
        """The run that held the lock last; empty when we do not hold it."""
        if self._descriptor is None:
            return ""
        return os.pread(self._descriptor, 256, 0).decode("utf-8", "replace")

    def name(self, run_id: str) -> None:
        """Say whose life the lock proves."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, run_id.encode(), 0)

    def let_go(self) -> None:
        """Give the lock back; the file stays, because removing it would let two processes lock two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
