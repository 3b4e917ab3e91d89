"""Which of the planned actions this run may carry out: the mode, a saved plan, and what was refused before have a say."""

from __future__ import annotations

from collections.abc import Iterable

from watchkeeper.mapping.profile import ProfileKind
from watchkeeper.model.link import Dirty
from watchkeeper.model.plan import Action, Operation, Parked
from watchkeeper.model.reasons import because
from watchkeeper.model.run import ActionResult
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.prepared import Prepared
from watchkeeper.sync.taken import token_of_field, without_fields
from watchkeeper.sync.undone import undone_marks, without_undone

_REFUSED = "refused "
_SUPERSEDED = "superseded by "


def admit(prepared: Prepared) -> None:
    """Leave out what may not be done now; its key is held, so that a later run comes back to it.

    A create that is left out takes the rest of its key along, which would have nothing to stand on.
    """
    refusals, marks = _refusals(prepared), undone_marks(prepared)
    out: dict[str, bool] = {}
    kept = []
    for planned in prepared.actions:
        if planned.profile in prepared.fields.unshown:  # said once, for the whole profile
            prepared.held.setdefault(planned.key, prepared.fields.unshown[planned.profile])
            continue
        wanted = without_undone(prepared, planned, marks)
        action = None if wanted is None else _untried(prepared, wanted, refusals)
        if action is None:
            continue
        objection = _objection(prepared, action, refusals)
        if objection is not None:
            prepared.parked.append(objection)
            prepared.held.setdefault(action.key, refusals.get(token_of_action(action)) or objection.reason)
            out[action.key] = out.get(action.key, False) or action.operation is Operation.CREATE
        elif not out.get(action.key, False):
            kept.append(action)
    prepared.actions = tuple(kept)


def refusal(tokens: Iterable[str], message: str, before: Iterable[str] = ()) -> str:
    """The reason of a dirty key of which a system refused something for good: it names the writes, or the fields, so that the
    same is not sent again. `before`: reasons of this kind that go on holding."""
    earlier = [reason.removeprefix(_REFUSED).partition(": ") for reason in before]
    named = dict.fromkeys([*(token for each, _, _ in earlier for token in each.split()), *tokens])
    said = dict.fromkeys([*(words for _, _, words in earlier), message])
    return f"{_REFUSED}{' '.join(named)}: {'; '.join(said)}"


def not_taken(result: ActionResult) -> str:
    """Which fields a system left as they were although it took the write."""
    return because(Trouble.FIELDS_NOT_TAKEN, side=result.action.ref.side, fields=", ".join(result.kept))


def is_refusal(reason: str) -> bool:
    """Whether a dirty key's reason is that a system refused its write for good."""
    return reason.startswith(_REFUSED)


def superseding(newer: str, why: str = "") -> str:
    """The reason of a dirty key whose open ticket gives way to a newer one."""
    return f"{_SUPERSEDED}{newer}: {why}" if why else f"{_SUPERSEDED}{newer}"


def superseded_by(reason: str) -> str:
    """The newer key that such a reason names; "" for any other reason."""
    return reason.removeprefix(_SUPERSEDED).partition(": ")[0] if reason.startswith(_SUPERSEDED) else ""


def _objection(prepared: Prepared, action: Action, refusals: dict[str, str]) -> Parked | None:
    systems, only = prepared.systems, prepared.options.only
    if systems.mode == "maintenance" and systems.profile_of(action.key).kind is not ProfileKind.MAINTENANCE:
        return Parked(action.key, "", because(Trouble.MAINTENANCE_ALONE))
    if only is not None and only.get(action.id) != _expected(action):
        return Parked(action.key, "", because(Trouble.NOT_IN_PLAN), because(Trouble.NEW_PLAN))
    if token_of_action(action) in refusals:
        return Parked(
            action.key,
            "",
            because(Trouble.NOT_SENT_AGAIN, why=refusals[token_of_action(action)].partition(": ")[2]),
            because(Trouble.CHANGE_IT),
        )
    return None


def _untried(prepared: Prepared, action: Action, refusals: dict[str, str]) -> Action | None:
    """The action without the fields that its side did not take before; None when nothing is left of it."""
    profile, held = prepared.systems.profile_of(action.key), prepared.cases.get(action.key)
    if not refusals or held is None or action.operation is Operation.CREATE:
        return action
    tokens = {change.field: token_of_field(profile, action, change.field, action.before) for change in action.changes}
    left = {field: refusals[token] for field, token in tokens.items() if token in refusals}
    if not left:
        return action
    for field, reason in left.items():
        said = because(Trouble.NOT_SENT_AGAIN, why=because(Trouble.NOT_TAKEN, side=action.ref.side))
        prepared.parked.append(Parked(action.key, field, said, because(Trouble.CHANGE_IT), held.number))
        prepared.held.setdefault(action.key, reason)
    return without_fields(profile, action, left)


def _refusals(prepared: Prepared) -> dict[str, str]:
    """Token → reason of every write or field that was refused before; none after a full sweep, which tries each of them once more."""
    if any(result.swept for result in prepared.observation.results):
        return {}
    rows: list[Dirty] = [row for row in prepared.systems.store.dirty() if is_refusal(row.reason)]
    return {token: row.reason for row in rows for token in row.reason.removeprefix(_REFUSED).partition(": ")[0].split()}


def token_of_action(action: Action) -> str:
    """Names an action on the revision that it was decided on: once the record moves, it is another one."""
    return f"{action.id}@{_expected(action)}"


def _expected(action: Action) -> str:
    return action.expect.token if action.expect else ""
