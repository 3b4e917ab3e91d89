"""What a state store says, read from outside of the program that keeps it."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Row = Mapping[str, Any]

TABLES = ("write_log", "conflict", "intent", "lease", "link", "comment", "cursor", "dirty", "occurrence", "run")
ORDER = {"write_log": "sequence"}
BESIDE_IT = ("", "-wal", "-shm")
"""The files of a SQLite database (sqlite.org/tempfiles.html)."""


@dataclass(frozen=True, slots=True)
class Books:
    """The rows of every table that a check looks at, of one deployment."""

    tables: Mapping[str, Sequence[Row]]

    @property
    def log(self) -> Sequence[Row]:
        return self.tables["write_log"]

    @property
    def conflicts(self) -> Sequence[Row]:
        return self.tables["conflict"]

    @property
    def intents(self) -> Sequence[Row]:
        return self.tables["intent"]

    @property
    def holder(self) -> str:
        """The run that holds the lease; empty when it is free."""
        return next((str(row["run_id"]) for row in self.tables["lease"]), "")

    def intended(self, record: str) -> Sequence[Row]:
        """The write log's `intended` rows of a record."""
        return [row for row in self.log if row["kind"] == "intended" and row["record_id"].lower() == record.lower()]


class Store(Protocol):
    """A state store under test."""

    @property
    def url(self) -> str:
        """What WATCHKEEPER_STATE_URL says."""
        ...

    def books(self, deployment: str) -> Books: ...

    def lose(self) -> None:
        """Be gone, with everything that was in it."""
        ...

    def remember(self) -> None:
        """Keep a copy of what is in it now, to go back to."""
        ...

    def go_back(self) -> None:
        """Be again what the copy is."""
        ...

    def let_lease_expire(self, minutes: float) -> None:
        """So much time has passed for whoever judges leases by another clock than the emulated world's."""
        ...

    def leave_behind(self, folder: Path, name: str) -> None:
        """A copy for a person to look at."""
        ...

    def close(self) -> None:
        """Be of no use any more."""
        ...


@dataclass(frozen=True, slots=True)
class SqliteStore:
    file: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def books(self, deployment: str) -> Books:
        if not self.file.exists() or not self.file.stat().st_size:
            return Books(dict.fromkeys(TABLES, ()))
        with closing(sqlite3.connect(f"{self.file.as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
            connection.row_factory = sqlite3.Row
            # One transaction: all tables as of one moment.
            connection.execute("BEGIN")
            there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            return Books({name: _rows(connection, name, deployment) if name in there else () for name in TABLES})

    def lose(self) -> None:
        for suffix in BESIDE_IT:
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)

    def remember(self) -> None:
        self._copy_to(self._kept)

    def go_back(self) -> None:
        self.lose()
        shutil.copy(self._kept, self.file)

    def let_lease_expire(self, minutes: float) -> None:
        return

    def leave_behind(self, folder: Path, name: str) -> None:
        self._copy_to(folder / f"{name}.db")

    def close(self) -> None:
        return

    @property
    def _kept(self) -> Path:
        return self.file.with_name("kept")

    def _copy_to(self, file: Path) -> None:
        with closing(sqlite3.connect(self.file)) as connection, closing(sqlite3.connect(file)) as copy:
            connection.backup(copy)


def _rows(connection: sqlite3.Connection, name: str, deployment: str) -> list[Row]:
    order = f" ORDER BY {ORDER[name]}" if name in ORDER else ""
    query = f"SELECT * FROM {name} WHERE deployment = ?{order}"
    return [dict(row) for row in connection.execute(query, (deployment,))]


def broken_link(log: Sequence[Row]) -> int | None:
    """The sequence of the first row of a write log that does not follow from the row before it; None when the chain holds.

    A row's hash is the SHA-256 of the JSON list of the hash before it and the row's other columns, in their order.
    """
    previous, expected = "", 1
    for row in log:
        values = [value for name, value in row.items() if name != "hash"]
        digest = hashlib.sha256(json.dumps([previous, *values], ensure_ascii=True).encode()).hexdigest()
        if row["sequence"] != expected or row["hash"] != digest:
            return expected
        previous, expected = row["hash"], expected + 1
    return None
