"""The store that the board reads, opened when it is first asked for: the board may be started before the first run."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from watchkeeper.ports import Clock
from watchkeeper.state.library import Library


@dataclass(slots=True)
class Memory:
    url: str
    clock: Clock
    _library: Library | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def library(self) -> Library | None:
        """None where no run has made a store yet. Raises StateUnusable."""
        with self._lock:
            if self._library is None:
                self._library = Library.open(self.url, self.clock)
            return self._library

    def deployments(self) -> Sequence[str]:
        library = self.library()
        return () if library is None else library.deployments()

    def close(self) -> None:
        with self._lock:
            if self._library is not None:
                self._library.close()
                self._library = None
