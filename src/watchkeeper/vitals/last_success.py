"""When each scheduled command last succeeded, in the store, where `status` finds it. That of a sync is remembered in the
transaction that ends its run (state/runs.py)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from watchkeeper.model.success import EVERYWHERE, SCHEDULED, LastSuccess, last_success_in, memo_name, memo_of
from watchkeeper.state_ports import StateStore


def note_success(store: StateStore, command: str, run_id: str, at: datetime) -> None:
    """Remember that a run which holds no lease succeeded."""
    store.remember(memo_of(command, run_id, at))


def last_successes(store: StateStore, asked: Collection[str] = ()) -> tuple[LastSuccess, ...]:
    """One for each command that runs everywhere, and for another one where it has succeeded or somebody has asked about it."""
    kept = {command: store.recall(memo_name(command)) or "" for command in SCHEDULED}
    return tuple(
        last_success_in(command, memo)
        for command, memo in kept.items()
        if memo or command in EVERYWHERE or command in asked
    )
