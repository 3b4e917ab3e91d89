"""The database behind the state store: connections, transactions, and its failures in our own words."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Table, create_engine, event, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool
from sqlalchemy.sql.elements import ColumnElement

from watchkeeper.errors import Conflict, StateUnusable

T = TypeVar("T")

BUSY_SECONDS = 15.0
"""How long SQLite waits for another process's write before it gives up."""

_PRIVATE = stat.S_IRUSR | stat.S_IWUSR


class Database:
    """One database and its transactions; safe to share between threads.

    SQLite allows one writer at a time. Writers of one process queue on a lock here rather than in SQLite's busy handler,
    which polls with growing sleeps.
    """

    def __init__(self, url: str, *, name: str = "") -> None:
        """`name`: what to call it in messages, where that is not its address (a copy of another database)."""
        self.url = self.parse(url)
        self._name = name
        self._writer = threading.RLock()
        self._current = threading.local()
        self.fence: Callable[[Connection], object] | None = None
        """What every writing transaction passes first, once it is set: it raises where somebody else may write by now."""
        self.engine: Engine = _engine(self.url)

    @staticmethod
    def parse(url: str) -> URL:
        """The address of a database that Watchkeeper can use, else StateUnusable."""
        return _parsed(url)

    @property
    def name(self) -> str:
        """The database as a person may see it, without a password."""
        return self._name or self.url.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        return file_of(self.url)

    @property
    def is_shared_connection(self) -> bool:
        return isinstance(self.engine.pool, StaticPool)

    @contextmanager
    def write(self, *, durable: bool = True, fenced: bool = True) -> Iterator[Connection]:
        """A transaction that may write; one that is `fenced` passes the fence first. Inside one of this thread's, the calls join it.

        One that is not `durable` survives the death of the process; a power failure may take it back, with everything after
        it, until the next durable one (SQLite's `synchronous = NORMAL` under WAL, sqlite.org/pragma.html#pragma_synchronous).
        Raises StateUnusable when the store fails, Conflict when a uniqueness rule refuses the rows.
        """
        joined: Connection | None = getattr(self._current, "connection", None)
        if joined is not None:
            yield joined
            return
        with self._writer, self._translated(), self.engine.connect() as connection:
            connection.execution_options(watchkeeper_writes=True, watchkeeper_durable=durable)
            with connection.begin():
                self._current.connection = connection
                try:
                    if fenced and self.fence is not None:
                        self.fence(connection)
                    yield connection
                finally:
                    self._current.connection = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view for reading; inside a write of this thread, that write's own view."""
        joined: Connection | None = getattr(self._current, "connection", None)
        if joined is not None:
            yield joined
            return
        if self.is_shared_connection:
            with self.write(fenced=False) as connection:
                yield connection
            return
        with self._translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError as error:
            raise Conflict(f"the state store refused rows that are already there: {error.orig}") from error
        except DBAPIError as error:
            raise unusable(self.name, error) from error
        except (sqlite3.Error, OSError) as error:
            raise unusable(self.name, error) from error


def file_of(url: URL) -> Path | None:
    """The file that a database is in; None for a server, a database in memory, and one that a URI opens in its own way."""
    in_memory = url.database in (None, "", ":memory:")
    if url.get_backend_name() != "sqlite" or in_memory or "uri" in url.query:
        return None
    return Path(str(url.database))


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, or replace those with the same primary key."""
    if rows:
        connection.execute(_upserts(connection.dialect.name, table), list(rows))


def upsert_unless(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]], kept: ColumnElement[bool]
) -> None:
    """Insert rows, or replace those with the same primary key for which `kept` does not hold."""
    if rows:
        connection.execute(_statement(connection.dialect.name, table, ~kept), list(rows))


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert the rows whose primary key is not there yet; returns how many there were."""
    insert = _insert(connection.dialect.name)
    return sum(connection.execute(insert(table).on_conflict_do_nothing(), dict(row)).rowcount for row in rows)


_upsert_cache: dict[tuple[str, str], Any] = {}


def _upserts(dialect: str, table: Table) -> Any:
    if (dialect, table.name) not in _upsert_cache:
        _upsert_cache[dialect, table.name] = _statement(dialect, table, None)
    return _upsert_cache[dialect, table.name]


def _statement(dialect: str, table: Table, where: ColumnElement[bool] | None) -> Any:
    insert = _insert(dialect)(table)
    keys = [column.name for column in table.primary_key]
    replaced = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=replaced, where=where)


def _insert(dialect: str) -> Any:
    """The dialect's insert. PostgreSQL's dialect is only loaded for PostgreSQL: it brings half a dozen drivers' modules."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert
    return sqlite.insert


def unusable(name: str, error: BaseException) -> StateUnusable:
    """A database failure in our words, with what to do about it."""
    original = getattr(error, "orig", None) or error
    text = str(original)
    for sign, message, remedy in _FAILURES:
        if sign in text:
            return StateUnusable(f"the state store {name} {message} ({text})", remedy=remedy)
    return StateUnusable(
        f"the state store {name} failed ({text})",
        remedy="check WATCHKEEPER_STATE_URL and that the database can be reached",
    )


_REBUILD = (
    "move the file aside and run `watchkeeper sync`: links are rebuilt from the keys on both systems, "
    "nothing is created twice"
)

_FAILURES = (
    ("database is locked", "is locked by another process", "wait for it or stop it, then run again"),
    ("database table is locked", "is locked by another process", "wait for it or stop it, then run again"),
    ("disk is full", "has no room left", "free disk space, then run again; nothing was half-written"),
    ("disk I/O error", "cannot be read or written", "check the disk, then run again"),
    ("readonly database", "is read-only", "give this account write access to the file and its folder"),
    ("unable to open", "cannot be opened", "check that the folder exists and that this account may write to it"),
    ("Permission denied", "cannot be opened", "check that this account may read and write the file and its folder"),
    ("malformed", "is corrupt", _REBUILD),
    ("not a database", "is corrupt or not a database", _REBUILD),
    ("no such table", "has no tables", "run `watchkeeper db upgrade`"),
    ("no such column", "has tables of another version", "run `watchkeeper db upgrade`"),
)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise StateUnusable(
            "WATCHKEEPER_STATE_URL is not a database address",
            remedy="use sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE",
        ) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StateUnusable(
            f"WATCHKEEPER_STATE_URL names {parsed.get_backend_name()}, which Watchkeeper does not support",
            remedy="use sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE",
        )
    return parsed


def _engine(url: URL) -> Engine:
    try:
        if url.get_backend_name() != "sqlite":
            return create_engine(url, pool_pre_ping=True)
        return _sqlite_engine(url)
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise unusable(url.render_as_string(hide_password=True), error) from error


def _sqlite_engine(url: URL) -> Engine:
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
    driver.execute(f"PRAGMA synchronous = {'FULL' if options.get('watchkeeper_durable', True) else 'NORMAL'}")
    driver.execute("BEGIN IMMEDIATE" if options.get("watchkeeper_writes", False) else "BEGIN")


def batches(items: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """Lists of at most `size` items, so that one statement never carries too many parameters."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
