"""What became of every duty that fell due within some time: a question for reports, which no run asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Connection

from watchkeeper.model.duty_record import DutyRecord, DutyTicket
from watchkeeper.model.link import LinkState
from watchkeeper.model.plan import Operation
from watchkeeper.model.record import SERVICENOW
from watchkeeper.model.run import Outcome
from watchkeeper.state import tables
from watchkeeper.state.codec import instant, instant_text
from watchkeeper.state.follow_up import decided_of
from watchkeeper.state.tally import OUTCOME
from watchkeeper.state.write_log import INTENDED

_DUTY, _LINK, _LOG = tables.occurrence, tables.link, tables.write_log


def due_between(connection: Connection, deployment: str, since: datetime, until: datetime) -> Sequence[DutyRecord]:
    """The decided duties that fall due in [since, until), by due instant and key, with their tickets, ServiceNow's first. Raises
    StateUnusable when a decision does not match its digest."""
    due = and_(_DUTY.c.deployment == deployment, _DUTY.c.due >= instant_text(since), _DUTY.c.due < instant_text(until))
    keys = select(_DUTY.c.key).where(due)
    rows = connection.execute(select(_DUTY).where(due).order_by(_DUTY.c.due, _DUTY.c.key)).mappings().all()
    tickets, closes = _tickets(connection, deployment, keys), _closes(connection, deployment, keys)
    return [
        DutyRecord(decided_of(row), tickets.get(row["key"], ()), *closes.get(row["key"], (None, ""))) for row in rows
    ]


def _tickets(connection: Connection, deployment: str, keys: Select[tuple[str]]) -> Mapping[str, tuple[DutyTicket, ...]]:
    names = ("key", "side", "number", "url", "state", "closed", "confirmed_at")
    chosen = select(*(_LINK.c[name] for name in names)).where(_LINK.c.deployment == deployment, _LINK.c.key.in_(keys))
    found: dict[str, list[DutyTicket]] = {}
    for key, side, number, url, state, closed, confirmed_at in connection.execute(chosen):
        ticket = DutyTicket(side, number, url, LinkState(state), closed, instant(confirmed_at))
        found.setdefault(key, []).append(ticket)
    return {
        key: tuple(sorted(its, key=lambda each: (each.side != SERVICENOW, each.side))) for key, its in found.items()
    }


def _closes(connection: Connection, deployment: str, keys: Select[tuple[str]]) -> Mapping[str, tuple[datetime, str]]:
    """When each was last closed by us, on whichever side, and why."""
    planned = _LOG.alias("planned")
    same = and_(
        planned.c.deployment == _LOG.c.deployment,
        planned.c.run_id == _LOG.c.run_id,
        planned.c.action_id == _LOG.c.action_id,
        planned.c.kind == INTENDED,
    )
    chosen = (
        select(_LOG.c.key, _LOG.c.at, planned.c.reason)
        .join(planned, same)
        .where(
            _LOG.c.deployment == deployment,
            _LOG.c.key.in_(keys),
            _LOG.c.kind == OUTCOME,
            _LOG.c.operation == Operation.CLOSE.value,
            _LOG.c.outcome.in_([Outcome.DONE.value, Outcome.ADOPTED.value]),
        )
        .order_by(_LOG.c.at, _LOG.c.sequence)
    )
    return {key: (instant(at), reason) for key, at, reason in connection.execute(chosen)}
