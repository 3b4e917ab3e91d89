"""Pairs in which no mapped field moved: at most their comments are news."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.record import Record, Side
from watchkeeper.sync.case import Case, SideView, Sighting
from watchkeeper.sync.memory import PairMemory
from watchkeeper.sync.observe import FeedResult
from watchkeeper.sync.prepared import Prepared

_STAMPS_TELL = timedelta(seconds=1)
"""How finely an answer's Date header (RFC 9110, section 5.6.7) and ServiceNow's stamps tell the time."""


def add_quiet(prepared: Prepared, quiet: Mapping[str, Mapping[Side, Record]]) -> None:
    """Cases of such pairs, and what is remembered of them."""
    now = prepared.systems.clock.now()
    for key, records in sorted(quiet.items()):
        links = prepared.links[key]
        case = Case(
            key,
            prepared.systems.profile_of(key),
            {side: _view(records.get(side), link) for side, link in links.items()},
        )
        reasons = next((link.reason for link in links.values() if link.reason), "")
        memory = PairMemory.of(case, {}, now, reasons)
        for side, record in records.items():
            if not all(_stood_still(prepared, case, record, other) for other in links if other != side):
                memory.leave_edits_unread(side)
        prepared.cases[key] = case
        prepared.memories[key] = memory
        prepared.looked_into |= {key}


def _view(record: Record | None, link: Link) -> SideView:
    if record is not None:
        return SideView(Sighting.FOUND, record, link)
    return SideView(Sighting.GONE if link.state is LinkState.GONE else Sighting.UNCHANGED, link=link)


def _stood_still(prepared: Prepared, case: Case, record: Record, other: Side) -> bool:
    """Whether nobody had changed the pair's other record when this one was last written: a listing would have shown that, if it
    was read to its end, and asked for only after such a change must be visible. Then an edit here that was given back has met
    the agreement; else it may have been somebody's answer to what was done there, and be the last word.

    A side's clock is never compared with another's: how long ago this record was written is told by its own side, from the
    answer to its listing on.
    """
    own, others = _feed(prepared, case, record.ref.side), _feed(prepared, case, other)
    if own is None or others is None or not others.complete:
        return False
    if own.server_time is None or own.ended_at is None or others.began_at is None:
        return False
    written_at = own.ended_at - (own.server_time - record.updated_at) + _STAMPS_TELL
    return written_at + prepared.systems.connectors[other].capabilities.settle <= others.began_at


def _feed(prepared: Prepared, case: Case, side: Side) -> FeedResult | None:
    table = case.profile.sides[side].table
    return next((each for each in prepared.observation.of(side) if each.feed.table == table), None)
