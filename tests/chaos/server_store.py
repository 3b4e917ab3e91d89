"""A state store on a real PostgreSQL server, and how to be cruel to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from tests.chaos.books import ORDER, TABLES, Books, Row
from tests.postgres import USER, Server, name_of


@dataclass(frozen=True, slots=True)
class PostgresStore:
    """A database of its own on a server that all blocks share."""

    server: Server
    url: str

    @classmethod
    def on(cls, server: Server) -> PostgresStore:
        return cls(server, server.database())

    @property
    def name(self) -> str:
        return name_of(self.url)

    def books(self, deployment: str) -> Books:
        with self._connected() as connection:
            rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
            there = {row["tablename"] for row in rows}
            return Books({each: _rows(connection, each, deployment) if each in there else () for each in TABLES})

    def lose(self) -> None:
        self.server.drop(self.name)
        self.server.run(f"CREATE DATABASE {self.name} TEMPLATE template0 ENCODING 'UTF8'")

    def remember(self) -> None:
        self.server.run(f"CREATE DATABASE {self._kept} TEMPLATE {self.name}")

    def go_back(self) -> None:
        self.server.drop(self.name)
        self.server.run(f"CREATE DATABASE {self.name} TEMPLATE {self._kept}")

    def let_lease_expire(self, minutes: float) -> None:
        """Leases are judged by the server's own clock, which nobody can set: the rows grow old instead."""
        older = "to_char(({0})::timestamptz - interval '{1} minutes', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        columns = ("taken_at", "renewed_at", "expires_at")
        changes = ", ".join(f"{each} = {older.format(each, minutes)}" for each in columns)
        self.server.run("SET timezone = 'UTC'", f"UPDATE lease SET {changes}", database=self.name)

    def leave_behind(self, folder: Path, name: str) -> None:
        with self._connected() as connection:
            rows = {each: connection.execute(_select(each)).fetchall() for each in TABLES}
        (folder / f"{name}.json").write_text(json.dumps(rows, default=str, indent=1), encoding="utf-8")

    def close(self) -> None:
        self.server.drop(self.name)
        self.server.run(f"DROP DATABASE IF EXISTS {self._kept} WITH (FORCE)")

    def end_sessions(self, where: LiteralString = "true") -> int:
        """End the server's processes behind the sessions of this database for which `where` holds; how many there were."""
        found = self.server.run(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            f"WHERE datname = '{self.name}' AND pid <> pg_backend_pid() AND ({where})"
        )
        return int(found[0][0])

    @contextmanager
    def slow_commits(self) -> Iterator[None]:
        """Inside, a COMMIT that writes to the log takes a while before anything is stored."""
        self.server.run(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END'",
            "CREATE CONSTRAINT TRIGGER dawdling AFTER INSERT ON write_log DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION dawdle()",
            database=self.name,
        )
        try:
            yield
        finally:
            self.server.run("DROP FUNCTION dawdle CASCADE", database=self.name)

    @contextmanager
    def unanswered_commits(self) -> Iterator[None]:
        """Inside, a durable COMMIT is stored and then waits for a second server, which there is not: whoever ends the session
        takes the answer away and leaves the change (PostgreSQL, synchronous_standby_names)."""
        self._set("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try:
            yield
        finally:
            self._set("ALTER SYSTEM RESET synchronous_standby_names")

    def _set(self, statement: str) -> None:
        self.server.run("SET synchronous_commit = off", statement, "SELECT pg_reload_conf()")

    @property
    def _kept(self) -> str:
        return f"{self.name}_kept"

    def _connected(self) -> psycopg.Connection[Row]:
        host, port = str(self.server.folder), self.server.port
        return psycopg.connect(host=host, port=port, user=USER, dbname=self.name, row_factory=dict_row)


def _select(table: str, where: LiteralString = "") -> sql.Composed:
    order = sql.SQL(" ORDER BY {}").format(sql.Identifier(ORDER[table])) if table in ORDER else sql.SQL("")
    return sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)) + sql.SQL(where) + order


def _rows(connection: psycopg.Connection[Row], table: str, deployment: str) -> list[Row]:
    return connection.execute(_select(table, " WHERE deployment = %s"), (deployment,)).fetchall()
