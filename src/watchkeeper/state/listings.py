"""What lists are paged through, of one deployment: each question is answered from one consistent view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from watchkeeper.model.link import ConflictRow, Dirty, Link
from watchkeeper.model.run import WriteLogEntry
from watchkeeper.model.verdict import Verdict
from watchkeeper.state import link_lists, run_lists, write_lists
from watchkeeper.state.database import Database
from watchkeeper.state.link_lists import Place, WantedLinks
from watchkeeper.state.run_lists import Ended, RunsFound
from watchkeeper.state.tally import OUTCOME
from watchkeeper.state.write_lists import Found, Wanted
from watchkeeper.state.write_log import INTENDED


@dataclass(frozen=True, slots=True)
class Listings:
    """Reads only. `limit` is how many rows one page has; where a list may go on, one more row than that is asked for."""

    database: Database
    deployment: str

    def run(self, run_id: str) -> Mapping[str, object] | None:
        with self.database.read() as connection:
            return run_lists.run(connection, self.deployment, run_id)

    def known_runs(self, run_ids: Iterable[str]) -> frozenset[str]:
        with self.database.read() as connection:
            return run_lists.known(connection, self.deployment, run_ids)

    def runs(self, command: str, ended: Ended, after: str, limit: int) -> RunsFound:
        with self.database.read() as connection:
            return run_lists.ran(connection, self.deployment, command, ended, after, limit)

    def intended_in(
        self, run_id: str, after: int, limit: int
    ) -> tuple[Sequence[WriteLogEntry], Sequence[WriteLogEntry]]:
        """What a run meant to write, from a place on, and what became of it."""
        with self.database.read() as connection:
            intended = write_lists.of_run(connection, self.deployment, run_id, after, limit)
            actions = [row.action_id for row in intended]
            return intended, write_lists.rows_of(connection, self.deployment, run_id, actions, OUTCOME)

    def exceptions_in(self, run_id: str, limit: int) -> Sequence[WriteLogEntry]:
        with self.database.read() as connection:
            return write_lists.exceptions_of_run(connection, self.deployment, run_id, limit)

    def begun_of(self, run_id: str, ends: Sequence[WriteLogEntry]) -> Sequence[WriteLogEntry]:
        """How the writes that ended so had begun."""
        with self.database.read() as connection:
            actions = [row.action_id for row in ends]
            return write_lists.rows_of(connection, self.deployment, run_id, actions, INTENDED)

    def overtaken_in(self, run_id: str, begun: datetime, ended: datetime, limit: int) -> Sequence[ConflictRow]:
        with self.database.read() as connection:
            return link_lists.overtaken_in(connection, self.deployment, run_id, begun, ended, limit)

    def ended(self, wanted: Wanted, before: int | None, limit: int) -> Found:
        with self.database.read() as connection:
            return write_lists.ended(connection, self.deployment, wanted, before, limit)

    def writes_of(
        self, key: str, before: int | None, limit: int
    ) -> tuple[Sequence[WriteLogEntry], Sequence[WriteLogEntry]]:
        """What was meant to be written to a key's records, newest first, from a place on, and what became of it."""
        with self.database.read() as connection:
            begun = write_lists.of_key(connection, self.deployment, key, before, limit)
            return begun, write_lists.ends_of(connection, self.deployment, begun)

    def confirmed(self, wanted: WantedLinks, after: Place | None, limit: int) -> Sequence[Link]:
        with self.database.read() as connection:
            return link_lists.confirmed(connection, self.deployment, wanted, after, limit)

    def with_a_reason(self, wanted: WantedLinks, after: str, limit: int) -> Sequence[Link]:
        with self.database.read() as connection:
            return link_lists.with_a_reason(connection, self.deployment, wanted, after, limit)

    def waiting(self, after: Place | None, limit: int) -> Sequence[Dirty]:
        with self.database.read() as connection:
            return link_lists.waiting(connection, self.deployment, after, limit)

    def waits(self, key: str) -> Dirty | None:
        with self.database.read() as connection:
            return link_lists.waits(connection, self.deployment, key)

    def overtaken(self, after: tuple[datetime, str, str, str] | None, limit: int) -> Sequence[ConflictRow]:
        with self.database.read() as connection:
            return link_lists.overtaken(connection, self.deployment, after, limit)

    def verdicts_of(self, key: str, limit: int) -> Sequence[Verdict]:
        with self.database.read() as connection:
            return link_lists.verdicts_of(connection, self.deployment, key, limit)
