"""What the links of one profile show lately, for who only looks: walks along an index that end after so many rows, whatever the store
holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.engine import Connection

from watchkeeper.model.link import LinkState
from watchkeeper.model.record import RawFields, Side
from watchkeeper.state import tables
from watchkeeper.state.codec import instant_text, raw_fields

_LINK = tables.link
_LIVE = LinkState.LIVE.value


@dataclass(frozen=True, slots=True)
class Explained:
    """A linked record of a pair of which something is left alone, with the reason."""

    key: str
    side: Side
    number: str
    reason: str


def explained(
    connection: Connection, deployment: str, profile: str, besides: str, limit: int
) -> tuple[Sequence[Explained], bool]:
    """The first `limit` live links of a profile that give a reason, by key, without those that give `besides`; and whether there are
    more."""
    # The condition of the index, word for word: SQLite uses a partial index for nothing else.
    given = text("link.reason <> ''")
    mine = (_LINK.c.deployment == deployment, _LINK.c.profile == profile, _LINK.c.state == _LIVE, given)
    chosen = select(_LINK.c.key, _LINK.c.side, _LINK.c.number, _LINK.c.reason).where(*mine).order_by(_LINK.c.key)
    rows = connection.execute(chosen.limit(limit + 1)).all()
    return [Explained(*row) for row in rows[:limit] if row.reason != besides], len(rows) > limit


def latest_values(
    connection: Connection, deployment: str, profile: str, side: Side, since: datetime, limit: int
) -> Sequence[tuple[str, RawFields, str]]:
    """Key, values last agreed on, and reason of the live links of a profile on a side that were confirmed since then: of the open ones
    and of the closed ones the latest `limit` each."""
    found: list[tuple[str, RawFields, str]] = []
    for closed in (False, True):
        chosen = (
            select(_LINK.c.key, _LINK.c.base, _LINK.c.reason)
            .where(
                _LINK.c.deployment == deployment,
                _LINK.c.profile == profile,
                _LINK.c.state == _LIVE,
                _LINK.c.closed.is_(closed),
                _LINK.c.side == side,
                _LINK.c.confirmed_at >= instant_text(since),
            )
            .order_by(_LINK.c.confirmed_at.desc(), _LINK.c.key.desc())
            .limit(limit)
        )
        found += [(row.key, raw_fields(row.base), row.reason) for row in connection.execute(chosen)]
    return found
