"""What was undone is not done again: the marks that an undo leaves on its keys, and what a run leaves out because of them.

A mark is the reason of a dirty key, so that every run looks at the key and names it. It ends when both sides agree, and it says
nothing about another value, or about the same one under another mapping.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Final

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.plan import Action, Operation, Parked, json_value
from watchkeeper.model.reasons import Reason, because, together
from watchkeeper.model.record import RawFields, Side
from watchkeeper.model.trouble_sentences import TROUBLES
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.case import other_side
from watchkeeper.sync.prepared import Prepared
from watchkeeper.sync.taken import without_fields

_SIGN: Final = TROUBLES[Trouble.UNDONE_HERE].partition("{")[0]
_BEFORE_TOKENS: Final = TROUBLES[Trouble.MARKED_AS].partition("{")[0]
_BETWEEN: Final = ","
OF_AUDIT: Final = "-audit"
"""Ends the token of what the escalation audit's result wrote, by no mapping: it is never written again (see `audited`), and a person who
writes the same means it. Only what we had written on the other side ourselves is not carried back from there."""


def undone_mark(run: str, tokens: Iterable[str]) -> Reason:
    """The reason of a dirty key of which a run's writes were taken back."""
    named = because(Trouble.MARKED_AS, words=_BETWEEN.join(sorted(tokens)))
    return together([because(Trouble.UNDONE_HERE, id=run), named])


def tokens_of(mark: str) -> frozenset[str]:
    return frozenset(filter(None, mark.partition(_BEFORE_TOKENS)[2].split(_BETWEEN)))


def is_undone(reason: str) -> bool:
    """Whether a dirty key's reason is such a mark."""
    return reason.startswith(_SIGN) and _BEFORE_TOKENS in reason


def _run_of(mark: str) -> str:
    return mark.removeprefix(_SIGN).partition(" ")[0]


def token_of_write(profile: Profile, key: str, side: Side, field: str, body: RawFields) -> str:
    """Names one field of a write by what was sent and by the mapping that made it."""
    names = profile.field(field).lenses[side].raw_fields
    rows = sorted((name, json_value(body[name])) for name in names if name in body)
    text = json.dumps([key, side, field, rows, profile.fingerprint], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def without_undone(prepared: Prepared, action: Action, marks: Mapping[str, str]) -> Action | None:
    """The action without what a person had undone and the same mapping would do again; None when nothing is left of it."""
    reason = marks.get(action.key, "")
    if not reason or action.operation not in {Operation.UPDATE, Operation.CLOSE}:
        return action
    profile, tokens, run = prepared.systems.profile_of(action.key), tokens_of(reason), _run_of(reason)
    again = [
        change.field
        for change in action.changes
        if (token := token_of_write(profile, action.key, action.ref.side, change.field, action.body)) in tokens
        or (f"{token}{OF_AUDIT}" in tokens and _is_ours(prepared, action, change.field))
    ]
    if not again:
        return action
    prepared.held[action.key] = reason
    prepared.undone |= {(action.key, field) for field in again}
    number = prepared.cases[action.key].number if action.key in prepared.cases else ""
    said, remedy = because(Trouble.WAS_UNDONE, id=run), because(Trouble.CORRECT_MAPPING, id=run)
    prepared.parked += [Parked(action.key, field, said, remedy, number) for field in again]
    return without_fields(profile, action, again)


def _is_ours(prepared: Prepared, action: Action, field: str) -> bool:
    """Whether what a write carries over is what we ourselves had asked the other side to hold."""
    case = prepared.cases.get(action.key)
    side = other_side(action.ref.side)
    view = case.sides.get(side) if case is not None else None
    if view is None or view.link is None or view.record is None:
        return True
    lens = prepared.systems.profile_of(action.key).field(field).lenses[side]
    return lens.get(view.record.fields) == lens.get(view.link.asked)


def undone_marks(prepared: Prepared) -> Mapping[str, str]:
    """The marks of all keys. Another undo goes by none of them: it may give anything back."""
    if prepared.options.undo is not None:
        return {}
    return {row.key: row.reason for row in prepared.systems.store.dirty() if is_undone(row.reason)}
