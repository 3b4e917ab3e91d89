"""SQLite as the state store: a private file, one writer at a time."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.pool import QueuePool, StaticPool

from watchkeeper.state.read_limit import ReadLimit

BUSY_SECONDS = 15.0
"""How long SQLite waits for another process's write before it gives up."""

LOOK_EVERY = 100_000
"""Steps of SQLite's virtual machine (some milliseconds) after which a read that is limited looks at the clock."""

_PRIVATE = stat.S_IRUSR | stat.S_IWUSR


def sqlite_engine(url: URL) -> Engine:
    in_memory = url.database in (None, "", ":memory:")
    if in_memory:
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        if "uri" not in url.query:
            _make_private(Path(str(url.database)))
        options = {"check_same_thread": False} | ({} if "timeout" in url.query else {"timeout": BUSY_SECONDS})
        engine = create_engine(url, poolclass=QueuePool, pool_size=16, max_overflow=48, connect_args=options)
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _make_private(file: Path) -> None:
    """Create the file for this account only, and take other accounts' rights from one that has them. SQLite gives -wal and
    -shm the mode of the file itself (os_unix.c, findCreateFileMode)."""
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, _PRIVATE))
    for path in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077 and os.access(path, os.W_OK):
            path.chmod(_PRIVATE)


def _prepare_connection(connection: sqlite3.Connection, _record: object) -> None:
    """Take transactions into our own hands: the driver would begin them late and deferred."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")


def _begin(connection: Connection) -> None:
    """A write takes the write lock at once: a read that turns into a write fails despite the busy timeout."""
    options = connection.get_execution_options()
    driver: Any = connection.connection.driver_connection
    if not options.get("watchkeeper_writes", False):
        driver.execute("BEGIN")
        return
    driver.execute(f"PRAGMA synchronous = {'FULL' if options.get('watchkeeper_durable', True) else 'NORMAL'}")
    driver.execute("BEGIN IMMEDIATE")


@contextmanager
def interrupted_after(connection: Connection, limit: ReadLimit) -> Iterator[None]:
    """Inside, SQLite gives up what it does once the time is over (sqlite.org/c3ref/progress_handler.html)."""
    driver: Any = connection.connection.driver_connection
    end = limit.monotonic() + limit.seconds
    driver.set_progress_handler(lambda: limit.monotonic() > end, LOOK_EVERY)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)
