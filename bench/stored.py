"""Rows put into a SQLite store as they are. They are made here and hold no text that a store would have to clean: looking at each value
of a million rows takes longer than storing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.engine import Connection

Values = tuple[Any, ...]
_ROOM: Final = 400_000
"""KiB for pages of a database that is being filled: with SQLite's 2,000 each row of a large index comes from the disk and goes there."""


def values_of(table: Table, rows: Sequence[Mapping[str, Any]]) -> list[Values]:
    """What rows say of each column, in the order of the table; they name all of them."""
    return list(map(itemgetter(*(column.name for column in table.columns)), rows))


def give_room(connection: Connection) -> None:
    connection.exec_driver_sql(f"PRAGMA cache_size = -{_ROOM}")


def store_values(connection: Connection, table: Table, rows: list[Values]) -> None:
    places = ", ".join("?" for _ in table.columns)
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', rows)
