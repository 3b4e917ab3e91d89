"""A profile as the engine uses it: compiled, checked, pure.

Built by `watchkeeper.mapping.load` from a YAML file; everything here is already proven to translate both ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from watchkeeper.mapping.lens import Lens
from watchkeeper.mapping.lens_default import looked_at
from watchkeeper.model.population import Filter
from watchkeeper.model.record import SENTINEL, SERVICENOW, RawFields, Record, Side
from watchkeeper.model.ticket import Canonical, Unmapped
from watchkeeper.model.verdict import AuditWindow


class ProfileKind(StrEnum):
    MAINTENANCE = "maintenance"
    """Created from the catalogue."""
    ESCALATION = "escalation"
    """Found on a side and mirrored to the other."""


class Owner(StrEnum):
    """Whose value counts. DEFINITION: the catalogue's; the engine writes both sides. CREATE_ONCE: set at creation, then
    left alone. SHARED: both may change it, three-way merge. SERVICENOW, SENTINEL: that side's; the engine writes the other."""

    DEFINITION = "definition"
    CREATE_ONCE = "create-once"
    SHARED = "shared"
    SERVICENOW = "servicenow"
    SENTINEL = "sentinel"


class Direction(StrEnum):
    """Where the changes of a field are carried."""

    BOTH = "both"
    TO_SERVICENOW = "to-servicenow"
    TO_SENTINEL = "to-sentinel"

    def reaches(self, side: Side) -> bool:
        """Whether a side is ever written."""
        return self is Direction.BOTH or self.value == f"to-{side}"


class ResolverKind(StrEnum):
    FURTHEST = "furthest"
    PREFER_SERVICENOW = "prefer-servicenow"
    PREFER_SENTINEL = "prefer-sentinel"
    UNION = "union"
    MANUAL = "manual"


class GonePolicy(StrEnum):
    REPORT = "report"
    CLOSE_OTHER = "close-other"
    RECREATE = "recreate"


class LinkBack(StrEnum):
    LABEL = "label"
    COMMENT = "comment"
    NONE = "none"


class CloseFrom(StrEnum):
    """Whose close on a side may cross to the other: anybody's, a member of a SOC team's group, nobody's."""

    ANYONE = "anyone"
    SOC_TEAMS = "soc-teams"
    NOBODY = "nobody"


class StartingValue(Protocol):
    """What a new record gets in a field."""

    def of(self, context: Mapping[str, object]) -> Canonical:
        """The canonical value for a context (see watchkeeper.mapping.names); None for none."""
        ...


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one canonical field is kept in step. `place` is the rule's `file:line:col`. A side without a lens does not carry
    the field. `may_lower` (severity only): whether the bridge may write a lower severity than the side holds. `when`: what the
    records must hold for the rule to apply, by side."""

    name: str
    owner: Owner
    resolver: ResolverKind
    lenses: Mapping[Side, Lens]
    place: str
    may_lower: bool = True
    on_create: StartingValue | None = None
    direction: Direction = Direction.BOTH
    when: Mapping[Side, Filter] = field(default_factory=dict)

    def applies(self, held: Mapping[Side, RawFields]) -> bool:
        """Whether the records are such that the field is kept in step; a side without a record meets no condition. A field that
        Sentinel leaves out is an empty one."""
        return all(
            side in held and condition.holds(_with_empty(held[side], condition) if side == SENTINEL else held[side])
            for side, condition in self.when.items()
        )

    def agree(self, left: Canonical, right: Canonical) -> bool:
        """Whether two values mean the same on the side that tells fewer values apart."""
        return left == right or any(lens.class_of(left) == lens.class_of(right) for lens in self.lenses.values())


@dataclass(frozen=True, slots=True)
class SideRules:
    """What a profile asks of one side.

    `creates`: whether the engine creates records here. `population`: which records of the table are in an escalation
    profile (any filter; empty for maintenance). `constants`: raw fields of every record we create here. `pair_by`: a raw
    field that may hold the other side's exact record id or number. `close_from`: whose close here may cross.
    `follow_up_field`: the raw field with the date until which an on-hold ticket waits, and `hold_reason_field` its reason's.
    """

    side: Side
    table: str
    creates: bool
    population: tuple[Filter, ...]
    constants: RawFields
    pair_by: str | None
    close_from: CloseFrom
    link_back: LinkBack
    labels: tuple[str, ...]
    """Labels that we put on records here (Sentinel), beside the ticket number when link_back is `label`."""
    resolver_field: str | None = None
    """The raw field that names who resolved the record (ServiceNow: resolved_by)."""
    assignee_field: str | None = None
    group_field: str | None = None
    hold_reason_field: str | None = None
    follow_up_field: str | None = None
    title_field: str | None = None
    also_read: tuple[str, ...] = ()
    """Raw fields that a lens looks at although another rule owns them (the labels that tell a redirected incident)."""
    constant_places: Mapping[str, str] = field(default_factory=dict, compare=False)
    """The `file:line:col` of each constant."""


class ClosureRules(Protocol):
    """What a close or a reopen carries besides the status."""

    def closing(
        self, target: Side, source: Side, source_raw: RawFields, context: Mapping[str, str]
    ) -> RawFields | Unmapped:
        """Raw fields that the target's close needs (code, notes, classification, reason, comment), from the source's own
        closing fields through the explicit table. `context` feeds the text templates: `actor`, `number`, `at`, and `language`,
        which is that of the people who own the record (English without it).
        Unmapped names the source's field and value that the table does not know."""
        ...

    def concluding(self, target: Side, words: str) -> RawFields | Unmapped:
        """Raw fields that the target's close needs where no side was closed and the engine resolves both: the codes of a close
        that says nothing, and `words` as its texts. Unmapped as for `closing`."""
        ...

    def reopening(self, target: Side, target_raw: RawFields) -> RawFields:
        """Raw fields to clear on the target when it is reopened."""
        ...

    def lacking(self, target: Side, status: str, fields: RawFields, target_raw: RawFields) -> tuple[str, ...]:
        """The fields that the target demands of a close with this raw status, and that neither the close nor the record has."""
        ...

    def source_fields(self, side: Side) -> tuple[str, ...]:
        """The raw fields that `closing` reads on this side."""
        ...


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of pairing. `comments`: the directions in which comments are mirrored, as (from, to) pairs.
    `fingerprint` (hex SHA-256) covers everything that changes meaning, not text positions. `hold_reasons` (raw; none: any), `hold_reason_labels` (what the instance calls them),
    `hold_max` (working days), `audit_window` (`audit_by_severity`: another one for a severity) and `go_live` belong to the escalation audit and to the first import. `audited_tasks`: the duties whose
    tickets carry the audit's result, which `close_when_kept` lets resolve them; `audit_shown_in`: the field that shows it in between. `sweep_every`: how long after a complete sweep the next one is due."""

    name: str
    kind: ProfileKind
    sides: Mapping[Side, SideRules]
    fields: tuple[FieldRule, ...]
    closure: ClosureRules
    comments: tuple[tuple[Side, Side], ...]
    gone: GonePolicy
    go_live: date | None
    fingerprint: str
    place: str
    hold_reasons: tuple[str, ...] = ()
    hold_reason_labels: Mapping[str, str] = field(default_factory=dict)
    hold_max: int = 5
    audit_window: AuditWindow = AuditWindow.BUSINESS_DAY
    audit_by_severity: Mapping[str, AuditWindow] = field(default_factory=dict)
    parent_field: str | None = None
    """ServiceNow's raw field with the id of a ticket's parent, whose updates then cover the ticket."""
    audited_tasks: tuple[str, ...] = ()
    audit_shown_in: str | None = None
    close_when_kept: bool = False
    sweep_every: timedelta = timedelta(days=1)
    enabled: bool = True
    lacking: tuple[str, ...] = ()
    """Choices that the profile names and this instance does not have; empty until it was asked."""

    def window(self, severity: str) -> AuditWindow:
        """How often a person has to update an escalation of this severity."""
        return self.audit_by_severity.get(severity, self.audit_window)

    def field(self, name: str) -> FieldRule:
        return next(rule for rule in self.fields if rule.name == name)

    def raw_fields(self, side: Side) -> frozenset[str]:
        """Every raw field to read on a side: mapped, closing, population, pairing and audit fields."""
        rules = self.sides[side]
        names = set(self.mapped_fields(side))
        names.update(self.closure.source_fields(side))
        names.update(rules.also_read)
        names.update(condition.field for filter_ in rules.population for condition in filter_.conditions)
        extra = (
            rules.pair_by,
            rules.resolver_field,
            rules.assignee_field,
            rules.group_field,
            rules.hold_reason_field,
            rules.follow_up_field,
            rules.title_field,
            self.parent_field if side == SERVICENOW else None,
        )
        names.update(name for name in extra if name)
        return frozenset(names)

    def mapped_fields(self, side: Side) -> frozenset[str]:
        """The raw fields that take part in the merge on a side, or decide whether a rule applies; the fingerprint of a record covers
        these."""
        kept = {name for rule in self.fields if side in rule.lenses for name in looked_at(rule.lenses[side])}
        asked = {each.field for rule in self.fields if side in rule.when for each in rule.when[side].conditions}
        return frozenset(kept | asked)

    def read(self, side: Side, raw: RawFields) -> Mapping[str, Canonical | Unmapped]:
        """A side's raw fields in our own vocabulary, field by field."""
        return {rule.name: rule.lenses[side].get(raw) for rule in self.fields if side in rule.lenses}

    def in_population(self, record: Record) -> bool:
        """Whether a record belongs to this escalation profile; one that carries our sign never does."""
        return self.would_include(record, record.fields)

    def would_include(self, record: Record, fields: RawFields) -> bool:
        """Whether a record would belong to it with other fields."""
        rules = self.sides[record.ref.side]
        if record.ours and f"/{self.name}/" not in record.marker:
            return False
        return record.ref.table == rules.table and any(filter_.holds(fields) for filter_ in rules.population)


def _with_empty(held: RawFields, condition: Filter) -> RawFields:
    return {each.field: "" if held.get(each.field) is None else held.get(each.field) for each in condition.conditions}


class Composer(Protocol):
    """Renders a profile's text templates for a new record."""

    def compose(self, profile: Profile, side: Side, context: Mapping[str, object]) -> Mapping[str, Canonical]:
        """Canonical values (title, description, due, …) of a new record on a side, from its occurrence or its source."""
        ...
