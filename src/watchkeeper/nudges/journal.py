"""A work note in the ticket itself, once however often a run dies.

A journal takes no ids from us, but it can be read: before a note is written the ticket is searched for it, so that what became of an
earlier try, and even the loss of the store, makes no difference. A try that was never answered may arrive after a look that did not
find it; so none is written again before that can no longer be.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from watchkeeper.errors import Ambiguous, WatchkeeperError
from watchkeeper.model.activity import Comment, CommentDraft
from watchkeeper.model.link import LedgerEntry
from watchkeeper.model.plan import Action, Intent, Operation
from watchkeeper.model.reasons import Because, because
from watchkeeper.model.record import RecordRef
from watchkeeper.model.run import ActionResult, Outcome
from watchkeeper.model.troubles import Trouble
from watchkeeper.nudges.message import Message, Ticket
from watchkeeper.ports import Clock, Connector
from watchkeeper.state_ports import NoteBook
from watchkeeper.sync.comments import ENGINE, MIRRORED, marker_of_comment

ARRIVES_WITHIN: Final = timedelta(hours=1)
"""How long after a try its note may still come. A call with all its attempts takes 5 minutes at most (TransportPolicy.call_time), and
instances end requests after about as long; the rest is for a process that stood still in between."""

_MARKER: Final = re.compile(rf"\[watchkeeper:v1:{ENGINE}:(nudge:[0-9a-f]{{32}})\]\s*\Z")


@dataclass(frozen=True, slots=True)
class JournalChannel:
    """Writes into ServiceNow. `account` says which account there is ours. The text is ours alone: nothing of a ticket is in it."""

    connector: Connector
    account: Callable[[], str]
    book: NoteBook
    clock: Clock
    run_id: str
    most_copies: int = 10
    knows_ids: bool = False

    def is_under_way(self, message: Message, since: datetime) -> bool:
        young = self.clock.now() - since < ARRIVES_WITHIN
        return young and self._present(message, _place(message)) is None

    def deliver(self, message: Message, copy: int) -> None:
        """Write the note unless this episode has one. Raises what the connector raises."""
        del copy
        ticket = _place(message)
        there = self._present(message, ticket)
        action = _action(message, ticket)
        if there is None:
            self._write(action)
            return
        comment_id, comment = there
        result = ActionResult(action, Outcome.ADOPTED, message=because(Trouble.WRITTEN_BEFORE))
        self.book.settle_note(self._intent(action), result, _entry(action.key, comment_id, comment.id))

    def _present(self, message: Message, ticket: Ticket) -> tuple[str, Comment] | None:
        """This episode's note and what it is called: that of this very message, whoever is shown as its author, or another of ours."""
        account = self.account()
        for comment in self.connector.comments([ticket.ref])[ticket.ref]:
            marker = _MARKER.search(comment.text)
            if marker is None:
                continue
            ours = comment.author.id == account and comment.created_at >= ticket.began
            if ours or marker.group(1) == _name(message):
                return marker.group(1), comment
        return None

    def _write(self, action: Action) -> None:
        intent = self._intent(action)
        self.book.intend_note(intent, _entry(action.key, action.comment_id))
        try:
            draft = CommentDraft(action.ref, f"{ENGINE}:{action.comment_id}", str(action.body["text"]))
            written = self.connector.add_comment(draft)
        except WatchkeeperError as error:
            outcome = Outcome.UNKNOWN if isinstance(error, Ambiguous) else Outcome.FAILED
            self.book.settle_note(intent, ActionResult(action, outcome, error=str(error)), None)
            raise
        entry = _entry(action.key, action.comment_id, written.id)
        self.book.settle_note(intent, ActionResult(action, Outcome.DONE), entry)

    def _intent(self, action: Action) -> Intent:
        return Intent(action, self.run_id, self.clock.now())


def journal_of(connector: Connector, book: NoteBook, clock: Clock, run_id: str) -> JournalChannel:
    """The channel of one run, which asks once who we are."""
    return JournalChannel(connector, cache(lambda: connector.identity().account), book, clock, run_id)


def _place(message: Message) -> Ticket:
    if message.ticket is None:
        raise ValueError(f"message {message.id} is no work note")
    return message.ticket


def _action(message: Message, ticket: Ticket) -> Action:
    name = _name(message)
    lines = (message.subject, message.texts.say("nudge.request"), marker_of_comment(ENGINE, name))
    return Action(
        key=ticket.key,
        profile=ticket.key.partition("/")[0],
        ref=ticket.ref,
        operation=Operation.COMMENT,
        body={"text": "\n".join(lines)},
        reason=because(Because.NOBODY_UPDATED),
        origin=_origin(ticket.key),
        comment_id=name,
    )


def _entry(key: str, comment_id: str, mirror_id: str = "") -> LedgerEntry:
    """By it the sync knows the note as ours, from before it is written on, and never carries it to the other side."""
    return LedgerEntry(key, _origin(key), comment_id, MIRRORED, mirror_id)


def _origin(key: str) -> RecordRef:
    return RecordRef(ENGINE, "notes", key)


def _name(message: Message) -> str:
    return f"nudge:{message.id}"
