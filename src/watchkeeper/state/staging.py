"""The staging of observed records: what a run saw, and what of it is news. Answers come from indexes; no link row is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.engine import Connection, RowMapping

from watchkeeper.model.link import LinkState
from watchkeeper.model.record import Record, RecordRef, Side
from watchkeeper.state import tables
from watchkeeper.state.codec import stored, to_json
from watchkeeper.state.database import batches, upsert
from watchkeeper.state.pairing import rows_of_refs

Staged = tuple[Record, str | None, str]
"""A record, its key (None for one that must still be matched), and its fingerprint."""

_LINK = tables.link
_OBSERVED = tables.observed
_COMPARED = select(
    _LINK.c.record_id, _LINK.c.key, _LINK.c.state, _LINK.c.revision_token, _LINK.c.fingerprint, _LINK.c.comments
)

_SEEN: Mapping[str, Any] = {"key": None, "revision_token": "", "fingerprint": "", "comments": None, "document": ""}
"""What is noted of a record that is as its link says."""


def keys_of(connection: Connection, deployment: str, refs: Iterable[RecordRef]) -> Mapping[RecordRef, str]:
    """The keys of those among the records that are linked."""
    return {ref: row["key"] for ref, row in rows_of_refs(connection, _COMPARED, deployment, refs)}


def stage(connection: Connection, deployment: str, run_id: str, rows: Iterable[Staged]) -> None:
    """Stage records. One that is as its link says is no news, and is only noted as seen, without its content: a sweep of a
    million records would otherwise write a million documents to read none."""
    for batch in batches(rows):
        links = dict(rows_of_refs(connection, _COMPARED, deployment, (record.ref for record, _, _ in batch)))
        upsert(connection, _OBSERVED, [_row(deployment, run_id, *row, links.get(row[0].ref)) for row in batch])


def differing(connection: Connection, deployment: str, run_id: str) -> Sequence[tuple[Record, str | None]]:
    """Staged records with news: no link, another revision, fingerprint or number of comments, or a link that had lost its
    record. The key is the staged one, else the link's."""
    same_record = and_(
        _LINK.c.deployment == _OBSERVED.c.deployment,
        _LINK.c.side == _OBSERVED.c.side,
        _LINK.c.table_name == _OBSERVED.c.table_name,
        _LINK.c.record_id == _OBSERVED.c.record_id,
    )
    news = or_(
        _LINK.c.key.is_(None),
        _LINK.c.revision_token != _OBSERVED.c.revision_token,
        _LINK.c.fingerprint != _OBSERVED.c.fingerprint,
        _LINK.c.comments != _OBSERVED.c.comments,
        _LINK.c.state.in_([LinkState.MISSING.value, LinkState.GONE.value]),
    )
    statement = (
        select(_OBSERVED.c.document, _OBSERVED.c.key, _LINK.c.key)
        .select_from(_OBSERVED.outerjoin(_LINK, same_record))
        .where(_OBSERVED.c.deployment == deployment, _OBSERVED.c.run_id == run_id, _OBSERVED.c.document != "", news)
        .order_by(_OBSERVED.c.side, _OBSERVED.c.table_name, _OBSERVED.c.record_id)
    )
    return [(stored(Record, row[0]), row[1] or row[2]) for row in connection.execute(statement)]


def unseen(connection: Connection, deployment: str, run_id: str, side: Side, table: str) -> Sequence[str]:
    """Keys of live and missing links of a table without a staged record, sorted."""
    seen = exists().where(
        _OBSERVED.c.deployment == _LINK.c.deployment,
        _OBSERVED.c.run_id == run_id,
        _OBSERVED.c.side == _LINK.c.side,
        _OBSERVED.c.table_name == _LINK.c.table_name,
        _OBSERVED.c.record_id == _LINK.c.record_id,
    )
    statement = select(_LINK.c.key).where(
        _LINK.c.deployment == deployment,
        _LINK.c.side == side,
        _LINK.c.table_name == table,
        _LINK.c.state.in_([LinkState.LIVE.value, LinkState.MISSING.value]),
        ~seen,
    )
    return sorted(connection.execute(statement).scalars())


def forget(connection: Connection, deployment: str) -> None:
    connection.execute(_OBSERVED.delete().where(_OBSERVED.c.deployment == deployment))


def _row(
    deployment: str, run_id: str, record: Record, key: str | None, fingerprint: str, link: RowMapping | None
) -> dict[str, Any]:
    place = {
        "deployment": deployment,
        "run_id": run_id,
        "side": record.ref.side,
        "table_name": record.ref.table,
        "record_id": record.ref.id,
    }
    compared = {"revision_token": record.revision.token, "fingerprint": fingerprint, "comments": record.comments}
    if link is not None and _as_linked(compared, link):
        return {**place, **_SEEN}
    return {**place, **compared, "key": key, "document": to_json(record)}


def _as_linked(compared: Mapping[str, Any], link: RowMapping) -> bool:
    return link["state"] == LinkState.LIVE.value and all(value == link[name] for name, value in compared.items())
