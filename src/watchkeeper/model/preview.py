"""What the mappings would do to single pairs: both sides before and after, and which rule stands behind each value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from watchkeeper.model.plan import Operation
from watchkeeper.model.record import RawValue, Side


class Standing(StrEnum):
    """What becomes of one field."""

    WRITTEN = "written"
    """A side is written."""
    AGREES = "agrees"
    """Both sides mean the same."""
    SAME_CLASS = "same-class"
    """Both sides differ in something that one of them cannot tell apart."""
    STANDS = "stands"
    """Both sides differ, and nothing says that one of them is to follow now."""
    CREATE_ONCE = "create-once"
    """Set on creation, then left to people."""
    ONE_SIDED = "one-sided"
    """Only one side carries the field, or has a record."""
    UNMAPPED = "unmapped"
    """A side holds a value that the mapping does not know."""
    PARKED = "parked"
    """Left alone until a person decides."""


class Unconcern(StrEnum):
    """Why an escalation is not mirrored although its profile takes it."""

    CLOSED = "closed"
    """It is closed already, or its status is unknown, and has no counterpart."""
    EARLY = "early"
    """It is from before the deployment's first day."""


@dataclass(frozen=True, slots=True)
class ShownRaw:
    """One raw field of one side. `after` is what would be written, where `is_written`; labels are the instance's own words for a
    choice or a group, in each of its languages."""

    name: str
    before: RawValue
    after: RawValue = None
    is_written: bool = False
    before_labels: tuple[str, ...] = ()
    after_labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownSide:
    """What one side holds of a field. `meaning`: in our vocabulary, now. `read_by`, `written_by`: the `file:line:col` of the table
    rows that decided, where a table did."""

    side: Side
    raw: tuple[ShownRaw, ...]
    meaning: RawValue = None
    read_by: str = ""
    written_by: str = ""


@dataclass(frozen=True, slots=True)
class PreviewedField:
    """One field of a pair. `rule`: the `file:line:col` behind it. `reason`: why it is written, or left alone."""

    name: str
    owner: str
    rule: str
    standing: Standing
    sides: tuple[ShownSide, ...]
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class PreviewedWrite:
    """One call that a sync would make. `text`: of a comment."""

    side: Side
    operation: Operation
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class PreviewedRecord:
    """Where one side's record is; `sighting` says whether it is there."""

    side: Side
    table: str
    number: str
    url: str
    sighting: str


@dataclass(frozen=True, slots=True)
class PreviewedPair:
    """One key. `besides`: raw fields that are written without a field rule (what a close carries, constants, marks). `notes`: what is
    to be said of the whole key, as (reason, remedy)."""

    key: str
    profile: str
    place: str
    records: tuple[PreviewedRecord, ...] = ()
    fields: tuple[PreviewedField, ...] = ()
    besides: tuple[PreviewedField, ...] = ()
    writes: tuple[PreviewedWrite, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    unconcern: Unconcern | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """`strangers`: records that no profile takes. `unfound`: names under which nothing was found. `others`: keys that were asked
    for and are of another profile than was asked for, with that. `notes`: what is to be said of the mappings or the systems as a
    whole."""

    pairs: tuple[PreviewedPair, ...] = ()
    strangers: tuple[PreviewedRecord, ...] = ()
    unfound: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)
