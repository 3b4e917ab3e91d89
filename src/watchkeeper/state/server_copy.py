"""A deployment's rows on a server, read into a SQLite database in memory that a plan may change."""

from __future__ import annotations

from sqlalchemy import ColumnClause, MetaData, Table, column, select, table
from sqlalchemy.engine import Connection

from watchkeeper.state import schema
from watchkeeper.state.database import Database

_ROWS = 2_000
"""Rows that are in flight at a time."""


def copy_of_server(url: str, deployment: str, copy: Database) -> None:
    """Fill an empty copy; it stays empty where the server has no tables yet.

    The copy gets the tables of the version that the server has, so that its migrations are run on it like on any other
    store. Raises StateUnusable when the server does not answer or its schema is newer than this program.
    """
    original = Database(url)
    try:
        found = schema.known_version(original)
        if found is None:
            return
        schema.migrate(copy, to=found)
        with original.read() as source, copy.write() as target:
            described = MetaData()
            described.reflect(target)
            for each in described.sorted_tables:
                if "deployment" in each.columns:
                    _copy_rows(source, target, each, deployment)
    finally:
        original.close()


def _copy_rows(source: Connection, target: Connection, into: Table, deployment: str) -> None:
    """The columns are named alone, without the types that SQLite gives them."""
    columns: list[ColumnClause[object]] = [column(each.name) for each in into.columns]
    chosen = select(*columns).select_from(table(into.name, *columns)).where(column("deployment") == deployment)
    rows = source.execution_options(yield_per=_ROWS).execute(chosen)
    for some in rows.mappings().partitions():
        target.execute(into.insert(), [dict(row) for row in some])
