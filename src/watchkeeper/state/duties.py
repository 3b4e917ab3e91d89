"""What became of every duty that fell due within some time: a question for reports, which no run asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import and_, exists, not_, or_, select
from sqlalchemy.engine import Connection, Row, RowMapping
from sqlalchemy.sql.elements import ColumnElement

from watchkeeper.model.duty_record import DutyRecord, DutyTicket
from watchkeeper.model.link import LinkState
from watchkeeper.model.occurrence import Decided, Decision
from watchkeeper.model.plan import Operation
from watchkeeper.model.record import SERVICENOW, RecordRef
from watchkeeper.model.run import Outcome
from watchkeeper.state import tables
from watchkeeper.state.codec import instant, instant_text
from watchkeeper.state.database import among
from watchkeeper.state.follow_up import decided_of
from watchkeeper.state.tally import OUTCOME
from watchkeeper.state.write_log import INTENDED

_DUTY, _LINK, _LOG = tables.occurrence, tables.link, tables.write_log


def due_between(
    connection: Connection, deployment: str, since: datetime, until: datetime, besides: str = ""
) -> Sequence[DutyRecord]:
    """The decided duties that fall due in [since, until), by due instant and key, with their tickets, ServiceNow's first; not those of
    teams whose name begins with `besides`. Raises StateUnusable when a decision does not match its digest."""
    chosen = select(_DUTY).where(*_due(deployment, since, until, besides)).order_by(_DUTY.c.due, _DUTY.c.key)
    return records(connection, deployment, connection.execute(chosen).all())


def unsettled_between(
    connection: Connection, deployment: str, since: datetime, until: datetime, recent: datetime, besides: str = ""
) -> Sequence[DutyRecord]:
    """Of these, in the same order, those whose ticket is open, and of what fell due from the instant `recent` on those as well that have
    no ticket although they should have one, or should have had."""
    live = and_(_LINK.c.deployment == _DUTY.c.deployment, _LINK.c.key == _DUTY.c.key, _LINK.c.state != _GONE)
    created, missed = (_DUTY.c.decision == each.value for each in (Decision.CREATE, Decision.MISSED))
    without = and_(_DUTY.c.due >= instant_text(recent), or_(missed, and_(created, not_(exists().where(live)))))
    standing = or_(and_(created, exists().where(live, _LINK.c.closed.is_(False))), without)
    chosen = select(_DUTY).where(*_due(deployment, since, until, besides), standing)
    rows = connection.execute(chosen.order_by(_DUTY.c.due, _DUTY.c.key)).all()
    return records(connection, deployment, rows)


_GONE = LinkState.GONE.value


def _due(deployment: str, since: datetime, until: datetime, besides: str) -> tuple[ColumnElement[bool], ...]:
    within = (
        _DUTY.c.deployment == deployment,
        _DUTY.c.due >= instant_text(since),
        _DUTY.c.due < instant_text(until),
    )
    return (*within, not_(_DUTY.c.team.startswith(besides, autoescape=True))) if besides else within


def records(connection: Connection, deployment: str, rows: Iterable[Row[Any]]) -> list[DutyRecord]:
    """Decisions as whole rows of their table, with what became of them, in the same order."""
    decided = {each.occurrence.key: each for each in (_decided(tuple(row)) for row in rows)}
    tickets = _tickets(connection, deployment, decided)
    closes = _closes(connection, deployment, tickets)
    return [DutyRecord(each, tickets.get(key, ()), *closes.get(key, (None, ""))) for key, each in decided.items()]


@lru_cache(maxsize=8192)
def _decided(row: tuple[Any, ...]) -> Decided:
    """A decision is made once: a report over a year meets the same ones again."""
    return decided_of(cast("RowMapping", dict(zip(_DUTY.c.keys(), row, strict=True))))


def _tickets(connection: Connection, deployment: str, of: Iterable[str]) -> Mapping[str, tuple[DutyTicket, ...]]:
    names = ("key", "side", "table_name", "record_id", "number", "url", "state", "closed", "confirmed_at")
    chosen = select(*(_LINK.c[name] for name in names)).where(_LINK.c.deployment == deployment)
    found: dict[str, list[DutyTicket]] = {}
    for its in among(connection, _LINK.c.key, of):
        for key, *ticket in connection.execute(chosen.where(its)).all():
            found.setdefault(key, []).append(_ticket(*ticket))
    return {
        key: tuple(sorted(its, key=lambda each: (each.side != SERVICENOW, each.side))) for key, its in found.items()
    }


@lru_cache(maxsize=8192)
def _ticket(side: str, table: str, record: str, number: str, url: str, state: str, closed: bool, at: str) -> DutyTicket:
    """Most of a year's tickets are closed, and stay as they are."""
    return DutyTicket(RecordRef(side, table, record), number, url, LinkState(state), closed, instant(at))


def _closes(connection: Connection, deployment: str, of: Iterable[str]) -> Mapping[str, tuple[datetime, str]]:
    """When each was last closed by us, on whichever side, and why."""
    planned = _LOG.alias("planned")
    same = and_(
        planned.c.deployment == _LOG.c.deployment,
        planned.c.run_id == _LOG.c.run_id,
        planned.c.action_id == _LOG.c.action_id,
        planned.c.kind == INTENDED,
    )
    chosen = (
        select(_LOG.c.at, _LOG.c.sequence, _LOG.c.key, planned.c.reason)
        .join(planned, same)
        .where(
            _LOG.c.deployment == deployment,
            _LOG.c.kind == OUTCOME,
            _LOG.c.operation == Operation.CLOSE.value,
            _LOG.c.outcome.in_([Outcome.DONE.value, Outcome.ADOPTED.value]),
        )
    )
    # Sorted here: asked for an order of time, SQLite would rather walk the whole log in it than look up some keys.
    rows = sorted(
        tuple(row) for its in among(connection, _LOG.c.key, of) for row in connection.execute(chosen.where(its)).all()
    )
    return {key: (instant(at), reason) for at, _, key, reason in rows}
