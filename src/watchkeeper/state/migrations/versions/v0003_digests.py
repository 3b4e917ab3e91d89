"""A digest on every row that a write may hang on; links had one from the beginning."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TABLES: dict[str, tuple[tuple[str, ...], int]] = {
    "meta": (("deployment", "name", "value"), 2),
    "comment": (
        ("deployment", "key", "side", "table_name", "record_id", "comment_id", "outcome", "mirror_id", "at"),
        6,
    ),
    "intent": (("deployment", "action_id", "key", "run_id", "started_at", "document"), 2),
    "cursor": (("deployment", "side", "table_name", "watermark", "swept_at"), 3),
    "dirty": (("deployment", "key", "profile", "reason", "since", "attempts"), 2),
    "occurrence": (
        (
            "deployment",
            "key",
            "task",
            "team",
            "period",
            "nominal",
            "due",
            "zone",
            "cause",
            "decision",
            "reason",
            "decided_at",
        ),
        2,
    ),
    "raised": (
        ("deployment", "key", "task", "team", "period", "nominal", "due", "zone", "cause", "raised_at"),
        2,
    ),
}
"""Per table its columns in the order in which they are digested, and how many of the first of them tell a row from the others."""


def upgrade() -> None:
    for name, (columns, own) in _TABLES.items():
        op.add_column(name, sa.Column("digest", _TEXT, nullable=True))
        _fill(op.get_bind(), name, columns, columns[:own])


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; restore a backup instead")


def _fill(connection: sa.Connection, name: str, columns: tuple[str, ...], key: tuple[str, ...]) -> None:
    table = sa.table(name, *(sa.column(each) for each in (*columns, "digest")))
    these = [table.c[each] == sa.bindparam(f"of_{each}") for each in key]
    statement = table.update().where(*these).values(digest=sa.bindparam("made"))
    rows = connection.execute(sa.select(*(table.c[each] for each in columns))).mappings().all()
    for row in rows:
        connection.execute(statement, {f"of_{each}": row[each] for each in key} | {"made": _digest(row, columns)})


def _digest(row: Mapping[Any, Any], columns: tuple[str, ...]) -> str:
    text = json.dumps([row[each] for each in columns], ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
