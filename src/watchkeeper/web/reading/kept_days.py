"""What was kept of evidence of past days, read once: after a collection a report reads the new day, and remembers the others."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Generic, TypeVar

from watchkeeper.model.snapshot import Snapshot, SnapshotKind
from watchkeeper.state.codec import Alike
from watchkeeper.state.store import SqlStateStore

MOST: Final = 800
"""Days of a kind that are remembered: more than two years of them."""
T = TypeVar("T")


@dataclass(slots=True)
class _Kind(Generic[T]):
    """By day: when the document was taken, and the document."""

    alike: Alike[T]
    days: dict[date, tuple[str, Snapshot[T]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def between(self, store: SqlStateStore, kind: SnapshotKind[T], since: date, until: date) -> list[Snapshot[T]]:
        """Who comes while another one reads waits for what that one brings."""
        with store.view(), self.lock:
            times = store.snapshot_times(kind, since, until)
            missing = [day for day, at in times.items() if self._lacks(day, at)]
            for found in store.snapshots(kind, missing[0], missing[-1], self.alike) if missing else ():
                self.days[found.day] = times.get(found.day, ""), found
            # A day may have been let go of meanwhile.
            chosen = [self.days[day][1] for day, at in times.items() if not self._lacks(day, at)]
            for day in sorted(self.days)[:-MOST]:
                del self.days[day]
            return chosen

    def _lacks(self, day: date, at: str) -> bool:
        return day not in self.days or self.days[day][0] != at


@dataclass(slots=True)
class KeptDays:
    """Safe to share between threads."""

    _kinds: dict[tuple[str, ...], _Kind[Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def between(
        self, store: SqlStateStore, deployment: str, kind: SnapshotKind[T], since: date, until: date
    ) -> list[Snapshot[T]]:
        """What the store has of these days, the oldest first."""
        with self._lock:
            known = self._kinds.setdefault((store.lineage, deployment, kind.name), _Kind(Alike(kind.holds)))
        return known.between(store, kind, since, until)
