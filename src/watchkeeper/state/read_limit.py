"""How long somebody who only looks may keep the store busy."""

from __future__ import annotations

from dataclasses import dataclass

from watchkeeper.ports import Monotonic


@dataclass(frozen=True, slots=True)
class ReadLimit:
    """`seconds`: for each statement on a server, which measures them itself; for the whole of a read on SQLite, by `monotonic`."""

    seconds: float
    monotonic: Monotonic
