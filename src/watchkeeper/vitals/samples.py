"""The metrics that exist, whoever reads them. Names and units follow prometheus.io/docs/practices/naming.

No label takes more values than there are teams, tasks, sides, kinds of writes or exit codes: no ticket, person or run is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class MetricKind(StrEnum):
    GAUGE = "gauge"
    """How it stood at the end of the last run."""
    COUNTER = "counter"
    """Added up over the runs."""


@dataclass(frozen=True, slots=True)
class Metric:
    """`name` is without prefix, unit and suffix, which each reader spells its own way. `unit`: `seconds`, `ratio`, or "" for things
    that are counted."""

    name: str
    kind: MetricKind
    help: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """A value of a metric under its labels. `command` and `deployment`, which every one has, come with the run's end."""

    metric: Metric
    value: float
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


LAST_RUN: Final = Metric("last_run_timestamp", MetricKind.GAUGE, "When the last run ended, since 1970.", "seconds")
LAST_SUCCESS: Final = Metric(
    "last_success_timestamp", MetricKind.GAUGE, "When the last run that succeeded ended, since 1970.", "seconds"
)
DURATION: Final = Metric("last_run_duration", MetricKind.GAUGE, "How long the last run took.", "seconds")
EXIT_CODE: Final = Metric("last_run_exit_code", MetricKind.GAUGE, "The exit code of the last run.")
RUNS: Final = Metric("runs", MetricKind.COUNTER, "Runs by exit code.")
WRITES: Final = Metric("writes", MetricKind.COUNTER, "Writes by side, operation and outcome.")
CONFLICTS: Final = Metric("conflicts", MetricKind.COUNTER, "Fields that both sides had changed, by who won.")
LEFT_ALONE: Final = Metric("left_alone", MetricKind.GAUGE, "Things that the last run left for a person.")
CLOSED_VALVES: Final = Metric("closed_valves", MetricKind.GAUGE, "Valves that stopped the last run.")
CALLS: Final = Metric("calls", MetricKind.COUNTER, "Calls by side and method; TOKEN and QUERY apart.")
CALL_ERRORS: Final = Metric(
    "call_errors", MetricKind.COUNTER, "Calls that a side answered with an error, or not at all."
)
RETRIES: Final = Metric("retries", MetricKind.COUNTER, "Calls that were another attempt.")
THROTTLED: Final = Metric("throttled", MetricKind.COUNTER, "Answers by which a side asked to come back later.")
WAITED: Final = Metric(
    "waited", MetricKind.COUNTER, "Time that calls waited for a side's limits or another try.", "seconds"
)
ESCALATIONS: Final = Metric("escalations", MetricKind.GAUGE, "Escalations by team and verdict in the last audit.")
COMPLIANCE: Final = Metric(
    "compliance", MetricKind.GAUGE, "Fresh escalations of those with a duty in the last audit, from 0 to 1.", "ratio"
)
EVIDENCE: Final = Metric(
    "evidence_pieces", MetricKind.GAUGE, "Pieces of evidence by task and outcome in the last collection."
)
WAITING: Final = Metric("waiting", MetricKind.GAUGE, "Pairs that the next run has to look at again.")
UNANSWERED: Final = Metric("unanswered_writes", MetricKind.GAUGE, "Writes that were begun and never answered.")
LATE_DUTIES: Final = Metric("late_duties", MetricKind.GAUGE, "Duties that are overdue, by team.")
LEASE_HELD: Final = Metric("lease_held", MetricKind.GAUGE, "Whether a run holds the lease: 1 or 0.")
LEASE_EXPIRES: Final = Metric(
    "lease_expires_timestamp", MetricKind.GAUGE, "When the lease runs out unless it is renewed, since 1970.", "seconds"
)

METRICS: Final = (
    LAST_RUN,
    LAST_SUCCESS,
    DURATION,
    EXIT_CODE,
    RUNS,
    WRITES,
    CONFLICTS,
    LEFT_ALONE,
    CLOSED_VALVES,
    CALLS,
    CALL_ERRORS,
    RETRIES,
    THROTTLED,
    WAITED,
    ESCALATIONS,
    COMPLIANCE,
    EVIDENCE,
)
"""What runs tell as they end."""
STORE_METRICS: Final = (
    LAST_SUCCESS,
    LAST_RUN,
    DURATION,
    EXIT_CODE,
    WRITES,
    CALLS,
    CALL_ERRORS,
    RETRIES,
    THROTTLED,
    WAITED,
    ESCALATIONS,
    WAITING,
    UNANSWERED,
    LATE_DUTIES,
    LEASE_HELD,
    LEASE_EXPIRES,
)
"""What the state store tells of a deployment whenever it is asked."""
