"""When each scheduled command last succeeded, in the store, where `status` finds it. That of a sync is remembered in the
transaction that ends its run (state/runs.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from watchkeeper.model.success import LastSuccess, last_success_in, memo_name, memo_of
from watchkeeper.ports import StateStore

SCHEDULED: Final = ("sync", "audit")
"""The commands that a schedule runs, whose silence has to be noticed."""


def note_success(store: StateStore, command: str, run_id: str, at: datetime) -> None:
    """Remember that a run which holds no lease succeeded."""
    store.remember(memo_of(command, run_id, at))


def last_successes(store: StateStore) -> tuple[LastSuccess, ...]:
    """One for each scheduled command."""
    return tuple(last_success_in(command, store.recall(memo_name(command)) or "") for command in SCHEDULED)
