"""The schema's version: refuse what is newer, bring forward what is older."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from watchkeeper.errors import StateUnusable
from watchkeeper.state.copies import keep_copy
from watchkeeper.state.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Every schema this program knows, oldest first. Kept here so that a start does not have to load alembic."""
HEAD = REVISIONS[-1]


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring the store at a URL to this program's schema; returns the version before (None: empty) and after.

    Raises StateUnusable when the store is newer or cannot be used.
    """
    database = Database(url)
    try:
        return migrate(database), HEAD
    finally:
        database.close()


def migrate(database: Database, to: str = HEAD) -> str | None:
    """Run the missing migrations in one transaction; returns the version before (None: empty).

    A SQLite file that holds something is copied first, into a file beside it whose name says which schema came after it.
    """
    before = known_version(database)
    if before != to:
        if before is not None:
            _keep_copy(database)
        with database.write() as connection:
            _run_migrations(connection, to)
    return before


def require_current(database: Database) -> None:
    """Raise StateUnusable unless the store has exactly this program's schema."""
    found = known_version(database)
    if found != HEAD:
        raise StateUnusable(
            f"the state store {database.name} has schema {found or 'none'}; this program needs {HEAD}",
            remedy="run `watchkeeper db upgrade`",
        )


def known_version(database: Database) -> str | None:
    """The schema's version, or None where there is none yet. Raises StateUnusable when the store is newer than this program,
    or could not hold what belongs into it."""
    with database.read() as connection:
        found = version(connection)
        if not database.is_sqlite:
            from watchkeeper.state.postgres import require_utf8

            require_utf8(connection, database.name)
    _refuse_newer(database, found)
    return found


def version(connection: Connection) -> str | None:
    """The schema's version, or None where there is none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def configuration() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config


def _refuse_newer(database: Database, found: str | None) -> None:
    if found is not None and found not in REVISIONS:
        raise StateUnusable(
            f"the state store {database.name} has schema {found}, which is newer than this program (it knows {HEAD})",
            remedy="use the program version that wrote it, or a newer one",
        )


def _keep_copy(database: Database) -> None:
    file = database.file
    if file is not None:
        keep_copy(file, file.with_name(f"{file.name}-before-{HEAD}"))


def _run_migrations(connection: Connection, to: str) -> None:
    from alembic import command

    if connection.dialect.name == "postgresql":
        from watchkeeper.state.postgres import lock_schema

        lock_schema(connection)
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
