"""How many writes ended how on each day (UTC), by system and operation: the write log's outcomes, counted.

Counted in whole portions, in the transaction that appends a portion's last row, so that a write costs no statement more; what
came after the last whole portion is looked up in the log. Whatever takes rows from the log takes them from the counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.engine import Connection

from watchkeeper.state import tables
from watchkeeper.state.database import add_up

OUTCOME: Final = "outcome"
"""The kind of rows of the write log that say how a write ended."""
PORTION: Final = 500
"""Rows of the log that are counted together: fewer than so many are looked up whenever somebody asks. Another number needs a
migration that counts anew."""
_LOG, _TALLY = tables.write_log, tables.tally
_BY: Final = ("side", "operation", "outcome")
Ends: TypeAlias = Mapping[tuple[str, str, str], int]
"""How many writes, by system, operation and outcome."""


def count_portion(connection: Connection, deployment: str, last: int) -> None:
    """Count the portion that ends with a row of the log."""
    of_it = and_(_LOG.c.deployment == deployment, _LOG.c.sequence > last - PORTION, _LOG.c.sequence <= last)
    for row in connection.execute(_counted(of_it)).mappings().all():
        add_up(connection, _TALLY, dict(row), "writes")


def since(connection: Connection, deployment: str, at: datetime) -> Ends:
    """The writes of that instant's day and of every later one, in order."""
    day = at.astimezone(UTC).date().isoformat()
    whole = select(_TALLY).where(_TALLY.c.deployment == deployment, _TALLY.c.day >= day)
    beyond = and_(_LOG.c.deployment == deployment, _LOG.c.sequence > _covered(connection, deployment))
    found: Counter[tuple[str, str, str]] = Counter()
    for chosen in (whole, _counted(beyond)):
        for row in connection.execute(chosen).mappings():
            if row["day"] >= day:
                found[row["side"], row["operation"], row["outcome"]] += row["writes"]
    return dict(sorted(found.items()))


def forget(connection: Connection, deployment: str, last: int) -> None:
    """Take from the counts what the log is about to lose: its rows up to a sequence."""
    counted = min(last, _covered(connection, deployment))
    going = and_(_LOG.c.deployment == deployment, _LOG.c.sequence <= counted)
    for row in connection.execute(_counted(going)).mappings().all():
        add_up(connection, _TALLY, {**row, "writes": -row["writes"]}, "writes")
    connection.execute(_TALLY.delete().where(_TALLY.c.deployment == deployment, _TALLY.c.writes <= 0))


def recount(connection: Connection) -> None:
    """Count every deployment's log anew."""
    connection.execute(_TALLY.delete())
    for counted in _whole_logs(connection):
        connection.execute(_TALLY.insert().from_select([each.name for each in counted.selected_columns], counted))


def miscounted(connection: Connection) -> int:
    """How many of the counts are not what the logs say."""
    said = {key: writes for counted in _whole_logs(connection) for key, writes in _by_key(connection, counted)}
    kept = dict(_by_key(connection, select(_TALLY)))
    return sum(said.get(key) != kept.get(key) for key in said.keys() | kept.keys())


def _by_key(connection: Connection, chosen: Select[Any]) -> Iterator[tuple[tuple[str, ...], int]]:
    for row in connection.execute(chosen).mappings():
        yield tuple(row[column.name] for column in _TALLY.primary_key), row["writes"]


def _whole_logs(connection: Connection) -> Iterator[Select[Any]]:
    """The counts of each deployment's log, as far as it is counted."""
    for deployment in connection.execute(select(_LOG.c.deployment).distinct()).scalars().all():
        last = _covered(connection, deployment)
        yield _counted(and_(_LOG.c.deployment == deployment, _LOG.c.sequence <= last))


def _covered(connection: Connection, deployment: str) -> int:
    """The last row of the log that is counted."""
    last = select(func.max(_LOG.c.sequence)).where(_LOG.c.deployment == deployment)
    return (connection.execute(last).scalar() or 0) // PORTION * PORTION


def _counted(these: ColumnElement[bool]) -> Select[Any]:
    """The outcomes among some rows of the log, as rows of the tally."""
    day = func.substr(_LOG.c.at, 1, len("2026-11-23")).label("day")
    by = (_LOG.c.deployment, day, *(_LOG.c[name] for name in _BY))
    return select(*by, func.count().label("writes")).where(_LOG.c.kind == OUTCOME, these).group_by(*by)
