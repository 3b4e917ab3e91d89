"""What the store knows of reminders, as its methods."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy.engine import Connection

from watchkeeper.model.link import LedgerEntry
from watchkeeper.model.nudge import NudgeEntry, NudgeState
from watchkeeper.model.plan import Intent
from watchkeeper.model.run import ActionResult
from watchkeeper.ports import Clock
from watchkeeper.state import follow_up, nudges, write_log
from watchkeeper.state.database import Database


class NudgeBook:
    """The part of a deployment's store that reminders use; see `NudgeLedger` and `NoteBook`."""

    database: Database
    _deployment: str
    _clock: Clock

    def nudges_since(self, day: date) -> Sequence[NudgeEntry]:
        with self.database.read() as connection:
            return nudges.since(connection, self._deployment, day)

    def nudges_done(self, channels: Collection[str]) -> frozenset[str]:
        with self.database.read() as connection:
            return nudges.done(connection, self._deployment, channels)

    def claim_nudge(self, entry: NudgeEntry) -> bool:
        return self.database.change(lambda connection: nudges.claim(connection, self._deployment, entry))

    def settle_nudge(self, nudge_id: str, state: NudgeState, tries: int, at: datetime) -> None:
        self.database.change(lambda connection: nudges.settle(connection, self._deployment, nudge_id, state, tries, at))

    def intend_note(self, intent: Intent, entry: LedgerEntry) -> None:
        def store(connection: Connection) -> None:
            write_log.append_intended(connection, self._deployment, intent, self._clock.now())
            follow_up.put_ledger(connection, self._deployment, [entry])

        self.database.change(store)

    def settle_note(self, intent: Intent, result: ActionResult, entry: LedgerEntry | None) -> None:
        def store(connection: Connection) -> None:
            write_log.append_outcome(connection, self._deployment, intent, result, self._clock.now())
            follow_up.put_ledger(connection, self._deployment, [entry] if entry else [])

        self.database.change(store, durable=False)
