"""Runs as lists are paged through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.engine import Connection

from watchkeeper.state import tables
from watchkeeper.state.database import batches
from watchkeeper.state.runs import run_of

_RUN = tables.run
Ended: TypeAlias = Callable[[int | None], bool]
"""Whether a run that ended with an exit code (None: that never ended) is wanted."""
LOOKED_AT: Final = 5_000
"""Runs that one page of a filtered list looks at."""


@dataclass(frozen=True, slots=True)
class RunsFound:
    """Runs as StateStore.runs tells them, newest first. `goes_on`: the run after which there may be more, "" where there is none."""

    runs: tuple[Mapping[str, object], ...]
    goes_on: str = ""


def run(connection: Connection, deployment: str, run_id: str) -> Mapping[str, object] | None:
    chosen = select(_RUN).where(_RUN.c.deployment == deployment, _RUN.c.run_id == run_id)
    row = connection.execute(chosen).mappings().one_or_none()
    return None if row is None else run_of(row)


def known(connection: Connection, deployment: str, run_ids: Iterable[str]) -> frozenset[str]:
    """Those of some runs that are remembered: audits, collections and runs that were let go of are not."""
    chosen = select(_RUN.c.run_id).where(_RUN.c.deployment == deployment, _RUN.c.run_id.in_(list(run_ids)))
    return frozenset(connection.execute(chosen).scalars())


def ran(
    connection: Connection,
    deployment: str,
    command: str,
    ended: Ended,
    after: str,
    limit: int,
) -> RunsFound:
    """Runs of a command ("": of any) that ended so, from a run on. Each page looks back a bounded way: a filter that few runs pass must not walk all of them."""
    passed: list[str] = []
    looked, portion = 0, limit + 1
    while True:
        seen = _portion(connection, deployment, after, min(portion, LOOKED_AT - looked))
        passed += (name for name, of, code in seen if (not command or of == command) and ended(code))
        looked, portion = looked + len(seen), 2 * portion
        if len(passed) > limit or looked >= LOOKED_AT or not seen:
            break
        after = seen[-1][0]
    rows = _runs(connection, deployment, passed[:limit])
    if len(passed) > limit:
        return RunsFound(rows, passed[limit - 1])
    return RunsFound(rows, seen[-1][0] if seen else "")


def _portion(connection: Connection, deployment: str, after: str, limit: int) -> Sequence[tuple[str, str, int | None]]:
    columns = (_RUN.c.run_id, _RUN.c.command, _RUN.c.exit_code)
    chosen = select(*columns).where(_RUN.c.deployment == deployment, *_before(connection, deployment, after))
    rows = connection.execute(chosen.order_by(_RUN.c.started_at.desc(), _RUN.c.run_id.desc()).limit(limit))
    return [(run_id, command, code) for run_id, command, code in rows]


def _before(connection: Connection, deployment: str, after: str) -> list[ColumnElement[bool]]:
    """What comes after a run in the list: nothing to say where there is no such run."""
    of_it = select(_RUN.c.started_at).where(_RUN.c.deployment == deployment, _RUN.c.run_id == after)
    at = connection.execute(of_it).scalar() if after else None
    if at is None:
        return []
    earlier = or_(_RUN.c.started_at < at, and_(_RUN.c.started_at == at, _RUN.c.run_id < after))
    return [_RUN.c.started_at <= at, earlier]


def _runs(connection: Connection, deployment: str, names: Sequence[str]) -> tuple[Mapping[str, object], ...]:
    chosen = select(_RUN).where(_RUN.c.deployment == deployment)
    found = {
        row["run_id"]: run_of(row)
        for batch in batches(names)
        for row in connection.execute(chosen.where(_RUN.c.run_id.in_(batch))).mappings()
    }
    return tuple(found[name] for name in names)
