"""Pairs, and what waits or was overtaken, as lists are paged through: each page some walks along an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Final, TypeAlias

from sqlalchemy import and_, or_, select, text
from sqlalchemy.engine import Connection

from watchkeeper.model.link import ConflictRow, Dirty, Link, LinkState
from watchkeeper.model.record import SERVICENOW, Side
from watchkeeper.model.verdict import Verdict
from watchkeeper.state import tables
from watchkeeper.state.codec import instant_text, stored
from watchkeeper.state.follow_up import conflict_of, dirty_of
from watchkeeper.state.lookups import profiles
from watchkeeper.state.pairing import chosen_by

_LINK, _DIRTY, _CONFLICT, _VERDICT = tables.link, tables.dirty, tables.conflict, tables.verdict
Place: TypeAlias = tuple[datetime, str]
"""Where a list goes on: after the row of this instant and key."""
_GIVEN: Final = text("link.reason <> ''")
"""The condition of ix_link_reason, word for word: SQLite uses a partial index for nothing else."""


@dataclass(frozen=True, slots=True)
class WantedLinks:
    """Which links a list is of. `profile` "": any; `closed` None: open and closed ones."""

    side: Side = SERVICENOW
    profile: str = ""
    state: LinkState = LinkState.LIVE
    closed: bool | None = False


def confirmed(
    connection: Connection, deployment: str, wanted: WantedLinks, after: Place | None, limit: int
) -> list[Link]:
    """Links of a side, those last that were confirmed longest ago, from a place on."""
    known = profiles(connection, deployment)
    of = [name for name in known if wanted.profile in ("", name)]
    found: list[Link] = []
    for profile, closed in product(of, (False, True) if wanted.closed is None else (wanted.closed,)):
        chosen = select(_LINK).where(
            _LINK.c.deployment == deployment,
            _LINK.c.profile == profile,
            _LINK.c.state == wanted.state.value,
            _LINK.c.closed.is_(closed),
            _LINK.c.side == wanted.side,
        )
        if after is not None:
            at = instant_text(after[0])
            earlier = or_(_LINK.c.confirmed_at < at, and_(_LINK.c.confirmed_at == at, _LINK.c.key < after[1]))
            chosen = chosen.where(_LINK.c.confirmed_at <= at, earlier)
        newest = chosen.order_by(_LINK.c.confirmed_at.desc(), _LINK.c.key.desc()).limit(limit)
        found += chosen_by(connection, newest)
    return sorted(found, key=lambda link: (link.confirmed_at, link.key), reverse=True)[:limit]


def with_a_reason(connection: Connection, deployment: str, wanted: WantedLinks, after: str, limit: int) -> list[Link]:
    """Links of a side that say why something of them is left alone, by key, from a key on. They are few."""
    chosen = select(_LINK).where(
        _LINK.c.deployment == deployment,
        _LINK.c.state == wanted.state.value,
        _GIVEN,
        _LINK.c.key > after,
        _LINK.c.side == wanted.side,
    )
    if wanted.profile:
        chosen = chosen.where(_LINK.c.profile == wanted.profile)
    if wanted.closed is not None:
        chosen = chosen.where(_LINK.c.closed.is_(wanted.closed))
    return chosen_by(connection, chosen.order_by(_LINK.c.key).limit(limit))


def waiting(connection: Connection, deployment: str, after: Place | None, limit: int) -> list[Dirty]:
    """Keys that wait, the longest waiting first, from a place on."""
    chosen = select(_DIRTY).where(_DIRTY.c.deployment == deployment)
    if after is not None:
        at = instant_text(after[0])
        later = or_(_DIRTY.c.since > at, and_(_DIRTY.c.since == at, _DIRTY.c.key > after[1]))
        chosen = chosen.where(_DIRTY.c.since >= at, later)
    rows = connection.execute(chosen.order_by(_DIRTY.c.since, _DIRTY.c.key).limit(limit)).mappings()
    return [dirty_of(row) for row in rows]


def waits(connection: Connection, deployment: str, key: str) -> Dirty | None:
    row = connection.execute(select(_DIRTY).where(_DIRTY.c.deployment == deployment, _DIRTY.c.key == key)).mappings()
    found = row.one_or_none()
    return None if found is None else dirty_of(found)


def overtaken(
    connection: Connection, deployment: str, after: tuple[datetime, str, str, str] | None, limit: int
) -> list[ConflictRow]:
    """Values that were set aside, newest first, from a place (instant, key, field, run) on."""
    chosen = select(_CONFLICT).where(_CONFLICT.c.deployment == deployment)
    if after is not None:
        at, key, field, run_id = instant_text(after[0]), *after[1:]
        same = and_(_CONFLICT.c.key == key, _CONFLICT.c.field == field)
        beyond = or_(
            _CONFLICT.c.key > key,
            and_(_CONFLICT.c.key == key, _CONFLICT.c.field > field),
            and_(same, _CONFLICT.c.run_id > run_id),
        )
        chosen = chosen.where(_CONFLICT.c.at <= at, or_(_CONFLICT.c.at < at, and_(_CONFLICT.c.at == at, beyond)))
    order = (_CONFLICT.c.at.desc(), _CONFLICT.c.key, _CONFLICT.c.field, _CONFLICT.c.run_id)
    return [conflict_of(row) for row in connection.execute(chosen.order_by(*order).limit(limit)).mappings()]


def overtaken_in(
    connection: Connection, deployment: str, run_id: str, begun: datetime, ended: datetime, limit: int
) -> list[ConflictRow]:
    """What a run set aside, between its beginning and its end."""
    chosen = select(_CONFLICT).where(
        _CONFLICT.c.deployment == deployment,
        _CONFLICT.c.at >= instant_text(begun),
        _CONFLICT.c.at <= instant_text(ended),
        _CONFLICT.c.run_id == run_id,
    )
    order = (_CONFLICT.c.at, _CONFLICT.c.key, _CONFLICT.c.field)
    return [conflict_of(row) for row in connection.execute(chosen.order_by(*order).limit(limit)).mappings()]


def verdicts_of(connection: Connection, deployment: str, key: str, limit: int) -> Sequence[Verdict]:
    """The days on which an audit judged a key, newest first."""
    chosen = select(_VERDICT.c.document).where(_VERDICT.c.deployment == deployment, _VERDICT.c.key == key)
    documents = connection.execute(chosen.order_by(_VERDICT.c.day.desc()).limit(limit)).scalars()
    return [stored(Verdict, document) for document in documents]
