"""A store that links a whole estate, filled as fast as the machine allows: rows are made on every core, and indexes once all are
in."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from functools import cache
from pathlib import Path

from sqlalchemy import Index

from bench.estate import DEPLOYMENT, links_of
from bench.stored import Values, give_room, store_values, values_of
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.profile import Profile
from watchkeeper.state.pairing import row_of
from watchkeeper.state.store import SqlStateStore
from watchkeeper.state.tables import link as table

MAPPINGS = Path(__file__).resolve().parents[1] / "mappings"
PORTION = 5_000
"""Pairs whose rows are made, and stored, together."""


@cache
def escalations() -> Profile:
    return load_profiles(MAPPINGS)["escalation"]


def fill(store: SqlStateStore, pairs: int) -> None:
    """Link every pair of an estate, with the very rows that a run would have stored."""
    indexes: list[Index] = sorted(table.indexes, key=lambda index: str(index.name))
    portions = range(0, pairs, PORTION)
    # One portion is made sooner than processes that could make it.
    with (
        ProcessPoolExecutor() if len(portions) > 1 else nullcontext() as processes,
        store.database.write() as connection,
    ):
        give_room(connection)
        made = processes.map if processes is not None else map
        for index in indexes:
            index.drop(connection)
        for rows in made(_rows, portions, [pairs] * len(portions)):
            store_values(connection, table, rows)
        for index in indexes:
            index.create(connection)


def _rows(first: int, pairs: int) -> list[Values]:
    numbers = range(first, min(first + PORTION, pairs))
    return values_of(
        table, [row_of(DEPLOYMENT, link) for number in numbers for link in links_of(number, escalations())]
    )
