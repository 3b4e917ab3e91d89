"""The database behind the state store: connections, transactions, and its failures in our own words."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ARRAY, Column, Select, Table, any_, func, literal, make_url, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError, TimeoutError
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.elements import ColumnElement

from watchkeeper.errors import Conflict, StateUnusable
from watchkeeper.state.failures import unusable
from watchkeeper.state.read_limit import ReadLimit
from watchkeeper.state.sqlite import interrupted_after, sqlite_engine

if TYPE_CHECKING:
    from watchkeeper.state.postgres import OpenWrite

T = TypeVar("T")

POSTGRES_DRIVER = "postgresql+psycopg"
BULK = 5_000
"""Rows that are stored at once where there are many: what a statement costs no longer counts, and their memory does not yet."""


class CutOff(StateUnusable):
    """The connection was cut before a transaction ended: nothing of it was stored."""


class Database:
    """One database and its transactions; safe to share between threads.

    SQLite allows one writer at a time. Writers of one process queue on a lock here rather than in SQLite's busy handler,
    which polls with growing sleeps. PostgreSQL would let writers of one deployment run side by side; they queue there too,
    so that the same things are true of both.
    """

    def __init__(self, url: str, *, name: str = "", deployment: str = "", reading: ReadLimit | None = None) -> None:
        """`name`: what to call it in messages, where that is not its address (a copy of another database). `deployment`: whose
        rows are written; on a server, only writers of one deployment wait for each other. `reading`: after how long a read is
        given up; None: after as long as the server says, and on SQLite never."""
        self.url = self.parse(url)
        self._name = name
        self._lock = f"write/{deployment}"
        self._reading = reading
        self._writer = threading.RLock()
        self._current = threading.local()
        self.fence: Callable[[Connection], object] | None = None
        """What every writing transaction passes first, once it is set: it raises where somebody else may write by now."""
        self.engine: Engine = _engine(self.url)
        self.on_close: list[Callable[[], None]] = []
        """What has to end with it."""

    @staticmethod
    def parse(url: str) -> URL:
        """The address of a database that Watchkeeper can use, else StateUnusable."""
        return _parsed(url)

    @property
    def name(self) -> str:
        """The database as a person may see it, without a password."""
        return self._name or shown(self.url)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        return file_of(self.url)

    @property
    def is_shared_connection(self) -> bool:
        return isinstance(self.engine.pool, StaticPool)

    def change(self, work: Callable[[Connection], T], *, durable: bool = True, fenced: bool = True) -> T:
        """What `work` does in one transaction. When the connection was cut and nothing of it was stored, it is done again,
        once, over a new connection; not inside another transaction, all of which would be lost."""
        if self._joined is not None:
            return work(self._joined)
        try:
            with self.write(durable=durable, fenced=fenced) as connection:
                return work(connection)
        except CutOff:
            with self.write(durable=durable, fenced=fenced) as connection:
                return work(connection)

    @contextmanager
    def write(self, *, durable: bool = True, fenced: bool = True) -> Iterator[Connection]:
        """A transaction that may write; one that is `fenced` passes the fence first. Inside one of this thread's, the calls join it.

        One that is not `durable` survives the death of the process; a power failure may take it back, with everything after
        it, until the next durable one (SQLite's `synchronous = NORMAL` under WAL, sqlite.org/pragma.html#pragma_synchronous;
        PostgreSQL's `synchronous_commit = off`). Raises StateUnusable when the store fails (CutOff: and it is certain that
        nothing was stored), Conflict when a uniqueness rule refuses the rows.
        """
        if self._joined is not None:
            yield self._joined
            return
        with self._writer, self._translated(), self.engine.connect() as connection:
            opened, finished = None, False
            try:
                with self._begun(connection, durable):
                    opened = self._opened(connection, durable)
                    self._current.connection = connection
                    try:
                        if fenced and self.fence is not None:
                            self.fence(connection)
                        yield connection
                    finally:
                        self._current.connection = None
                    finished = True
            except DBAPIError as error:
                if opened is None or not error.connection_invalidated:
                    raise
                if not self._stored_after_all(opened, error, asked=finished):
                    raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view for reading; inside a write or a view of this thread, that one's own."""
        if self._joined is not None:
            yield self._joined
        elif self._viewed is not None:
            with self._translated(), self._limited_in_view(self._viewed):
                yield self._viewed
        elif self.is_shared_connection:
            with self.write(fenced=False) as connection:
                yield connection
        else:
            with self._translated(), self._connected() as connection, connection.begin(), self._limited(connection):
                yield connection

    @contextmanager
    def view(self) -> Iterator[None]:
        """Inside, whatever this thread reads is of one moment. Only failures of the store are told as such, not those of who reads."""
        if self._joined is not None or self._viewed is not None or self.is_shared_connection:
            yield
            return
        self._current.viewed = connection = self._begun_view()
        try:
            yield
        finally:
            self._current.viewed = None
            # Nothing was written that a failure to end it could lose, nor may that hide another one.
            with suppress(SQLAlchemyError):
                connection.close()

    def _begun_view(self) -> Connection:
        with self._translated():
            connection = self._connected()
            try:
                connection.begin()
                if self._reading is not None and not self.is_sqlite:
                    self._limit_statements(connection, self._reading)
            except BaseException:
                connection.close()
                raise
            return connection

    def _connected(self) -> Connection:
        connection = self.engine.connect()
        if self.is_sqlite:
            return connection
        return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def close(self) -> None:
        while self.on_close:
            self.on_close.pop()()
        self.engine.dispose()

    @property
    def _joined(self) -> Connection | None:
        """The transaction that this thread is in."""
        return getattr(self._current, "connection", None)

    @property
    def _viewed(self) -> Connection | None:
        """The view that this thread reads from."""
        return getattr(self._current, "viewed", None)

    @contextmanager
    def _limited(self, connection: Connection) -> Iterator[None]:
        if self._reading is not None and not self.is_sqlite:
            self._limit_statements(connection, self._reading)
        with self._limited_in_view(connection):
            yield

    @contextmanager
    def _limited_in_view(self, connection: Connection) -> Iterator[None]:
        """A server goes on measuring each statement by itself."""
        if self._reading is None or not self.is_sqlite:
            yield
            return
        with interrupted_after(connection, self._reading):
            yield

    @staticmethod
    def _limit_statements(connection: Connection, limit: ReadLimit) -> None:
        from watchkeeper.state.postgres import limit_statements

        limit_statements(connection, limit.seconds)

    @contextmanager
    def _begun(self, connection: Connection, durable: bool) -> Iterator[None]:
        if self.is_sqlite:
            connection.execution_options(watchkeeper_writes=True, watchkeeper_durable=durable)
        else:
            connection.execution_options(isolation_level="READ COMMITTED")
        with connection.begin():
            yield

    def _opened(self, connection: Connection, durable: bool) -> OpenWrite | None:
        if self.is_sqlite:
            return None
        from watchkeeper.state.postgres import open_write

        return open_write(connection, self._lock, durable)

    def _stored_after_all(self, write: OpenWrite, error: DBAPIError, *, asked: bool) -> bool:
        """Whether a write was stored whose connection was cut; `asked`: its COMMIT was sent, and got no answer. Ends what is
        left of it on the server. Raises StateUnusable where nobody knows."""
        from watchkeeper.state.postgres import became_stored

        try:
            with self.engine.connect() as connection, connection.begin():
                stored = became_stored(connection, write)
        except (DBAPIError, TimeoutError):
            stored = None
        if asked and stored is None:
            raise StateUnusable(
                f"the state store {self.name} was cut off, and whether the last change was stored cannot be told",
                remedy="run again: a write that was begun is looked into before anything else",
            ) from error
        return asked and bool(stored)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError as error:
            said = getattr(getattr(error.orig, "diag", None), "message_primary", None) or error.orig
            raise Conflict(f"the state store refused rows that are already there: {said}") from error
        except DBAPIError as error:
            failure = self._failure(error)
            if error.connection_invalidated:
                raise CutOff(failure.message, remedy=failure.remedy) from error
            raise failure from error
        except (TimeoutError, sqlite3.Error, OSError, UnicodeDecodeError) as error:
            raise self._failure(error) from error

    def _failure(self, error: BaseException) -> StateUnusable:
        return unusable(self.name, error, secret_of(self.url))


def secret_of(url: URL) -> str:
    """The password of an address, wherever in it it stands."""
    asked = url.query.get("password", "")
    return url.password or (asked if isinstance(asked, str) else asked[0])


def shown(url: URL) -> str:
    """An address as a person may see it. What follows a server's database name may hold a password, and is left out."""
    visible = url if url.get_backend_name() == "sqlite" else url.set(query={})
    return visible.render_as_string(hide_password=True)


def file_of(url: URL) -> Path | None:
    """The file that a database is in; None for a server, a database in memory, and one that a URI opens in its own way."""
    in_memory = url.database in (None, "", ":memory:")
    if url.get_backend_name() != "sqlite" or in_memory or "uri" in url.query:
        return None
    return Path(str(url.database))


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, or replace those with the same primary key."""
    if connection.dialect.name == "postgresql" and _copied(connection, table, rows):
        return
    if rows:
        connection.execute(_upserts(connection.dialect.name, table), list(rows))


def _copied(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> bool:
    """Whether rows were upserted in the way for many."""
    from watchkeeper.state.bulk import WORTHWHILE, copy_upsert, may_copy

    if len(rows) < WORTHWHILE or not may_copy(connection):
        return False
    for batch in batches(rows, BULK):
        copy_upsert(connection, table, batch)
    return True


def upsert_unless(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]], kept: ColumnElement[bool]
) -> None:
    """Insert rows, or replace those with the same primary key for which `kept` does not hold."""
    if rows:
        connection.execute(_statement(connection.dialect.name, table, ~kept), list(rows))


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert the rows whose primary key is not there yet; returns how many there were."""
    insert = _insert(connection.dialect.name)(table).on_conflict_do_nothing()
    counted = insert.execution_options(preserve_rowcount=True)
    return sum(connection.execute(counted, dict(row)).rowcount for row in rows)


def add_up(connection: Connection, table: Table, row: Mapping[str, object], column: str) -> None:
    """Insert a row, or add its number in a column to that of the row with the same primary key."""
    connection.execute(_adds(connection.dialect.name, table, column), dict(row))


@cache
def _adds(dialect: str, table: Table, column: str) -> Any:
    insert = _insert(dialect)(table)
    keys = [each.name for each in table.primary_key]
    return insert.on_conflict_do_update(index_elements=keys, set_={column: table.c[column] + insert.excluded[column]})


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


def among(connection: Connection, column: Column[str], values: Iterable[str]) -> Iterator[ColumnElement[bool]]:
    """Whether a column has one of these values, in as few conditions as they have room. A server takes all of them as one parameter:
    hundreds cost it more to read than to look up."""
    if connection.dialect.name != "postgresql":
        yield from map(column.in_, batches(values))
    elif wanted := list(values):
        yield column == any_(literal(wanted, ARRAY(column.type)))


def distinct(column: Column[str], *where: ColumnElement[bool], since: str = "") -> Select[str]:
    """The values of a column from one on, in no order, each found behind the one before it along an index: however many rows have the same,
    they are not walked through (wiki.postgresql.org/wiki/Loose_indexscan)."""
    walk = select(func.min(column).label("value")).where(*where, column >= since).cte("walk", recursive=True)
    # Without `since`: of two lower bounds SQLite may look for the wrong one, and walk from there.
    following = select(func.min(column)).where(*where, column > walk.c.value).correlate(walk).scalar_subquery()
    walk = walk.union_all(select(following).where(walk.c.value.is_not(None)))
    return select(walk.c.value).where(walk.c.value.is_not(None))


_ADDRESSES = "use sqlite:///FILE or postgresql://USER@HOST/DATABASE"


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        if parsed.drivername in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername=POSTGRES_DRIVER)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise StateUnusable(
            "WATCHKEEPER_STATE_URL is not a database address",
            remedy=_ADDRESSES,
        ) from error
    if parsed.get_backend_name() != "sqlite" and parsed.drivername != POSTGRES_DRIVER:
        raise StateUnusable(
            f"WATCHKEEPER_STATE_URL names {parsed.drivername}, which Watchkeeper does not support",
            remedy=_ADDRESSES,
        )
    return parsed


def _engine(url: URL) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            return sqlite_engine(url)
        from watchkeeper.state.postgres import postgres_engine

        return postgres_engine(url)
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise unusable(shown(url), error, secret_of(url)) from error


def batches(items: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """Lists of at most `size` items, so that one statement never carries too many parameters."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
