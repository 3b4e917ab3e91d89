"""Rows of the write log as lists are paged through: from a place on, each page one walk along an index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.engine import Connection

from watchkeeper.model.run import Outcome, WriteLogEntry
from watchkeeper.state import tables
from watchkeeper.state.codec import instant
from watchkeeper.state.database import batches
from watchkeeper.state.tally import OUTCOME
from watchkeeper.state.write_log import INTENDED, entry_of

_LOG = tables.write_log
FIRST_LOOK: Final = 200
LOOKED_AT: Final = 20_000
"""Rows that one page of a filtered list looks at: a filter that few rows pass must not walk the whole log."""
EXCEPTIONS: Final = tuple(each.value for each in Outcome if each is not Outcome.DONE)
"""Ends of writes that have an index of their own, because they are few among many."""
_IS_EXCEPTION: Final = text("write_log.outcome NOT IN ('', 'done')")
"""The condition of that index, word for word: SQLite uses a partial index for nothing else."""


class _Seen(NamedTuple):
    """As much of a row as tells whether it is wanted."""

    sequence: int
    at: str
    kind: str
    side: str
    operation: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which ends of writes a list is of; what is empty chooses nothing. `since`: of rows from then on."""

    side: str = ""
    operation: str = ""
    outcome: str = ""
    run_id: str = ""
    key: str = ""
    since: datetime | None = None

    def has(self, row: _Seen) -> bool:
        """Whether a row of the log is such an end, as far as its system, its operation and its outcome tell."""
        told = ((self.side, row.side), (self.operation, row.operation), (self.outcome, row.outcome))
        return row.kind == OUTCOME and all(wanted in ("", found) for wanted, found in told)

    def is_over(self, at: datetime) -> bool:
        return self.since is not None and at < self.since


@dataclass(frozen=True, slots=True)
class Found:
    """Rows, newest first. `goes_on`: the sequence before which there may be more, None where there is none; `until`: as far back as was
    looked, where that was not as far as the list goes."""

    rows: tuple[WriteLogEntry, ...]
    goes_on: int | None = None
    until: datetime | None = None


def of_run(connection: Connection, deployment: str, run_id: str, after: int, limit: int) -> list[WriteLogEntry]:
    """What a run intended to write, in that order, from a place on."""
    chosen = select(_LOG).where(_LOG.c.deployment == deployment, _LOG.c.run_id == run_id, _LOG.c.sequence > after)
    of_it = chosen.where(_LOG.c.kind == INTENDED).order_by(_LOG.c.sequence).limit(limit)
    return [entry_of(row) for row in connection.execute(of_it).mappings()]


def rows_of(
    connection: Connection, deployment: str, run_id: str, actions: Iterable[str], kind: str
) -> list[WriteLogEntry]:
    """How some writes of a run began or ended, in that order."""
    chosen = select(_LOG).where(_LOG.c.deployment == deployment, _LOG.c.run_id == run_id, _LOG.c.kind == kind)
    found = [
        entry_of(row)
        for batch in batches(dict.fromkeys(actions))
        for row in connection.execute(chosen.where(_LOG.c.action_id.in_(batch))).mappings()
    ]
    return sorted(found, key=lambda row: row.sequence)


def exceptions_of_run(connection: Connection, deployment: str, run_id: str, limit: int) -> list[WriteLogEntry]:
    """The first ends of a run's writes that are none as they should be."""
    first, last = (_edge(connection, deployment, run_id, newest=newest) for newest in (False, True))
    if first is None or last is None:
        return []
    chosen = select(_LOG).where(_LOG.c.deployment == deployment, _IS_EXCEPTION, _LOG.c.run_id == run_id)
    between = chosen.where(_LOG.c.sequence >= first, _LOG.c.sequence <= last)
    rows: list[WriteLogEntry] = []
    for outcome in EXCEPTIONS:
        if outcome != Outcome.ADOPTED.value:
            of_it = between.where(_LOG.c.outcome == outcome).order_by(_LOG.c.sequence).limit(limit)
            rows += (entry_of(row) for row in connection.execute(of_it).mappings())
    return sorted(rows, key=lambda row: row.sequence)[:limit]


def _edge(connection: Connection, deployment: str, run_id: str, *, newest: bool) -> int | None:
    """The first or the last row of a run."""
    order = _LOG.c.sequence.desc() if newest else _LOG.c.sequence
    chosen = select(_LOG.c.sequence).where(_LOG.c.deployment == deployment, _LOG.c.run_id == run_id)
    return connection.execute(chosen.order_by(order).limit(1)).scalar()


def of_key(connection: Connection, deployment: str, key: str, before: int | None, limit: int) -> list[WriteLogEntry]:
    """What was meant to be written to a key's records, newest first, from a place on."""
    chosen = select(_LOG).where(_LOG.c.deployment == deployment, _LOG.c.key == key, _LOG.c.kind == INTENDED)
    if before is not None:
        chosen = chosen.where(_LOG.c.sequence < before)
    newest = chosen.order_by(_LOG.c.sequence.desc()).limit(limit)
    return [entry_of(row) for row in connection.execute(newest).mappings()]


def ends_of(connection: Connection, deployment: str, begun: Iterable[WriteLogEntry]) -> list[WriteLogEntry]:
    """What became of writes of any runs."""
    chosen = select(_LOG).where(_LOG.c.deployment == deployment, _LOG.c.kind == OUTCOME)
    found: list[WriteLogEntry] = []
    for batch in batches(dict.fromkeys((row.run_id, row.action_id) for row in begun), 100):
        # For pairs of values SQLite walks the whole log; for values of each column it looks them up.
        runs, actions = ({name[place] for name in batch} for place in (0, 1))
        rows = connection.execute(chosen.where(_LOG.c.run_id.in_(runs), _LOG.c.action_id.in_(actions))).mappings()
        found += (entry_of(row) for row in rows if (row["run_id"], row["action_id"]) in batch)
    return found


def ended(connection: Connection, deployment: str, wanted: Wanted, before: int | None, limit: int) -> Found:
    """How writes ended, newest first, from a place on."""
    chosen = select(_LOG.c.sequence).where(_LOG.c.deployment == deployment)
    if before is not None:
        chosen = chosen.where(_LOG.c.sequence < before)
    if not (wanted.key or wanted.run_id or wanted.outcome in EXCEPTIONS):
        return _looking(connection, deployment, wanted, before, limit)
    if wanted.outcome in EXCEPTIONS:
        chosen = chosen.where(_IS_EXCEPTION)
    narrow = chosen.where(*_of(wanted)).order_by(_LOG.c.sequence.desc()).limit(limit + 1)
    return _page(connection, deployment, list(connection.execute(narrow).scalars()), wanted, limit)


def _looking(connection: Connection, deployment: str, wanted: Wanted, before: int | None, limit: int) -> Found:
    """Along the log, portion by portion, as far back as one page may look."""
    found: list[int] = []
    looked, portion = 0, max(FIRST_LOOK, 3 * limit)
    while True:
        rows = _portion(connection, deployment, before, min(portion, LOOKED_AT - looked))
        found += (row.sequence for row in rows if wanted.has(row))
        looked, portion = looked + len(rows), 2 * portion
        over = not rows or wanted.is_over(instant(rows[-1].at)) or _is_last(connection, deployment, rows[-1].sequence)
        if len(found) > limit or over or looked >= LOOKED_AT:
            break
        before = rows[-1].sequence
    page = _page(connection, deployment, found, wanted, limit)
    if over or len(found) > limit:
        return page
    return replace(page, goes_on=rows[-1].sequence, until=instant(rows[-1].at))


def _portion(connection: Connection, deployment: str, before: int | None, limit: int) -> list[_Seen]:
    chosen = select(*(_LOG.c[name] for name in _Seen._fields)).where(_LOG.c.deployment == deployment)
    if before is not None:
        chosen = chosen.where(_LOG.c.sequence < before)
    return [_Seen(*row) for row in connection.execute(chosen.order_by(_LOG.c.sequence.desc()).limit(limit))]


def _is_last(connection: Connection, deployment: str, sequence: int) -> bool:
    earlier = select(_LOG.c.sequence).where(_LOG.c.deployment == deployment, _LOG.c.sequence < sequence)
    return connection.execute(earlier.order_by(_LOG.c.sequence.desc()).limit(1)).first() is None


def _of(wanted: Wanted) -> list[ColumnElement[bool]]:
    named = {"side": wanted.side, "operation": wanted.operation, "outcome": wanted.outcome}
    named |= {"run_id": wanted.run_id, "key": wanted.key}
    return [_LOG.c.kind == OUTCOME, *(_LOG.c[name] == value for name, value in named.items() if value)]


def _page(connection: Connection, deployment: str, sequences: Sequence[int], wanted: Wanted, limit: int) -> Found:
    """The rows of so many sequences as are shown, as far as the list goes."""
    chosen = select(_LOG).where(_LOG.c.deployment == deployment)
    found = {
        row["sequence"]: entry_of(row)
        for batch in batches(sequences[:limit])
        for row in connection.execute(chosen.where(_LOG.c.sequence.in_(batch))).mappings()
    }
    rows = tuple(takewhile(lambda row: not wanted.is_over(row.at), (found[each] for each in sequences[:limit])))
    return Found(rows, rows[-1].sequence if len(rows) == limit < len(sequences) else None)
