"""One key, everything known about it, and what follows: a pure function from a Case to actions.

The same case gives the same actions, byte for byte. Nothing here reads a clock, a store or a network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from watchkeeper.mapping.closure import IN_DOUBT
from watchkeeper.mapping.profile import CloseFrom, FieldRule, GonePolicy, Owner, Profile
from watchkeeper.model.link import Link
from watchkeeper.model.plan import Action, ConflictNote, FieldChange, Operation, Parked, Settled
from watchkeeper.model.reasons import Because, Reason, because, together
from watchkeeper.model.record import (
    NO_FIELDS,
    SENTINEL,
    SERVICENOW,
    Draft,
    RawFields,
    RawValue,
    Record,
    RecordRef,
    Side,
)
from watchkeeper.model.ticket import STATUS_FIELD, Canonical, Status, Unmapped
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.merge import FieldMerge, FieldView, merge_field

Merges: TypeAlias = list[tuple[FieldRule, FieldMerge]]

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
class Case:
    """Everything that the decision on one key needs. `origin_reason` goes into the reason of a create. `superseded_by`: the
    key of the newer ticket that takes this one's place."""

    key: str
    profile: Profile
    sides: Mapping[Side, SideView]
    desired: Mapping[str, Canonical] = field(default_factory=dict)
    closing_context: Mapping[str, str] = field(default_factory=dict)
    origin_reason: str = ""
    superseded_by: str = ""

    @property
    def number(self) -> str:
        return next((view.number for side in SIDE_ORDER if (view := self.sides.get(side)) and view.number), "")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """`settled`: the bases that hold without any write. `held`: why nothing could be decided yet, although the pair itself
    may never show up in a feed again; "" when everything was decided."""

    actions: tuple[Action, ...] = ()
    parked: tuple[Parked, ...] = ()
    conflicts: tuple[ConflictNote, ...] = ()
    settled: Settled | None = None
    held: str = ""


def reconcile(case: Case) -> Reconciled:
    """Decide one key: create what is missing, carry over what changed, park what cannot be decided."""
    blocked = [side for side in _ordered(case) if case.sides[side].sighting in {Sighting.MISSING, Sighting.UNREAD}]
    if blocked:
        rows = tuple(_parked_unseen(case, side) for side in blocked)
        return Reconciled(parked=rows, held="; ".join(row.reason for row in rows))
    gone = [side for side in _ordered(case) if case.sides[side].sighting is Sighting.GONE]
    if gone and case.profile.gone is not GonePolicy.RECREATE:
        return _without(case, gone)
    creates = tuple(_create(case, side) for side in _ordered(case) if _to_create(case, side))
    if creates:
        links = _link_backs(case, {})
        return Reconciled(actions=_numbered([*creates, *links]))
    outcome = _keep_in_step(case)
    return replace(outcome, actions=_give_way(case, outcome.actions)) if case.superseded_by else outcome


def _give_way(case: Case, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """The actions of a key whose open ticket gives way to a newer one: both records are cancelled besides."""
    rule = case.profile.field(STATUS_FIELD)
    by_side = {action.ref.side: action for action in actions}
    for side in _ordered(case):
        view = case.sides[side]
        if view.record is None or view.sighting is not Sighting.FOUND:
            continue
        fields, problem, closing = _field_write(case, side, rule, Status.CANCELLED.value)
        if problem or not closing:
            continue
        before = rule.lenses[side].get(view.record.fields)
        change = FieldChange(
            rule.name, None if isinstance(before, Unmapped) else before, Status.CANCELLED.value, rule.place
        )
        cancel = _write(case, side, Operation.CLOSE, fields, because(Because.SUPERSEDED, period=case.superseded_by))
        with_others = by_side.get(side)
        changes = (*with_others.changes, change) if with_others else (change,)
        body = {**with_others.body, **fields} if with_others else fields
        before_all = {name: view.record.fields.get(name) for name in body}
        by_side[side] = replace(cancel, body=body, before=before_all, changes=changes)
    return _numbered(list(by_side.values()))


def _to_create(case: Case, side: Side) -> bool:
    view = case.sides[side]
    return view.sighting in {Sighting.NEVER, Sighting.GONE} and view.draft is not None


def _ordered(case: Case) -> tuple[Side, ...]:
    return tuple(side for side in SIDE_ORDER if side in case.sides)


def _create(case: Case, side: Side) -> Action:
    view = case.sides[side]
    draft = view.draft
    if draft is None:
        raise AssertionError("only a side with a draft is created")
    values = case.profile.read(side, draft.fields)
    written = {name: case.profile.field(name).lenses[side].raw_fields for name in values}
    changes = tuple(
        FieldChange(name, None, value, case.profile.field(name).place)
        for name, value in values.items()
        if value is not None and not isinstance(value, Unmapped) and not draft.fields.keys().isdisjoint(written[name])
    )
    return Action(
        key=case.key,
        profile=case.profile.name,
        ref=draft.ref,
        operation=Operation.CREATE,
        body=draft.fields,
        reason=case.origin_reason,
        marker=draft.marker,
        changes=changes,
        late=view.late,
        agreed=_mapped_raw(case, _other(side)),
    )


def _mapped_raw(case: Case, side: Side) -> RawFields:
    record = case.sides[side].record if side in case.sides else None
    return {name: record.fields.get(name) for name in sorted(case.profile.mapped_fields(side))} if record else NO_FIELDS


def _link_backs(case: Case, bodies: Mapping[Side, RawFields]) -> list[Action]:
    """Marks on records that we did not create; those that an update of the same side carries along are left out."""
    return [
        _write(case, side, Operation.LINK, view.link_back, because(Because.TIES), late=view.link_back_late)
        for side in _ordered(case)
        if (view := case.sides[side]).sighting is Sighting.FOUND and view.link_back and side not in bodies
    ]


def _keep_in_step(case: Case) -> Reconciled:
    merges = _merges(case)
    parked = [Parked(case.key, rule.name, merge.parked, number=case.number) for rule, merge in merges if merge.parked]
    updates: list[Action] = []
    for side in _ordered(case):
        action, side_parked = _side_write(case, side, merges)
        parked += side_parked
        updates += [action] if action else []
    # A value that could not be written over has not lost.
    carried = {change.field for action in updates for change in action.changes}
    conflicts = tuple(_conflict(case, rule, merge) for rule, merge in merges if merge.conflict and rule.name in carried)
    written = {action.ref.side: action.body for action in updates}
    actions = _numbered([*_link_backs(case, written), *updates])
    return Reconciled(actions, tuple(parked), conflicts, _settled(case, merges))


def _merges(case: Case) -> Merges:
    """What is decided of every field. Conditions are asked of the records as the other fields' writes will leave them, so that
    no second run is needed. A rule whose condition does not hold is left out: what both sides last agreed on stays remembered,
    and counts again once it holds."""
    decided = {rule.name: _merged(case, rule) for rule in case.profile.fields if not rule.when}
    if len(decided) < len(case.profile.fields):
        held = _held_after(case, [(case.profile.field(name), merge) for name, merge in decided.items()])
        for rule in case.profile.fields:
            if rule.when:
                decided[rule.name] = _merged(case, rule) if rule.applies(held) else FieldMerge(agreed=False)
    return [(rule, decided[rule.name]) for rule in case.profile.fields]


def _merged(case: Case, rule: FieldRule) -> FieldMerge:
    return merge_field(rule, field_views(case, rule), case.desired.get(rule.name))


def _held_after(case: Case, merges: Merges) -> Mapping[Side, RawFields]:
    """What each record will hold once these fields are written."""
    held: dict[Side, RawFields] = {}
    for side in _ordered(case):
        record = case.sides[side].record
        if record is not None:
            wanted = [(rule, merge.writes[side]) for rule, merge in merges if side in merge.writes]
            written = [_field_write(case, side, rule, value)[0] for rule, value in wanted]
            held[side] = {**record.fields, **{name: value for each in written for name, value in each.items()}}
    return held


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


def _side_write(case: Case, side: Side, merges: Merges) -> tuple[Action | None, list[Parked]]:
    """All changed fields of one side in one call; a closing transition takes the call with it to the end of the chain."""
    view = case.sides[side]
    if view.record is None or view.sighting is not Sighting.FOUND:
        return None, []
    body: dict[str, RawValue] = {}
    changes: list[FieldChange] = []
    agreed: dict[str, RawValue] = {}
    parked: list[Parked] = []
    closes = False
    for rule, merge in merges:
        if side not in merge.writes:
            continue
        fields, problem, closing = _field_write(case, side, rule, merge.writes[side])
        if problem:
            parked.append(Parked(case.key, rule.name, problem, number=case.number))
            continue
        if not fields:
            continue
        body.update(fields)
        closes = closes or closing
        before = rule.lenses[side].get(view.record.fields)
        changes.append(
            FieldChange(rule.name, None if isinstance(before, Unmapped) else before, merge.writes[side], rule.place)
        )
        agreed.update(_raw_of_other(case, side, rule))
    if not body:
        return None, parked
    body = {**view.link_back, **body}
    reason = _why(case, side, changes)
    operation = Operation.CLOSE if closes else Operation.UPDATE
    action = _write(case, side, operation, body, reason, late=view.link_back_late)
    return replace(action, changes=tuple(changes), agreed=agreed), parked


def _why(case: Case, side: Side, changes: list[FieldChange]) -> str:
    """Who stands behind a write: a change on the other side, its ownership of the field, or the catalogue's."""
    said: dict[Because, list[str]] = {}
    for change in changes:
        match case.profile.field(change.field).owner:
            case Owner.SHARED:
                said.setdefault(Because.CHANGED_ON, []).append(change.field)
            case Owner.DEFINITION:
                said.setdefault(Because.FOLLOWS_CATALOGUE, []).append(change.field)
            case _:
                said.setdefault(Because.FOLLOWS_SIDE, []).append(change.field)
    return together(because(code, fields=", ".join(fields), side=_other(side)) for code, fields in said.items())


def _field_write(case: Case, side: Side, rule: FieldRule, target: Canonical) -> tuple[RawFields, str, bool]:
    """Raw fields that bring one field to its target, or why that cannot be done, and whether it closes the record."""
    record = case.sides[side].record
    if record is None:
        raise AssertionError("only a record that was found is written")
    if not rule.direction.reaches(side):
        return NO_FIELDS, "", False
    change = rule.lenses[side].put(target, record.fields)
    if isinstance(change, Unmapped):
        return NO_FIELDS, _cannot_hold(side, target, change), False
    if not change or rule.name != STATUS_FIELD:
        return change, "", False
    before = rule.lenses[side].get(record.fields)
    was_closed = isinstance(before, str) and Status(before).is_closed
    will_close = Status(str(target)).is_closed
    if will_close and not was_closed:
        return _closing(case, side, change)
    if was_closed and not will_close:
        return {**change, **case.profile.closure.reopening(side, record.fields)}, "", False
    return change, "", False


def _cannot_hold(side: Side, target: Canonical, change: Unmapped) -> Reason:
    return because(Trouble.CANNOT_HOLD, side=side, value=repr(target), words=change.reason or change.value)


def _closing(case: Case, side: Side, change: RawFields) -> tuple[RawFields, str, bool]:
    source = _other(side)
    view = case.sides[source]
    rules = case.profile.sides[source]
    if rules.close_from is CloseFrom.NOBODY:
        return NO_FIELDS, because(Trouble.CLOSE_STAYS, side=source), False
    if view.closer_unread:
        return NO_FIELDS, because(Trouble.CLOSER_UNREAD, side=source, why=view.closer_unread), False
    if not view.close_crosses:
        closer = view.closer or because(Trouble.NOBODY_KNOWN)
        return NO_FIELDS, because(Trouble.CLOSED_BY_STRANGER, side=source, closer=closer), False
    source_raw = view.record.fields if view.record else NO_FIELDS
    context = {"number": view.number, "actor": view.closer, **case.closing_context}
    fields = case.profile.closure.closing(side, source, source_raw, context)
    if isinstance(fields, Unmapped):
        names = ", ".join(fields.fields)
        if fields.reason.startswith(IN_DOUBT):
            return NO_FIELDS, f"{source}: {names} = {fields.value!r} {fields.reason}", False
        return NO_FIELDS, because(Trouble.NO_CLOSURE, side=source, name=names, value=repr(fields.value)), False
    status = next(value for value in change.values() if isinstance(value, str))
    record = case.sides[side].record
    lacking = case.profile.closure.lacking(side, status, fields, record.fields if record else NO_FIELDS)
    if lacking:
        table = case.profile.sides[side].table
        names = ", ".join(lacking)
        return NO_FIELDS, because(Trouble.CLOSE_NEEDS, side=side, table=table, value=status, names=names), False
    return {**change, **fields}, "", True


def _without(case: Case, gone: list[Side]) -> Reconciled:
    """One record of the pair is gone for good: report it, or close the other one where the profile says so."""
    left = because(Trouble.OTHER_LEFT)
    reports = tuple(
        Parked(case.key, "", together([because(Trouble.GONE, side=side), left]), number=case.number) for side in gone
    )
    survivors = [side for side in _ordered(case) if side not in gone and case.sides[side].record is not None]
    if case.profile.gone is not GonePolicy.CLOSE_OTHER or len(survivors) != 1:
        return Reconciled(parked=reports)
    side = survivors[0]
    rule = case.profile.field(STATUS_FIELD)
    fields, problem, closing = _field_write(case, side, rule, Status.CANCELLED.value)
    if problem or not fields or not closing:
        return Reconciled(parked=reports)
    action = _write(case, side, Operation.CLOSE, fields, because(Because.COUNTERPART_GONE, side=gone[0]))
    return Reconciled(actions=_numbered([action]), parked=reports)


def _write(
    case: Case, side: Side, operation: Operation, body: RawFields, reason: str, late: tuple[str, ...] = ()
) -> Action:
    record = case.sides[side].record
    if record is None:
        raise AssertionError("only a record that was found is written")
    return Action(
        key=case.key,
        profile=case.profile.name,
        ref=record.ref,
        operation=operation,
        body=body,
        reason=reason,
        expect=record.revision,
        before={name: record.fields.get(name) for name in body},
        late=late,
    )


def _settled(case: Case, merges: Merges) -> Settled:
    """The bases that hold as they are: every field that agrees without a write."""
    quiet = [rule for rule, merge in merges if merge.agreed and not merge.writes]
    return Settled(
        case.key, {side: _raw_of(case, side, quiet) for side in case.sides if case.sides[side].record is not None}
    )


def _raw_of(case: Case, side: Side, rules: list[FieldRule]) -> RawFields:
    record = case.sides[side].record
    names = {name for rule in rules if side in rule.lenses for name in rule.lenses[side].raw_fields}
    return {name: record.fields.get(name) for name in sorted(names)} if record else NO_FIELDS


def _raw_of_other(case: Case, side: Side, rule: FieldRule) -> RawFields:
    other = _other(side)
    return _raw_of(case, other, [rule]) if other in case.sides else NO_FIELDS


def _conflict(case: Case, rule: FieldRule, merge: FieldMerge) -> ConflictNote:
    winner = merge.winner or ""
    record = case.sides[winner].record
    winning = rule.lenses[winner].get(record.fields) if record else None
    return ConflictNote(
        key=case.key,
        field=rule.name,
        winner=winner,
        winning=None if isinstance(winning, Unmapped) else winning,
        losing=merge.losing,
        resolver=rule.resolver.value,
        known_before=merge.known_before,
    )


def _parked_unseen(case: Case, side: Side) -> Parked:
    trouble = case.sides[side].trouble
    return Parked(
        case.key,
        "",
        because(Trouble.UNREAD, side=side, why=trouble) if trouble else because(Trouble.UNSEEN, side=side),
        together([because(Trouble.UNTIL_SEEN), because(Trouble.MAY_READ)]),
        case.number,
    )


def _numbered(actions: list[Action]) -> tuple[Action, ...]:
    order = {Operation.CREATE: 0, Operation.LINK: 1, Operation.UPDATE: 2, Operation.COMMENT: 3, Operation.CLOSE: 4}
    ranked = sorted(actions, key=lambda action: (order[action.operation], SIDE_ORDER.index(action.ref.side)))
    return tuple(replace(action, step=step) for step, action in enumerate(ranked))


def in_order(actions: list[Action]) -> tuple[Action, ...]:
    """Actions of one key in the order in which they are applied; comments keep the order they were given in."""
    return _numbered(actions)


def _other(side: Side) -> Side:
    return SENTINEL if side == SERVICENOW else SERVICENOW
