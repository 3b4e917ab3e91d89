"""Links: who is paired with whom, row by row, each proven by its digest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.engine import Connection, RowMapping

from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.record import RecordRef, Revision, Side
from watchkeeper.state import tables
from watchkeeper.state.codec import clean, instant, instant_text, raw_fields, raw_text
from watchkeeper.state.database import BULK, batches, upsert
from watchkeeper.state.digests import checked, sealed

_LINK = tables.link
_WHOLE = select(_LINK)
# Statements are made once: to put one together takes as long as to carry it out, and a run asks dozens of times.
_ALL = _WHOLE.where(_LINK.c.deployment == bindparam("of")).order_by(_LINK.c.key, _LINK.c.side)
_SOME = _ALL.where(_LINK.c.key.in_(bindparam("keys", expanding=True)))


def put(connection: Connection, deployment: str, links: Iterable[Link]) -> None:
    for batch in batches(links, BULK):
        upsert(connection, _LINK, [row_of(deployment, link) for link in batch])


def by_key(connection: Connection, deployment: str, keys: Iterable[str] | None) -> Mapping[str, Mapping[Side, Link]]:
    """Links by key and side. Raises StateUnusable when a row does not match its digest."""
    if keys is None:
        rows = connection.execute(_ALL, {"of": deployment}).mappings().all()
    else:
        rows = [
            row
            for batch in batches(dict.fromkeys(keys))
            for row in connection.execute(_SOME, {"of": deployment, "keys": batch}).mappings()
        ]
    found: dict[str, dict[Side, Link]] = {}
    for row in rows:
        found.setdefault(row["key"], {})[row["side"]] = _link(row)
    return found


def by_ref(connection: Connection, deployment: str, refs: Iterable[RecordRef]) -> Mapping[RecordRef, Link]:
    """The links of records. Raises StateUnusable when a row does not match its digest."""
    return {ref: _link(row) for ref, row in rows_of_refs(connection, _WHOLE, deployment, refs)}


def rows_of_refs(
    connection: Connection, chosen: Select[Any], deployment: str, refs: Iterable[RecordRef]
) -> Iterator[tuple[RecordRef, RowMapping]]:
    """What a statement over links chooses of the links of some records; it must choose their `record_id`."""
    places: dict[tuple[Side, str], dict[str, RecordRef]] = {}
    for ref in refs:
        places.setdefault((ref.side, ref.table), {})[clean(ref.id)] = ref
    statement = _of_records(chosen)
    for (side, table), wanted in places.items():
        place = {"of": deployment, "on": side, "within": table}
        for batch in batches(wanted):
            for row in connection.execute(statement, {**place, "ids": batch}).mappings():
                yield wanted[row["record_id"]], row


@lru_cache(maxsize=8)
def _of_records(chosen: Select[Any]) -> Select[Any]:
    return chosen.where(
        _LINK.c.deployment == bindparam("of"),
        _LINK.c.side == bindparam("on"),
        _LINK.c.table_name == bindparam("within"),
        _LINK.c.record_id.in_(bindparam("ids", expanding=True)),
    )


def chosen_by(connection: Connection, chosen: Select[Any]) -> list[Link]:
    """The links that a statement chooses whole. Raises StateUnusable when a row does not match its digest."""
    return [_link(row) for row in connection.execute(chosen).mappings()]


def row_of(deployment: str, link: Link) -> dict[str, Any]:
    """A link as it is stored, with its digest."""
    row: dict[str, Any] = {
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
        "closed": link.closed,
    }
    return sealed(_LINK, [row])[0]


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
        closed=bool(row["closed"]),
    )
