"""What the migrations tell an empty SQLite database: worked out once in a process, and told again to every new store of it.

Alembic takes longer to come by these statements than most runs take that begin without a store. They are told in the same
transaction, one by one, so that a run that dies among them leaves what it would have left.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.engine import Connection

from watchkeeper.state import schema
from watchkeeper.state.database import Database

_run_migrations = schema._run_migrations
_ASKING = ("PRAGMA", "SELECT")
Told = tuple[tuple[str, Any], ...]


def install() -> None:
    schema._run_migrations = _tell


def uninstall() -> None:
    """Let every store be migrated by Alembic, as users' stores are."""
    schema._run_migrations = _run_migrations


def _tell(connection: Connection, to: str) -> None:
    if connection.dialect.name != "sqlite" or to != schema.HEAD or inspect(connection).get_table_names():
        _run_migrations(connection, to)
        return
    for statement, parameters in _told():
        connection.exec_driver_sql(statement, parameters)


@cache
def _told() -> Told:
    """Statements that change something, with their parameters."""
    database, told = Database("sqlite://"), list[tuple[str, Any]]()

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.lstrip().startswith(_ASKING):
            told.append((statement, parameters))

    try:
        with database.write() as connection:
            event.listen(database.engine, "before_cursor_execute", hear)
            _run_migrations(connection, schema.HEAD)
    finally:
        database.close()
    return tuple(told)
