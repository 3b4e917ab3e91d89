"""What the board's reports look back on: a store, of which nothing that was read before is read again until it has changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from watchkeeper.evidence.kept import gathering_of
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.duty_record import DutyRecord
from watchkeeper.model.gathering import Gathering
from watchkeeper.model.snapshot import Snapshot, SnapshotKind
from watchkeeper.state.store import SqlStateStore
from watchkeeper.web.reading.kept_reports import KeptReports

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeptPast:
    """See watchkeeper.report.look_back.Past."""

    store: SqlStateStore
    deployment: str
    reports: KeptReports

    def snapshots(self, kind: SnapshotKind[T], since: date, until: date) -> Sequence[Snapshot[T]]:
        return self.reports.days.between(self.store, self.deployment, kind, since, until)

    def snapshot_days(self, kind: SnapshotKind[Any], since: date, until: date) -> Sequence[date]:
        return self.store.snapshot_days(kind, since, until)

    def latest_snapshot(self, kind: SnapshotKind[T], until: date) -> Snapshot[T] | None:
        return self.store.latest_snapshot(kind, until)

    def gatherings(self, tasks: Iterable[str], since: date, until: date) -> Sequence[Gathering]:
        """What was there and what lacked; of a year, the texts for tickets would be most of what is held."""
        wanted = tuple(tasks)
        stamps = self.store.snapshot_stamps(gathering_of(task) for task in wanted)
        made_of = ("gatherings", self.store.lineage, self.deployment, stamps, wanted, since, until)
        return self.reports.once(made_of, lambda: self._gatherings(wanted, since, until))

    def _gatherings(self, tasks: Sequence[str], since: date, until: date) -> Sequence[Gathering]:
        found = self.store.gatherings(tasks, since, until)
        return tuple(replace(each, texts={}, files=()) for each in found)

    def duties_due(self, since: datetime, until: datetime) -> Sequence[DutyRecord]:
        return self.store.duties_due(since, until)

    def day_sheets(self, day_from: str, day_to: str) -> Sequence[DaySheet]:
        return self.store.day_sheets(day_from, day_to)

    def keep_snapshots(self, kept: Iterable[Snapshot[Any]]) -> None:
        self.store.keep_snapshots(kept)

    def drop_snapshots(self, kind: SnapshotKind[Any], before: date) -> None:
        self.store.drop_snapshots(kind, before)
