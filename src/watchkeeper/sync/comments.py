"""Comments both ways: each human comment once per side, in order, and ours never come back.

Identity is (origin side, origin id) in the ledger. A marker in a text is only believed when our own account wrote it, so that
nobody can make us forget a comment by quoting one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.activity import Comment
from watchkeeper.model.capabilities import Capabilities
from watchkeeper.model.link import LedgerEntry
from watchkeeper.model.plan import Action, Carried, ConflictNote, Operation
from watchkeeper.model.reasons import Because, because
from watchkeeper.model.record import SENTINEL, SERVICENOW, RecordRef, Side
from watchkeeper.sync.audit_result import DayResult
from watchkeeper.sync.audit_text import result_text

MIRRORED = "mirrored"
NOT_CARRIED = "not-carried"
BEFORE_PAIRING = "before-pairing"
ENGINE = "watchkeeper"
"""The origin of notes that the engine itself writes (a conflict's loser, a carried period)."""

CARRIED = "carried:"
"""How the id of a note begins that names periods which its ticket carries, after it, with commas between."""

_MARKER = re.compile(r"\[watchkeeper:v1:([a-z-]+):([^\]\s]{1,200})\]\s*\Z")
_SYSTEM_NAMES = {SERVICENOW: "ServiceNow", SENTINEL: "Microsoft Sentinel"}


@dataclass(frozen=True, slots=True)
class Conversation:
    """The comments of one pair, as read now. `refs`: where a side's comments go (a record to be created counts). `accounts`:
    our own account per side. `settled`: (origin side, comment id) pairs that need no thought any more. `held`: how many
    comments a side has, where it counts them (its comments need not have been read). `unplaced`: (origin side, comment id) of
    those that were mirrored without an answer that told the mirror's id. `carry_old` is False for a pair that
    another integration had made: what was said before we came is not repeated."""

    key: str
    profile: Profile
    refs: Mapping[Side, RecordRef]
    comments: Mapping[Side, Sequence[Comment]]
    accounts: Mapping[Side, str]
    settled: frozenset[tuple[Side, str]]
    held: Mapping[Side, int] = field(default_factory=dict)
    unplaced: frozenset[tuple[Side, str]] = frozenset()
    carry_old: bool = True


@dataclass(frozen=True, slots=True)
class CommentPlan:
    """Comments to add, in order, and ledger entries that hold without any call."""

    actions: tuple[Action, ...] = ()
    entries: tuple[LedgerEntry, ...] = field(default=())


def plan_comments(talk: Conversation, capabilities: Mapping[Side, Capabilities]) -> CommentPlan:
    """What to mirror, per direction of the profile, oldest first."""
    actions: list[Action] = []
    entries: list[LedgerEntry] = []
    for origin, target in talk.profile.comments:
        if origin not in talk.refs or target not in talk.refs:
            continue
        already = _mirrors_found(talk, origin, target)
        room = _room(talk, target, capabilities[target])
        placed = _placed(talk, origin, target)
        entries += placed.values()
        for comment in talk.comments.get(origin, ()):
            ours = comment.author.id == talk.accounts.get(origin) or comment.id in placed
            if ours or (origin, comment.id) in talk.settled:
                continue
            if comment.id in already:
                entries.append(_entry(talk, comment, MIRRORED, already[comment.id]))
            elif not talk.carry_old:
                entries.append(_entry(talk, comment, BEFORE_PAIRING))
            elif room is None or room > 0:
                room = None if room is None else room - 1
                actions.append(_mirror(talk, comment, target, capabilities[target]))
            else:
                entries.append(_entry(talk, comment, NOT_CARRIED))
                actions += _pointer(talk, origin, target)
    return CommentPlan(_once(actions), tuple(entries))


def conflict_comment(conflict: ConflictNote, profile: Profile, ref: RecordRef, *, language: str) -> Action:
    """One work note that keeps the value which lost, where people work."""
    winner = _SYSTEM_NAMES.get(conflict.winner, conflict.winner)
    text = _CONFLICT_TEXT.get(language, _CONFLICT_TEXT["en"]).format(
        field=conflict.field, winner=winner, winning=conflict.winning, losing=conflict.losing
    )
    return engine_comment(
        conflict.key,
        profile,
        ref,
        f"conflict:{conflict.field}:{conflict.winning}:{conflict.losing}",
        text,
        because(Because.KEEPS_LOSER),
    )


def carried_comment(key: str, profile: Profile, ref: RecordRef, periods: Sequence[str], *, language: str) -> Action:
    """One line for periods of a daily duty that fell due while its ticket was still open."""
    text = _CARRIED_TEXT.get(language, _CARRIED_TEXT["en"]).format(periods=", ".join(periods))
    return engine_comment(key, profile, ref, f"{CARRIED}{','.join(periods)}", text, because(Because.DUE_AGAIN))


def missed_comment(key: str, profile: Profile, ref: RecordRef, periods: Sequence[str], *, language: str) -> Action:
    """One line for periods whose time passed before a ticket of their own could be opened."""
    text = _MISSED_TEXT.get(language, _MISSED_TEXT["en"]).format(periods=", ".join(periods))
    return engine_comment(key, profile, ref, f"missed:{','.join(periods)}", text, because(Because.EARLIER_MISSED))


def followed_comment(
    key: str, profile: Profile, ref: RecordRef, period: str, *, superseded: bool, language: str
) -> Action:
    """A line in an open ticket whose duty has a newer ticket by now, which stands beside it or takes its place."""
    texts = _SUPERSEDED_TEXT if superseded else _LATE_TEXT
    text = texts.get(language, texts["en"]).format(period=period)
    return engine_comment(key, profile, ref, f"followed:{period}", text, because(Because.NEWER_TICKET))


def audit_comment(key: str, profile: Profile, ref: RecordRef, result: DayResult, *, language: str) -> Action:
    """What the audits found of a day; another note only where they found something else since."""
    reason = because(Because.AUDITED, period=result.period)
    return engine_comment(key, profile, ref, audit_note_id(result), result_text(result, language), reason)


def audit_note_id(result: DayResult) -> str:
    """The same for the same result, whoever found it."""
    return f"audit:{result.period}:{result.digest}"


def engine_comment(key: str, profile: Profile, ref: RecordRef, comment_id: str, text: str, reason: str) -> Action:
    return Action(
        key=key,
        profile=profile.name,
        ref=ref,
        operation=Operation.COMMENT,
        body={"text": text},
        reason=reason,
        origin=RecordRef(ENGINE, "notes", key),
        comment_id=comment_id,
    )


def is_mirror(text: str) -> bool:
    """Whether a comment of ours repeats somebody else's."""
    return _MARKER.search(text) is not None


def marker_of_comment(origin: Side, comment_id: str) -> str:
    """What a mirrored comment ends with."""
    return f"[watchkeeper:v1:{origin}:{comment_id}]"


def _mirrors_found(talk: Conversation, origin: Side, target: Side) -> Mapping[str, str]:
    """Origin id to mirror id, for the mirrors that our own account left on the target."""
    found = {}
    for comment in talk.comments.get(target, ()):
        match = _MARKER.search(comment.text)
        if match and match.group(1) == origin and comment.author.id == talk.accounts.get(target):
            found[match.group(2)] = comment.id
    return found


def _placed(talk: Conversation, side: Side, other: Side) -> Mapping[str, LedgerEntry]:
    """Mirror id to ledger entry, for mirrors (and notes of our own) on a side that never said who we are, of which we know only
    that they were written: the first comment that carries the marker is ours, since nobody had seen the marker before."""
    found: dict[str, LedgerEntry] = {}
    unplaced = set(talk.unplaced) if not talk.accounts.get(side) else set[tuple[Side, str]]()
    origins = {other: talk.refs[other], ENGINE: RecordRef(ENGINE, "notes", talk.key)}
    for comment in talk.comments.get(side, ()):
        match = _MARKER.search(comment.text)
        said = (match.group(1), match.group(2)) if match else None
        if said in unplaced and said[0] in origins:
            unplaced.remove(said)
            found[comment.id] = LedgerEntry(talk.key, origins[said[0]], said[1], MIRRORED, comment.id)
    return found


def _room(talk: Conversation, target: Side, capabilities: Capabilities) -> int | None:
    if capabilities.comment_limit is None:
        return None
    held = max(len(talk.comments.get(target, ())), talk.held.get(target, 0))
    return max(0, capabilities.comment_limit - held)


def _mirror(talk: Conversation, comment: Comment, target: Side, capabilities: Capabilities) -> Action:
    origin = comment.ref.side
    marker = marker_of_comment(origin, comment.id)
    who = comment.author.name or comment.author.id
    head = f"{who} · {_SYSTEM_NAMES.get(origin, origin)} · {_stamp(comment.created_at)}\n"
    room = capabilities.comment_length - len(head) - len(marker) - 2
    text = comment.text if len(comment.text) <= room else comment.text[: room - 2] + " …"
    return Action(
        key=talk.key,
        profile=talk.profile.name,
        ref=talk.refs[target],
        operation=Operation.COMMENT,
        body={"text": f"{head}{text}\n{marker}"},
        reason=because(Because.WROTE, author=who, side=origin),
        origin=comment.ref,
        comment_id=comment.id,
        carries=Carried(origin, comment.created_at),
    )


def _pointer(talk: Conversation, origin: Side, target: Side) -> list[Action]:
    """The one comment that says where the conversation goes on, once the target is nearly full."""
    if (ENGINE, f"pointer:{origin}") in talk.settled:
        return []
    name = _SYSTEM_NAMES.get(origin, origin)
    text = f"This record holds no more mirrored comments; the conversation goes on in {name}."
    return [
        engine_comment(
            talk.key, talk.profile, talk.refs[target], f"pointer:{origin}", text, because(Because.COMMENTS_FULL)
        )
    ]


def _once(actions: Sequence[Action]) -> tuple[Action, ...]:
    return tuple({(action.ref, action.origin, action.comment_id): action for action in actions}.values())


def _entry(talk: Conversation, comment: Comment, outcome: str, mirror_id: str = "") -> LedgerEntry:
    return LedgerEntry(talk.key, comment.ref, comment.id, outcome, mirror_id)


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


_CONFLICT_TEXT = {
    "en": "{field} was changed in both systems. {winner} wins: {winning}. The other value was: {losing}.",
    "ja": "{field} が両方のシステムで変更されました。{winner} の値を採用しました: {winning}。もう一方の値: {losing}。",
}
_CARRIED_TEXT = {
    "en": "This duty also fell due on: {periods}. It is carried on this ticket.",
    "ja": "この作業は次の日にも期限を迎えました: {periods}。このチケットで引き続き対応します。",
}
_MISSED_TEXT = {
    "en": "Missed, no ticket of its own was opened in time: {periods}.",
    "ja": "期限内にチケットが作成されず、実施されなかった期日: {periods}。",
}
_LATE_TEXT = {
    "en": "This duty fell due again: {period} has a ticket of its own. This one is late.",
    "ja": "この作業は再び期限を迎え、{period} 分のチケットを別に作成しました。このチケットは期限を過ぎています。",
}
_SUPERSEDED_TEXT = {
    "en": "The ticket of {period} takes the place of this one, which is cancelled.",
    "ja": "{period} 分のチケットがこのチケットに代わるため、このチケットは取り消されます。",
}
