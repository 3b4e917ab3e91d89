"""What the store keeps of evidence, as its methods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from watchkeeper.evidence.kept import gathering_of
from watchkeeper.model.gathering import Gathering
from watchkeeper.model.snapshot import Snapshot, SnapshotKind
from watchkeeper.state import snapshots
from watchkeeper.state.codec import Alike
from watchkeeper.state.database import Database

T = TypeVar("T")


class EvidenceBook:
    """The part of a deployment's store that evidence is kept in; see watchkeeper.evidence_ports.EvidenceMemory."""

    database: Database
    _deployment: str

    def keep_snapshots(self, kept: Iterable[Snapshot[Any]]) -> None:
        with self.database.write() as connection:
            snapshots.keep(connection, self._deployment, kept)

    def snapshots(
        self, kind: SnapshotKind[T], since: date, until: date, alike: Alike[T] | None = None
    ) -> Sequence[Snapshot[T]]:
        """`alike`: who has read others of the kind before, where somebody has."""
        with self.database.read() as connection:
            return snapshots.between(connection, self._deployment, kind, since, until, alike)

    def snapshot_times(self, kind: SnapshotKind[Any], since: date, until: date) -> Mapping[date, str]:
        """By day when its document was taken, as it is stored: another time is another document."""
        with self.database.read() as connection:
            return snapshots.times_between(connection, self._deployment, kind.name, since, until)

    def snapshot_days(self, kind: SnapshotKind[Any], since: date, until: date) -> Sequence[date]:
        with self.database.read() as connection:
            return snapshots.days_between(connection, self._deployment, kind.name, since, until)

    def latest_snapshot(self, kind: SnapshotKind[T], until: date) -> Snapshot[T] | None:
        with self.database.read() as connection:
            return snapshots.latest(connection, self._deployment, kind, until)

    def snapshot_stamps(self, kinds: Iterable[SnapshotKind[Any]]) -> tuple[str, ...]:
        """Of each kind, what tells whether its newest snapshot is still the same one."""
        with self.database.read() as connection:
            return snapshots.stamps(connection, self._deployment, [kind.name for kind in kinds])

    def gatherings(self, tasks: Iterable[str], since: date, until: date) -> Sequence[Gathering]:
        names = [gathering_of(task).name for task in tasks]
        with self.database.read() as connection:
            return snapshots.of_names(connection, self._deployment, Gathering, names, since, until)

    def drop_snapshots(self, kind: SnapshotKind[Any], before: date) -> None:
        with self.database.write() as connection:
            snapshots.drop_before(connection, self._deployment, kind.name, before)
