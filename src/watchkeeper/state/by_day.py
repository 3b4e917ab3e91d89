"""What one day (UTC) brought, and how much of it each day did: walks along indexes by time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.engine import Connection

from watchkeeper.model.link import ConflictRow
from watchkeeper.state import runs, tables
from watchkeeper.state.codec import instant, instant_text

_CONFLICT, _RUN = tables.conflict, tables.run
_NAMES = ("key", "field", "winner", "winning", "losing", "resolver", "run_id")
_LONGEST_RUN = timedelta(days=1)
"""A run that ended on a day began on it or the day before."""


def overtaken_by_day(connection: Connection, deployment: str, first: date) -> Mapping[date, int]:
    """How many fields were set aside on each day from one on; a day without any is left out."""
    day = func.substr(_CONFLICT.c.at, 1, len("2026-11-23"))
    since = (_CONFLICT.c.deployment == deployment, _CONFLICT.c.at >= instant_text(_begin(first)))
    rows = connection.execute(select(day, func.count()).where(*since).group_by(day).order_by(day))
    return {date.fromisoformat(each): count for each, count in rows}


def overtaken_on(connection: Connection, deployment: str, day: date, limit: int) -> tuple[int, Sequence[ConflictRow]]:
    """How many fields were set aside on a day, and the latest of them, newest first."""
    on_it = (
        _CONFLICT.c.deployment == deployment,
        _CONFLICT.c.at >= instant_text(_begin(day)),
        _CONFLICT.c.at < instant_text(_begin(day + timedelta(days=1))),
    )
    latest = select(_CONFLICT).where(*on_it).order_by(_CONFLICT.c.at.desc(), _CONFLICT.c.key).limit(limit)
    count = connection.execute(select(func.count()).select_from(_CONFLICT).where(*on_it)).scalar_one()
    rows = connection.execute(latest).mappings().all()
    return count, [ConflictRow(**{each: row[each] for each in _NAMES}, at=instant(row["at"])) for row in rows]


def runs_ended_on(
    connection: Connection, deployment: str, day: date, limit: int, after: tuple[datetime, tuple[str, ...]] | None
) -> tuple[int, Sequence[Mapping[str, object]]]:
    """How many runs ended on a day, and the latest of them, newest first, as `runs.latest` gives them; `after`: from the one on that
    follows a run's start and id."""
    begin, end = _begin(day), _begin(day + timedelta(days=1))
    on_it = (
        _RUN.c.deployment == deployment,
        _RUN.c.started_at >= instant_text(begin - _LONGEST_RUN),
        _RUN.c.started_at < instant_text(end),
        _RUN.c.ended_at >= instant_text(begin),
        _RUN.c.ended_at < instant_text(end),
    )
    older: tuple[ColumnElement[bool], ...] = ()
    if after is not None:
        at, (run_id, *_) = instant_text(after[0]), after[1]
        same = and_(_RUN.c.started_at == at, _RUN.c.run_id > run_id)
        older = (_RUN.c.started_at <= at, or_(_RUN.c.started_at < at, same))
    chosen = select(_RUN).where(*on_it, *older).order_by(_RUN.c.started_at.desc(), _RUN.c.run_id)
    count = connection.execute(select(func.count()).select_from(_RUN).where(*on_it)).scalar_one()
    return count, runs.as_told(connection, chosen.limit(limit))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
