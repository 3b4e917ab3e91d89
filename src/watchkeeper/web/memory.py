"""The store that the board reads, opened when it is first asked for: the board may be started before the first run. It is looked at
again while the board runs: somebody may put another file in its place, upgrade it, or take it away."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from watchkeeper.errors import StateUnusable
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.owner_request import Asked, OwnerRequest
from watchkeeper.ports import Clock, Monotonic
from watchkeeper.state.asking import ask
from watchkeeper.state.database import Database, file_of, shown
from watchkeeper.state.library import LONGEST_READ, Library
from watchkeeper.state.read_limit import ReadLimit

LOOKED_AT: Final = 5.0
"""Seconds after which its schema is looked at again."""
LEFT_ALONE: Final = 1.0
"""Seconds for which a store that could not be opened is not tried again: whoever waited for the attempt shares what came of it."""
_File: TypeAlias = tuple[int, int] | None


@dataclass(slots=True)
class Memory:
    url: str
    clock: Clock
    monotonic: Monotonic
    _library: Library | None = None
    _file: _File = None
    _looked: float = 0.0
    _failure: StateUnusable | None = None
    _failed: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def library(self) -> Library | None:
        """None where no run has made a store yet. Raises StateUnusable."""
        with self._lock:
            if self._failure is not None and self.monotonic() - self._failed < LEFT_ALONE:
                raise StateUnusable(self._failure.message, remedy=self._failure.remedy)
            try:
                self._look()
                self._failure = None
            except StateUnusable as error:
                self._failure, self._failed = error, self.monotonic()
                raise
            return self._library

    def deployments(self) -> Sequence[str]:
        library = self.library()
        return () if library is None else library.deployments()

    def ask(self, deployment: str, series: str, request: OwnerRequest, occurrence: Occurrence) -> Asked:
        """Raise the duty of what an owner asks for: nothing else is ever written from here."""
        return ask(self.url, deployment, self.clock, series, request, occurrence)

    def close(self) -> None:
        with self._lock:
            self._forget()

    def _look(self) -> None:
        """Open the store, or make sure of one that is open."""
        file = self._file_now()
        if self._library is None or file != self._file:
            self._forget()
            reading = ReadLimit(LONGEST_READ, self.monotonic)
            self._library, self._file = Library.open(self.url, self.clock, reading), file
            self._looked = self.monotonic()
        elif self.monotonic() - self._looked > LOOKED_AT:
            self._library.require_current()
            self._looked = self.monotonic()

    def _file_now(self) -> _File:
        """Which file lies at the address; None for a server, and where none has lain there yet. SQLite goes on reading the file that it
        opened, whatever takes its place (sqlite.org/howtocorrupt.html, section 4.2)."""
        url = Database.parse(self.url)
        path = file_of(url)
        if path is None:
            return None
        try:
            found = path.stat()
        except OSError as error:
            if self._file is None:
                return None
            raise StateUnusable(
                f"the state store {shown(url)} is gone ({error.strerror})",
                remedy="put it back, or run `watchkeeper sync`, which makes a new one, and start the board again",
            ) from error
        return found.st_dev, found.st_ino

    def _forget(self) -> None:
        if self._library is not None:
            self._library.close()
            self._library = None
