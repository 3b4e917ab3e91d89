"""Which fields of a confirmed write the side left as they were, and what is left of a write without them. Pure.

A system may drop a field without a word (a quiet access control, a rule that puts the old value back): the call succeeds, and its
answer shows the value from before. Both systems differ then, however well the call went.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import replace

from watchkeeper.mapping.lens import Lens
from watchkeeper.mapping.lens_default import without_default
from watchkeeper.mapping.lens_text import TextLens
from watchkeeper.mapping.profile import FieldRule, Profile
from watchkeeper.model.plan import Action, Operation, json_value
from watchkeeper.model.record import RawFields, RawValue, Written
from watchkeeper.model.ticket import STATUS_FIELD, Unmapped


def fields_left(profile: Profile, action: Action, written: Written) -> tuple[str, ...]:
    """The canonical fields of a write that the side left as they were before it.

    A value that the side brought into a form of its own (trimmed, cut) is taken, also where that form was there before; so is
    one that a rule made into something else. A new record has no value from before.
    """
    if action.operation is Operation.CREATE:
        return ()
    refused = {each.field for each in written.refused}
    now = written.record.fields
    return tuple(
        change.field
        for change in action.changes
        if any(
            name in refused and _kept(lens, action.body[name], action.before.get(name), now.get(name))
            for lens in (profile.field(change.field).lenses[action.ref.side],)
            for name in lens.raw_fields
            if name in action.body
        )
    )


def fields_otherwise(profile: Profile, action: Action, written: Written) -> tuple[str, ...]:
    """The canonical fields of a write of which the side now holds another meaning than was asked for: a rule made something else
    of them, or a new record was given none. A text in a form of the side's own means the same; an empty one does not."""
    refused, now = {each.field for each in written.refused}, written.record.fields
    rules = ((rule, rule.lenses[action.ref.side]) for rule in profile.fields if action.ref.side in rule.lenses)
    return tuple(
        rule.name
        for rule, lens in rules
        if not refused.isdisjoint(lens.raw_fields)
        and not action.body.keys().isdisjoint(lens.raw_fields)
        and _is_otherwise(rule, lens, {**now, **action.body}, now)
    )


def _is_otherwise(rule: FieldRule, lens: Lens, asked: RawFields, now: RawFields) -> bool:
    if any(now.get(name) is None for name in lens.raw_fields):  # a field that is not shown proves nothing
        return False
    if isinstance(without_default(lens), TextLens):
        return not now.get(lens.raw_fields[0])
    wanted, held = lens.get(asked), lens.get(now)
    if isinstance(wanted, Unmapped) or isinstance(held, Unmapped):
        return wanted != held
    return not rule.agree(wanted, held)


def token_of_field(profile: Profile, action: Action, field: str, held: RawFields) -> str:
    """Names one field of a write by what was asked for and what the side holds: once either moves, it is another one."""
    names = profile.field(field).lenses[action.ref.side].raw_fields
    rows = sorted(
        (name, json_value(action.body[name]), json_value(held.get(name)))
        for name in names
        if name in action.body and (action.body[name] or "") != (held.get(name) or "")
    )
    text = json.dumps([action.key, action.ref.side, field, rows], ensure_ascii=True)
    return f"~{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def without_fields(profile: Profile, action: Action, fields: Collection[str]) -> Action | None:
    """The write without some of its fields; None when nothing is left of it. Without its status a close closes nothing, and what
    goes with closing stays away too."""
    changes = tuple(change for change in action.changes if change.field not in fields)
    if not changes:
        return None
    gone, other = set[str](), set[str]()
    for field in fields:
        for side, lens in profile.field(field).lenses.items():
            (gone if side == action.ref.side else other).update(lens.raw_fields)
    names = action.body.keys() - gone
    operation = action.operation
    if operation is Operation.CLOSE and STATUS_FIELD in fields:
        operation = Operation.UPDATE
        names &= {name for change in changes for name in profile.field(change.field).lenses[action.ref.side].raw_fields}
    return replace(
        action,
        operation=operation,
        body={name: value for name, value in action.body.items() if name in names},
        before={name: value for name, value in action.before.items() if name in names},
        changes=changes,
        agreed={name: value for name, value in action.agreed.items() if name not in other},
        late=tuple(name for name in action.late if name in names),
    )


def _kept(lens: Lens, asked: RawValue, before: RawValue, now: RawValue) -> bool:
    if now is None or (now or "") != (before or ""):  # a field that is not shown proves nothing
        return False
    return not (isinstance(asked, str) and isinstance(now, str) and _is_form_of(lens, now, asked))


def _is_form_of(lens: Lens, held: str, asked: str) -> bool:
    """Whether a side may have made one text of the other: by its white space and letter case, or by cutting its end."""
    plain, wanted = (" ".join(text.casefold().split()) for text in (held, asked))
    return plain == wanted or (isinstance(without_default(lens), TextLens) and plain != "" and wanted.startswith(plain))
