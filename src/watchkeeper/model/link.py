"""The memory of a pair: what each side held when both last agreed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from watchkeeper.model.record import NO_FIELDS, RawFields, RecordRef, Revision


class LinkState(StrEnum):
    LIVE = "live"
    MISSING = "missing"
    """Not found once by id; a second confirmed answer in another run makes it GONE."""
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Link:
    """One side of a pair.

    `base`: raw mapped fields when both sides last agreed, field by field. `asked`: raw fields that we last asked this side
    to hold (a side may normalise them). `fingerprint`: 16 bytes (hex) over all mapped raw fields as last processed, so
    that a sweep can skip what did not change. `comments`: number of comments when last read, where the side counts them.
    `reason` tells why a state is not LIVE, or why a field is parked. `closed`: `base` is known to show a closed status; False
    also where nobody has looked, so that it only ever spares a look at what is certain.
    """

    key: str
    profile: str
    ref: RecordRef
    number: str
    url: str
    revision: Revision
    fingerprint: str
    confirmed_at: datetime
    base: RawFields = field(default_factory=lambda: NO_FIELDS)
    asked: RawFields = field(default_factory=lambda: NO_FIELDS)
    comments: int | None = None
    state: LinkState = LinkState.LIVE
    reason: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One comment that needs no further thought: mirrored (with the mirror's id), ours, or not carried for a reason."""

    key: str
    origin: RecordRef
    comment_id: str
    outcome: str
    mirror_id: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dirty:
    """A key that the next run must look at although no feed says so."""

    key: str
    profile: str
    reason: str
    since: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """Both sides changed one field to different meanings: which value won and which one was set aside, and where the
    loser can be read."""

    key: str
    field: str
    winner: str
    winning: str
    losing: str
    resolver: str
    run_id: str
    at: datetime
