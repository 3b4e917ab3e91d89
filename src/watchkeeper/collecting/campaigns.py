"""The monthly renewal of campaigns against phishing and data loss: how last month's incidents were closed, and who was hit again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from watchkeeper.collecting.desk import Brought, Desk
from watchkeeper.evidence.campaigns import campaigns
from watchkeeper.report.briefings.campaigns import campaigns_document

MONTHS: Final = 6
"""How many whole months are compared: a workspace keeps its incidents for 90 days at least, and for longer where it is paid for."""


def collect_campaigns(desk: Desk) -> Brought:
    """About the month that is over."""
    first = desk.today.replace(day=1)
    known_from = first
    for _ in range(MONTHS):
        known_from = (known_from - timedelta(days=1)).replace(day=1)
    since = datetime(known_from.year, known_from.month, 1, tzinfo=UTC)
    closed = desk.ask(
        "sentinel/closed-incidents", desk.sources.workspace, lambda source: source.closed_incidents(since, desk.now)
    )
    if closed is None:
        return Brought()
    month = first - timedelta(days=1)
    found = campaigns(closed, month=month, known_from=known_from, now=desk.now)
    return Brought(partial(campaigns_document, found), finding=found)
