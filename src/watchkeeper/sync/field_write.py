"""What is written on one side to bring one field to its target, and why it cannot be; what a close carries with it."""

from __future__ import annotations

from watchkeeper.mapping.closure import IN_DOUBT
from watchkeeper.mapping.lens import Lens
from watchkeeper.mapping.profile import CloseFrom, FieldRule
from watchkeeper.model.reasons import Reason, because
from watchkeeper.model.record import NO_FIELDS, RawFields, Side
from watchkeeper.model.ticket import STATUS_FIELD, Canonical, Status, Unmapped
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.case import Case, other_side


def field_write(
    case: Case, side: Side, rule: FieldRule, target: Canonical, words: str = ""
) -> tuple[RawFields, str, bool]:
    """Raw fields that bring one field to its target, or why that cannot be done, and whether it closes the record. `words`: what a
    close says that comes from neither side."""
    record = case.sides[side].record
    if record is None:
        raise AssertionError("only a record that was found is written")
    if not rule.direction.reaches(side):
        return NO_FIELDS, "", False
    lens = rule.lenses[side]
    change = lens.put(target, record.fields)
    if isinstance(change, Unmapped):
        return NO_FIELDS, _cannot_hold(side, target, change), False
    change = _whole(lens, change, record.fields)
    if not change or rule.name != STATUS_FIELD:
        return change, "", False
    before = lens.get(record.fields)
    was_closed = isinstance(before, str) and Status(before).is_closed
    will_close = Status(str(target)).is_closed
    if will_close and not was_closed:
        return _concluding(case, side, change, words) if words else _closing(case, side, change)
    if was_closed and not will_close:
        return {**change, **case.profile.closure.reopening(side, record.fields)}, "", False
    return change, "", False


def _whole(lens: Lens, change: RawFields, held: RawFields) -> RawFields:
    """The change with the rest of the raw fields that make the value together. A side that knows no precondition takes a write on
    top of what a person has said since we looked: half a value would become, with half of theirs, one that nobody said."""
    if not change:
        return change
    shown = [name for name in lens.raw_fields if name in change or held.get(name) is not None]
    return {name: change.get(name, held.get(name)) for name in shown}


def _cannot_hold(side: Side, target: Canonical, change: Unmapped) -> Reason:
    return because(Trouble.CANNOT_HOLD, side=side, value=repr(target), words=change.reason or change.value)


def _closing(case: Case, side: Side, change: RawFields) -> tuple[RawFields, str, bool]:
    source = other_side(side)
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
    return _demanded(case, side, change, fields)


def _concluding(case: Case, side: Side, change: RawFields, words: str) -> tuple[RawFields, str, bool]:
    fields = case.profile.closure.concluding(side, words)
    if isinstance(fields, Unmapped):
        names = ", ".join(fields.fields)
        return (
            NO_FIELDS,
            because(Trouble.NO_CLOSURE, side=other_side(side), name=names, value=repr(fields.value)),
            False,
        )
    return _demanded(case, side, change, fields)


def _demanded(case: Case, side: Side, change: RawFields, fields: RawFields) -> tuple[RawFields, str, bool]:
    """The close, unless the side demands more of it than there is."""
    status = next(value for value in change.values() if isinstance(value, str))
    record = case.sides[side].record
    lacking = case.profile.closure.lacking(side, status, fields, record.fields if record else NO_FIELDS)
    if lacking:
        table = case.profile.sides[side].table
        names = ", ".join(lacking)
        return NO_FIELDS, because(Trouble.CLOSE_NEEDS, side=side, table=table, value=status, names=names), False
    return {**change, **fields}, "", True
