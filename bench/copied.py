"""A store in a file, copied row by row to a PostgreSQL server: what takes minutes to make is made once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Table, create_engine, select
from sqlalchemy.engine import Connection

from watchkeeper.state.tables import metadata

_AT_ONCE = 10_000


def copy_to_server(file: Path, url: str) -> None:
    """Fill the empty tables of a server. Indexes are made once the rows are there, and the server counts what it has and writes it
    down, as it does by itself for some minutes after rows have come (postgresql.org/docs/current/routine-vacuuming.html, wal-configuration.html)."""
    source, target = create_engine(f"sqlite:///{file}"), create_engine(url)
    with source.connect() as read, target.begin() as write:
        for table in metadata.sorted_tables:
            indexes = sorted(table.indexes, key=lambda index: str(index.name))
            kept = write.exec_driver_sql(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", (table.name,)
            )
            made: dict[str, str] = {row.indexname: row.indexdef for row in kept}
            for index in indexes:
                write.exec_driver_sql(f'DROP INDEX "{index.name}"')
            _copy(read, write, table)
            for index in indexes:
                write.exec_driver_sql(made[str(index.name)])
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as settled:
        settled.exec_driver_sql("VACUUM ANALYZE")
        settled.exec_driver_sql("CHECKPOINT")
    source.dispose()
    target.dispose()


def _copy(read: Connection, write: Connection, table: Table) -> None:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    driver: Any = write.connection.driver_connection
    rows = read.execution_options(yield_per=_AT_ONCE).execute(select(table))
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(tuple(row))
