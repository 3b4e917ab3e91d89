"""Which of the planned actions this run may carry out: the mode, a saved plan, and what was refused before have a say."""

from __future__ import annotations

from watchkeeper.mapping.profile import ProfileKind
from watchkeeper.model.link import Dirty
from watchkeeper.model.plan import Action, Operation, Parked
from watchkeeper.model.reasons import because
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.prepared import Prepared

_REFUSED = "refused "
_SUPERSEDED = "superseded by "


def admit(prepared: Prepared) -> None:
    """Leave out what may not be done now; its key is held, so that a later run comes back to it.

    A create that is left out takes the rest of its key along, which would have nothing to stand on.
    """
    refusals = _refusals(prepared)
    out: dict[str, bool] = {}
    kept = []
    for action in prepared.actions:
        if action.profile in prepared.fields.unshown:  # said once, for the whole profile
            prepared.held.setdefault(action.key, prepared.fields.unshown[action.profile])
            continue
        objection = _objection(prepared, action, refusals)
        if objection is not None:
            prepared.parked.append(objection)
            prepared.held.setdefault(action.key, refusals.get(_token(action)) or objection.reason)
            out[action.key] = out.get(action.key, False) or action.operation is Operation.CREATE
        elif not out.get(action.key, False):
            kept.append(action)
    prepared.actions = tuple(kept)


def refusal(action: Action, message: str) -> str:
    """The reason of a dirty key whose write was refused for good: it names the write, so that the same is not sent again."""
    return f"{_REFUSED}{_token(action)}: {message}"


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
    if _token(action) in refusals:
        return Parked(
            action.key,
            "",
            because(Trouble.NOT_SENT_AGAIN, why=refusals[_token(action)].partition(": ")[2]),
            because(Trouble.CHANGE_IT),
        )
    return None


def _refusals(prepared: Prepared) -> dict[str, str]:
    """Token → reason of every write that was refused before; none after a full sweep, which tries each of them once more."""
    if any(result.swept for result in prepared.observation.results):
        return {}
    rows: list[Dirty] = [row for row in prepared.systems.store.dirty() if is_refusal(row.reason)]
    return {row.reason.removeprefix(_REFUSED).partition(": ")[0]: row.reason for row in rows}


def _token(action: Action) -> str:
    """Names an action on the revision that it was decided on: once the record moves, it is another one."""
    return f"{action.id}@{_expected(action)}"


def _expected(action: Action) -> str:
    return action.expect.token if action.expect else ""
