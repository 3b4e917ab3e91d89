"""A look at a store that changes nothing, not even by looking: what `db check` reads through."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.pool import NullPool

from watchkeeper.state.database import Database
from watchkeeper.state.sqlite import BUSY_SECONDS


@contextmanager
def looking(url: str) -> Iterator[Connection]:
    """A read-only view of the store at an address, the same from beginning to end. Raises the driver's own errors."""
    parsed = Database.parse(url)
    engine = _read_only_file(parsed) if parsed.get_backend_name() == "sqlite" else _read_only_server(parsed)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _read_only_server(url: URL) -> Engine:
    from watchkeeper.state.postgres import postgres_engine

    return postgres_engine(url).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _read_only_file(url: URL) -> Engine:
    file = Path(url.database or "")

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
        connection.text_factory = _lenient
        return connection

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _lenient(stored: bytes) -> str:
    """Text as it is stored; where a flipped bit made it no text, with a sign in the place of what cannot be read."""
    return stored.decode("utf-8", "replace")
