"""The duties of a task and team, period by period: each question goes along the primary key, from place to place, however many lie
between. Keys begin with task and team (watchkeeper.catalog.occurrences.key_of), and a period with its day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import TypeAlias

from sqlalchemy import String, case, column, literal, not_, select, values
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import ScalarSelect

from watchkeeper.model.duty_record import DutyRecord
from watchkeeper.state import tables
from watchkeeper.state.database import batches
from watchkeeper.state.duties import records
from watchkeeper.state.lookups import beyond

Pair: TypeAlias = tuple[str, str]
"""Task and team."""

_DUTY = tables.occurrence
_AT_ONCE = 100
"""Pairs in one statement: SQLite takes no more than 500 parts of a compound one."""


def pairs(connection: Connection, deployment: str, besides: str) -> Sequence[Pair]:
    """Every task and team of which something is decided, sorted; without teams whose name begins with `besides`."""
    walk = select(_next(deployment, literal(""))).cte("walk", recursive=True)
    here, there = _DUTY.alias("here"), _DUTY.alias("there")
    behind: ColumnElement[str] = here.c.task + "/" + here.c.team + beyond("@")
    if besides:
        behind = case(
            (here.c.team.startswith(besides, autoescape=True), here.c.task + "/" + beyond(besides)), else_=behind
        )
    at_it = (here.c.deployment == deployment) & (here.c.key == walk.c.key)
    walk = walk.union_all(select(_next(deployment, behind)).select_from(walk.join(here, at_it)))
    at_one = (there.c.deployment == deployment) & (there.c.key == walk.c.key)
    chosen = select(there.c.task, there.c.team).select_from(walk.join(there, at_one))
    if besides:
        chosen = chosen.where(not_(there.c.team.startswith(besides, autoescape=True)))
    # Sorted here: asked for an order, SQLite would rather walk all keys in it than look up a few.
    return sorted((task, team) for task, team in connection.execute(chosen))


def _next(deployment: str, behind: ColumnElement[str]) -> ColumnElement[str]:
    """The first key from a text on."""
    onward = _DUTY.alias("onward")
    chosen = select(onward.c.key).where(onward.c.deployment == deployment, onward.c.key >= behind)
    return chosen.order_by(onward.c.key).limit(1).scalar_subquery().label("key")


def latest(
    connection: Connection, deployment: str, of: Collection[Pair], until: date, most: int
) -> Sequence[DutyRecord]:
    """Of each pair at most so many of the periods that begin on a day or before, newest first."""
    day = (until + timedelta(days=1)).isoformat()
    found: list[DutyRecord] = []
    for some in batches(of, _AT_ONCE):
        stems = [_stem(pair) for pair in some]
        starts = values(column("stem", String), column("upper", String), name="starts")
        start = starts.data([(stem, f"{stem}{day}") for stem in stems]).cte("start")
        newest = _newest(deployment, start.c.stem, start.c.upper)
        walk = select(start.c.stem, newest.label("key"), literal(1).label("step")).cte("walk", recursive=True)
        older = _newest(deployment, walk.c.stem, walk.c.key)
        onward = (walk.c.key.is_not(None), walk.c.step < most)
        walk = walk.union_all(select(walk.c.stem, older, walk.c.step + 1).where(*onward))
        at_it = (_DUTY.c.deployment == deployment) & (_DUTY.c.key == walk.c.key)
        rows = connection.execute(select(_DUTY).select_from(walk.join(_DUTY, at_it))).all()
        found += records(connection, deployment, sorted(rows, key=lambda row: str(row.key), reverse=True))
    return found


def past(connection: Connection, deployment: str, pair: Pair, before: str, most: int) -> Sequence[DutyRecord]:
    """At most so many periods of a pair, the newest first, from behind one on ("" for all)."""
    stem = _stem(pair)
    chosen = select(_DUTY).where(
        _DUTY.c.deployment == deployment,
        _DUTY.c.key >= stem,
        _DUTY.c.key < (f"{stem}{before}" if before else beyond(stem)),
    )
    rows = connection.execute(chosen.order_by(_DUTY.c.key.desc()).limit(most)).all()
    return records(connection, deployment, rows)


def _newest(deployment: str, stem: ColumnElement[str], upper: ColumnElement[str]) -> ScalarSelect[str]:
    """The last key of a stem before a text."""
    older = _DUTY.alias("older")
    chosen = select(older.c.key).where(older.c.deployment == deployment, older.c.key >= stem, older.c.key < upper)
    return chosen.order_by(older.c.key.desc()).limit(1).scalar_subquery()


def _stem(pair: Pair) -> str:
    task, team = pair
    return f"{task}/{team}@"
