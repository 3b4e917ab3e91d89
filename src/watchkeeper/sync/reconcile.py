"""One key, everything known about it, and what follows: a pure function from a Case to actions.

The same case gives the same actions, byte for byte. Nothing here reads a clock, a store or a network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from watchkeeper.mapping.profile import FieldRule, GonePolicy, Owner
from watchkeeper.model.plan import Action, ConflictNote, FieldChange, Operation, Parked, Settled
from watchkeeper.model.reasons import Because, Reason, because, together
from watchkeeper.model.record import (
    NO_FIELDS,
    SERVICENOW,
    RawFields,
    RawValue,
    Side,
)
from watchkeeper.model.ticket import STATUS_FIELD, Status, Unmapped
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.carried import carried_change, carried_record
from watchkeeper.sync.case import SIDE_ORDER, Case, Sighting, field_views, other_side
from watchkeeper.sync.field_write import field_write
from watchkeeper.sync.merge import FieldMerge, merge_field
from watchkeeper.sync.showing import shown_in

Merges: TypeAlias = list[tuple[FieldRule, FieldMerge]]


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
    blocked = [side for side in case.ordered if case.sides[side].sighting in {Sighting.MISSING, Sighting.UNREAD}]
    if blocked:
        rows = tuple(_parked_unseen(case, side) for side in blocked)
        return Reconciled(parked=rows, held="; ".join(row.reason for row in rows))
    gone = [side for side in case.ordered if case.sides[side].sighting is Sighting.GONE]
    if gone and case.profile.gone is not GonePolicy.RECREATE:
        return _without(case, gone)
    creates = tuple(_create(case, side) for side in case.ordered if _to_create(case, side))
    if creates:
        links = _link_backs(case, {})
        return Reconciled(actions=_numbered([*creates, *links]))
    outcome = _keep_in_step(case)
    if case.superseded_by:
        return _give_way(case, outcome)
    if case.conclusion:
        return _conclude(case, outcome, case.conclusion, because(Because.KEPT))
    if case.remediation.closing:
        return _conclude(case, outcome, case.remediation.closing, case.remediation.why)
    return _come_back(case, outcome) if case.remediation.reopens else outcome


def _give_way(case: Case, outcome: Reconciled) -> Reconciled:
    """A key whose open ticket gives way to a newer one: both records are cancelled besides."""
    why = because(Because.SUPERSEDED, period=case.superseded_by)
    closes, _ = _closes(case, Status.CANCELLED, why)
    return replace(outcome, actions=_with_closes(outcome.actions, closes))


def _come_back(case: Case, outcome: Reconciled) -> Reconciled:
    """A key whose ticket is only resolved, and about something that is to be done once more: it is opened again."""
    rule, view = case.profile.field(STATUS_FIELD), case.sides.get(SERVICENOW)
    if view is None or view.record is None or rule.lenses[SERVICENOW].get(view.record.fields) != Status.RESOLVED.value:
        return outcome
    fields, problem, _ = field_write(case, SERVICENOW, rule, Status.ACTIVE.value)
    if problem or not fields:
        return outcome
    change = FieldChange(rule.name, Status.RESOLVED.value, Status.ACTIVE.value, rule.place, tuple(fields))
    reopening = replace(_write(case, SERVICENOW, Operation.UPDATE, fields, case.remediation.why), changes=(change,))
    return replace(outcome, actions=_with_closes(outcome.actions, {SERVICENOW: reopening}))


def _conclude(case: Case, outcome: Reconciled, words: str, why: Reason) -> Reconciled:
    """A key whose duty is known to be done: both records are resolved, or neither. Where a person has a hand in the status, by
    putting it on hold or by a change that is only now carried over, it is left to that person."""
    rule = case.profile.field(STATUS_FIELD)
    held = [rule.lenses[side].get(view.record.fields) for side, view in case.sides.items() if view.record is not None]
    changing = any(change.field == STATUS_FIELD for action in outcome.actions for change in action.changes)
    if (
        changing
        or any(row.field == STATUS_FIELD for row in outcome.parked)
        or not {Status.NEW.value, Status.ACTIVE.value}.issuperset(held)
    ):
        return outcome
    closes, problems = _closes(case, Status.RESOLVED, why, words)
    if problems:
        rows = (Parked(case.key, STATUS_FIELD, problem, number=case.number) for problem in problems)
        return replace(outcome, parked=(*outcome.parked, *rows))
    return replace(outcome, actions=_with_closes(outcome.actions, closes))


def _closes(case: Case, status: Status, reason: Reason, words: str = "") -> tuple[dict[Side, Action], list[str]]:
    """What closes each open record of the pair, and why one cannot be closed."""
    rule = case.profile.field(STATUS_FIELD)
    closes: dict[Side, Action] = {}
    problems = []
    for side in case.ordered:
        view = case.sides[side]
        if view.record is None or view.sighting is not Sighting.FOUND:
            continue
        fields, problem, closing = field_write(case, side, rule, status.value, words)
        if problem:
            problems.append(problem)
        elif closing:
            before = rule.lenses[side].get(view.record.fields)
            held = None if isinstance(before, Unmapped) else before
            change = FieldChange(rule.name, held, status.value, rule.place, tuple(fields))
            closes[side] = replace(_write(case, side, Operation.CLOSE, fields, reason), changes=(change,))
    return closes, problems


def _with_closes(actions: tuple[Action, ...], closes: Mapping[Side, Action]) -> tuple[Action, ...]:
    """The actions of a key with its closes (or reopening), each in one call with what else is written on its side."""
    by_side = {action.ref.side: action for action in actions}
    for side, close in closes.items():
        others = by_side.get(side)
        by_side[side] = close if others is None else _together(others, close)
    return _numbered(list(by_side.values()))


def _together(write: Action, close: Action) -> Action:
    """A change of the status that takes another write of its side along."""
    before, body = {**write.before, **close.before}, {**write.body, **close.body}
    return replace(close, body=body, before=before, changes=(*write.changes, *close.changes), carries=write.carries)


def _to_create(case: Case, side: Side) -> bool:
    view = case.sides[side]
    return view.sighting in {Sighting.NEVER, Sighting.GONE} and view.draft is not None


def _create(case: Case, side: Side) -> Action:
    view = case.sides[side]
    draft = view.draft
    if draft is None:
        raise AssertionError("only a side with a draft is created")
    values = case.profile.read(side, draft.fields)
    written = {name: case.profile.field(name).lenses[side].raw_fields for name in values}
    changes = tuple(
        FieldChange(
            name,
            None,
            value,
            case.profile.field(name).place,
            tuple(each for each in written[name] if each in draft.fields),
        )
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
        agreed=_mapped_raw(case, other_side(side)),
        carries=carried_record(case, side),
    )


def _mapped_raw(case: Case, side: Side) -> RawFields:
    record = case.sides[side].record if side in case.sides else None
    return {name: record.fields.get(name) for name in sorted(case.profile.mapped_fields(side))} if record else NO_FIELDS


def _link_backs(case: Case, bodies: Mapping[Side, RawFields]) -> list[Action]:
    """Marks on records that we did not create; those that an update of the same side carries along are left out."""
    return [
        _write(case, side, Operation.LINK, view.link_back, because(Because.TIES), late=view.link_back_late)
        for side in case.ordered
        if (view := case.sides[side]).sighting is Sighting.FOUND and view.link_back and side not in bodies
    ]


def _keep_in_step(case: Case) -> Reconciled:
    merges = _merges(case)
    parked = [Parked(case.key, rule.name, merge.parked, number=case.number) for rule, merge in merges if merge.parked]
    updates: list[Action] = []
    for side in case.ordered:
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
    decided |= shown_in(case, decided)
    return [(rule, decided[rule.name]) for rule in case.profile.fields]


def _merged(case: Case, rule: FieldRule) -> FieldMerge:
    return merge_field(rule, field_views(case, rule), case.desired.get(rule.name))


def _held_after(case: Case, merges: Merges) -> Mapping[Side, RawFields]:
    """What each record will hold once these fields are written."""
    held: dict[Side, RawFields] = {}
    for side in case.ordered:
        record = case.sides[side].record
        if record is not None:
            wanted = [(rule, merge.writes[side]) for rule, merge in merges if side in merge.writes]
            written = [field_write(case, side, rule, value)[0] for rule, value in wanted]
            held[side] = {**record.fields, **{name: value for each in written for name, value in each.items()}}
    return held


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
        fields, problem, closing = field_write(case, side, rule, merge.writes[side])
        if problem:
            parked.append(Parked(case.key, rule.name, problem, number=case.number))
            continue
        if not fields:
            continue
        body.update(fields)
        closes = closes or closing
        before = rule.lenses[side].get(view.record.fields)
        held = None if isinstance(before, Unmapped) else before
        changes.append(FieldChange(rule.name, held, merge.writes[side], rule.place, tuple(fields)))
        agreed.update(_raw_of_other(case, side, rule))
    if not body:
        return None, parked
    body = {**view.link_back, **body}
    reason = _why(case, side, changes)
    operation = Operation.CLOSE if closes else Operation.UPDATE
    action = _write(case, side, operation, body, reason, late=view.link_back_late)
    carries = carried_change(case, side, (case.profile.field(change.field) for change in changes))
    return replace(action, changes=tuple(changes), agreed=agreed, carries=carries), parked


def _why(case: Case, side: Side, changes: list[FieldChange]) -> str:
    """Who stands behind a write: a change on the other side, its ownership of the field, or the catalogue's."""
    said: dict[Because, list[str]] = {}
    for change in changes:
        match case.profile.field(change.field).owner:
            case Owner.CREATE_ONCE:
                shows = Because.SHOWS_REMEDIATION if case.remediation.body else Because.SHOWS
                said.setdefault(shows, []).append(change.field)
            case Owner.SHARED:
                said.setdefault(Because.CHANGED_ON, []).append(change.field)
            case Owner.DEFINITION:
                said.setdefault(Because.FOLLOWS_CATALOGUE, []).append(change.field)
            case _:
                said.setdefault(Because.FOLLOWS_SIDE, []).append(change.field)
    return together(because(code, fields=", ".join(fields), side=other_side(side)) for code, fields in said.items())


def _without(case: Case, gone: list[Side]) -> Reconciled:
    """One record of the pair is gone for good: report it, or close the other one where the profile says so."""
    left = because(Trouble.OTHER_LEFT)
    reports = tuple(
        Parked(case.key, "", together([because(Trouble.GONE, side=side), left]), number=case.number) for side in gone
    )
    survivors = [side for side in case.ordered if side not in gone and case.sides[side].record is not None]
    if case.profile.gone is not GonePolicy.CLOSE_OTHER or len(survivors) != 1:
        return Reconciled(parked=reports)
    side = survivors[0]
    rule = case.profile.field(STATUS_FIELD)
    fields, problem, closing = field_write(case, side, rule, Status.CANCELLED.value)
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
    other = other_side(side)
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
