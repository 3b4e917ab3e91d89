"""A digest beside every row that a write may hang on, so that a bit which flipped on the disk is found before anything is sent.

A database checks its own structure, and neither SQLite nor PostgreSQL by default the values within it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.engine import RowMapping

from watchkeeper.errors import StateUnusable
from watchkeeper.state import tables
from watchkeeper.state.codec import clean
from watchkeeper.state.failures import MEND

SEALED: tuple[Table, ...] = (
    tables.link,
    tables.intent,
    tables.comment,
    tables.cursor,
    tables.dirty,
    tables.occurrence,
    tables.raised,
    tables.owner_request,
    tables.meta,
)
"""Tables whose damage could make a run write something wrong, or twice."""


_WRITER = json.JSONEncoder(ensure_ascii=True, default=repr)
_NUL, _SURROGATE = "\\u0000", "\\ud"
"""How JSON in ASCII writes what no column can hold as it is (half of a pair as well, which can): rare, and then looked into."""


def digest_of(table: Table, row: Mapping[str, Any] | RowMapping) -> str:
    """16 bytes (hex) over every other column as it is stored. A value of a kind that no column has is damage, and shows as such.
    `closed` counts where it is set, so that rows from before that column keep their digest."""
    values = [row.get(name) for name in _digested(table)]
    if row.get("closed"):
        values.append(True)
    return hashlib.blake2b(written(values).encode(), digest_size=16).hexdigest()


def written(values: Sequence[object]) -> str:
    """Values as JSON in ASCII, and texts among them as every database stores them."""
    document = _WRITER.encode(values)
    if _NUL in document or _SURROGATE in document:
        document = _WRITER.encode([clean(value) if isinstance(value, str) else value for value in values])
    return document


def sealed(table: Table, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their digests; what a row does not say is null."""
    return [{**row, "digest": digest_of(table, row)} for row in rows]


def intact(table: Table, row: RowMapping) -> bool:
    return bool(row["digest"] == digest_of(table, row))


def checked(table: Table, row: RowMapping) -> RowMapping:
    """The row, if it is as it was stored; else StateUnusable."""
    if not intact(table, row):
        raise StateUnusable(
            f"the state store's {table.name} row of {name_of(table, row)} does not match its digest: "
            "the file was damaged or edited",
            remedy=MEND,
        )
    return row


def name_of(table: Table, row: RowMapping) -> str:
    """What tells a row from the others of its deployment."""
    return " ".join(str(row[column.name]) for column in table.primary_key if column.name != "deployment")


@cache
def _digested(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if column.name not in {"closed", "digest"})
