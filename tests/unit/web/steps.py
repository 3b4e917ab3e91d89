"""How much SQLite does for an answer, in the steps of its virtual machine: the same on every machine, however busy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import event
from sqlalchemy.engine import Engine

AT_ONCE = 10
"""Steps between two looks."""


@dataclass
class Steps:
    taken: int = 0

    def more(self) -> int:
        self.taken += AT_ONCE
        return 0


@contextmanager
def counting() -> Iterator[Steps]:
    """Of every connection that is opened meanwhile (sqlite.org/c3ref/progress_handler.html)."""
    steps = Steps()

    def watch(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_progress_handler(steps.more, AT_ONCE)

    event.listen(Engine, "connect", watch)
    try:
        yield steps
    finally:
        event.remove(Engine, "connect", watch)
