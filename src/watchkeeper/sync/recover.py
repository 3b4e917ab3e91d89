"""Find out, by reading only, what became of writes that an earlier run began and never finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from watchkeeper.errors import NotFound
from watchkeeper.model.activity import Comment
from watchkeeper.model.link import Link
from watchkeeper.model.plan import Action, Intent, Operation
from watchkeeper.model.record import Absent, Record, RecordRef, Side
from watchkeeper.model.run import ActionResult, Outcome
from watchkeeper.sync.apply import comment_name, ledger_of
from watchkeeper.sync.cases import Read, read_records
from watchkeeper.sync.comments import marker_of_comment
from watchkeeper.sync.memory import UNPROCESSED, blank_link
from watchkeeper.sync.systems import Systems, origin_of


@dataclass(slots=True)
class Recovered:
    """`replays`: stored actions that took no effect and are sent again with the very body that was stored. `keys`: every key
    that had an open intent and must be looked at. `settled`: what turned out to have happened."""

    replays: list[Action] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    settled: list[ActionResult] = field(default_factory=list)


def recover(systems: Systems) -> Recovered:
    """Judge every open intent, and settle those that are known to have happened or to be overtaken."""
    recovered = Recovered()
    intents = systems.store.intents()
    if not intents:
        return recovered
    read = read_records(
        systems, {intent.action.ref for intent in intents if intent.action.operation is not Operation.COMMENT}
    )
    for intent in sorted(intents, key=lambda intent: (intent.action.key, intent.action.step)):
        recovered.keys.add(intent.action.key)
        if intent.action.operation is Operation.COMMENT:
            _judge_comment(systems, intent, recovered)
        else:
            _judge_write(systems, intent, read, recovered)
    return recovered


def _judge_write(systems: Systems, intent: Intent, read: Read, recovered: Recovered) -> None:
    action = intent.action
    found = read.get(action.ref)
    if isinstance(found, Absent) and action.operation is Operation.CREATE:
        found = _created_elsewhere(systems, action) or found
    if isinstance(found, Record) and _took_effect(action, found):
        result = ActionResult(
            action, Outcome.ADOPTED, number=found.number, url=found.url, message="had happened before the run ended"
        )
        _settle(systems, intent, result, recovered, found)
    elif _took_no_effect(action, found):
        recovered.replays.append(action)
    else:
        result = ActionResult(action, Outcome.CONFLICT, message="the record moved on; decided afresh")
        _settle(systems, intent, result, recovered)


def _created_elsewhere(systems: Systems, action: Action) -> Record | None:
    """The record of a create whose instance chose another id than the one we sent."""
    fields = systems.fields(action.ref.side, action.ref.table)
    found = systems.connectors[action.ref.side].find(action.ref.table, [action.marker], fields)
    return next(iter(found.get(action.marker, ())), None)


def _took_effect(action: Action, record: Record) -> bool:
    """A create took effect when its id exists; an update when the record has moved on and holds what was sent."""
    if action.operation is Operation.CREATE:
        return True
    return record.revision != action.expect and all(
        record.fields.get(name) == value for name, value in action.body.items() if name in record.fields
    )


def _took_no_effect(action: Action, found: Record | Absent | None) -> bool:
    if isinstance(found, Absent):
        return action.operation is Operation.CREATE and not found.deleted
    return found is not None and found.revision == action.expect


def _judge_comment(systems: Systems, intent: Intent, recovered: Recovered) -> None:
    action = intent.action
    try:
        comments = systems.connectors[action.ref.side].comments([action.ref]).get(action.ref, ())
    except NotFound:
        comments = ()
    mirror = _mirror_of(systems, action, comments)
    if mirror is None:
        recovered.replays.append(action)
        return
    result = ActionResult(action, Outcome.ADOPTED, message="had been written before the run ended")
    _settle(systems, intent, result, recovered, mirror_id=mirror.id)


def _mirror_of(systems: Systems, action: Action, comments: Sequence[Comment]) -> Comment | None:
    """Our own comment among those on the record: by the id we chose, or by its marker or text, written by our account."""
    account = systems.store.recall(f"account:{action.ref.side}")
    origin = action.origin.side if action.origin else ""
    marker = marker_of_comment(origin, action.comment_id)
    text = str(action.body["text"]).strip()
    chosen = systems.connectors[action.ref.side].chosen_comment_id(action.ref, comment_name(action))
    for comment in comments:
        if comment.id == chosen or (
            comment.author.id == account and (marker in comment.text or comment.text.strip() == text)
        ):
            return comment
    return None


def _settle(
    systems: Systems,
    intent: Intent,
    result: ActionResult,
    recovered: Recovered,
    record: Record | None = None,
    mirror_id: str = "",
) -> None:
    recovered.settled.append(result)
    now = systems.clock.now()
    ledger = ledger_of(intent.action, mirror_id, now) if mirror_id else ()
    links = _links_after(systems, intent.action, record, now) if record is not None else ()
    systems.store.settle(intent, result, now, links=links, ledger=ledger)


def _links_after(systems: Systems, action: Action, record: Record, at: datetime) -> tuple[Link, ...]:
    """The links that a recovered write leaves: what was sent and what the other side held then are the agreement; both
    records count as unprocessed, so that whatever people did since is merged against it."""
    profile = systems.profile_of(action.key)
    stored = systems.store.links([action.key]).get(action.key, {})
    mapped = profile.mapped_fields(action.ref.side)
    sent = {name: value for name, value in action.body.items() if name in mapped}
    own = stored.get(action.ref.side) or blank_link(action.key, profile, record.ref, record.number, record.url, at)
    links = [replace(own, base={**own.base, **sent}, asked={**own.asked, **sent}, fingerprint=UNPROCESSED)]
    for side in profile.sides:
        if (
            side != action.ref.side
            and action.agreed
            and (other := stored.get(side) or _origin_link(systems, action, side, at))
        ):
            links.append(replace(other, base={**other.base, **action.agreed}, fingerprint=UNPROCESSED))
    return tuple(links)


def _origin_link(systems: Systems, action: Action, side: Side, at: datetime) -> Link | None:
    origin = origin_of(action.key)
    profile = systems.profile_of(action.key)
    if origin is None or origin[0] != side:
        return None
    return blank_link(action.key, profile, RecordRef(side, profile.sides[side].table, origin[1]), "", "", at)
