"""The monthly renewal of campaigns against phishing and data loss: how last month's incidents were closed, and who was hit again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import partial
from typing import Final

from watchkeeper.collecting.desk import Brought, Desk
from watchkeeper.evidence.campaigns import campaigns, known_since
from watchkeeper.report.briefings.campaigns import campaigns_document

MONTHS: Final = 6
"""How many whole months are compared at most: a workspace keeps its incidents for 90 days (azure-docs, Sentinel's billing), or for as
long as is paid for."""


def collect_campaigns(desk: Desk) -> Brought:
    """About the month that is over where the deployment is at home. One month more than is compared is asked for: what the workspace
    still has of that one tells that the next is whole."""
    zone = desk.catalog.deployment.zone
    first = desk.now.astimezone(zone).date().replace(day=1)
    since = _midnight(_months_before(first, MONTHS + 1), zone)
    closed = desk.ask(
        "sentinel/closed-incidents", desk.sources.workspace, lambda source: source.closed_incidents(since, desk.now)
    )
    if closed is None:
        return Brought()
    known_from = max(_months_before(first, MONTHS), known_since(closed, first, zone))
    found = campaigns(closed, month=_months_before(first, 1), known_from=known_from, now=desk.now, zone=zone)
    return Brought(partial(campaigns_document, found), finding=found)


def _months_before(first: date, months: int) -> date:
    """The first day of the month that is so many months before that of a first day."""
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
