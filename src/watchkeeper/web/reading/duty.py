"""A duty as the store keeps it, or as the catalogue plans it, made into what pages show."""

from __future__ import annotations

from datetime import datetime

from watchkeeper.model.duty_record import DutyEnd, DutyRecord
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.report.board.nouns import PLANNED, Duty
from watchkeeper.report.board.tasks import Turn
from watchkeeper.sync.owner_duty import OWNER
from watchkeeper.web.reading.plan import Plan

OWNERS = OWNER
"""How teams are named that are no teams but owners of devices: what they owe is not on a page about the SOC's duties."""
WAITS = frozenset({DutyEnd.OPEN, DutyEnd.OVERDUE, DutyEnd.NOT_OPENED})


def duty_of(record: DutyRecord, end: DutyEnd, plan: Plan) -> Duty:
    occurrence, ticket = record.decided.occurrence, record.ticket
    return Duty(
        team=occurrence.team,
        task=occurrence.task,
        key=occurrence.key,
        due=occurrence.due,
        zone=occurrence.zone,
        standing=end.value,
        number=ticket.number if ticket else "",
        url=ticket.url if ticket else "",
        task_name=plan.task_name(occurrence.task),
        team_name=plan.team_name(occurrence.team),
    )


def planned_duty(occurrence: Occurrence, plan: Plan) -> Duty:
    return Duty(
        team=occurrence.team,
        task=occurrence.task,
        key=occurrence.key,
        due=occurrence.due,
        zone=occurrence.zone,
        standing=PLANNED,
        task_name=plan.task_name(occurrence.task),
        team_name=plan.team_name(occurrence.team),
        served_by=plan.server(occurrence),
    )


def turn_of(record: DutyRecord, now: datetime) -> Turn:
    occurrence, ticket = record.decided.occurrence, record.ticket
    return Turn(
        key=occurrence.key,
        period=occurrence.period,
        due=occurrence.due,
        zone=occurrence.zone,
        standing=record.end(now).value,
        number=ticket.number if ticket else "",
        url=ticket.url if ticket else "",
        closed_at=record.closed_at,
    )


def planned_turn(occurrence: Occurrence) -> Turn:
    return Turn(occurrence.key, occurrence.period, occurrence.due, occurrence.zone, PLANNED)
