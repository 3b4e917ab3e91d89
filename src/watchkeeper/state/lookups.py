"""Questions about all links and decisions that a run asks without loading them: each is one walk along an index."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import and_, bindparam, func, or_, select, text, union_all
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.record import Side
from watchkeeper.state import tables
from watchkeeper.state.codec import instant_text
from watchkeeper.state.database import batches, distinct
from watchkeeper.state.pairing import chosen_by

_LINK = tables.link
_DECIDED = tables.occurrence
_LIVE = LinkState.LIVE.value
_THERE = (LinkState.LIVE.value, LinkState.MISSING.value)


def profiles(connection: Connection, deployment: str) -> Sequence[str]:
    """The profiles that have links, sorted."""
    return sorted(connection.execute(distinct(_LINK.c.profile, _LINK.c.deployment == deployment)).scalars())


def unclosed(connection: Connection, deployment: str, besides: Collection[str]) -> frozenset[str]:
    """Keys with a live link that is not known to be closed, of all profiles but some."""
    wanted = [name for name in profiles(connection, deployment) if name not in besides]
    statement = select(_LINK.c.key).where(*_of_age(deployment, wanted, closed=False))
    return frozenset(connection.execute(statement).scalars()) if wanted else frozenset()


def oldest(
    connection: Connection,
    deployment: str,
    side: Side,
    *,
    closed: bool,
    after: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[Link]:
    """The live links of a side that are (not) known to be closed, by when they were last confirmed and key, from a place on."""
    found: list[Link] = []
    for profile in profiles(connection, deployment):
        statement = select(_LINK).where(*_of_age(deployment, [profile], closed=closed), _LINK.c.side == side)
        if after is not None:
            at = instant_text(after[0])
            later = and_(_LINK.c.confirmed_at == at, _LINK.c.key > after[1])
            statement = statement.where(_LINK.c.confirmed_at >= at, or_(_LINK.c.confirmed_at > at, later))
        statement = statement.order_by(_LINK.c.confirmed_at, _LINK.c.key).limit(limit)
        found += chosen_by(connection, statement)
    return sorted(found, key=lambda link: (link.confirmed_at, link.key))[:limit]


def records_per_side(connection: Connection, deployment: str) -> Mapping[Side, int]:
    """How many links of each side are live or missing."""
    statement = (
        select(_LINK.c.side, func.count())
        .where(_LINK.c.deployment == deployment, _LINK.c.state.in_(_THERE))
        .group_by(_LINK.c.side)
    )
    return {side: count for side, count in connection.execute(statement)}  # noqa: C416 - a row is no pair to mypy


def pairs(connection: Connection, deployment: str, profile: str | None, state: LinkState | None) -> int:
    """How many keys have a link of a profile, or of any, and in a state, or in any."""
    statement = select(func.count(_LINK.c.key.distinct())).where(_LINK.c.deployment == deployment)
    if profile is not None:
        statement = statement.where(_LINK.c.profile == profile)
    if state is not None:
        statement = statement.where(_LINK.c.state == state.value)
    return int(connection.execute(statement).scalar_one())


def was_processed(connection: Connection, deployment: str, profile: str) -> bool:
    """Whether any link of a profile has been through a run."""
    statement = select(_LINK.c.key).where(
        _LINK.c.deployment == deployment, _LINK.c.profile == profile, _LINK.c.revision_token != ""
    )
    return connection.execute(statement.limit(1)).first() is not None


def live_keys(connection: Connection, deployment: str, profile: str, side: Side) -> Sequence[str]:
    statement = select(_LINK.c.key).where(
        _LINK.c.deployment == deployment,
        _LINK.c.profile == profile,
        _LINK.c.state == _LIVE,
        _LINK.c.side == side,
    )
    return list(connection.execute(statement).scalars())


def of_profile(connection: Connection, deployment: str, profile: str, after: str, limit: int) -> Sequence[Link]:
    """All links of the first so many keys of a profile that come after a key."""
    of_it = select(_LINK.c.key).where(_LINK.c.deployment == deployment, _LINK.c.profile == profile, _LINK.c.key > after)
    keys = connection.execute(of_it.distinct().order_by(_LINK.c.key).limit(limit)).scalars().all()
    statement = select(_LINK).where(_LINK.c.deployment == deployment, _LINK.c.key.in_(keys), _LINK.c.profile == profile)
    return chosen_by(connection, statement.order_by(_LINK.c.key, _LINK.c.side))


def with_reason(connection: Connection, deployment: str, besides: str) -> Sequence[str]:
    """Keys with a live link that gives another reason than one, sorted."""
    # The condition of the index, word for word: SQLite uses a partial index for nothing else.
    given = text("link.reason <> ''")
    statement = select(_LINK.c.key).where(
        _LINK.c.deployment == deployment, given, _LINK.c.reason != besides, _LINK.c.state == _LIVE
    )
    return sorted(set(connection.execute(statement).scalars()))


def by_number(connection: Connection, deployment: str, numbers: Iterable[str]) -> Mapping[str, Mapping[Side, str]]:
    """Keys by number and side; of several keys with one number the last one."""
    chosen = select(_LINK.c.key, _LINK.c.number, _LINK.c.side).where(_LINK.c.deployment == deployment)
    found: dict[str, dict[Side, str]] = {}
    for batch in batches(dict.fromkeys(numbers)):
        # Sorted here: asked for an order, SQLite would rather walk all keys in it than look up a few numbers.
        for key, number, side in sorted(map(tuple, connection.execute(chosen.where(_LINK.c.number.in_(batch))))):
            found.setdefault(number, {})[side] = key
    return found


def duty_keys(connection: Connection, deployment: str, stem: str, since: date) -> Sequence[str]:
    """Keys of a duty (`stem`: all of its keys up to the period) that are decided or linked: those of periods from a day on,
    and the newest scheduled one before it."""
    values = {"of": deployment, "stem": stem, "since": f"{stem}{since.isoformat()}", "end": beyond(stem)}
    return list(connection.execute(_DUTY_KEYS, values).scalars())


def beyond(stem: str) -> str:
    """The first text that no text beginning like this one reaches."""
    return stem[:-1] + chr(ord(stem[-1]) + 1)


def _of_age(deployment: str, names: Sequence[str], *, closed: bool) -> tuple[ColumnElement[bool], ...]:
    return (
        _LINK.c.deployment == deployment,
        _LINK.c.profile.in_(names),
        _LINK.c.state == _LIVE,
        _LINK.c.closed.is_(closed),
    )


_RECENT = [
    select(table.c.key).where(
        table.c.deployment == bindparam("of"), table.c.key >= bindparam("since"), table.c.key < bindparam("end")
    )
    for table in (_LINK, _DECIDED)
]
_BEFORE = [
    select(
        select(table.c.key)
        .where(
            table.c.deployment == bindparam("of"),
            table.c.key >= bindparam("stem"),
            table.c.key < bindparam("since"),
            table.c.key.not_like("%~%"),
        )
        .order_by(table.c.key.desc())
        .limit(1)
        .subquery()
        .c.key
    )
    for table in (_LINK, _DECIDED)
]
_DUTY_KEYS = union_all(*_RECENT, *_BEFORE)
