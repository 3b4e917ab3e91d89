"""One execution: observe → plan → guard → apply → report. The only place where a run's steps follow each other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from structlog.contextvars import bind_contextvars

from watchkeeper.errors import (
    Deferred,
    Locked,
    Paused,
    Reject,
    Retired,
    StateUnusable,
    Wait,
    WatchkeeperError,
)
from watchkeeper.model.budget import Allowance, Forecast
from watchkeeper.model.exit_code import PRECEDENCE, ExitCode, exit_code_of, exit_code_of_side, strongest
from watchkeeper.model.limits import Limits
from watchkeeper.model.plan import Parked, ValveTrip
from watchkeeper.model.population import Feed
from watchkeeper.model.reasons import because, together
from watchkeeper.model.record import Side
from watchkeeper.model.run import ActionResult, Outcome, Resume, RunReport
from watchkeeper.model.troubles import Trouble
from watchkeeper.state_ports import Lease, LeaseHandle
from watchkeeper.sync.admission import is_refusal
from watchkeeper.sync.apply import Applier
from watchkeeper.sync.books import advance, close_books, open_books
from watchkeeper.sync.fields import verify_written
from watchkeeper.sync.forecast import forecast
from watchkeeper.sync.halt import HaltAware, halt_notes, refuse_halted
from watchkeeper.sync.observe import Observation
from watchkeeper.sync.openings import REFUSED_GROUP
from watchkeeper.sync.owners import REFUSED_OWNER
from watchkeeper.sync.plan import Options, Prepared, prepare, with_more
from watchkeeper.sync.portal import portal_notes, remember_portal
from watchkeeper.sync.side_reports import Books, side_reports
from watchkeeper.sync.systems import Systems
from watchkeeper.sync.undo import orders_passed, pause_for_undo, prepare_undo
from watchkeeper.sync.valves import check_valves

ROUNDS = 3
"""How often a run reads again and merges afresh what moved while it wrote."""

OBSERVE = "observe"

log = logging.getLogger(__name__)

Allowances = Callable[[], Sequence[Allowance]]
Lessons = Callable[[], Mapping[str, str]]
"""What was learned about the systems while calling them, by the names under which the store remembers it."""


def _unlimited() -> Sequence[Allowance]:
    return ()


@dataclass(slots=True)
class _Progress:
    """What a run has come to so far. `left`: keys whose writes are not all confirmed, and why; `deferred`: those among them
    that only time or calls were missing for; `waits`: who wanted us to come back later; `halted`: a person has stopped the
    deployment, so that no system was called."""

    results: list[ActionResult] = field(default_factory=list)
    trips: list[ValveTrip] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    reasons: list[tuple[int, str]] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    deferred: set[str] = field(default_factory=set)
    waits: list[WatchkeeperError] = field(default_factory=list)
    forecast: tuple[Forecast, ...] = ()
    halted: bool = False

    def stopped_by(self, error: WatchkeeperError, reason: str) -> None:
        """Remember what ended a part of the run."""
        if (exit_code_of_side(error), reason) not in self.reasons:  # a signal or a pause stops both sides
            self.reasons.append((exit_code_of_side(error), reason))
        if isinstance(error, Wait | Deferred):
            self.waits.append(error)

    @property
    def paused(self) -> bool:
        return any(isinstance(error, Paused) for error in self.waits)


def plan_run(
    systems: Systems, options: Options, limits: Limits, books: Books, allowances: Allowances = _unlimited
) -> RunReport:
    """What a sync would do. Pass `Systems` over a scratch copy of the store: nothing is written to any system."""
    run_id, started = _begin(systems, options)
    prepared, progress = _prepared(systems, run_id, options)
    if not _blocked(prepared, progress):
        _let_pass(prepared, limits, progress, allowances)
    return _report(prepared, progress, started, books)


def look_run(systems: Systems, options: Options, limits: Limits, books: Books) -> tuple[Prepared, RunReport]:
    """What would be decided, and whether that is known of everything (`Prepared.whole`). No valve is asked but the one for the
    systems' identity: nothing is going to be written."""
    run_id, started = _begin(systems, options)
    prepared, progress = _prepared(systems, run_id, options)
    if not _blocked(prepared, progress) and prepared.identity_changes:
        _let_pass(prepared, limits, progress, _unlimited)
    prepared.whole = prepared.observation.complete and not prepared.identity_changes and not progress.waits
    return prepared, _report(prepared, progress, started, books)


def sync_run(
    systems: Systems,
    lease: Lease,
    options: Options,
    limits: Limits,
    books: Books,
    allowances: Allowances = _unlimited,
    lessons: Lessons = dict,
) -> RunReport:
    """Bring both systems in step. Raises Locked when another run holds the lease; releases it whatever happens. `lessons` are
    remembered with the run's end.

    Asked to stop while it writes, or out of time, it brings the writes under way to their end, begins no others and reports what is left.
    In WATCHKEEPER_MODE=observe it stops before the first write, and remembers nothing of what it saw. Where a person has paused
    or retired the deployment it calls no system.
    """
    run_id, started = _begin(systems, options)
    with systems.stop.put_off(), _held(lease, run_id, options.command) as handle:
        systems.store.start_run(run_id, options.command, started)
        with systems.stop.at_once():  # nothing is lost when reading and deciding break off
            try:
                prepared, progress = _halted(systems, run_id, options) or _prepared(systems, run_id, options)
            except WatchkeeperError as error:
                _note_end(systems, run_id, options, error, started, books)
                raise
            passes = not _blocked(prepared, progress) and _let_pass(prepared, limits, progress, allowances)
        if passes and systems.mode != OBSERVE:
            pause_for_undo(prepared, lease)
            _write(prepared, handle, limits, progress)
        report = replace(_report(prepared, progress, started, books), head=systems.store.write_log_head())
        systems.store.finish_run(report)
        systems.store.remember(lessons())
        systems.store.forget_observed(run_id)
        return report


@contextmanager
def _held(lease: Lease, run_id: str, operation: str) -> Iterator[LeaseHandle]:
    handle = lease.take(run_id, operation)
    try:
        yield handle
    finally:
        handle.release()


def _note_end(
    systems: Systems, run_id: str, options: Options, error: WatchkeeperError, started: datetime, books: Books
) -> None:
    """Remember that a run ended before it had decided anything, and why: one without an end looks as if it had been killed."""
    if isinstance(error, StateUnusable):
        return
    progress = _Progress(reasons=[(exit_code_of(error), str(error))])
    report = _report(Prepared(systems, run_id, options, Observation(())), progress, started, books)
    systems.store.finish_run(report)
    systems.store.forget_observed(run_id)


def _begin(systems: Systems, options: Options) -> tuple[str, datetime]:
    """A fresh run's id, which every line of its log carries from here on, and its start."""
    run_id = systems.ids()
    bind_contextvars(run=run_id)
    log.info("begun", extra={"command": options.command, "deployment": systems.deployment, "mode": systems.mode})
    return run_id, systems.clock.now()


def _halted(systems: Systems, run_id: str, options: Options) -> tuple[Prepared, _Progress] | None:
    """A run that has decided nothing, where a person has stopped the deployment; else None."""
    try:
        refuse_halted(systems.store, systems.clock.now(), orders_passed(systems, options))
    except (Paused, Retired) as error:
        progress = _Progress(halted=True)
        passes = options.undo is not None and isinstance(error, Paused)
        hint = f"; {because(Trouble.WHILE_PAUSED)}" if passes else ""
        progress.stopped_by(error, f"{error}{hint}")
        return Prepared(systems, run_id, options, Observation(())), progress
    return None


def _prepared(systems: Systems, run_id: str, options: Options) -> tuple[Prepared, _Progress]:
    """Everything up to the valves. Without the time or the calls for that, a run that has decided nothing."""
    progress = _Progress()
    try:
        undo = options.undo
        prepared = prepare(systems, run_id, options) if undo is None else prepare_undo(systems, run_id, options, undo)
    except (Wait, Deferred) as error:
        progress.stopped_by(error, str(error))
        return Prepared(systems, run_id, options, Observation(())), progress
    progress.results += prepared.recovered.settled
    progress.parked += prepared.parked
    return prepared, progress


def _blocked(prepared: Prepared, progress: _Progress) -> bool:
    """Whether a side could not be read, so that nothing can be decided."""
    for result in prepared.observation.results:
        if result.error is not None:
            reason = _said(result.feed.side, result.error) + _asked_by(prepared.systems, result.feed, result.error)
            progress.stopped_by(result.error, reason)
        if not result.complete and result.error is None:
            named = {"table": result.feed.table, "side": result.feed.side}
            cut = because(Trouble.CUT_SHORT, why=result.reason, **named)
            progress.reasons.append((ExitCode.PARTIAL, together([cut, because(Trouble.UNSHOWN_WAITS)])))
    return bool(prepared.observation.errors or progress.waits or progress.halted)


def _let_pass(prepared: Prepared, limits: Limits, progress: _Progress, allowances: Allowances) -> bool:
    """Whether no valve stops the run, and what its writes will cost: the valves have made their calls by then. Without the time
    or the calls to tell, all that was planned is left for the next run."""
    try:
        progress.trips += check_valves(prepared, limits)
    except (Wait, Deferred) as error:
        progress.stopped_by(error, str(error))
        progress.left |= {action.key: str(error) for action in prepared.actions}
        progress.deferred |= progress.left.keys()
    capabilities = {side: connector.capabilities for side, connector in prepared.systems.connectors.items()}
    progress.forecast = forecast(prepared.actions, capabilities, allowances())
    return not progress.waits and not _closed_valves(progress)


def _closed_valves(progress: _Progress) -> bool:
    closed = [trip for trip in progress.trips if not trip.opened]
    for trip in closed:
        told = {"name": trip.name, "why": trip.message, "most": trip.limit, "opener": f"{trip.name}:{trip.digest}"}
        progress.reasons.append((ExitCode.VALVE, because(Trouble.VALVE_STOPPED, **told)))
    return bool(closed)


def _write(prepared: Prepared, handle: LeaseHandle, limits: Limits, progress: _Progress) -> None:
    """Carry out the plan, and what becomes of the keys that moved meanwhile, in a few rounds."""
    current: Prepared | None = prepared
    systems = prepared.systems
    handle = HaltAware(handle, systems.store, systems.clock, orders_passed(systems, prepared.options))
    rounds = 0
    while current is not None:
        rounds += 1
        again = _round(current, handle, progress)
        if progress.paused or prepared.systems.stop.is_asked:
            _heed_stop(prepared.systems, again, progress)
            break
        further = again and rounds < ROUNDS and prepared.options.undo is None
        current = _next_round(current, again, limits, progress) if further else None
    advance(prepared)
    remember_portal(prepared.systems, prepared.observation)
    written = [record for memory in prepared.memories.values() for record in memory.records.values()]
    for sentence in verify_written(prepared.systems, prepared.fields.unverified, written):
        progress.reasons.append((ExitCode.PARTIAL, sentence))


def _heed_stop(systems: Systems, again: set[str], progress: _Progress) -> None:
    """Say that a signal or the end of its time ended the run, if it left anything."""
    progress.deferred |= again & progress.left.keys()
    try:
        systems.stop.check()
    except Deferred as asked:
        if progress.left:
            progress.stopped_by(asked, str(asked))


def _round(current: Prepared, handle: LeaseHandle, progress: _Progress) -> set[str]:
    """One round of writes; the keys that should be decided afresh."""
    open_books(current)
    for key in current.looked_into - current.held.keys():
        progress.left.pop(key, None)
        progress.deferred.discard(key)
    applied = Applier(current.systems, current.run_id, handle, current.memories, current.replayed).apply(
        current.actions
    )
    close_books(current, applied)
    progress.results += applied.results
    progress.left |= applied.dirty
    progress.deferred |= applied.deferred
    for side, error in sorted(applied.stopped.items()):
        progress.stopped_by(error, _said(side, error))
    return applied.again | (current.replayed & applied.complete)


def _next_round(current: Prepared, keys: set[str], limits: Limits, progress: _Progress) -> Prepared | None:
    """What to write next, if that can be told and no valve minds; else the keys wait for the next run."""
    try:
        further = with_more(current, keys)
    except (Locked, StateUnusable):
        raise
    except WatchkeeperError as error:
        progress.stopped_by(error, str(error))
        if isinstance(error, Wait | Deferred):
            progress.deferred |= keys & progress.left.keys()
        return None
    progress.results += further.recovered.settled
    done = [result.action for result in progress.results if result.outcome is Outcome.DONE]
    minding = [trip for trip in check_valves(further, limits, done) if not trip.opened]
    for trip in minding:
        minded = because(Trouble.VALVE_CLOSED, name=trip.name, why=trip.message, most=trip.limit)
        progress.reasons.append((ExitCode.PARTIAL, together([minded, because(Trouble.LEFT_WAITS)])))
    if minding:
        return None
    progress.parked += further.parked
    return further


def _said(side: Side, error: WatchkeeperError) -> str:
    """The error's own words, which may name its side already, or not be about a side."""
    words = str(error)
    spoken = isinstance(error, Deferred) or words.startswith(f"{side}: ")
    return words if spoken else f"{side}: {words}"


def _asked_by(systems: Systems, feed: Feed, error: WatchkeeperError) -> str:
    """Where the mappings name a table that its side refuses to list."""
    if not isinstance(error, Reject):
        return ""
    rules = (profile for profile in systems.profiles.values() if feed.side in profile.sides)
    places = [profile.place for profile in rules if profile.sides[feed.side].table == feed.table]
    return f"; {because(Trouble.TABLE_NAMED_IN, table=feed.table, places=', '.join(places))}"


def _report(prepared: Prepared, progress: _Progress, started: datetime, books: Books) -> RunReport:
    systems, calls = prepared.systems, books()
    refused_writes = _refused_writes(prepared, progress)
    unfinished = progress.left.keys() - progress.deferred - refused_writes
    if unfinished:
        left = together([because(Trouble.UNFINISHED, count=len(unfinished)), because(Trouble.RERUN)])
        progress.reasons.append((ExitCode.PARTIAL, left))
    if refused_writes:
        progress.reasons.append((ExitCode.PARTIAL, because(Trouble.NEEDS_PERSON, count=len(refused_writes))))
    for sentence in prepared.fields.unshown.values():
        progress.reasons.append((ExitCode.PARTIAL, together([sentence, because(Trouble.NO_PROFILE_WRITE)])))
    refused = [row for row in progress.parked if row.field == REFUSED_GROUP]
    if refused:
        progress.reasons.append((ExitCode.PARTIAL, because(Trouble.GROUP_UNRESOLVED, count=len(refused))))
    ownerless = sum(row.field == REFUSED_OWNER for row in progress.parked)
    if ownerless:
        progress.reasons.append((ExitCode.PARTIAL, because(Trouble.OWNER_UNKNOWN, count=ownerless)))
    # Where the exit code comes of it, the reasons say it.
    ordered = () if progress.halted or progress.paused else halt_notes(systems.store, systems.clock.now())
    written = sum(result.outcome is Outcome.DONE for result in progress.results)
    log.info("ended", extra={"planned": len(prepared.actions), "written": written, "reasons": len(progress.reasons)})
    return RunReport(
        run_id=prepared.run_id,
        command=prepared.options.command,
        deployment=systems.deployment,
        mode=systems.mode,
        started_at=started,
        ended_at=systems.clock.now(),
        plan=prepared.plan,
        results=tuple(progress.results),
        decided=prepared.decided,
        valves=tuple(progress.trips),
        sides=() if progress.halted else side_reports(prepared, calls),
        calls=calls,
        parked=tuple(progress.parked),
        problems=tuple(reason for _, reason in progress.reasons),
        exit_code=strongest(code for code, _ in progress.reasons),
        reasons=tuple(
            f"{code}: {reason}" for code, reason in sorted(progress.reasons, key=lambda row: PRECEDENCE.index(row[0]))
        ),
        swept=any(result.swept and result.complete for result in prepared.observation.results),
        forecast=progress.forecast,
        notes=(*prepared.remarks, *portal_notes(systems, prepared.observation), *ordered),
        resume=_resume(prepared, progress, written),
    )


def _resume(prepared: Prepared, progress: _Progress, written: int) -> Resume | None:
    """Where the next run goes on; None when nobody wanted us to come back later."""
    if not progress.waits:
        return None
    waits = [error.retry_after for error in progress.waits if isinstance(error, Wait) and error.retry_after]
    not_before = prepared.systems.clock.now() + max(waits) if waits else None
    if not prepared.looked_into:  # what an earlier run left is still left
        waiting = [row.key for row in prepared.systems.store.dirty() if not is_refusal(row.reason)]
        return Resume(written, len(waiting), min(waiting, default=""), not_before)
    first = next((action.key for action in prepared.actions if action.key in progress.deferred), "")
    return Resume(written, len(progress.deferred & progress.left.keys()), first, not_before)


def _refused_writes(prepared: Prepared, progress: _Progress) -> set[str]:
    """Keys whose write a system refused, in this run or an earlier one. Not those that a run which only plans would try
    again, and none where nothing was decided."""
    if prepared.observation.errors:
        return set()
    if prepared.options.undo is not None:  # it looks at no other run's
        return {row.action.key for row in progress.results if row.kept or row.error == "Rejected"}
    refused = {row.key for row in prepared.systems.store.dirty() if is_refusal(row.reason)}
    held = {key for key, reason in prepared.held.items() if is_refusal(reason)}
    planned = {action.key for action in prepared.actions} if not progress.results else set[str]()
    return refused - (planned - held)
