"""What the store keeps of calls besides their sums."""

from __future__ import annotations

from datetime import UTC, date

from watchkeeper.model.calls import DAY_CALLS, NO_CALLS_KEPT, CallRecord, CallSum, TroubledCall, calls_of_run
from watchkeeper.model.snapshot import SnapshotKind
from watchkeeper.report.board.calls import NONE_KEPT, CallsKept, CallTrouble, OperationCalls
from watchkeeper.report.board.nouns import PastRun
from watchkeeper.web.reading.reader import Reader


def calls_in(reader: Reader, run: PastRun) -> CallsKept:
    """Those of a run; none of one that has not ended."""
    if run.ended_at is None:
        return NONE_KEPT
    return _kept(reader, calls_of_run(run.run_id), run.ended_at.astimezone(UTC).date())


def calls_on(reader: Reader, day: date) -> CallsKept:
    return _kept(reader, DAY_CALLS, day)


def _kept(reader: Reader, kind: SnapshotKind[CallRecord], day: date) -> CallsKept:
    found = reader.store.snapshots(kind, day, day)
    record = found[0].document if found else NO_CALLS_KEPT
    return CallsKept(tuple(map(_operation, record.sums)), tuple(map(_trouble, record.troubled)), record.left_out)


def _operation(each: CallSum) -> OperationCalls:
    return OperationCalls(
        each.side,
        each.operation,
        each.method,
        each.calls,
        each.errors,
        each.retries,
        each.throttled,
        waited_seconds=each.waited,
    )


def _trouble(each: TroubledCall) -> CallTrouble:
    return CallTrouble(
        at=each.at,
        side=each.side,
        operation=each.operation,
        method=each.method,
        status=each.status,
        failure=each.failure.value,
        attempt=each.attempt,
        waited_seconds=each.waited,
        reference=each.reference,
        command=each.command,
        run_id=each.run_id,
    )
