"""The daily update of escalations: what the audits have found, from the state store alone."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from watchkeeper.collecting.desk import Brought, Desk
from watchkeeper.evidence.escalation_day import escalation_day
from watchkeeper.model.gathering import Found, Piece
from watchkeeper.report.briefings.escalation import escalation_document

TASK: Final = "escalation-tickets"
LOOKED_BACK: Final = timedelta(days=7)


def collect_escalations(desk: Desk) -> Brought:
    """The latest day that any team was judged on. The ticket is not told: a sync writes the audit's own results there."""
    first = (desk.today - LOOKED_BACK).isoformat()
    last = (desk.today + timedelta(days=1)).isoformat()  # where the day has begun already
    sheets = desk.memory.day_sheets(first, last)
    if not sheets:
        desk.pieces.append(
            Piece("watchkeeper/audits", Found.MISSING, why="no audit in the last 7 days: run `watchkeeper audit`")
        )
        return Brought()
    desk.pieces.append(Piece("watchkeeper/audits", Found.COLLECTED, desk.now))
    known = desk.catalog.tasks.get(TASK)
    day = max(sheet.day for sheet in sheets)
    found = escalation_day(sheets, day, known.teams if known else (), desk.now)
    return Brought(partial(escalation_document, found), on_ticket=False)
