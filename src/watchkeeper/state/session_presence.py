"""Proof on a PostgreSQL server that a run lives: an advisory lock of a session of its own.

The server ends the session of a process that is gone, and frees the lock, so that the next run need not wait for the lease
to expire, whichever machine it is on. A session can also end while its run lives: it then takes the lock again before its
next write; and after a restart of the server, when every session is gone, the lock proves nothing about runs from before.

Behind a pooler that lends sessions (pgbouncer in transaction mode) a lock would belong to whoever comes next. Such a pooler
is known by its answering for another process than the server's own, and the lock is left alone: the expiry decides.
"""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import Select, literal_column, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from watchkeeper.errors import LeaseHolder
from watchkeeper.state.database import Database
from watchkeeper.state.postgres import LOCK, SERVER
from watchkeeper.state.runs import recall, remember

_NAME = "present"
"""Under which name of `meta` the run is kept that took the lock last, behind the start of the server it took it on."""

_SESSION = text("SELECT pg_backend_pid(), current_setting('server_version_num')::int >= 140000")
_TAKE = text(
    f"""
    SELECT set_config('tcp_keepalives_idle', '30', false), set_config('tcp_keepalives_interval', '10', false),
        set_config('tcp_keepalives_count', '3', false), pg_try_advisory_lock({LOCK}) AS taken
    """
)
"""The server asks every 30 s whether the machine is still there, rather than after the usual two hours."""
_LASTING = text("SELECT set_config('idle_session_timeout', '0', false)")
_PING = text("SELECT 1")
_SERVER: Select[tuple[str]] = select(literal_column(SERVER))


class SessionPresence:
    """The lock of one deployment, held by a connection that does nothing else."""

    def __init__(self, database: Database, deployment: str) -> None:
        self._database = database
        self._deployment = deployment
        self._session: Connection | None = None
        self._named = ""
        self._mutex = threading.Lock()

    def take(self) -> bool:
        try:
            session = self._opened()
        except SQLAlchemyError:
            return False
        if session is None:
            return False
        self._session = session
        self._database.on_close.append(self.let_go)
        return True

    def proves_dead(self, found: LeaseHolder) -> bool:
        with self._database.read() as connection:
            named = recall(connection, self._deployment, _NAME)
            server = connection.execute(_SERVER).scalar_one()
        return self._session is not None and named == f"{server} {found.run_id}"

    def name(self, run_id: str, connection: Connection) -> None:
        self._named = run_id
        if self._session is not None:
            self._say(run_id, connection)

    def keep(self) -> None:
        """A run that lives without the lock takes its name away from it, lest it is thought dead."""
        with self._mutex:
            if self._session is None or self._lives(self._session):
                return
            self._close()
            named = self._named if self.take() else ""
            with self._database.write(fenced=False) as connection:
                self._say(named, connection)

    def let_go(self) -> None:
        with self._mutex:
            self._close()

    def _say(self, run_id: str, connection: Connection) -> None:
        value = f"{connection.execute(_SERVER).scalar_one()} {run_id}"
        remember(connection, self._deployment, {_NAME: value})

    def _opened(self) -> Connection | None:
        """A session of our own that holds the lock; None where another holds it, or where a pooler stands between."""
        session = self._database.engine.connect()
        try:
            session = session.execution_options(isolation_level="AUTOCOMMIT")
            session.detach()
            if self._is_ours(session) and session.execute(_TAKE, {"lock": f"present/{self._deployment}"}).one().taken:
                return session
        except BaseException:
            session.close()
            raise
        session.close()
        return None

    def _is_ours(self, session: Connection) -> bool:
        process, can_last = session.execute(_SESSION).one()
        driver: Any = session.connection.dbapi_connection
        if driver.info.backend_pid != process:
            return False
        if can_last:
            session.execute(_LASTING)
        return True

    def _lives(self, session: Connection) -> bool:
        try:
            session.execute(_PING)
        except SQLAlchemyError:
            return False
        return True

    def _close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            session.close()
