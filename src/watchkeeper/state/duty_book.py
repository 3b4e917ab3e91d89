"""What the store knows of duties, as its methods."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from watchkeeper.model.duty_record import DutyRecord
from watchkeeper.state import duties, duty_rows
from watchkeeper.state.database import Database
from watchkeeper.state.duty_rows import Pair


class DutyBook:
    """The part of a deployment's store that says what became of duties; see watchkeeper.evidence_ports.DutyMemory. `besides`: how the
    names of teams begin whose duties are left out."""

    database: Database
    _deployment: str

    def duties_due(self, since: datetime, until: datetime, besides: str = "") -> Sequence[DutyRecord]:
        with self.database.read() as connection:
            return duties.due_between(connection, self._deployment, since, until, besides)

    def unsettled_duties(
        self, since: datetime, until: datetime, recent: datetime, besides: str = ""
    ) -> Sequence[DutyRecord]:
        """Of those that fall due in [since, until) what is open, and of what fell due from `recent` on what has no ticket but should."""
        with self.database.read() as connection:
            return duties.unsettled_between(connection, self._deployment, since, until, recent, besides)

    def duty_rows(self, besides: str = "") -> Sequence[Pair]:
        """Every task and team of which something is decided, sorted."""
        with self.database.read() as connection:
            return duty_rows.pairs(connection, self._deployment, besides)

    def latest_duties(self, pairs: Collection[Pair], until: date, most: int) -> Sequence[DutyRecord]:
        """Of each task and team the newest of those whose period does not begin after a day, newest first."""
        with self.database.read() as connection:
            return duty_rows.latest(connection, self._deployment, pairs, until, most)

    def past_duties(self, pair: Pair, before: str, most: int) -> Sequence[DutyRecord]:
        """What was decided of a task and team, by period, the newest first; `before`: the period behind which to begin, "" for none."""
        with self.database.read() as connection:
            return duty_rows.past(connection, self._deployment, pair, before, most)
