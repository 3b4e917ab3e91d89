"""The three-way merge of one field: pure, total, and blind to clocks.

Each side is compared with its own remembered raw value, never with the other side's spelling. Two systems' timestamps are
never compared: what changed is told by memory, who wins by the profile's resolver.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from watchkeeper.mapping.lens import Lens
from watchkeeper.mapping.profile import FieldRule, Owner, ResolverKind
from watchkeeper.model.reasons import Reason, because, together
from watchkeeper.model.record import SENTINEL, SERVICENOW, RawFields, Side
from watchkeeper.model.ticket import SEVERITY_FIELD, STATUS_FIELD, Canonical, Severity, Status, Unmapped
from watchkeeper.model.troubles import Trouble

_NOTHING: tuple[Canonical, ...] = ("", ())
"""What a side shows of a field that nobody has filled; None is one that it does not show."""
_STATUS_RANK = {status.value: rank for rank, status in enumerate(Status)}


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field on one side: what it holds now, what it held when both sides last agreed, what we last asked it to hold.

    `raw` covers the whole record, so that a lens can keep a side's nuance. `touched` says that somebody edited the field
    since the agreement even if it holds the agreed value again.
    """

    value: Canonical | Unmapped
    raw: RawFields
    base: RawFields
    asked: RawFields
    touched: bool = False


@dataclass(frozen=True, slots=True)
class FieldMerge:
    """What is to be done about one field.

    `writes`: the canonical value that a side should hold. `agreed`: both sides mean the same now (or will after the
    writes). `winner`/`losing` describe a conflict. `parked` says why the field is left alone.
    """

    agreed: bool
    writes: Mapping[Side, Canonical] = field(default_factory=dict)
    winner: Side | None = None
    losing: Canonical = None
    parked: str = ""
    known_before: bool = True

    @property
    def conflict(self) -> bool:
        return self.winner is not None


def merge_field(rule: FieldRule, views: Mapping[Side, FieldView], desired: Canonical = None) -> FieldMerge:
    """Decide one field. `desired` is the catalogue's value for a field that the definition owns; without one it is left alone.

    A side that is missing from `views`, or for which the rule has no lens, takes no part.
    """
    merge = _decided(rule, views, desired)
    writes = {side: value for side, value in merge.writes.items() if rule.direction.reaches(side)}
    if writes == merge.writes and (writes or merge.parked):
        return merge
    # Nobody has lost to a change that stays where it is.
    return FieldMerge(merge.agreed, writes, parked=merge.parked)


def _decided(rule: FieldRule, views: Mapping[Side, FieldView], desired: Canonical) -> FieldMerge:
    present = {side: view for side, view in views.items() if side in rule.lenses}
    unmapped = [not_mapped(side, view.value) for side, view in present.items() if isinstance(view.value, Unmapped)]
    if unmapped:
        return FieldMerge(agreed=False, parked=together(unmapped))
    match rule.owner:
        case Owner.CREATE_ONCE:
            return FieldMerge(agreed=True)
        case Owner.DEFINITION:
            return FieldMerge(agreed=True) if desired is None else _push(rule, present, desired, to=tuple(present))
        case Owner.SERVICENOW | Owner.SENTINEL:
            return _follow(rule, present, rule.owner.value)
        case Owner.SHARED:
            return _share(rule, present)


def changed(lens: Lens, view: FieldView) -> bool:
    """Whether this side's field is no longer what it was when both sides last agreed."""
    return view.touched or any(view.raw.get(name) != view.base.get(name) for name in lens.raw_fields)


def has_base(lens: Lens, view: FieldView) -> bool:
    return all(name in view.base for name in lens.raw_fields)


def _follow(rule: FieldRule, views: Mapping[Side, FieldView], owner: Side) -> FieldMerge:
    if owner not in views or views[owner].value is None:
        return FieldMerge(agreed=owner not in views)
    return _push(rule, views, _value(views[owner]), to=tuple(side for side in views if side != owner))


def _push(rule: FieldRule, views: Mapping[Side, FieldView], target: Canonical, to: tuple[Side, ...]) -> FieldMerge:
    writes = {side: target for side in to if _needs_write(rule, side, views[side], target)}
    lowered = [side for side in writes if _is_barred(rule, target, _value(views[side]))]
    if lowered:
        return FieldMerge(agreed=False, parked=because(Trouble.WOULD_LOWER, value=target, side=lowered[0]))
    return FieldMerge(agreed=True, writes=writes)


def _needs_write(rule: FieldRule, side: Side, view: FieldView, target: Canonical) -> bool:
    lens = rule.lenses[side]
    change = lens.put(target, view.raw)
    if isinstance(change, Unmapped):
        return True
    asked_before = all(view.asked.get(name) == value for name, value in change.items())
    return bool(change) and not (asked_before and not changed(lens, view))


def _share(rule: FieldRule, views: Mapping[Side, FieldView]) -> FieldMerge:
    if len(views) < 2:
        return FieldMerge(agreed=True)
    (left, left_view), (right, right_view) = sorted(views.items())
    if rule.agree(_value(left_view), _value(right_view)):
        return FieldMerge(agreed=True)
    if not (has_base(rule.lenses[left], left_view) and has_base(rule.lenses[right], right_view)):
        return _first_contact(rule, views)
    moved = [side for side in (left, right) if changed(rule.lenses[side], views[side])]
    if not moved:
        return FieldMerge(agreed=True)
    if len(moved) == 1:
        return _carry(rule, views, moved[0])
    winner = _resolve(rule, views)
    if winner is None:
        why = together([because(Trouble.BOTH_CHANGED), because(Trouble.PERSON_CHOOSES)])
        return FieldMerge(agreed=False, parked=why)
    carried = _carry(rule, views, winner)
    loser = right if winner == left else left
    return FieldMerge(carried.agreed, carried.writes, winner, _value(views[loser]), carried.parked)


def _first_contact(rule: FieldRule, views: Mapping[Side, FieldView]) -> FieldMerge:
    """No memory of an agreement. Whether an open or a closed status is the newer one cannot be known, so neither is
    written; what one side alone has filled is carried over, lest nothing should win over something; every other field goes
    to the resolver."""
    values = {side: _value(view) for side, view in views.items()}
    if rule.name == STATUS_FIELD and len({Status(str(value)).is_closed for value in values.values()}) == 2:
        why = together([because(Trouble.CLOSED_AND_OPEN), because(Trouble.CLOSE_OR_REOPEN)])
        return FieldMerge(agreed=False, parked=why)
    winner = _resolve(rule, views, known_before=False)
    if winner is None:
        return FieldMerge(agreed=False, parked=because(Trouble.SIDES_DIFFER))
    filled = [side for side, value in values.items() if value not in _NOTHING]
    if len(filled) == 1 and None not in values.values():
        return _carry(rule, views, filled[0])
    carried = _carry(rule, views, winner)
    losing = next(value for side, value in values.items() if side != winner)
    return FieldMerge(carried.agreed, carried.writes, winner, losing, carried.parked, known_before=False)


def _carry(rule: FieldRule, views: Mapping[Side, FieldView], source: Side) -> FieldMerge:
    """Write the source's value on the other side, unless that would lower a severity that the bridge may not lower."""
    value = _value(views[source])
    target = next(side for side in views if side != source)
    if not rule.direction.reaches(target):
        return FieldMerge(agreed=True)
    if value is None:
        return FieldMerge(agreed=False, parked=because(Trouble.FIELD_UNSHOWN, side=source))
    if _is_barred(rule, value, _value(views[target])):
        return FieldMerge(agreed=False, parked=because(Trouble.LOWERED, side=source, value=value))
    return FieldMerge(agreed=True, writes={target: value})


def _resolve(rule: FieldRule, views: Mapping[Side, FieldView], *, known_before: bool = True) -> Side | None:
    match rule.resolver:
        case ResolverKind.PREFER_SERVICENOW:
            return SERVICENOW
        case ResolverKind.PREFER_SENTINEL:
            return SENTINEL
        case ResolverKind.MANUAL | ResolverKind.UNION:
            return None
        case ResolverKind.FURTHEST:
            reopened = [side for side, view in sorted(views.items()) if known_before and _reopened(rule, side, view)]
            if reopened:
                return reopened[0]
            return max(sorted(views), key=lambda side: _rank(rule, _value(views[side])))


def _reopened(rule: FieldRule, side: Side, view: FieldView) -> bool:
    """A person took this side from closed back to open: the open status wins over whatever the other side did."""
    before = rule.lenses[side].get({**view.raw, **view.base})
    return (
        rule.name == STATUS_FIELD
        and isinstance(before, str)
        and Status(before).is_closed
        and not Status(str(_value(view))).is_closed
    )


def _rank(rule: FieldRule, value: Canonical) -> int:
    if rule.name == SEVERITY_FIELD:
        return Severity(str(value)).rank
    return _STATUS_RANK.get(str(value), -1)


def _is_barred(rule: FieldRule, value: Canonical, held: Canonical) -> bool:
    """Whether the profile keeps the bridge from lowering the held severity to the value."""
    return rule.name == SEVERITY_FIELD and not rule.may_lower and _lowers(value, held)


def _lowers(value: Canonical, held: Canonical) -> bool:
    return held is not None and Severity(str(value)).rank < Severity(str(held)).rank


def _value(view: FieldView) -> Canonical:
    if isinstance(view.value, Unmapped):
        raise AssertionError("unmapped values are parked before they are merged")
    return view.value


def not_mapped(side: Side, value: Unmapped) -> Reason:
    """Why a field is left alone whose value on a side the mapping does not know."""
    code = Trouble.NOT_MAPPED_AS if value.reason else Trouble.NOT_MAPPED
    return because(code, side=side, name=", ".join(value.fields), value=repr(value.value), words=value.reason)
