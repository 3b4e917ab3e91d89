"""Duties that fell due day after day, with the tickets that were made for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from bench.estate import NOW
from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.occurrences import expand
from watchkeeper.catalog.recurrence import Window
from watchkeeper.model.link import Link
from watchkeeper.model.occurrence import Decided, Decision, Occurrence
from watchkeeper.model.record import SENTINEL, SERVICENOW, RecordRef, Revision, Side

_AHEAD: Final = timedelta(days=10)
_OPEN_FOR: Final = timedelta(days=2)
"""After which a duty's ticket is closed."""
_ENDS: Final = (Decision.CREATE,) * 17 + (Decision.MISSED, Decision.CARRIED, Decision.SKIPPED)


def decided(catalog: Catalog, since: datetime) -> list[Decided]:
    """What was decided on everything that fell due since then, or falls due soon."""
    found = enumerate(expand(catalog, Window(since, NOW + _AHEAD)))
    return [Decided(each, _ENDS[number % len(_ENDS)], "it is due", each.due - _AHEAD) for number, each in found]


def is_closed(duty: Decided) -> bool:
    return duty.decision is Decision.CREATE and duty.occurrence.due < NOW - _OPEN_FOR


def tickets(duty: Decided) -> Iterator[Link]:
    if duty.decision is Decision.CREATE:
        yield _ticket(duty.occurrence, SERVICENOW, "incident", closed=is_closed(duty))
        yield _ticket(duty.occurrence, SENTINEL, "incidents", closed=is_closed(duty))


def ticket_of(occurrence: Occurrence, side: Side, table: str) -> RecordRef:
    return RecordRef(side, table, blake2b(f"{side}{occurrence.key}".encode(), digest_size=16).hexdigest())


def _ticket(occurrence: Occurrence, side: Side, table: str, *, closed: bool) -> Link:
    ref = ticket_of(occurrence, side, table)
    return Link(
        key=occurrence.key,
        profile="maintenance",
        ref=ref,
        number=f"INC{int(ref.id[:6], 16):08}",
        url=f"https://bench.service-now.com/incident.do?sys_id={ref.id}",
        revision=Revision("3", 3),
        fingerprint=ref.id,
        confirmed_at=min(occurrence.due, NOW),
        base={"state": "6" if closed else "1", "short_description": f"{occurrence.task} {occurrence.period}"},
        asked={"state": "6" if closed else "1"},
        comments=0,
        closed=closed,
    )
