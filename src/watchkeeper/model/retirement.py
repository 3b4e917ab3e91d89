"""What stays behind when a deployment is taken out of use. Nothing of it is ever deleted by us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from watchkeeper.model.halt import Halt
from watchkeeper.model.record import RecordRef, Side


@dataclass(frozen=True, slots=True)
class LeftRecord:
    """One side of a pair as its memory has it: whether it was open when both sides last agreed."""

    ref: RecordRef
    number: str
    url: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class LeftPair:
    """A pair of which at least one record is open: from now on nobody keeps the two in step."""

    key: str
    profile: str
    records: Mapping[Side, LeftRecord]


class LeftOutcome(StrEnum):
    UNKNOWN = "unknown"
    """Begun, and nobody knows whether it was made."""
    NOT_MADE = "not-made"
    """Begun and never made; it will not be."""


@dataclass(frozen=True, slots=True)
class LeftWrite:
    """A write that some run began and never finished."""

    key: str
    ref: RecordRef
    operation: str
    outcome: LeftOutcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class Retirement:
    """Everything that somebody has to know who takes a deployment out of use. `linked`: pairs that carry our marks, open or
    not. `labels`: those that we put on records of each side. `accounts`: ours on each side, where known. `roles` and `azure_role`:
    what was granted for us. `halt`: the order, once it is given. `before`: one that stood until then."""

    deployment: str
    store: str
    as_of: datetime | None
    linked: int
    pairs: tuple[LeftPair, ...] = ()
    writes: tuple[LeftWrite, ...] = ()
    labels: tuple[str, ...] = ()
    accounts: Mapping[Side, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    azure_role: str = ""
    halt: Halt | None = None
    before: Halt | None = None
