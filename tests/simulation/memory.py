"""The program's memory and the request log, read from outside: plain SQL and plain paths, nothing of the engine."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.simulation.evidence import Said

from watchkeeper.emulators.request_log import LogEntry

_SYSTEMS = {"servicenow": "servicenow", "arm": "sentinel"}


def place_of(url: str) -> tuple[str, str]:
    """(system, path) of an address in the world."""
    parts = urlsplit(url)
    return parts.netloc.removesuffix(".emulator"), unquote(parts.path)


def writes_record(system: str, path: str, method: str) -> bool:
    writing = method in {"POST", "PUT", "PATCH", "DELETE"} and not path.endswith("/batch")
    return writing and system in _SYSTEMS and "oauth" not in path


def changes_records(entry: LogEntry) -> bool:
    """Whether a call, or one that a batch carried, would change a record. A batch that was lost before anybody read it carried
    nothing: its own method is no write."""
    if entry.path.endswith("/batch"):
        return bool(entry.items) and entry.is_write
    return writes_record(entry.system, entry.path, entry.method)


def record_calls(entries: Iterable[LogEntry]) -> int:
    """Calls about records: neither tokens, nor the question who we are, whose answer is good for hours (for one where nobody said it)."""
    return sum(entry.system in _SYSTEMS and not _asks_who_we_are(entry) for entry in entries)


def _asks_who_we_are(entry: LogEntry) -> bool:
    return (
        "oauth" in entry.path
        or entry.path.endswith("/table/sys_properties")
        or (entry.path.endswith("/table/sys_user") and "gs.getUserID" in entry.query)
    )


@contextmanager
def _reading(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        yield connection


def _rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    if not database.exists():
        return []
    try:
        with _reading(database) as connection:
            return list(connection.execute(query))
    except sqlite3.OperationalError:
        return []  # killed before its tables were made


_INTENTIONS = "SELECT side, record_id, operation FROM write_log AS begun WHERE kind = 'intended'"
_OPEN = f"""{_INTENTIONS} AND NOT EXISTS (
    SELECT 1 FROM write_log AS ended
    WHERE ended.action_id = begun.action_id AND ended.kind = 'outcome' AND ended.sequence > begun.sequence)
"""


def is_intended(database: Path, system: str, path: str, *, overslept: bool) -> bool:
    """Whether the store holds an intention for this call, without an outcome; another run may have found one for a run that
    `overslept` its lease."""
    parts = re.split(r"/incidents/|/incident/", path)
    record = parts[1].split("/")[0].lower() if len(parts) > 1 else ""
    for side, record_id, operation in _rows(database, _INTENTIONS if overslept else _OPEN):
        if side == _SYSTEMS[system] and (record_id.lower() == record if record else operation == "create"):
            return True
    return False


def first_intended(database: Path, record: str, written: datetime, skew: timedelta) -> datetime | None:
    """When the write that reached a record at a moment was first intended: a later run may send what an earlier one decided."""
    query = "SELECT action_id, at, record_id FROM write_log WHERE kind = 'intended' ORDER BY sequence"
    rows = [
        (action, datetime.fromisoformat(at) - skew)
        for action, at, id_ in _rows(database, query)
        if id_.lower() == record
    ]
    sent = next((action for action, at in reversed(rows) if at <= written), None)
    return next((at for action, at in rows if action == sent), None)


def conflicts(database: Path) -> set[Said]:
    rows = _rows(database, "SELECT key, field, losing, resolver FROM conflict")
    return {Said(key, field, str(json.loads(losing)), resolver) for key, field, losing, resolver in rows}


def unfinished(database: Path) -> dict[str, str]:
    found = {key: f"an open intention of {run}" for key, run in _rows(database, "SELECT key, run_id FROM intent")}
    return dict(_rows(database, "SELECT key, reason FROM dirty")) | found


def bases(database: Path) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(key, side, record id, remembered raw values) of every link."""
    rows = _rows(database, "SELECT key, side, record_id, base FROM link")
    return [(key, side, record, json.loads(base)) for key, side, record, base in rows]


def contents(database: Path) -> list[str]:
    if not database.exists():
        return []
    with _reading(database) as connection:
        return list(connection.iterdump())
