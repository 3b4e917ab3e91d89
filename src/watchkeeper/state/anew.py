"""Make room for a memory that is built anew: let go of what is damaged, and of what both systems can tell again."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Table, and_, select
from sqlalchemy.engine import Connection

from watchkeeper.model.link import LinkState
from watchkeeper.state import tables, tally
from watchkeeper.state.damage import MENDABLE, damage_of
from watchkeeper.state.database import Database

_LINK = tables.link


def drop_damaged(database: Database) -> Mapping[str, int]:
    """Delete every row that does not match its digest or cannot be read back, of every deployment: nobody could use it anyway. How
    many per table. What is counted of the write log is counted anew."""
    with database.write() as connection:
        counts = {table.name: _drop_damaged(connection, table) for table in MENDABLE}
        tally.recount(connection)
    return {name: count for name, count in counts.items() if count}


def forget_pairs(connection: Connection, deployment: str) -> None:
    """Drop links and cursors. Tombstones stay: that a record is gone is what no system tells."""
    connection.execute(_LINK.delete().where(_LINK.c.deployment == deployment, _LINK.c.state != LinkState.GONE.value))
    connection.execute(tables.cursor.delete().where(tables.cursor.c.deployment == deployment))
    connection.execute(tables.observed.delete().where(tables.observed.c.deployment == deployment))


def _drop_damaged(connection: Connection, table: Table) -> int:
    keys = list(table.primary_key)
    rows = connection.execute(select(table)).mappings()
    damaged = [{column.name: row[column.name] for column in keys} for row in rows if damage_of(table, row)]
    for row in damaged:
        connection.execute(table.delete().where(and_(*(column == row[column.name] for column in keys))))
    return len(damaged)
