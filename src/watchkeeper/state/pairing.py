"""Links and the staging of observed records: who is paired with whom, and what this run saw of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.engine import Connection, RowMapping

from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.record import Record, RecordRef, Revision, Side
from watchkeeper.state import tables
from watchkeeper.state.codec import clean, instant, instant_text, raw_fields, raw_text, stored, to_json
from watchkeeper.state.database import batches, upsert
from watchkeeper.state.digests import checked, sealed

_LINK = tables.link
_OBSERVED = tables.observed


def put(connection: Connection, deployment: str, links: Iterable[Link]) -> None:
    upsert(connection, _LINK, sealed(_LINK, (_link_row(deployment, link) for link in links)))


def by_key(connection: Connection, deployment: str, keys: Iterable[str] | None) -> Mapping[str, Mapping[Side, Link]]:
    """Links by key and side. Raises StateUnusable when a row does not match its digest."""
    chosen = select(_LINK).where(_LINK.c.deployment == deployment).order_by(_LINK.c.key, _LINK.c.side)
    if keys is None:
        rows = connection.execute(chosen).mappings().all()
    else:
        rows = [
            row
            for batch in batches(dict.fromkeys(keys))
            for row in connection.execute(chosen.where(_LINK.c.key.in_(batch))).mappings()
        ]
    found: dict[str, dict[Side, Link]] = {}
    for row in rows:
        found.setdefault(row["key"], {})[row["side"]] = _link(row)
    return found


def by_ref(connection: Connection, deployment: str, refs: Iterable[RecordRef]) -> Mapping[RecordRef, Link]:
    wanted = {(ref.side, ref.table, clean(ref.id)): ref for ref in refs}
    chosen = select(_LINK).where(_LINK.c.deployment == deployment)
    found: dict[RecordRef, Link] = {}
    for batch in batches(dict.fromkeys(identifier for _, _, identifier in wanted)):
        for row in connection.execute(chosen.where(_LINK.c.record_id.in_(batch))).mappings():
            ref = wanted.get((row["side"], row["table_name"], row["record_id"]))
            if ref is not None:
                found[ref] = _link(row)
    return found


def stage(connection: Connection, deployment: str, run_id: str, rows: Iterable[tuple[Record, str | None, str]]) -> None:
    for batch in batches(rows):
        upsert(connection, _OBSERVED, [_observed_row(deployment, run_id, *row) for row in batch])


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
        .where(_OBSERVED.c.deployment == deployment, _OBSERVED.c.run_id == run_id, news)
        .order_by(_OBSERVED.c.side, _OBSERVED.c.table_name, _OBSERVED.c.record_id)
    )
    return [(stored(Record, row[0]), row[1] or row[2]) for row in connection.execute(statement)]


def unseen(connection: Connection, deployment: str, run_id: str, side: Side, table: str) -> Sequence[Link]:
    seen = exists().where(
        _OBSERVED.c.deployment == _LINK.c.deployment,
        _OBSERVED.c.run_id == run_id,
        _OBSERVED.c.side == _LINK.c.side,
        _OBSERVED.c.table_name == _LINK.c.table_name,
        _OBSERVED.c.record_id == _LINK.c.record_id,
    )
    statement = (
        select(_LINK)
        .where(
            _LINK.c.deployment == deployment,
            _LINK.c.side == side,
            _LINK.c.table_name == table,
            _LINK.c.state.in_([LinkState.LIVE.value, LinkState.MISSING.value]),
            ~seen,
        )
        .order_by(_LINK.c.key)
    )
    return [_link(row) for row in connection.execute(statement).mappings()]


def forget_staging(connection: Connection, deployment: str) -> None:
    connection.execute(_OBSERVED.delete().where(_OBSERVED.c.deployment == deployment))


def _observed_row(deployment: str, run_id: str, record: Record, key: str | None, fingerprint: str) -> dict[str, Any]:
    return {
        "deployment": deployment,
        "run_id": run_id,
        "side": record.ref.side,
        "table_name": record.ref.table,
        "record_id": record.ref.id,
        "key": key,
        "revision_token": record.revision.token,
        "fingerprint": fingerprint,
        "comments": record.comments,
        "document": to_json(record),
    }


def _link_row(deployment: str, link: Link) -> dict[str, Any]:
    return {
        "deployment": deployment,
        "key": link.key,
        "side": link.ref.side,
        "profile": link.profile,
        "table_name": link.ref.table,
        "record_id": link.ref.id,
        "number": link.number,
        "url": link.url,
        "revision_token": link.revision.token,
        "revision_order": _storable(link.revision.order),
        "fingerprint": link.fingerprint,
        "confirmed_at": instant_text(link.confirmed_at),
        "base": raw_text(link.base),
        "asked": raw_text(link.asked),
        "comments": link.comments,
        "state": link.state.value,
        "reason": link.reason,
    }


def _storable(order: int | None) -> int | None:
    """An order that fits a 64-bit column; one that does not leaves only the token."""
    return order if order is not None and -(2**63) <= order < 2**63 else None


def _link(row: RowMapping) -> Link:
    row = checked(_LINK, row)
    return Link(
        key=row["key"],
        profile=row["profile"],
        ref=RecordRef(row["side"], row["table_name"], row["record_id"]),
        number=row["number"],
        url=row["url"],
        revision=Revision(row["revision_token"], row["revision_order"]),
        fingerprint=row["fingerprint"],
        confirmed_at=instant(row["confirmed_at"]),
        base=raw_fields(row["base"]),
        asked=raw_fields(row["asked"]),
        comments=row["comments"],
        state=LinkState(row["state"]),
        reason=row["reason"],
    )
