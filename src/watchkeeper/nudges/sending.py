"""Send what was decided, each message written down before it leaves.

Per message: claim the try in the ledger → send → settle. Killed in between, the next run finds a try of which nobody knows whether
it left. A receiver that knows messages by their id gets the same one again and drops it; where what arrived can be read, it is
looked for until it can come no more; anybody else gets one more copy that says what it is, and never a third.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from watchkeeper.errors import Ambiguous, Deferred, Locked, Operator, Reject, Retired, Wait, WatchkeeperError
from watchkeeper.model.nudge import Nudge, NudgeEntry, NudgeOutcome, NudgePlan, NudgeState
from watchkeeper.model.progress import UNWATCHED
from watchkeeper.model.reasons import because
from watchkeeper.model.troubles import Trouble
from watchkeeper.nudges.deciding import Before, addressee
from watchkeeper.nudges.message import Message, message_of
from watchkeeper.ports import Clock, Progress
from watchkeeper.state_ports import NudgeLedger

BEGAN = "nudges:began"
"""Under which name the store remembers when sending was switched on."""

_COUNTED = frozenset({NudgeState.INTENDED, NudgeState.SENT, NudgeState.UNKNOWN})
_LOOK_BACK = timedelta(days=16)
"""Longer than a team rests: until its next cut-off a message belongs to the last one."""
_MOST_FAILURES = 3
"""In a row, after which a run leaves a channel alone: each may have cost half a minute."""
_STOPS = (Locked, Retired, Deferred)


class Channel(Protocol):
    """A way out. `deliver` returns when the receiver has taken the message, and else raises: Ambiguous when nobody knows, any
    other WatchkeeperError when it certainly has not."""

    @property
    def most_copies(self) -> int:
        """How often one message may leave while nobody knows whether it arrived."""
        ...

    @property
    def knows_ids(self) -> bool:
        """Whether the receiver drops what it has by its id: then a copy must be the very same message."""
        ...

    def deliver(self, message: Message, copy: int) -> None: ...

    def is_under_way(self, message: Message, since: datetime) -> bool:
        """Whether a try of unknown fate that was made then may still arrive and has not yet, so that nothing must be sent. Raises
        what reading raises; False where nobody can tell."""
        ...


def before(ledger: NudgeLedger, today: date, journals: Collection[str]) -> Before:
    """What a decision has to know of earlier messages; `today` is any local day of now, `journals` the channels of work notes."""
    entries = ledger.nudges_since(today - _LOOK_BACK)
    counted = [entry for entry in entries if entry.state in _COUNTED]
    told: dict[str, list[datetime]] = defaultdict(list)
    for entry in counted:
        told[addressee(entry.channel, entry.recipient)].append(entry.at)
    return Before(
        began=_instant(ledger.recall(BEGAN)),
        over=frozenset(entry.id for entry in entries if entry.state.is_settled),
        left=frozenset(entry.id for entry in counted),
        told=told,
        noted=ledger.nudges_done(journals),
        open_notes=frozenset(entry.id for entry in entries if entry.channel in journals and not entry.state.is_settled),
    )


def begin(ledger: NudgeLedger, now: datetime) -> None:
    """Remember that sending is switched on, whether or not there is anything to send yet."""
    if not ledger.recall(BEGAN):
        ledger.remember({BEGAN: now.isoformat()})


def _instant(text: str | None) -> datetime | None:
    """Earlier versions remembered the day alone."""
    found = datetime.fromisoformat(text) if text else None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of each message, and why no more were sent."""

    outcomes: tuple[NudgeOutcome, ...]
    stopped: WatchkeeperError | None = None


@dataclass(slots=True)
class _Failures:
    """Of a channel as a whole in this run, since it last took a message. What a receiver answers is about one message alone,
    unless it asks to wait."""

    count: int = 0
    last: WatchkeeperError | None = None

    def add(self, error: WatchkeeperError) -> None:
        if error.attempt.status is None or isinstance(error, Wait):
            self.count, self.last = self.count + 1, error

    @property
    def is_down(self) -> bool:
        """A wrong password is not tried again: many would lock the account."""
        return self.count >= _MOST_FAILURES or isinstance(self.last, Operator)


@dataclass(frozen=True, slots=True)
class Sender:
    """`prove` raises Locked when this run may no longer send, and Deferred when it has to end."""

    ledger: NudgeLedger
    channels: Mapping[str, Channel]
    clock: Clock
    prove: Callable[[], None]
    progress: Progress = UNWATCHED
    failures: Mapping[str, _Failures] = field(default_factory=lambda: defaultdict(_Failures), init=False)

    def send(self, plan: NudgePlan, today: date) -> Sent:
        """Those that left in an earlier run are not told of again. One that fails stops no other. Raises StateUnusable."""
        outcomes: list[NudgeOutcome] = []
        try:
            known = {entry.id: entry for entry in self.ledger.nudges_since(today - _LOOK_BACK)}
            self._drop_overtaken(known.values(), {*plan.waiting, *(nudge.id for nudge in plan.nudges)}, today)
            for nudge in plan.nudges:
                outcome = self._one(nudge, known.get(nudge.id))
                outcomes += [outcome] if outcome is not None else []
                self.progress.advance()
        except _STOPS as error:
            return Sent(tuple(outcomes), error)
        return Sent(tuple(outcomes))

    def _drop_overtaken(self, entries: Iterable[NudgeEntry], wanted: set[str], today: date) -> None:
        """What an earlier run did not finish and nobody can need any more. Until the next cut-off it may be wanted again: a ticket
        that a system did not show for an hour is as stale as before."""
        for entry in entries:
            if not entry.state.is_settled and entry.id not in wanted and entry.day < today - _LOOK_BACK:
                self.ledger.settle_nudge(entry.id, NudgeState.OVERTAKEN, entry.tries, self.clock.now())

    def _one(self, nudge: Nudge, known: NudgeEntry | None) -> NudgeOutcome | None:
        if known is not None and known.state.is_settled:
            return None
        channel, failures = self.channels[nudge.channel], self.failures[nudge.channel]
        if failures.is_down:
            return NudgeOutcome(nudge, _unsent(known), str(failures.last))
        if known is None or not known.tries:
            return self._try(nudge, channel, message_of(nudge).as_json(), 1)
        if waits := self._still_under_way(nudge, channel, known):
            return waits
        if known.tries >= channel.most_copies:
            return self._given_up(nudge, known.tries)
        # A receiver that drops what it has by id must not miss anything by it; anybody else is told what is so now.
        body = known.body if channel.knows_ids else message_of(nudge).as_json()
        return self._try(nudge, channel, body, known.tries + 1)

    def _try(self, nudge: Nudge, channel: Channel, body: str, tries: int) -> NudgeOutcome | None:
        """None when another run was first."""
        self.prove()
        if not self.ledger.claim_nudge(self._entry(nudge, tries, body)):
            return None
        return self._deliver(nudge, channel, Message.from_json(body), tries)

    def _still_under_way(self, nudge: Nudge, channel: Channel, known: NudgeEntry) -> NudgeOutcome | None:
        try:
            if not channel.is_under_way(Message.from_json(known.body), known.at):
                return None
        except _STOPS:
            raise
        except WatchkeeperError as error:
            return NudgeOutcome(nudge, NudgeState.INTENDED, str(error), known.tries)
        return NudgeOutcome(nudge, NudgeState.INTENDED, because(Trouble.NUDGE_UNDER_WAY), known.tries)

    def _given_up(self, nudge: Nudge, tries: int, why: str = "") -> NudgeOutcome:
        self.ledger.settle_nudge(nudge.id, NudgeState.UNKNOWN, tries, self.clock.now())
        return NudgeOutcome(nudge, NudgeState.UNKNOWN, why, tries)

    def _deliver(self, nudge: Nudge, channel: Channel, message: Message, tries: int) -> NudgeOutcome:
        state, detail, left = NudgeState.SENT, "", tries
        failures = self.failures[nudge.channel]
        try:
            channel.deliver(message, tries)
        except Ambiguous as error:
            failures.add(error)
            if tries >= channel.most_copies:
                return self._given_up(nudge, tries, error.message)
            return NudgeOutcome(nudge, NudgeState.INTENDED, error.message, tries)
        except WatchkeeperError as error:
            state = NudgeState.REFUSED if isinstance(error, Reject) else NudgeState.FAILED
            detail, left = str(error), tries - 1
            failures.add(error)
        else:
            failures.count = 0
        # A refusal of the copy says nothing of the first one.
        state = NudgeState.UNKNOWN if state is NudgeState.REFUSED and left else state
        self.ledger.settle_nudge(nudge.id, state, left, self.clock.now())
        return NudgeOutcome(nudge, state, detail, tries)

    def _entry(self, nudge: Nudge, tries: int, body: str) -> NudgeEntry:
        return NudgeEntry(
            id=nudge.id,
            kind=nudge.kind,
            channel=nudge.channel,
            recipient=nudge.recipient,
            day=nudge.day,
            state=NudgeState.INTENDED,
            tries=tries,
            at=self.clock.now(),
            body=body,
        )


def _unsent(known: NudgeEntry | None) -> NudgeState:
    """Of a message that is not tried now."""
    return NudgeState.INTENDED if known is not None and known.tries else NudgeState.FAILED
