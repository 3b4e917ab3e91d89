"""PostgreSQL as the state store: connections, the opening of a write, and its end where the answer was lost.

Nothing here needs a session that lasts: every setting and lock of a write belongs to its transaction, and no statement is
prepared on the server, so a pooler in transaction mode may stand between (pgbouncer.org/features.html). The one thing that
does need a session, the proof that a run lives, is `watchkeeper.state.session_presence`.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

import certifi
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, Connection, Engine

from watchkeeper.errors import StateUnusable

WAIT_SECONDS = 15
"""How long a write waits for another process's write before it gives up, as with SQLite; a lock_timeout of the user comes
first."""
FROZEN_SECONDS = 120
"""After how long the server ends a write whose program says nothing more (stopped, or cut off without the server noticing),
so that nobody waits for it forever. No call to another system is ever made inside a write, so none takes nearly as long."""
CONNECT_SECONDS = 10

LOCK = "hashtextextended(concat_ws('/', 'watchkeeper', current_schema(), CAST(:lock AS text)), 0)"
"""A lock's number, in SQL: of this program, the schema and what is locked (`:lock`). Advisory locks belong to a database."""
SERVER = "CAST(extract(epoch FROM pg_postmaster_start_time()) AS text)"
"""This start of this server, in SQL: what it says of its sessions and transactions holds for itself alone."""

_WAIT = f"""set_config('lock_timeout',
            CASE current_setting('lock_timeout') WHEN '0' THEN '{WAIT_SECONDS}s' ELSE current_setting('lock_timeout') END, true)"""
_OPEN = text(
    f"""
    SELECT {_WAIT},
        set_config('idle_in_transaction_session_timeout', '{FROZEN_SECONDS}s', true),
        set_config('synchronous_commit', CASE WHEN NOT :durable THEN 'off'
            WHEN current_setting('synchronous_commit') = 'off' THEN 'on'
            ELSE current_setting('synchronous_commit') END, true),
        pg_advisory_xact_lock({LOCK}),
        CAST(pg_current_xact_id() AS text) AS number,
        pg_backend_pid() AS process,
        {SERVER} AS server
    """
)
_END_GHOST = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid = :process AND backend_xid = CAST(CAST(:number AS xid8) AS xid)"
)
_STATUS = text(
    f"""
    SELECT {_WAIT}, pg_advisory_xact_lock({LOCK}),
        CASE WHEN {SERVER} = :server THEN pg_xact_status(CAST(:number AS xid8)) END AS status
    """
)


@dataclass(frozen=True, slots=True)
class OpenWrite:
    """A write under way, as it can be asked for later from another connection."""

    lock: str
    number: str
    """Of the transaction, on this start of this server."""
    process: int
    server: str


def postgres_engine(url: URL) -> Engine:
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=40,
        hide_parameters=True,
        connect_args=_connect_arguments(url),
    )


def _connect_arguments(url: URL) -> dict[str, Any]:
    """What libpq is told unless the address says otherwise. The pings keep a quiet connection alive in routers between."""
    protection = {} if _is_local(url) else {"sslmode": "verify-full", "sslrootcert": certifi.where()}
    wanted = {
        "application_name": "watchkeeper",
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        **protection,
    }
    if "sslmode" in url.query:
        wanted.pop("sslrootcert", None)
    return {name: value for name, value in wanted.items() if name not in url.query} | {"prepare_threshold": None}


def _is_local(url: URL) -> bool:
    """Whether the server is on this machine: a socket in a folder, or the loopback."""
    host = url.host or url.query.get("host") or ""
    if not isinstance(host, str):
        return False
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def open_write(connection: Connection, lock: str, durable: bool) -> OpenWrite:
    """Wait until no other write of the same lock is under way, and say how this one can be recognised.

    So one write comes after another, as with SQLite. One that is not `durable` does not wait for the server's disk; it is
    never stored without those before it (postgresql.org/docs/current/wal-async-commit.html).
    """
    row = connection.execute(_OPEN, {"lock": lock, "durable": durable}).one()
    return OpenWrite(lock, row.number, row.process, row.server)


def became_stored(connection: Connection, write: OpenWrite) -> bool | None:
    """Whether a write was stored whose answer was lost; None where that cannot be told, as after a change of servers.

    Its session may still be open on the server and hold the lock: it is ended first, then the lock says that it is over.
    """
    connection.execute(_END_GHOST, {"process": write.process, "number": write.number})
    row = connection.execute(_STATUS, {"lock": write.lock, "server": write.server, "number": write.number}).one()
    return {"committed": True, "aborted": False}.get(row.status or "")


def limit_statements(connection: Connection, seconds: float) -> None:
    """Let the server give up each statement of this transaction after so long, waits for locks included."""
    connection.execute(
        text("SELECT set_config('statement_timeout', :limit, true)"), {"limit": f"{seconds * 1000:.0f}ms"}
    )


def lock_schema(connection: Connection) -> None:
    """Let only one program change the tables; others that would wait here."""
    connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"), {"lock": "schema"})


def require_utf8(connection: Connection, name: str) -> None:
    """Raise StateUnusable where the database could not store Japanese."""
    encoding = connection.execute(text("SELECT current_setting('server_encoding')")).scalar_one()
    if encoding != "UTF8":
        raise StateUnusable(
            f"the state store {name} has the encoding {encoding}",
            remedy="use a database with UTF8: CREATE DATABASE watchkeeper ENCODING 'UTF8' TEMPLATE template0",
        )
