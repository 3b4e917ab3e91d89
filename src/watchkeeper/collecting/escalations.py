"""The daily update of escalations: what the audits have found, from the state store alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from watchkeeper.catalog.calendars import is_working_day
from watchkeeper.catalog.model import Team
from watchkeeper.collecting.desk import Brought, Desk
from watchkeeper.evidence.escalation_day import escalation_day
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.gathering import Found, Piece
from watchkeeper.report.briefings.escalation import escalation_document

TASK: Final = "escalation-tickets"
SUBJECT: Final = "watchkeeper/audits"
REMEDY: Final = "run `watchkeeper audit` daily"
WEEKEND: Final = timedelta(days=3)
LOOKED_BACK: Final = timedelta(days=7)


def collect_escalations(desk: Desk) -> Brought:
    """The latest day that is judged. The ticket is not told: a sync writes the audit's own results there."""
    first = (desk.today - LOOKED_BACK).isoformat()
    last = (desk.today + timedelta(days=1)).isoformat()  # where the day has begun already
    sheets = desk.memory.day_sheets(first, last)
    known = desk.catalog.tasks.get(TASK)
    teams = known.teams if known else ()
    desk.pieces.append(_piece(desk, teams, sheets))
    if not sheets:
        return Brought()
    day = _told_day(desk, teams, sheets)
    found = escalation_day(sheets, day, _working(desk, teams, day), desk.now)
    return Brought(partial(escalation_document, found), on_ticket=False, finding=found)


def _piece(desk: Desk, teams: Collection[str], sheets: Sequence[DaySheet]) -> Piece:
    """Whether the last working day of every team was judged, or one after it."""
    if not sheets:
        return Piece(SUBJECT, Found.MISSING, why=f"no audit in the last {LOOKED_BACK.days} days: {REMEDY}")
    judged: dict[str, date] = {}
    for sheet in sorted(sheets, key=lambda each: each.day):
        judged[sheet.team] = sheet.day
    owed = {team: _last_worked(desk.catalog.teams[team], desk.now) for team in teams}
    lacking = [team for team, day in owed.items() if day is not None and judged.get(team, date.min) < day]
    if lacking:
        day, team = max((owed[team] or date.min, team) for team in lacking)
        return Piece(SUBJECT, Found.MISSING, why=f"no audit of {day} for {team}: {REMEDY}")
    return Piece(SUBJECT, Found.COLLECTED, desk.now)


def _told_day(desk: Desk, teams: Collection[str], sheets: Sequence[DaySheet]) -> date:
    """The latest day on which every team that works on it was judged: in the east the next one has begun while the west is not there yet.
    Where no day since the last weekend is so, the latest of all."""
    judged: dict[date, set[str]] = {}
    for sheet in sheets:
        judged.setdefault(sheet.day, set()).add(sheet.team)
    newest = max(judged)
    whole = (
        day
        for day in sorted(judged, reverse=True)
        if newest - day <= WEEKEND and judged[day] >= {*_working(desk, teams, day)} != set()
    )
    return next(whole, newest)


def _working(desk: Desk, teams: Collection[str], day: date) -> list[str]:
    return [team for team in teams if is_working_day(desk.catalog.teams[team].calendar, day)]


def _last_worked(team: Team, now: datetime) -> date | None:
    """The latest day that the team worked and that is over where it is; None where that is longer ago than is looked back."""
    today = now.astimezone(team.zone).date()
    days = (today - timedelta(days=ago) for ago in range(1, LOOKED_BACK.days))
    return next((day for day in days if is_working_day(team.calendar, day)), None)
