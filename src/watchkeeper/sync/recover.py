"""Find out, by reading only, what became of writes that an earlier run began and never finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from watchkeeper.errors import Ambiguous, Conflict, NotFound
from watchkeeper.model.activity import Activity, ActivityKind, ActivityReport, Comment
from watchkeeper.model.link import Link
from watchkeeper.model.plan import Action, Intent, Operation
from watchkeeper.model.reasons import because, together
from watchkeeper.model.record import Absent, RawFields, Record, RecordRef, Side
from watchkeeper.model.run import ActionResult, Outcome
from watchkeeper.model.ticket import STATUS_FIELD
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.apply import comment_name, ledger_of
from watchkeeper.sync.comments import marker_of_comment
from watchkeeper.sync.history import PATIENCE, on_their_clock, told_since
from watchkeeper.sync.memory import UNPROCESSED, blank_link, rebased
from watchkeeper.sync.passed_over import moved_further, passed_over
from watchkeeper.sync.reading import Reading, read_comments, read_records
from watchkeeper.sync.systems import Systems, origin_of


@dataclass(slots=True)
class Recovered:
    """`replays`: stored actions that took no effect and are sent again with the very body that was stored. `keys`: every key
    that had an open intent and must be looked at. `settled`: what turned out to have happened. `held`: keys whose intent
    cannot be judged yet, and why; nothing is written for them."""

    replays: list[Action] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    settled: list[ActionResult] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)


def recover(systems: Systems) -> Recovered:
    """Judge every open intent, and settle those that are known to have happened or to be overtaken."""
    recovered = Recovered()
    intents = systems.store.intents()
    comments = [intent.action.ref for intent in intents if intent.action.operation is Operation.COMMENT]
    writes = [intent.action.ref for intent in intents if intent.action.operation is not Operation.COMMENT]
    read, talks = read_records(systems, writes), read_comments(systems, comments)
    others = _counterparts(systems, [each.action for each in intents if _may_be_anybodys(each.action, read)])
    for intent in sorted(intents, key=lambda intent: (intent.action.key, intent.action.step)):
        action = intent.action
        recovered.keys.add(action.key)
        trouble = (talks if action.operation is Operation.COMMENT else read).failed.get(action.ref)
        if trouble is not None and not isinstance(trouble, NotFound):
            recovered.held[action.key] = because(Trouble.EARLIER_UNSEEN, why=trouble)
        elif action.operation is Operation.COMMENT:
            _judge_comment(systems, intent, talks.found.get(action.ref, ()), recovered)
        else:
            _judge_write(systems, intent, read, others, recovered)
    return recovered


def drop(systems: Systems, action: Action) -> None:
    """End the intent of an action that took no effect and is not wanted any more."""
    intent = next(each for each in systems.store.intents() if each.action.id == action.id)
    result = ActionResult(action, Outcome.CONFLICT, message=because(Trouble.NOT_WANTED))
    systems.store.settle(intent, result, systems.clock.now())


def _judge_write(
    systems: Systems,
    intent: Intent,
    read: Reading[Record | Absent],
    others: Mapping[str, Record],
    recovered: Recovered,
) -> None:
    action = intent.action
    found = read.found.get(action.ref)
    if isinstance(found, Absent) and action.operation is Operation.CREATE:
        found = _created_elsewhere(systems, action) or found
    if _took_no_effect(action, found):
        recovered.replays.append(action)
    elif not isinstance(found, Record):
        _overtaken(systems, intent, recovered)
    elif _may_be_anybodys(action, read) and not _is_as_agreed(action, others.get(action.key)):
        _judge_by_author(systems, intent, found, recovered)
    elif action.operation is Operation.CREATE or _holds(found, action.body):
        _happened(systems, intent, recovered, found)
    else:
        _judge_by_history(systems, intent, found, recovered)


def _created_elsewhere(systems: Systems, action: Action) -> Record | None:
    """The record of a create whose instance chose another id than the one we sent."""
    fields = systems.fields(action.ref.side, action.ref.table)
    found = systems.connectors[action.ref.side].find(action.ref.table, [action.marker], fields)
    return next(iter(found.get(action.marker, ())), None)


def _took_no_effect(action: Action, found: Record | Absent | None) -> bool:
    if isinstance(found, Absent):
        return action.operation is Operation.CREATE and not found.deleted
    return found is not None and found.revision == action.expect


def _holds(record: Record, body: RawFields) -> bool:
    """Whether a record is as it was to be; a side may show what it was given as empty as not there at all."""
    return all((record.fields[name] or "") == (value or "") for name, value in body.items() if name in record.fields)


def _may_be_anybodys(action: Action, read: Reading[Record | Absent]) -> bool:
    """Whether a record has moved on and holds what was to be carried over to it: a person may have said just the same."""
    found = read.found.get(action.ref)
    if not isinstance(found, Record) or action.operation is Operation.CREATE or not action.agreed:
        return False
    return found.revision != action.expect and _holds(found, action.body)


def _counterparts(systems: Systems, actions: Sequence[Action]) -> Mapping[str, Record]:
    """The records on the other side of some actions, by key, as they are now."""
    links = systems.store.links({action.key for action in actions}) if actions else {}
    refs = {
        link.ref: action.key
        for action in actions
        for side, link in links.get(action.key, {}).items()
        if side != action.ref.side
    }
    found = read_records(systems, refs).found if refs else {}
    return {refs[ref]: record for ref, record in found.items() if isinstance(record, Record)}


def _is_as_agreed(action: Action, other: Record | None) -> bool:
    """Whether the other side is known to hold yet what was carried over from it: then both agree, whoever saw to it."""
    return other is not None and all(other.fields.get(name) == value for name, value in action.agreed.items())


def _judge_by_author(systems: Systems, intent: Intent, found: Record, recovered: Recovered) -> None:
    """The record holds what was sent, and the other side has moved on. If our write did that, the other side's news follow it. If a
    person did, who may have known them, that is no echo of ours, and both have said something. Where nobody tells, it was most
    likely our write."""
    action = intent.action
    report = told_since(systems, action.ref.side, action.ref.table, [action.ref.id], intent.started_at)
    account = systems.store.recall(f"account:{action.ref.side}")
    authors = {deed.author.id for deed in _alike(systems, intent, report)}
    if account in authors:
        _happened(systems, intent, recovered, found)
    elif action.ref in report.unclear and systems.clock.now() - intent.started_at < PATIENCE:
        recovered.held[action.key] = because(Trouble.EARLIER_NOT_YET)
    elif authors and report.readable and report.tells_us_apart and action.ref not in report.unclear:
        _overtaken(systems, intent, recovered)
    else:
        _happened(systems, intent, recovered, found)


def _judge_by_history(systems: Systems, intent: Intent, found: Record, recovered: Recovered) -> None:
    """The record has moved on and does not hold what was sent: either our write was never made, or it was and people have
    edited the record since. Their edit must then be merged against what we had written, or it would look like ours."""
    action = intent.action
    report = told_since(systems, action.ref.side, action.ref.table, [action.ref.id], intent.started_at)
    if _was_held(systems, intent, report):
        _happened(systems, intent, recovered, found)
    elif action.ref in report.unclear and systems.clock.now() - intent.started_at < PATIENCE:
        recovered.held[action.key] = because(Trouble.EARLIER_NOT_YET)
    else:
        blind = not report.readable or action.ref in report.unclear
        _overtaken(systems, intent, recovered, forget_status=blind and action.operation is Operation.CLOSE)


def _was_held(systems: Systems, intent: Intent, report: ActivityReport) -> bool:
    """Whether the history shows that the record held what was sent: our own account gave one of the fields its value, or
    whoever it was gave all of them theirs. Not every side's history can say who we are, and where a person made the same edit
    both sides agreed as well."""
    action = intent.action
    account = systems.store.recall(f"account:{action.ref.side}")
    alike = _alike(systems, intent, report)
    mapped = systems.profile_of(action.key).mapped_fields(action.ref.side)
    sent = {name for name, value in action.body.items() if name in mapped and value != action.before.get(name)}
    whole = bool(sent) and sent <= {deed.field for deed in alike}
    return whole or any(deed.author.id == account for deed in alike)


def _alike(systems: Systems, intent: Intent, report: ActivityReport) -> Sequence[Activity]:
    """The deeds since a write was begun that gave one of its fields the value that was sent."""
    action = intent.action
    since = on_their_clock(systems, action.ref.side, intent.started_at)
    return [
        deed
        for deed in report.activities
        if deed.kind is ActivityKind.FIELD
        and deed.ref == action.ref
        and deed.at >= since
        and deed.new == action.body.get(deed.field)
    ]


def _judge_comment(systems: Systems, intent: Intent, comments: Sequence[Comment], recovered: Recovered) -> None:
    action = intent.action
    mirror = _mirror_of(systems, action, comments)
    if mirror is None:
        recovered.replays.append(action)
        return
    now = systems.clock.now()
    result = ActionResult(action, Outcome.ADOPTED, message=because(Trouble.WRITTEN_BEFORE))
    recovered.settled.append(result)
    systems.store.settle(intent, result, now, ledger=ledger_of(action, mirror.id, now))


def _mirror_of(systems: Systems, action: Action, comments: Sequence[Comment]) -> Comment | None:
    """Our own comment among those on the record: by the id we chose, or by its marker or text, written by our account. Where a side
    does not say who we are the very text is proof enough: head, words and marker are of our making, and nobody could know
    them before they stood there."""
    account = systems.store.recall(f"account:{action.ref.side}")
    origin = action.origin.side if action.origin else ""
    marker = marker_of_comment(origin, action.comment_id)
    text = str(action.body["text"]).strip()
    chosen = systems.connectors[action.ref.side].chosen_comment_id(action.ref, comment_name(action))
    for comment in comments:
        by_us, same = comment.author.id == account, comment.text.strip() == text
        if (chosen is not None and comment.id == chosen) or (by_us and marker in comment.text):
            return comment
        if same and (by_us or account is None):
            return comment
    return None


def _happened(systems: Systems, intent: Intent, recovered: Recovered, record: Record) -> None:
    now = systems.clock.now()
    if moved_further(intent.action, record):
        try:
            systems.store.put_conflicts(passed_over(systems, intent, record))
        except Ambiguous as unknown:
            recovered.held[intent.action.key] = unknown.message
            return
    message = because(Trouble.HAPPENED_BEFORE)
    result = ActionResult(intent.action, Outcome.ADOPTED, number=record.number, url=record.url, message=message)
    recovered.settled.append(result)
    try:
        systems.store.settle(intent, result, now, links=_links_after(systems, intent, record))
    except Conflict:
        # The record is linked to another key by now; what that key's link says counts.
        systems.store.settle(intent, result, now)


def _overtaken(systems: Systems, intent: Intent, recovered: Recovered, *, forget_status: bool = False) -> None:
    """End an intent without knowing that it happened: the key is merged afresh, against the old memory. Where nobody can tell
    whether our close was made and undone, the memory of the status goes too: then neither side is closed on a guess."""
    result = ActionResult(
        intent.action, Outcome.CONFLICT, message=together([because(Trouble.MOVED_ON), because(Trouble.DECIDED_AFRESH)])
    )
    recovered.settled.append(result)
    links = _without_status(systems, intent.action) if forget_status else ()
    systems.store.settle(intent, result, systems.clock.now(), links=links)


def _without_status(systems: Systems, action: Action) -> tuple[Link, ...]:
    profile = systems.profile_of(action.key)
    names = {name for lens in profile.field(STATUS_FIELD).lenses.values() for name in lens.raw_fields}
    links = systems.store.links([action.key]).get(action.key, {}).values()
    bases = ({name: value for name, value in link.base.items() if name not in names} for link in links)
    return tuple(replace(link, base=base, closed=False) for link, base in zip(links, bases, strict=True))


def _links_after(systems: Systems, intent: Intent, record: Record) -> tuple[Link, ...]:
    """The links that a recovered write leaves: what was sent and what the other side held then are the agreement; both
    records count as unprocessed, so that whatever people did since is merged against it. New links are as old as the
    intent: what was changed and changed back after it counts as touched."""
    action, at = intent.action, intent.started_at
    profile = systems.profile_of(action.key)
    stored = systems.store.links([action.key]).get(action.key, {})
    mapped = profile.mapped_fields(action.ref.side)
    sent = {name: value for name, value in action.body.items() if name in mapped}
    own = stored.get(action.ref.side) or blank_link(action.key, profile, record.ref, record.number, record.url, at)
    base, asked = {**own.base, **sent}, {**own.asked, **sent}
    links = [replace(own, base=base, asked=asked, fingerprint=UNPROCESSED, closed=False)]
    for side in profile.sides:
        if (
            side != action.ref.side
            and action.agreed
            and (other := stored.get(side) or _origin_link(systems, action, side, at))
        ):
            base = {**other.base, **action.agreed}
            links.append(replace(other, base=base, fingerprint=UNPROCESSED, closed=False))
    if action.rebase is None:
        return tuple(links)
    other_sides = [link for side, link in stored.items() if side != action.ref.side]
    return tuple(rebased(profile, action, link) for link in (links[0], *other_sides))


def _origin_link(systems: Systems, action: Action, side: Side, at: datetime) -> Link | None:
    origin = origin_of(action.key)
    profile = systems.profile_of(action.key)
    if origin is None or origin[0] != side:
        return None
    return blank_link(action.key, profile, RecordRef(side, profile.sides[side].table, origin[1]), "", "", at)
