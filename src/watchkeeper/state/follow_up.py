"""What later runs need to know: mirrored comments, dirty keys, conflicts, cursors, decided and raised occurrences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, Table, and_, bindparam, exists, func, not_, or_, select
from sqlalchemy.engine import Connection, RowMapping

from watchkeeper.model.link import ConflictRow, Dirty, LedgerEntry, LinkState
from watchkeeper.model.occurrence import Decided, Decision, Occurrence
from watchkeeper.model.record import RecordRef, Side
from watchkeeper.state import tables
from watchkeeper.state.codec import instant, instant_text
from watchkeeper.state.database import batches, insert_new, upsert
from watchkeeper.state.digests import checked, sealed


def _of_keys(
    connection: Connection, table: Table, deployment: str, keys: Iterable[str] | None, *order: str
) -> list[RowMapping]:
    if keys is None:
        return [_sound(table, row) for row in connection.execute(_all(table, order), {"of": deployment}).mappings()]
    rows = [
        _sound(table, row)
        for batch in batches(dict.fromkeys(keys))
        for row in connection.execute(_some(table), {"of": deployment, "keys": batch}).mappings()
    ]
    # Sorted here: asked for an order that an index has, SQLite would rather walk all keys in it than look up a few.
    return sorted(rows, key=itemgetter(*order))


# Statements are made once: to put one together takes as long as to carry it out, and a run asks dozens of times.
@cache
def _all(table: Table, order: tuple[str, ...]) -> Select[Any]:
    mine = select(table).where(table.c.deployment == bindparam("of"))
    return mine.order_by(*(table.c[name] for name in order))


@cache
def _some(table: Table) -> Select[Any]:
    keys = table.c.key.in_(bindparam("keys", expanding=True))
    return select(table).where(table.c.deployment == bindparam("of"), keys)


def _sound(table: Table, row: RowMapping) -> RowMapping:
    return checked(table, row) if "digest" in table.c else row


# --- comments ---


def ledger(connection: Connection, deployment: str, keys: Iterable[str]) -> Sequence[LedgerEntry]:
    rows = _of_keys(connection, tables.comment, deployment, keys, "key", "side", "record_id", "comment_id")
    return [
        LedgerEntry(
            key=row["key"],
            origin=RecordRef(row["side"], row["table_name"], row["record_id"]),
            comment_id=row["comment_id"],
            outcome=row["outcome"],
            mirror_id=row["mirror_id"],
            at=None if row["at"] is None else instant(row["at"]),
        )
        for row in rows
    ]


def put_ledger(connection: Connection, deployment: str, entries: Iterable[LedgerEntry]) -> None:
    rows = [
        {
            "deployment": deployment,
            "key": entry.key,
            "side": entry.origin.side,
            "table_name": entry.origin.table,
            "record_id": entry.origin.id,
            "comment_id": entry.comment_id,
            "outcome": entry.outcome,
            "mirror_id": entry.mirror_id,
            "at": None if entry.at is None else instant_text(entry.at),
        }
        for entry in entries
    ]
    upsert(connection, tables.comment, sealed(tables.comment, rows))


# --- dirty keys ---


def dirty(connection: Connection, deployment: str) -> Sequence[Dirty]:
    """Dirty keys, the longest waiting first."""
    return [_dirty(row) for row in _of_keys(connection, tables.dirty, deployment, None, "since", "key")]


def longest_waiting(connection: Connection, deployment: str, limit: int) -> tuple[int, Sequence[Dirty]]:
    """How many keys are dirty, and the first of them in the same order."""
    table = tables.dirty
    mine = table.c.deployment == deployment
    count = connection.execute(select(func.count()).select_from(table).where(mine)).scalar_one()
    first = select(table).where(mine).order_by(table.c.since, table.c.key).limit(limit)
    return count, [dirty_of(row) for row in connection.execute(first).mappings()]


def dirty_of(row: RowMapping) -> Dirty:
    """A row's key that waits. Raises StateUnusable when it does not match its digest."""
    return _dirty(checked(tables.dirty, row))


def _dirty(row: RowMapping) -> Dirty:
    return Dirty(row["key"], row["profile"], row["reason"], instant(row["since"]), row["attempts"])


def put_dirty(connection: Connection, deployment: str, rows: Iterable[Dirty]) -> None:
    named = [
        {
            "deployment": deployment,
            "key": row.key,
            "profile": row.profile,
            "reason": row.reason,
            "since": instant_text(row.since),
            "attempts": row.attempts,
        }
        for row in rows
    ]
    upsert(connection, tables.dirty, sealed(tables.dirty, named))


def clear_dirty(connection: Connection, deployment: str, keys: Iterable[str]) -> None:
    table = tables.dirty
    for batch in batches(keys):
        connection.execute(table.delete().where(table.c.deployment == deployment, table.c.key.in_(batch)))


# --- conflicts ---


def conflicts(connection: Connection, deployment: str, keys: Iterable[str] | None) -> Sequence[ConflictRow]:
    return [conflict_of(row) for row in _of_keys(connection, tables.conflict, deployment, keys, "at", "key", "field")]


def conflict_of(row: RowMapping) -> ConflictRow:
    names = ("key", "field", "winner", "winning", "losing", "resolver", "run_id")
    return ConflictRow(**{name: row[name] for name in names}, at=instant(row["at"]))


def put_conflicts(connection: Connection, deployment: str, rows: Iterable[ConflictRow]) -> None:
    upsert(
        connection,
        tables.conflict,
        [
            {
                "deployment": deployment,
                "key": row.key,
                "field": row.field,
                "run_id": row.run_id,
                "winner": row.winner,
                "winning": row.winning,
                "losing": row.losing,
                "resolver": row.resolver,
                "at": instant_text(row.at),
            }
            for row in rows
        ],
    )


# --- cursors ---


def watermark(connection: Connection, deployment: str, side: Side, table: str) -> tuple[str | None, datetime | None]:
    cursor = tables.cursor
    chosen = select(cursor).where(
        cursor.c.deployment == deployment, cursor.c.side == side, cursor.c.table_name == table
    )
    row = connection.execute(chosen).mappings().first()
    if row is None:
        return None, None
    swept_at = checked(cursor, row)["swept_at"]
    return row["watermark"], None if swept_at is None else instant(swept_at)


def advance(
    connection: Connection, deployment: str, side: Side, table: str, mark: str, swept_at: datetime | None
) -> None:
    """Move a cursor; without a new sweep the time of the last one stays."""
    kept = swept_at or watermark(connection, deployment, side, table)[1]
    row: dict[str, Any] = {"deployment": deployment, "side": side, "table_name": table, "watermark": mark}
    row["swept_at"] = None if kept is None else instant_text(kept)
    upsert(connection, tables.cursor, sealed(tables.cursor, [row]))


# --- occurrences ---


def decisions(connection: Connection, deployment: str, keys: Iterable[str] | None) -> Mapping[str, Decided]:
    rows = _of_keys(connection, tables.occurrence, deployment, keys, "due", "key")
    return {row["key"]: _decided(row) for row in rows}


def decided_of(row: RowMapping) -> Decided:
    """A row's decision. Raises StateUnusable when it does not match its digest."""
    return _decided(checked(tables.occurrence, row))


def _decided(row: RowMapping) -> Decided:
    return Decided(_occurrence(row), Decision(row["decision"]), row["reason"], decided_at=instant(row["decided_at"]))


def put_decisions(connection: Connection, deployment: str, rows: Iterable[Decided]) -> None:
    decided = [
        _occurrence_row(deployment, row.occurrence)
        | {"decision": row.decision.value, "reason": row.reason, "decided_at": instant_text(row.decided_at)}
        for row in rows
    ]
    upsert(connection, tables.occurrence, sealed(tables.occurrence, decided))


def raised(connection: Connection, deployment: str) -> Sequence[Occurrence]:
    """Raised occurrences that have no decision yet, or one to create and a record that is still linked (or none so far)."""
    table, decided, link = tables.raised, tables.occurrence, tables.link
    dropped = exists().where(
        decided.c.deployment == table.c.deployment,
        decided.c.key == table.c.key,
        decided.c.decision.in_([Decision.MISSED.value, Decision.SKIPPED.value]),
    )
    its_links = and_(link.c.deployment == table.c.deployment, link.c.key == table.c.key)
    linked = exists().where(its_links)
    still_linked = exists().where(its_links, link.c.state.in_([LinkState.LIVE.value, LinkState.MISSING.value]))
    chosen = select(table).where(table.c.deployment == deployment, not_(dropped), or_(not_(linked), still_linked))
    rows = connection.execute(chosen.order_by(table.c.due, table.c.key)).mappings()
    return [_occurrence(checked(table, row)) for row in rows]


def raise_occurrence(connection: Connection, deployment: str, occurrence: Occurrence, at: datetime) -> bool:
    row = _occurrence_row(deployment, occurrence) | {"raised_at": instant_text(at)}
    return insert_new(connection, tables.raised, sealed(tables.raised, [row])) == 1


def _occurrence_row(deployment: str, occurrence: Occurrence) -> dict[str, Any]:
    return {
        "deployment": deployment,
        "key": occurrence.key,
        "task": occurrence.task,
        "team": occurrence.team,
        "period": occurrence.period,
        "nominal": occurrence.nominal.isoformat(),
        "due": instant_text(occurrence.due),
        "zone": occurrence.zone,
        "cause": occurrence.reason,
    }


def _occurrence(row: RowMapping) -> Occurrence:
    return Occurrence(
        key=row["key"],
        task=row["task"],
        team=row["team"],
        period=row["period"],
        nominal=date.fromisoformat(row["nominal"]),
        due=instant(row["due"]),
        zone=row["zone"],
        reason=row["cause"],
    )
