"""Carry out a plan: side by side across keys, strictly in order within a key, every write remembered before it is made.

Per action: check the lease and store the intent with its exact body, in one transaction; call; store outcome, links and the end
of the intent in another. One key's failure never stops another; an authentication failure stops its side.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from watchkeeper.errors import (
    Ambiguous,
    AuthFailed,
    Conflict,
    Deferred,
    Locked,
    PreconditionFailed,
    Rejected,
    Retired,
    StateUnusable,
    Throttled,
    Unavailable,
    Wait,
    WatchkeeperError,
    WritesForbidden,
)
from watchkeeper.model.activity import Comment, CommentDraft
from watchkeeper.model.lag import waited
from watchkeeper.model.link import LedgerEntry
from watchkeeper.model.plan import Action, Intent, Operation, with_number
from watchkeeper.model.progress import Phase
from watchkeeper.model.reasons import because, together
from watchkeeper.model.record import SERVICENOW, Draft, Record, Revision, Side, Written
from watchkeeper.model.run import ActionResult, Outcome
from watchkeeper.model.troubles import Trouble
from watchkeeper.state_ports import LeaseHandle
from watchkeeper.sync.comments import MIRRORED
from watchkeeper.sync.evidence_files import files_of
from watchkeeper.sync.memory import PairMemory
from watchkeeper.sync.otherwise import left_otherwise
from watchkeeper.sync.passed_over import moved_further, passed_over
from watchkeeper.sync.systems import Systems
from watchkeeper.sync.taken import fields_left, fields_otherwise
from watchkeeper.sync.urgency import Queue, Work, urgency

FAILURES_BEFORE_STOP = 3
"""After so many calls in a row that a side did not even accept, it is left alone for the rest of the run."""


@dataclass(slots=True)
class Applied:
    """`again`: keys to read and merge afresh; `dirty`: why a key is unfinished; `stopped`: sides left alone and why;
    `complete`: keys whose whole chain succeeded; `deferred`: keys that only time or calls were missing for."""

    results: list[ActionResult] = field(default_factory=list)
    again: set[str] = field(default_factory=set)
    dirty: dict[str, str] = field(default_factory=dict)
    stopped: dict[Side, WatchkeeperError] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)
    deferred: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Done:
    result: ActionResult
    error: WatchkeeperError | None = None


class Applier:
    """Applies the actions of one round of a run. `partial`: keys for which more is to be done than this round holds, so that
    their records stay unprocessed."""

    def __init__(
        self,
        systems: Systems,
        run_id: str,
        lease: LeaseHandle,
        memories: Mapping[str, PairMemory],
        partial: Collection[str] = (),
    ) -> None:
        self._systems = systems
        self._run_id = run_id
        self._lease = lease
        self._memories = memories
        self._partial = partial
        self._chains: dict[str, list[Action]] = {}
        self._queue = Queue(systems.workers, {side: each.capabilities for side, each in systems.connectors.items()})
        self._under_way: dict[str, int] = {}
        self._sent: set[str] = set()
        self._failures: dict[Side, int] = {}
        self._fatal: WatchkeeperError | None = None
        self.applied = Applied()

    def apply(self, actions: Sequence[Action]) -> Applied:
        """Do everything, then return; asked to stop, do no more than what is under way. Raises Locked when the lease was lost and StateUnusable when the store gave up; what
        was under way then has its intent stored."""
        self._systems.progress.begin(Phase.WRITING, len(actions))
        for action in actions:
            self._chains.setdefault(action.key, []).append(action)
        for key in self._chains:
            self._start(key, 0)
        try:
            self._queue.work_off()
        except Deferred:
            self._leave_behind()
        if self._fatal is not None:
            raise self._fatal
        return self.applied

    def _leave_behind(self) -> None:
        """What a stop that was overdue abandoned. An intent that is stored lets the next run find out what became of it."""
        told = together([because(Trouble.LEFT_UNDER_WAY), because(Trouble.NEXT_FINDS_OUT)])
        for key, index in sorted(self._under_way.items()):
            sent = 1 if key in self._sent else 0
            self.applied.results += [
                ActionResult(action, Outcome.UNKNOWN, message=told)
                for action in self._chains[key][index : index + sent]
            ]
            self._skip(key, index + sent, told)
            self.applied.deferred.add(key)

    def _start(self, key: str, index: int) -> None:
        left = self._chains[key][index:]
        self._under_way[key] = index
        self._queue.put(left[0].ref.side, urgency(left), lambda: self._begin(key, index))

    def _begin(self, key: str, index: int) -> Work | None:
        stopped = self.applied.stopped.get(self._chains[key][index].ref.side)
        if self._fatal is None and stopped is None:
            return self._task(key, index), self._follow_up(key, index)
        del self._under_way[key]
        self._skip(key, index, str(stopped or self._fatal))
        if isinstance(stopped, Wait | Deferred):
            self.applied.deferred.add(key)
        return None

    def _task(self, key: str, index: int) -> Callable[[], _Done]:
        return lambda: self._perform(key, index)

    def _follow_up(self, key: str, index: int) -> Callable[[_Done], None]:
        return lambda done: self._after(key, index, done)

    def _after(self, key: str, index: int, done: _Done) -> None:
        del self._under_way[key]
        self._sent.discard(key)
        self.applied.results.append(done.result)
        self._systems.progress.advance()
        self._count_failures(done)
        if done.result.outcome is not Outcome.DONE:
            self._note_failure(key, done)
        if index + 1 == len(self._chains[key]):
            if key not in self.applied.dirty:
                self.applied.complete.add(key)
        elif done.result.outcome is Outcome.DONE or _stands_alone(done):
            self._start(key, index + 1)
        else:
            self._skip(key, index + 1, because(Trouble.AFTER_FAILED, why=done.result.message))

    def _note_failure(self, key: str, done: _Done) -> None:
        if done.result.outcome in {Outcome.CONFLICT, Outcome.UNKNOWN}:
            self.applied.again.add(key)
        self.applied.dirty[key] = done.result.message
        if isinstance(done.error, Wait | Deferred):
            self.applied.deferred.add(key)
        if done.result.action.operation is Operation.COMMENT:
            self._memories[key].leave_comments_unread()

    def _skip(self, key: str, index: int, why: str) -> None:
        self.applied.results += [
            ActionResult(action, Outcome.SKIPPED, message=why) for action in self._chains[key][index:]
        ]
        self.applied.dirty.setdefault(key, why)

    def _count_failures(self, done: _Done) -> None:
        side = done.result.action.ref.side
        match done.error:
            case Locked() | Retired() | StateUnusable():
                self._fatal = self._fatal or done.error
            case AuthFailed() | WritesForbidden() | Throttled() | Deferred():
                self.applied.stopped.setdefault(side, done.error)
            case Unavailable():
                self._failures[side] = self._failures.get(side, 0) + 1
                if self._failures[side] >= FAILURES_BEFORE_STOP:
                    self.applied.stopped.setdefault(side, done.error)
            case _:
                self._failures[side] = 0

    def _perform(self, key: str, index: int) -> _Done:
        """One action on a worker thread; never raises."""
        planned = self._chains[key][index]
        try:
            action = self._memories[key].with_agreement(self._ready(planned, index))
            intent = Intent(action, self._run_id, self._systems.clock.now())
            self._systems.store.together(lambda: self._intend(intent))
        except WatchkeeperError as error:
            return _Done(_failed(planned, error), error)
        self._sent.add(key)
        try:
            outcome = self._call(action)
        except WatchkeeperError as error:
            return self._settle_failure(intent, error)
        last = index + 1 == len(self._chains[key]) and key not in self._partial
        return self._settle_success(intent, outcome, last=last)

    def _intend(self, intent: Intent) -> None:
        self._lease.check()
        self._systems.stop.check()
        self._systems.store.intend(intent, self._systems.clock.now())

    def _ready(self, action: Action, index: int) -> Action:
        """The action with a number filled in that was not known when it was planned, and with the revision that our own
        comments on the same record have moved on, provided that nobody else changed a mapped field meanwhile."""
        action = self._with_number(action)
        commented = any(done.ref == action.ref for done in self._chains[action.key][:index])
        if action.expect is None or not commented:
            return action
        known = self._memories[action.key].records[action.ref.side]
        fresh = self._systems.connectors[action.ref.side].get([action.ref], frozenset(known.fields))[action.ref]
        if not isinstance(fresh, Record) or any(
            fresh.fields.get(name) != value for name, value in known.fields.items()
        ):
            raise PreconditionFailed(because(Trouble.CHANGED_MEANWHILE, side=action.ref.side, id=action.ref.id))
        return replace(action, expect=fresh.revision)

    def _with_number(self, action: Action) -> Action:
        if not action.late:
            return action
        memory = self._memories[action.key]
        ticket = memory.records.get(SERVICENOW) or memory.working.get(SERVICENOW)
        number = ticket.number if ticket is not None else ""
        if not number:
            raise PreconditionFailed(because(Trouble.NUMBER_UNKNOWN, key=action.key))
        body = {
            name: with_number(value, number) if name in action.late else value for name, value in action.body.items()
        }
        return replace(action, body=body)

    def _call(self, action: Action) -> Written | Comment:
        connector = self._systems.connectors[action.ref.side]
        match action.operation:
            case Operation.CREATE:
                return connector.create(Draft(action.ref, action.marker, action.body))
            case Operation.LINK | Operation.UPDATE:
                return connector.update(action.ref, action.body, _expected(action))
            case Operation.CLOSE:
                return connector.close(action.ref, action.body, _expected(action))
            case Operation.COMMENT:
                text, files = str(action.body["text"]), files_of(self._systems, action)
                return connector.add_comment(CommentDraft(action.ref, comment_name(action), text, files))

    def _settle_success(self, intent: Intent, outcome: Written | Comment, *, last: bool) -> _Done:
        action, now = intent.action, self._systems.clock.now()
        changed_at = action.carries.at if action.carries else None
        memory = self._memories[action.key]
        try:
            self._name_what_was_passed_over(intent, outcome)
        except Ambiguous as unknown:
            return self._settle_failure(intent, unknown)
        except WatchkeeperError as error:
            return _Done(_failed(action, error), error)
        if isinstance(outcome, Written):
            kept = fields_left(memory.profile, action, outcome)
            otherwise = set(fields_otherwise(memory.profile, action, outcome)) - set(kept)
            memory.wrote(action, outcome.record, now, kept, left_otherwise(action, otherwise))
            result = ActionResult(
                action,
                Outcome.DONE,
                number=outcome.record.number,
                url=outcome.record.url,
                refused=tuple(refused.field for refused in outcome.refused),
                kept=kept,
                revision=outcome.record.revision,
                waited=waited(changed_at, now),
            )
            ledger: tuple[LedgerEntry, ...] = ()
        else:
            memory.commented(action.ref.side)
            link = memory.final.get(action.ref.side)
            result = ActionResult(
                action,
                Outcome.DONE,
                number=link.number if link else "",
                message=_left_behind(outcome),
                refused=tuple(file.name for file in outcome.refused),
                waited=waited(changed_at, now),
            )
            ledger = ledger_of(action, outcome.id, now)
        try:
            self._systems.store.settle(intent, result, now, links=memory.storable(last=last), ledger=ledger)
        except WatchkeeperError as error:
            return _Done(_failed(action, error), error)
        return _Done(result)

    def _name_what_was_passed_over(self, intent: Intent, outcome: Written | Comment) -> None:
        if isinstance(outcome, Written) and moved_further(intent.action, outcome.record):
            self._systems.store.put_conflicts(passed_over(self._systems, intent, outcome.record))

    def _settle_failure(self, intent: Intent, error: WatchkeeperError) -> _Done:
        result = _failed(intent.action, error)
        try:
            keep = result.outcome is Outcome.UNKNOWN
            self._systems.store.settle(intent, result, self._systems.clock.now(), keep=keep)
        except WatchkeeperError as fatal:
            return _Done(result, fatal)
        return _Done(result, error)


def _stands_alone(done: _Done) -> bool:
    """Whether the rest of a key goes on after a write that was refused for good: the next run would only leave that one out.
    Without its create a key has nothing to go on with."""
    return type(done.error) is Rejected and done.result.action.operation is not Operation.CREATE


def comment_name(action: Action) -> str:
    """What names a mirrored comment on a side that takes ids from us: its origin's side and id."""
    origin = action.origin.side if action.origin else ""
    return f"{origin}:{action.comment_id}"


def _left_behind(written: Comment) -> str:
    """Why files did not go with a note that was written."""
    return together(because(Trouble.FILE_NOT_TAKEN, name=file.name, why=file.why) for file in written.refused)


def ledger_of(action: Action, mirror_id: str, at: datetime) -> tuple[LedgerEntry, ...]:
    """The ledger entry that a written comment proves."""
    if action.origin is None:
        return ()
    return (LedgerEntry(action.key, action.origin, action.comment_id, MIRRORED, mirror_id, at),)


def _expected(action: Action) -> Revision:
    if action.expect is None:
        raise AssertionError(f"{action.operation} needs the revision it was decided on")
    return action.expect


def _failed(action: Action, error: WatchkeeperError) -> ActionResult:
    match error:
        case Conflict():
            outcome = Outcome.CONFLICT
        case Ambiguous():
            outcome = Outcome.UNKNOWN
        case Wait() | Deferred():
            outcome = Outcome.SKIPPED
        case _:
            outcome = Outcome.FAILED
    return ActionResult(action, outcome, message=str(error), error=type(error).__name__)
