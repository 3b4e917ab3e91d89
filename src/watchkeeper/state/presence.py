"""Proof that a run lives: a lock that is taken back when its process ends, however it ends.

The lease's expiry tells everybody that a run is dead; with this proof nobody needs to wait for it. Beside a SQLite file it is
a lock of the operating system, which says something on the same machine only; Windows has none here. On PostgreSQL it is a
lock of the run's own session (`watchkeeper.state.session_presence`), which every machine can see.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from sqlalchemy.engine import Connection

from watchkeeper.errors import LeaseHolder

if sys.platform != "win32":
    import fcntl

_PRIVATE = 0o600


class Presence(Protocol):
    def take(self) -> bool:
        """Whether the lock is ours now: no living process that could be seen holds it."""

    def proves_dead(self, found: LeaseHolder) -> bool:
        """Whether the lock, now ours, was last held by this run: it has ended without a word."""

    def name(self, run_id: str, connection: Connection) -> None:
        """Say whose life the lock proves, in the transaction that gives the run its lease: a run that is killed at any moment is
        known by one of both, or has neither."""

    def keep(self) -> None:
        """Take the lock again if it was lost; harmless where it cannot be had."""

    def let_go(self) -> None:
        """Give the lock back."""


class FilePresence:
    """The lock beside a database file. Without a file nothing can be held or told.

    It names the run that holds it and the one before: a file is no part of a transaction, so the first may have died before it had
    the lease, which is the other's then. Both are dead for whoever gets the lock.
    """

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
        return found.host == self._host and found.run_id in _named(self._descriptor)

    def name(self, run_id: str, connection: Connection) -> None:
        del connection
        if self._descriptor is not None:
            written = " ".join([run_id, *_named(self._descriptor)[:1]]).encode()
            os.pwrite(self._descriptor, written, 0)
            os.ftruncate(self._descriptor, len(written))

    def keep(self) -> None:
        """The operating system takes it from nobody who lives."""

    def let_go(self) -> None:
        """The file stays, because removing it would let two processes lock two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _named(descriptor: int) -> Sequence[str]:
    """The runs that the file names, the last one first."""
    return os.pread(descriptor, 256, 0).decode("utf-8", "replace").split()
