"""Lists of devices were first kept with a number that nothing showed, in the middle of rows whose values are told by their places."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NAME = "evidence/devices"
_COUNT_AT = 2
"""Behind a task and the time its list was read at."""
_SNAPSHOT = sa.table("snapshot", *(sa.column(each) for each in ("deployment", "name", "day", "document")))
_KEY = ("deployment", "name", "day")


def upgrade() -> None:
    connection = op.get_bind()
    name = _SNAPSHOT.c.name
    by_task = sa.and_(name >= f"{_NAME}/", name < f"{_NAME}0")
    kept = connection.execute(sa.select(_SNAPSHOT).where(sa.or_(name == _NAME, by_task))).mappings().all()
    these = [_SNAPSHOT.c[each] == sa.bindparam(f"of_{each}") for each in _KEY]
    statement = _SNAPSHOT.update().where(*these).values(document=sa.bindparam("made"))
    for row in kept:
        made = _without_counts(row["name"], row["document"])
        if made != row["document"]:
            connection.execute(statement, {f"of_{each}": row[each] for each in _KEY} | {"made": made})


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; restore a backup instead")


def _without_counts(name: str, document: str) -> str:
    """What is no such document stays as it is: reading it says so."""
    try:
        found = json.loads(document)
        for row in found[0] if name == _NAME else [found]:
            _leave_out_count(row)
    except (ValueError, TypeError, LookupError):
        return document
    return json.dumps(found, ensure_ascii=True, separators=(",", ":"))


def _leave_out_count(row: Any) -> None:
    """A row of today has a text, a list or nothing there."""
    if isinstance(row, list) and len(row) > _COUNT_AT and isinstance(row[_COUNT_AT], int):
        del row[_COUNT_AT]
