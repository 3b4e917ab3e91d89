"""Many rows into PostgreSQL at once: COPY into a table of the transaction's own, then one upsert from there.

That is many times as fast as rows that are committed one by one (`./dev bench upserts`), and faster than one upsert for every
row in a pipeline, or than one for all with an array for every column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import Table, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from watchkeeper.state.codec import clean

WORTHWHILE = 100
"""From so many rows on, making the table costs less than it saves."""

_INCOMING = "watchkeeper_incoming"
_MAY = text("SELECT has_database_privilege(current_database(), 'TEMPORARY')")


def may_copy(connection: Connection) -> bool:
    """Whether this user may have tables of its own for a moment, as everybody may unless the right was taken away."""
    return bool(connection.execute(_MAY).scalar_one())


def copy_upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, or replace those with the same primary key. Of several rows with the same key the last one counts."""
    quote = connection.dialect.identifier_preparer.quote
    into, keys = quote(table.name), [column.name for column in table.primary_key]
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {_INCOMING} (LIKE {into}) ON COMMIT DROP")
    _copy(connection, table, _latest(table, rows))
    replaced = ", ".join(
        f"{quote(column.name)} = excluded.{quote(column.name)}" for column in table.columns if column.name not in keys
    )
    connection.exec_driver_sql(
        f"INSERT INTO {into} SELECT * FROM {_INCOMING} "  # noqa: S608 - our own names
        f"ON CONFLICT ({', '.join(quote(key) for key in keys)}) DO UPDATE SET {replaced}"
    )
    connection.exec_driver_sql(f"DROP TABLE {_INCOMING}")


def _latest(table: Table, rows: Sequence[Mapping[str, object]]) -> Iterable[Sequence[object]]:
    """The values of the rows, column by column, as they can be stored; a statement may not touch a row twice."""
    names = [column.name for column in table.columns]
    keys = [names.index(column.name) for column in table.primary_key]
    stored = ([_storable(row.get(name)) for name in names] for row in rows)
    return {tuple(values[key] for key in keys): values for values in stored}.values()


def _storable(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


def _copy(connection: Connection, table: Table, rows: Iterable[Sequence[object]]) -> None:
    """Raises what SQLAlchemy would, which knows nothing of COPY."""
    columns = ", ".join(connection.dialect.identifier_preparer.quote(column.name) for column in table.columns)
    statement = f"COPY {_INCOMING} ({columns}) FROM STDIN"
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        cut = bool(driver.closed)
        if cut:
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement,
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=cut,
            dialect=connection.dialect,
        ) from error
