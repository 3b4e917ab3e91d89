"""One key and everything that is known about it: what the decision on it starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from watchkeeper.mapping.profile import FieldRule, Profile
from watchkeeper.model.link import Link
from watchkeeper.model.reasons import NOTHING, Reason
from watchkeeper.model.record import NO_FIELDS, SENTINEL, SERVICENOW, Draft, RawFields, Record, RecordRef, Side
from watchkeeper.model.ticket import Canonical
from watchkeeper.sync.merge import FieldView

SIDE_ORDER: tuple[Side, ...] = (SERVICENOW, SENTINEL)
"""ServiceNow is created first: its number then goes into the Sentinel incident in the same write that creates it."""


class Sighting(StrEnum):
    FOUND = "found"
    NEVER = "never"
    """No record and no link: it may be created."""
    MISSING = "missing"
    """Linked, not visible now: hidden, or gone; a later run asks again."""
    GONE = "gone"
    """Linked, and confirmed not to be there any more; or proven to be deleted."""
    UNREAD = "unread"
    """There or not: it could not be read in this run, or only as it was before our last look."""
    UNCHANGED = "unchanged"
    """Linked, and no feed says that it moved: not read in this run."""


@dataclass(frozen=True, slots=True)
class SideView:
    """What is known about a key on one side. `draft`: what to create here if nothing is there and the engine may.
    `late`: draft fields that wait for the other side's number. `link_back`: raw fields that tie an existing record to the
    pair, and `link_back_late` those among them that wait for a number. `touched`: canonical fields edited since the last
    agreement even where the value is back. `close_crosses` is False when the closer may not close the other side, or when
    nobody can say so (`closer_unread`: why). `trouble`: why a side is UNREAD."""

    sighting: Sighting
    record: Record | None = None
    link: Link | None = None
    draft: Draft | None = None
    late: tuple[str, ...] = ()
    link_back: RawFields = field(default_factory=lambda: NO_FIELDS)
    link_back_late: tuple[str, ...] = ()
    touched: frozenset[str] = frozenset()
    close_crosses: bool = True
    closer: str = ""
    closer_unread: str = ""
    trouble: str = ""

    @property
    def number(self) -> str:
        if self.record is not None:
            return self.record.number
        return self.link.number if self.link else ""

    @property
    def ref(self) -> RecordRef | None:
        """Where comments go: the record, one about to be created, or one known by its link that did not move."""
        if self.record is not None:
            return self.record.ref
        if self.draft is not None:
            return self.draft.ref
        return self.link.ref if self.link is not None and self.sighting is Sighting.UNCHANGED else None


@dataclass(frozen=True, slots=True)
class RemediationNews:
    """What an asset owner's ticket is to show (`body`, "" to leave that alone) and with that by when (`due`, "" where nobody knows), the
    words in which it is resolved ("" to leave it open), or that it is to be opened again, and why either."""

    body: str = ""
    due: str = ""
    closing: str = ""
    reopens: bool = False
    why: Reason = NOTHING


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that the decision on one key needs. `origin_reason` goes into the reason of a create. `superseded_by`: the
    key of the newer ticket that takes this one's place. `conclusion`: the words in which both records are resolved, because the
    escalation audit found the duty done. `standing`: how that audit stands, for the field that shows it. `remediation`: the same of an
    asset owner's ticket."""

    key: str
    profile: Profile
    sides: Mapping[Side, SideView]
    desired: Mapping[str, Canonical] = field(default_factory=dict)
    closing_context: Mapping[str, str] = field(default_factory=dict)
    origin_reason: str = ""
    superseded_by: str = ""
    conclusion: str = ""
    standing: str = ""
    remediation: RemediationNews = field(default_factory=RemediationNews)

    @property
    def ordered(self) -> tuple[Side, ...]:
        """The sides that are known, the one that is created first in front."""
        return tuple(side for side in SIDE_ORDER if side in self.sides)

    @property
    def number(self) -> str:
        return next((view.number for side in SIDE_ORDER if (view := self.sides.get(side)) and view.number), "")


def field_views(case: Case, rule: FieldRule) -> Mapping[Side, FieldView]:
    """One field as every side that was found holds it."""
    views = {}
    for side, view in case.sides.items():
        if view.sighting is not Sighting.FOUND or view.record is None or side not in rule.lenses:
            continue
        views[side] = FieldView(
            value=rule.lenses[side].get(view.record.fields),
            raw=view.record.fields,
            base=view.link.base if view.link else NO_FIELDS,
            asked=view.link.asked if view.link else NO_FIELDS,
            touched=rule.name in view.touched,
        )
    return views


def other_side(side: Side) -> Side:
    """The side that a side is kept in step with."""
    return SENTINEL if side == SERVICENOW else SERVICENOW
