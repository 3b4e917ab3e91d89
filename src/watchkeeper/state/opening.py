"""Opening the state store of a deployment: the one at an address, or a scratch copy of it in memory."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from watchkeeper.errors import StateUnusable
from watchkeeper.ports import Clock
from watchkeeper.state import runs, schema
from watchkeeper.state.anew import drop_damaged
from watchkeeper.state.database import Database, shown
from watchkeeper.state.failures import REBUILD, unusable
from watchkeeper.state.landmark import Landmark
from watchkeeper.state.server_copy import copy_of_server
from watchkeeper.state.store import SqlStateStore


def open_store(url: str, deployment: str, clock: Clock, *, migrate: bool, mend: bool = False) -> SqlStateStore:
    """Open the store of a deployment; `migrate` creates it or brings its schema forward, else it must be current. `mend` first
    drops every row that does not match its digest.

    After a run that did not end, the whole SQLite file is checked first. Raises StateUnusable when the store is newer than this
    program, corrupt, locked, full or read-only.
    """
    database = Database(url, deployment=deployment)
    try:
        if migrate:
            schema.migrate(database)
        else:
            schema.require_current(database)
        _check_integrity(database)
        return SqlStateStore(database, deployment, clock, mended=drop_damaged(database) if mend else None)
    except BaseException:
        database.close()
        raise


def open_copy(url: str, deployment: str, clock: Clock, *, mend: bool = False) -> SqlStateStore:
    """A store in memory that starts as the one at the URL (empty where there is none) and ends when it is closed.

    What `plan` works on: it may stage and decide as it likes and changes nothing. Always SQLite: of a server, the rows of this
    deployment are read in one read-only transaction, so that a plan needs no right to write there and holds no lock.
    """
    source = Database.parse(url)
    copy = Database("sqlite://", name=shown(source))
    try:
        if source.get_backend_name() == "sqlite":
            _copy_into(Path(source.database or ""), copy)
        else:
            copy_of_server(url, deployment, copy)
        schema.migrate(copy)
        mended = drop_damaged(copy) if mend else None
        with copy.read() as connection:
            unborn = runs.recall(connection, deployment, "lineage") is None
        store = SqlStateStore(copy, deployment, clock, unborn=unborn, mended=mended)
        store.compare_with(Landmark.of(source, deployment))
        return store
    except BaseException:
        copy.close()
        raise


def is_empty(url: str) -> bool:
    """Whether there is no store at the URL yet: no file, or a database without our tables. Raises StateUnusable when a server
    does not answer."""
    source = Database.parse(url)
    if source.get_backend_name() == "sqlite":
        return _holds_nothing(Path(source.database or ""))
    database = Database(url)
    try:
        with database.read() as connection:
            return schema.version(connection) is None
    finally:
        database.close()


def _holds_nothing(file: Path) -> bool:
    try:
        return not file.exists() or (file.is_file() and file.stat().st_size == 0)
    except OSError:
        return False


def _copy_into(file: Path, copy: Database) -> None:
    if _holds_nothing(file):
        return
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as original:
            target = copy.engine.raw_connection()
            try:
                original.backup(target.driver_connection)  # type: ignore[arg-type]
            finally:
                target.close()
    except (sqlite3.Error, OSError) as error:
        raise unusable(str(file), error) from error


def _check_integrity(database: Database) -> None:
    with database.read() as connection:
        if not database.is_sqlite or runs.ended_cleanly(connection):
            return
        findings = list(connection.exec_driver_sql("PRAGMA integrity_check").scalars())
    if findings != ["ok"]:
        raise StateUnusable(
            f"the state store {database.name} is corrupt ({findings[0]})",
            remedy=REBUILD,
        )
