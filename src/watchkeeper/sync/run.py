"""One execution: observe → plan → guard → apply → report. The only place where a run's steps follow each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from watchkeeper.errors import AuthFailed, Operator, WatchkeeperError
from watchkeeper.model.limits import Limits
from watchkeeper.model.link import ConflictRow, Dirty
from watchkeeper.model.occurrence import Decision
from watchkeeper.model.plan import ConflictNote, Operation, Parked, ValveTrip, json_value
from watchkeeper.model.record import Revision, Side
from watchkeeper.model.run import ActionResult, Outcome, RunReport, SideReport
from watchkeeper.ports import Lease, LeaseHandle
from watchkeeper.sync.apply import Applied, Applier
from watchkeeper.sync.cases import REFUSED_GROUP
from watchkeeper.sync.identity import remember_identities
from watchkeeper.sync.plan import Options, Prepared, prepare, with_more
from watchkeeper.sync.systems import Systems
from watchkeeper.sync.valves import check_valves, remember_valves

ROUNDS = 3
"""How often a run reads again and merges afresh what moved while it wrote."""

EXIT_OK, EXIT_PARTIAL, EXIT_AUTH, EXIT_VALVE, EXIT_LATER = 0, 4, 5, 7, 75
EXIT_ORDER = (1, 9, 3, 5, 7, 4, 75, 6, 8, 0)
"""Where several exit codes apply, the first of these wins."""

Calls = Callable[[], Mapping[Side, Mapping[str, int]]]


@dataclass(slots=True)
class _Progress:
    """What a run has come to so far."""

    results: list[ActionResult] = field(default_factory=list)
    trips: list[ValveTrip] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    reasons: list[tuple[int, str]] = field(default_factory=list)


def plan_run(systems: Systems, options: Options, limits: Limits, calls: Calls) -> RunReport:
    """What a sync would do. Pass `Systems` over a scratch copy of the store: nothing is written to any system."""
    run_id, started = systems.ids(), systems.clock.now()
    prepared = prepare(systems, run_id, options)
    progress = _Progress(parked=list(prepared.parked))
    if not _blocked(prepared, progress):
        progress.trips += check_valves(prepared, limits)
        _closed_valves(progress)
    return _report(prepared, progress, started, calls)


def sync_run(systems: Systems, lease: Lease, options: Options, limits: Limits, calls: Calls) -> RunReport:
    """Bring both systems in step. Raises Locked when another run holds the lease; releases it whatever happens."""
    run_id, started = systems.ids(), systems.clock.now()
    handle = lease.take(run_id, options.command)
    try:
        systems.store.start_run(run_id, options.command, started)
        prepared = prepare(systems, run_id, options)
        progress = _Progress(results=list(prepared.recovered.settled), parked=list(prepared.parked))
        if not _blocked(prepared, progress):
            progress.trips += check_valves(prepared, limits)
            remember_valves(prepared, progress.trips)
            if not _closed_valves(progress):
                _write(prepared, handle, limits, progress)
        report = _report(prepared, progress, started, calls)
        systems.store.finish_run(report)
        systems.store.forget_observed(run_id)
        return report
    finally:
        handle.release()


def _blocked(prepared: Prepared, progress: _Progress) -> bool:
    """Whether a side could not be read, so that nothing can be decided."""
    for side, error in sorted(prepared.observation.errors.items()):
        code = EXIT_AUTH if isinstance(error, AuthFailed | Operator) else EXIT_LATER
        progress.reasons.append((code, f"{side}: {error}"))
    return bool(prepared.observation.errors)


def _closed_valves(progress: _Progress) -> bool:
    closed = [trip for trip in progress.trips if not trip.opened]
    for trip in closed:
        remedy = f"look at the plan, then run again with --open-valve {trip.name}:{trip.digest}"
        progress.reasons.append((EXIT_VALVE, f"valve {trip.name}: {trip.message} (limit: {trip.limit}); {remedy}"))
    return bool(closed)


def _write(prepared: Prepared, handle: LeaseHandle, limits: Limits, progress: _Progress) -> None:
    _keep_books(prepared)
    applied = _apply(prepared, handle, progress)
    for _ in range(ROUNDS - 1):
        if not applied.again:
            break
        further = with_more(prepared, applied.again)
        progress.results += further.recovered.settled
        trips = [trip for trip in check_valves(further, limits) if not trip.opened]
        if trips:
            progress.trips += trips
            break
        _keep_books(further)
        applied = _apply(further, handle, progress)
        progress.parked += further.parked
    _advance(prepared)
    remember_identities(prepared.systems)
    prepared.systems.store.remember(
        {f"mapping:{name}": profile.fingerprint for name, profile in prepared.systems.profiles.items()}
    )


def _keep_books(prepared: Prepared) -> None:
    """Store what is known before the first write: decisions, conflicts, links of pairs that need no write. A key that is
    about to be written is dirty until its last write is confirmed, so that no crash can lose it."""
    store, now = prepared.systems.store, prepared.systems.clock.now()
    writing = {action.key for action in prepared.actions}
    to_create = {each.occurrence.key for each in prepared.decided if each.decision is Decision.CREATE}
    unfinished = writing | {row.key for row in prepared.parked if row.key in to_create}
    with store.transaction():
        store.put_dirty(_dirty_row(prepared, key, "in progress", now) for key in sorted(unfinished))
        store.put_decisions(prepared.decided)
        store.put_conflicts(_conflict_row(row, prepared.run_id, now) for row in prepared.conflicts)
        store.put_links(
            link for key, memory in prepared.memories.items() if key not in writing for link in memory.final.values()
        )
        store.put_links(prepared.absent)
        store.clear_dirty(key for key in prepared.cases if key not in unfinished)


def _apply(prepared: Prepared, handle: LeaseHandle, progress: _Progress) -> Applied:
    applied = Applier(prepared.systems, prepared.run_id, handle, prepared.memories).apply(prepared.actions)
    progress.results += applied.results
    store, now = prepared.systems.store, prepared.systems.clock.now()
    late_news = _late_news(applied.results)
    with store.transaction():
        store.clear_dirty(applied.complete - late_news)
        store.put_dirty(_dirty_row(prepared, key, _dirty_reason(applied, key), now) for key in sorted(applied.dirty))
        store.put_dirty(
            _dirty_row(prepared, key, "somebody else wrote at the same time", now) for key in sorted(late_news)
        )
    for side, error in sorted(applied.stopped.items()):
        code = EXIT_AUTH if isinstance(error, AuthFailed | Operator) else EXIT_LATER
        progress.reasons.append((code, f"{side}: {error}"))
    return applied


def _late_news(results: Iterable[ActionResult]) -> set[str]:
    """Keys of records that somebody else wrote between our look and our write: their comments must be read again."""
    return {
        result.action.key
        for result in results
        if result.outcome is Outcome.DONE
        and result.revision is not None
        and _skipped_a_revision(result.action.expect, result.revision)
    }


def _skipped_a_revision(expected: Revision | None, confirmed: Revision) -> bool:
    if expected is None or expected.order is None or confirmed.order is None:
        return False
    return confirmed.order > expected.order + 1


def _dirty_reason(applied: Applied, key: str) -> str:
    refused = next((row for row in applied.results if row.action.key == key and row.error == "Rejected"), None)
    return f"refused {refused.action.id}: {refused.message}" if refused else applied.dirty[key]


def _dirty_row(prepared: Prepared, key: str, reason: str, at: datetime) -> Dirty:
    return Dirty(key, prepared.systems.profile_of(key).name, reason, at)


def _conflict_row(conflict: ConflictNote, run_id: str, at: datetime) -> ConflictRow:
    return ConflictRow(
        conflict.key,
        conflict.field,
        conflict.winner,
        json_value(conflict.winning),
        json_value(conflict.losing),
        conflict.resolver,
        run_id,
        at,
    )


def _advance(prepared: Prepared) -> None:
    """Move the cursors: everything that they pass is linked, unchanged or dirty by now."""
    if prepared.options.profile is not None or prepared.options.task is not None:
        return
    now = prepared.systems.clock.now()
    for result in prepared.observation.results:
        if result.watermark is not None:
            swept_at = now if result.swept else None
            prepared.systems.store.advance(result.feed.side, result.feed.table, result.watermark, swept_at)


def _report(prepared: Prepared, progress: _Progress, started: datetime, calls: Calls) -> RunReport:
    systems = prepared.systems
    unfinished = _unfinished(progress.results)
    if unfinished:
        progress.reasons.append((EXIT_PARTIAL, f"{len(unfinished)} items are unfinished; a rerun may help"))
    refused = [row for row in progress.parked if row.field == REFUSED_GROUP]
    if refused:
        progress.reasons.append(
            (EXIT_PARTIAL, f"{len(refused)} records were not created because their group does not resolve")
        )
    codes = {code for code, _ in progress.reasons} or {EXIT_OK}
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
        sides=_sides(prepared, calls()),
        parked=tuple(progress.parked),
        problems=tuple(reason for _, reason in progress.reasons),
        exit_code=next(code for code in EXIT_ORDER if code in codes),
        reasons=tuple(
            f"{code}: {reason}" for code, reason in sorted(progress.reasons, key=lambda row: EXIT_ORDER.index(row[0]))
        ),
        swept=any(result.swept and result.complete for result in prepared.observation.results),
    )


def _unfinished(results: Sequence[ActionResult]) -> set[str]:
    """Keys whose last word in this run is not a success."""
    last: dict[tuple[str, str, Operation, str], ActionResult] = {}
    for result in results:
        action = result.action
        last[(action.key, action.ref.side, action.operation, action.comment_id)] = result
    return {key for (key, *_), result in last.items() if result.outcome not in {Outcome.DONE, Outcome.ADOPTED}}


def _sides(prepared: Prepared, calls: Mapping[Side, Mapping[str, int]]) -> tuple[SideReport, ...]:
    reports = []
    for side in sorted(prepared.systems.connectors):
        results = prepared.observation.of(side)
        error: WatchkeeperError | None = prepared.observation.errors.get(side)
        server_time = next((result.server_time for result in results if result.server_time), None)
        skew = (server_time - prepared.systems.clock.now()).total_seconds() if server_time else None
        reports.append(
            SideReport(
                side=side,
                reachable=error is None,
                complete=all(result.complete for result in results),
                calls=dict(calls.get(side, {})),
                clock_skew=skew,
                error=str(error) if error else "",
            )
        )
    return tuple(reports)
