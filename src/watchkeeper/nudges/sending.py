"""Send what was decided, each message written down before it leaves.

Per message: claim the try in the ledger → send → settle. Killed in between, the next run finds a try of which nobody knows whether
it left. A receiver that knows messages by their id gets the same one again and drops it; any other gets one more copy that says
what it is, and never a third.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from watchkeeper.errors import Ambiguous, Reject, WatchkeeperError
from watchkeeper.model.nudge import Nudge, NudgeEntry, NudgeOutcome, NudgePlan, NudgeState
from watchkeeper.nudges.deciding import Before
from watchkeeper.nudges.message import Message, message_of
from watchkeeper.ports import Clock, NudgeLedger

BEGAN = "nudges:began"
"""Under which name the store remembers the day of the first sending."""

_COUNTED = frozenset({NudgeState.INTENDED, NudgeState.SENT, NudgeState.UNKNOWN})
_LOOK_BACK = timedelta(days=2)
"""Local days at the same instant are never further apart."""


class Channel(Protocol):
    """A way out. `deliver` returns when the receiver has taken the message, and else raises: Ambiguous when nobody knows, any
    other WatchkeeperError when it certainly has not."""

    @property
    def most_copies(self) -> int:
        """How often one message may leave while nobody knows whether it arrived."""
        ...

    def deliver(self, message: Message, copy: int) -> None: ...


def before(ledger: NudgeLedger, today: date, journals: Collection[str]) -> Before:
    """What a decision has to know of earlier messages; `today` is any local day of now, `journals` the channels of work notes."""
    began = ledger.recall(BEGAN)
    entries = ledger.nudges_since(today - _LOOK_BACK)
    counted = [entry for entry in entries if entry.state in _COUNTED]
    return Before(
        began=date.fromisoformat(began) if began else None,
        ids=frozenset(entry.id for entry in counted),
        counts=Counter((entry.recipient, entry.day) for entry in counted),
        noted=ledger.nudges_done(journals),
        open_notes=frozenset(entry.id for entry in entries if entry.channel in journals and not entry.state.is_settled),
    )


@dataclass(frozen=True, slots=True)
class Sender:
    """`prove` raises Locked when this run may no longer send."""

    ledger: NudgeLedger
    channels: Mapping[str, Channel]
    clock: Clock
    prove: Callable[[], None]

    def send(self, plan: NudgePlan, today: date) -> tuple[NudgeOutcome, ...]:
        """What became of each message; those that left in an earlier run are not told of again. One that fails stops no other.

        Raises Locked and StateUnusable."""
        nudges = plan.nudges
        if nudges and not self.ledger.recall(BEGAN):
            self.ledger.remember({BEGAN: today.isoformat()})
        known = {entry.id: entry for entry in self.ledger.nudges_since(today - _LOOK_BACK)}
        self._drop_overtaken(known.values(), {*plan.waiting, *(nudge.id for nudge in nudges)})
        outcomes = [self._one(nudge, known.get(nudge.id)) for nudge in nudges]
        return tuple(outcome for outcome in outcomes if outcome is not None)

    def _drop_overtaken(self, entries: Iterable[NudgeEntry], wanted: set[str]) -> None:
        """What an earlier run did not finish and nobody needs any more: its day is over, or its tickets were updated."""
        for entry in entries:
            if not entry.state.is_settled and entry.id not in wanted:
                self.ledger.settle_nudge(entry.id, NudgeState.OVERTAKEN, entry.tries, self.clock.now())

    def _one(self, nudge: Nudge, known: NudgeEntry | None) -> NudgeOutcome | None:
        if known is not None and known.state.is_settled:
            return None
        channel = self.channels[nudge.channel]
        tries = (known.tries if known is not None else 0) + 1
        if tries > channel.most_copies:
            self.ledger.settle_nudge(nudge.id, NudgeState.UNKNOWN, tries - 1, self.clock.now())
            return NudgeOutcome(nudge, NudgeState.UNKNOWN, copy=tries - 1)
        # The stored text, not a new one: a receiver that drops what it has by id must not miss anything by it.
        body = known.body if known is not None and known.tries else message_of(nudge).as_json()
        self.prove()
        if not self.ledger.claim_nudge(self._entry(nudge, tries, body)):
            return None
        return self._deliver(nudge, channel, Message.from_json(body), tries)

    def _deliver(self, nudge: Nudge, channel: Channel, message: Message, tries: int) -> NudgeOutcome:
        state, detail, left = NudgeState.SENT, "", tries
        try:
            channel.deliver(message, tries)
        except Ambiguous as error:
            return NudgeOutcome(nudge, NudgeState.INTENDED, error.message, tries)
        except WatchkeeperError as error:
            state = NudgeState.REFUSED if isinstance(error, Reject) else NudgeState.FAILED
            detail, left = str(error), tries - 1
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
