"""What a run's results come to as metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from watchkeeper.model.audit import AuditReport, compliance_of, totals_of
from watchkeeper.model.exit_code import Upshot
from watchkeeper.model.gathering import Found, Gathering
from watchkeeper.model.record import Side
from watchkeeper.model.run import RunReport
from watchkeeper.model.traffic import Traffic
from watchkeeper.vitals import samples
from watchkeeper.vitals.finish import Finish
from watchkeeper.vitals.samples import Sample

ALL_TEAMS: Final = "(all)"
OTHER_GROUPS: Final = "(other)"
"""The team of tickets whose group no team has: how many such groups there are is up to other people. No team can be called so."""


def samples_of_finish(finish: Finish) -> tuple[Sample, ...]:
    """When and how it ended. The last success stays as it was unless this was one."""
    ended = finish.ended.timestamp()
    success = [Sample(samples.LAST_SUCCESS, ended)] if finish.upshot is Upshot.SUCCESS else []
    return (
        Sample(samples.LAST_RUN, ended),
        *success,
        Sample(samples.DURATION, finish.seconds),
        Sample(samples.EXIT_CODE, finish.exit_code),
        Sample(samples.RUNS, 1, {"exit_code": str(int(finish.exit_code))}),
    )


def samples_of_run(report: RunReport) -> tuple[Sample, ...]:
    """What a sync wrote, and what stopped it."""
    writes = Counter((row.action.ref.side, row.action.operation.value, row.outcome.value) for row in report.results)
    conflicts = Counter(row.winner for row in report.plan.conflicts)
    closed = Counter(valve.name for valve in report.valves if not valve.opened)
    return (
        *(
            Sample(samples.WRITES, count, {"side": side, "operation": operation, "outcome": outcome})
            for (side, operation, outcome), count in sorted(writes.items())
        ),
        *(Sample(samples.CONFLICTS, count, {"winner": winner}) for winner, count in sorted(conflicts.items())),
        Sample(samples.LEFT_ALONE, len(report.parked)),
        *(Sample(samples.CLOSED_VALVES, count, {"valve": name}) for name, count in sorted(closed.items())),
    )


def samples_of_traffic(traffic: Mapping[Side, Traffic]) -> tuple[Sample, ...]:
    """What every system was asked, how it answered, and how long it kept us waiting."""
    return tuple(sample for side, told in sorted(traffic.items()) for sample in _of_side(side, told))


def _of_side(side: Side, told: Traffic) -> Iterator[Sample]:
    for method, count in sorted(told.calls.items()):
        yield Sample(samples.CALLS, count, {"side": side, "method": method})
    yield Sample(samples.CALL_ERRORS, told.errors, {"side": side})
    yield Sample(samples.RETRIES, told.retries, {"side": side})
    yield Sample(samples.THROTTLED, told.throttled, {"side": side})
    yield Sample(samples.WAITED, told.waited, {"side": side})


def samples_of_audit(report: AuditReport) -> tuple[Sample, ...]:
    """How many escalations of each team got which verdict. Without a duty there is no compliance."""
    return tuple(_of_teams(report))


def samples_of_evidence(gathered: Sequence[Gathering]) -> tuple[Sample, ...]:
    """How many pieces of evidence of each duty ended how. Each outcome is told, so that one that has gone is seen to be gone."""
    return tuple(
        Sample(
            samples.EVIDENCE,
            sum(piece.found is found for piece in each.pieces),
            {"task": each.task, "found": found.value},
        )
        for each in gathered
        for found in Found
    )


def _of_teams(report: AuditReport) -> Iterator[Sample]:
    rows = {ALL_TEAMS: list(report.verdicts)}
    for verdict in report.verdicts:
        rows.setdefault(OTHER_GROUPS if verdict.group else verdict.team, []).append(verdict)
    for team, verdicts in sorted(rows.items()):
        totals = totals_of(verdicts)
        if team != ALL_TEAMS:
            for kind, count in totals.items():
                yield Sample(samples.ESCALATIONS, count, {"team": team, "verdict": kind.value})
        compliance = compliance_of(totals)
        if compliance is not None:
            yield Sample(samples.COMPLIANCE, compliance, {"team": team})
