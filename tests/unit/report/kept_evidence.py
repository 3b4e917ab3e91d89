"""A store that has kept half a year of evidence, made once for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.evidence_history import TODAY, EvidenceHistory
from tests.fresh_store import put_fresh_store
from tests.state.examples import SetClock

from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.state import SqlStateStore, open_store

NOW: Final = FIRST_MONDAY.replace(hour=22)
SKIPPED: Final = frozenset(TODAY - timedelta(days=number) for number in (20, 21, 60))
"""Days of which the source has nothing."""


@contextmanager
def store_of(history: EvidenceHistory, folder: Path) -> Iterator[SqlStateStore]:
    file = folder / "evidence.db"
    put_fresh_store(file)
    with open_store(f"sqlite:///{file}", "test", SetClock(NOW), migrate=True) as store:
        store.keep_snapshots(history.kept)
        yield store
