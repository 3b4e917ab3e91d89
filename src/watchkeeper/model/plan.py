"""A plan is data: what would be written where, in which order, and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from watchkeeper.model.record import NO_FIELDS, RawFields, RawValue, RecordRef, Revision, Side
from watchkeeper.model.ticket import Canonical

LATE_NUMBER = "\ue000number\ue001"
"""Stands for the number of a record that an earlier action of the same key creates (private-use characters around it)."""


class Operation(StrEnum):
    """In the order in which they are applied within one key."""

    CREATE = "create"
    LINK = "link"
    UPDATE = "update"
    COMMENT = "comment"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One canonical field of one write: before, after, in our vocabulary, and the rule that decided. `raw` names the raw fields of the
    write that carry it."""

    field: str
    before: Canonical
    after: Canonical
    rule: str
    raw: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """Where the change that a write carries over was made, and when that record was last updated, by its own side's clock."""

    side: Side
    at: datetime


@dataclass(frozen=True, slots=True)
class Action:
    """One intended write on one side.

    `body` is the exact raw content to send: the fields of a create, update or close, or {"text": …} of a comment.
    `expect` is the revision that the decision was taken on (None for a create or a comment). `marker` ties a create to its
    key. `comment_id` is the origin comment's id of a mirrored comment, and `origin` where that comment stands.
    `agreed` holds the other side's raw fields that both sides agree on once this action is confirmed. `late` names the
    raw fields of `body` that contain LATE_NUMBER: the ServiceNow number, known only once that side's create has returned.
    `was`: per side, what both had last agreed on in the fields of `changes` before this write, which undoing it goes back to;
    None until that is known. `rebase`, of an undo: what both are to have agreed on in these fields once it is confirmed, whatever
    they hold; a field that is not in it is forgotten. `carries`: a change on the other side that it carries over, None where it says
    nothing that was said there; it decides nothing.
    """

    key: str
    profile: str
    ref: RecordRef
    operation: Operation
    body: RawFields
    reason: str
    expect: Revision | None = None
    marker: str = ""
    changes: tuple[FieldChange, ...] = ()
    before: RawFields = field(default_factory=lambda: NO_FIELDS)
    origin: RecordRef | None = None
    comment_id: str = ""
    step: int = 0
    agreed: RawFields = field(default_factory=lambda: NO_FIELDS)
    late: tuple[str, ...] = ()
    was: Mapping[Side, RawFields] | None = None
    rebase: Mapping[Side, RawFields] | None = None
    carries: Carried | None = field(default=None, compare=False)

    @property
    def id(self) -> str:
        """The same intended write has the same id in every run (32 hex digits)."""
        parts = (self.key, self.ref.side, self.operation.value, self.comment_id, canonical_json(self.body))
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Parked:
    """A field, comment or key that is left alone, with the reason and what a person can do."""

    key: str
    field: str
    reason: str
    remedy: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class ConflictNote:
    """A conflict as planned: the losing value is kept in the conflict table and, where a person should know, in a work note."""

    key: str
    field: str
    winner: str
    winning: Canonical
    losing: Canonical
    resolver: str
    known_before: bool = True


@dataclass(frozen=True, slots=True)
class Settled:
    """Bookkeeping of a key that needs no remote write: both sides' bases as they now agree (side → raw fields)."""

    key: str
    bases: Mapping[str, RawFields]


@dataclass(frozen=True, slots=True)
class ValveTrip:
    """A check over the whole plan that stops the run: what was counted, the limit, and the digest that opens it once."""

    name: str
    message: str
    count: int
    limit: str
    digest: str
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Every action of a run in a fixed order, and what was decided not to be done."""

    actions: tuple[Action, ...]
    parked: tuple[Parked, ...] = ()
    conflicts: tuple[ConflictNote, ...] = ()
    lineage: str = ""
    mapping_fingerprint: str = ""
    made_at: datetime | None = None

    @property
    def digest(self) -> str:
        """SHA-256 over the actions; the same inputs give the same digest."""
        return digest_of_actions(self.actions)


def digest_of_actions(actions: Sequence[Action]) -> str:
    """A digest over the sorted (key, side, operation, field, target) of some actions (64 hex digits)."""
    rows = sorted(
        (action.key, action.ref.side, action.operation.value, name, json_value(value))
        for action in actions
        for name, value in (action.body.items() or [("", None)])
    )
    return hashlib.sha256(json.dumps(rows, ensure_ascii=True).encode()).hexdigest()


def json_value(value: RawValue | Canonical) -> str:
    """A raw or canonical value as JSON text (tuples as lists)."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=True)


def with_number(value: RawValue, number: str) -> RawValue:
    """A raw value in which the ServiceNow number takes the place that was kept for it."""
    if isinstance(value, tuple):
        return tuple(sorted(part.replace(LATE_NUMBER, number) for part in value))
    return value.replace(LATE_NUMBER, number) if value is not None else None


def canonical_json(fields: RawFields) -> str:
    """Raw fields as JSON with sorted keys and no white space: equal fields give equal text."""
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
    return json.dumps(plain, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def fingerprint_of(fields: RawFields) -> str:
    """16 bytes over raw fields, as 32 hex digits; keys that the side left out count as left out."""
    return hashlib.blake2b(canonical_json(fields).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Intent:
    """An action as written to the state store before its call: what a later run needs to find out what became of it."""

    action: Action
    run_id: str
    started_at: datetime
    attempt: int = field(default=1)
