"""What the store knows of audits, as its methods."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from watchkeeper.model.audit import TeamDay
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.record import Side
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.state import runs, sheets
from watchkeeper.state.database import Database


class AuditBook:
    """The part of a deployment's store that audits and their reports use; see watchkeeper.ports.StateStore."""

    database: Database
    _deployment: str

    def verdicts(self, day_from: str, day_to: str, keys: Collection[str] | None = None) -> Sequence[Verdict]:
        with self.database.read() as connection:
            return runs.verdicts(connection, self._deployment, day_from, day_to, keys)

    def judged(self, day_from: str, day_to: str) -> Sequence[tuple[str, date, bool]]:
        with self.database.read() as connection:
            return runs.judged(connection, self._deployment, day_from, day_to)

    def judgements(self, day_from: str, day_to: str) -> Sequence[tuple[str, date, str, VerdictKind]]:
        with self.database.read() as connection:
            return runs.judgements(connection, self._deployment, day_from, day_to)

    def verdicts_since(self) -> date | None:
        """The first day of which there are verdicts; None where there are none."""
        with self.database.read() as connection:
            return runs.verdicts_since(connection, self._deployment)

    def last_updates_known(self, keys: Collection[str], before: date) -> Mapping[str, datetime]:
        with self.database.read() as connection:
            return runs.last_updates_known(connection, self._deployment, keys, before)

    def put_verdicts(self, verdicts: Iterable[Verdict], run_id: str) -> None:
        with self.database.write() as connection:
            runs.put_verdicts(connection, self._deployment, verdicts, run_id)

    def day_sheets(self, day_from: str, day_to: str) -> Sequence[DaySheet]:
        with self.database.read() as connection:
            return sheets.sheets(connection, self._deployment, day_from, day_to)

    def day_sheet_stamps(self) -> tuple[str, ...]:
        """What tells whether all day sheets are still the same ones."""
        with self.database.read() as connection:
            return sheets.stamps(connection, self._deployment)

    def count_days(self, days: Collection[TeamDay], run_id: str, at: datetime, *, whole: bool) -> None:
        with self.database.write() as connection:
            sheets.recount(connection, self._deployment, days, run_id, at, whole=whole)

    def confirmed_authors(self) -> Mapping[tuple[Side, str], str]:
        with self.database.read() as connection:
            return runs.confirmed_authors(connection, self._deployment)

    def confirm_authors(self, classes: Mapping[tuple[Side, str], str], at: datetime) -> None:
        with self.database.write() as connection:
            runs.confirm_authors(connection, self._deployment, classes, at)
