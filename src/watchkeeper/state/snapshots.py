"""Documents by name and day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, select
from sqlalchemy.engine import Connection

from watchkeeper.model.snapshot import Snapshot, SnapshotKind
from watchkeeper.state import tables
from watchkeeper.state.codec import Alike, instant, instant_text, stored, to_row
from watchkeeper.state.database import upsert

T = TypeVar("T")

_SNAPSHOT = tables.snapshot


def keep(connection: Connection, deployment: str, snapshots: Iterable[Snapshot[object]]) -> None:
    """Store documents, each in the place of an earlier one of the same name and day."""
    rows = [
        {
            "deployment": deployment,
            "name": each.kind.name,
            "day": each.day.isoformat(),
            "document": to_row(each.document),
            "taken_at": instant_text(each.taken_at),
        }
        for each in snapshots
    ]
    upsert(connection, _SNAPSHOT, rows)


def between(
    connection: Connection,
    deployment: str,
    kind: SnapshotKind[T],
    first: date,
    last: date,
    alike: Alike[T] | None = None,
) -> list[Snapshot[T]]:
    """The documents of the days from one to another (both included), the oldest first. `alike`: who has read others before."""
    chosen = select(_SNAPSHOT).where(_within(deployment, kind.name, first, last)).order_by(_SNAPSHOT.c.day)
    read = (alike or Alike(kind.holds)).stored
    return [_snapshot(kind, row, read(row["document"])) for row in connection.execute(chosen).mappings()]


def days_between(connection: Connection, deployment: str, name: str, first: date, last: date) -> list[date]:
    """The days from one to another (both included) that there is a document of, the oldest first."""
    chosen = select(_SNAPSHOT.c.day).where(_within(deployment, name, first, last)).order_by(_SNAPSHOT.c.day)
    return [date.fromisoformat(day) for day in connection.execute(chosen).scalars()]


def times_between(connection: Connection, deployment: str, name: str, first: date, last: date) -> dict[date, str]:
    """When the document of each of these days was taken, as it is stored."""
    chosen = select(_SNAPSHOT.c.day, _SNAPSHOT.c.taken_at).where(_within(deployment, name, first, last))
    return {date.fromisoformat(day): at for day, at in connection.execute(chosen.order_by(_SNAPSHOT.c.day))}


def of_names(
    connection: Connection, deployment: str, holds: type[T], names: Sequence[str], first: date, last: date
) -> list[T]:
    """The documents of some names, all of one type, from one day to another (both included), by day and name."""
    days = and_(_SNAPSHOT.c.day >= first.isoformat(), _SNAPSHOT.c.day <= last.isoformat())
    chosen = select(_SNAPSHOT.c.document).where(_SNAPSHOT.c.deployment == deployment, _SNAPSHOT.c.name.in_(names), days)
    rows = connection.execute(chosen.order_by(_SNAPSHOT.c.day, _SNAPSHOT.c.name)).scalars()
    return [stored(holds, document) for document in rows]


def latest(connection: Connection, deployment: str, kind: SnapshotKind[T], until: date) -> Snapshot[T] | None:
    """The newest document of a day or before."""
    known = and_(_SNAPSHOT.c.name == kind.name, _SNAPSHOT.c.day <= until.isoformat())
    chosen = select(_SNAPSHOT).where(_SNAPSHOT.c.deployment == deployment, known)
    row = connection.execute(chosen.order_by(_SNAPSHOT.c.day.desc()).limit(1)).mappings().first()
    return None if row is None else _snapshot(kind, row, stored(kind.holds, row["document"]))


def stamps(connection: Connection, deployment: str, names: Iterable[str]) -> tuple[str, ...]:
    """Of each name the first and last day of its documents, and when the newest was taken: it tells whether one was kept, replaced, or
    let go because of its age since."""
    of = [_SNAPSHOT.c.name == name for name in names]
    edges = (func.min(_SNAPSHOT.c.day), func.max(_SNAPSHOT.c.day), func.max(_SNAPSHOT.c.taken_at))
    mine = _SNAPSHOT.c.deployment == deployment
    asked = [select(edge).where(mine, name).scalar_subquery() for name in of for edge in edges]
    if not asked:
        return ()
    found = [each or "" for each in connection.execute(select(*asked)).one()]
    width = len(edges)
    return tuple(" ".join(found[at : at + width]) for at in range(0, len(found), width))


def drop_before(connection: Connection, deployment: str, name: str, day: date) -> None:
    """Forget the documents of a name that are older than a day."""
    older = and_(_SNAPSHOT.c.name == name, _SNAPSHOT.c.day < day.isoformat())
    connection.execute(delete(_SNAPSHOT).where(_SNAPSHOT.c.deployment == deployment, older))


def _within(deployment: str, name: str, first: date, last: date) -> ColumnElement[bool]:
    days = and_(_SNAPSHOT.c.day >= first.isoformat(), _SNAPSHOT.c.day <= last.isoformat())
    return and_(_SNAPSHOT.c.deployment == deployment, _SNAPSHOT.c.name == name, days)


def _snapshot(kind: SnapshotKind[T], row: RowMapping, document: T) -> Snapshot[T]:
    return Snapshot(kind, date.fromisoformat(row["day"]), instant(row["taken_at"]), document)
