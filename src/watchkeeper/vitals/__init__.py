"""Signs of life, for those who have to notice when a scheduled run fails, or stays away: pings, metrics, the last success.

Nothing here changes what comes of a run.
"""

from __future__ import annotations

from watchkeeper.vitals.finish import Finish
from watchkeeper.vitals.heartbeat import Heartbeat
from watchkeeper.vitals.last_success import last_successes, note_success
from watchkeeper.vitals.results import (
    samples_of_audit,
    samples_of_evidence,
    samples_of_finish,
    samples_of_run,
    samples_of_traffic,
)
from watchkeeper.vitals.samples import METRICS, Metric, MetricKind, Sample

__all__ = [
    "METRICS",
    "Finish",
    "Heartbeat",
    "Metric",
    "MetricKind",
    "Sample",
    "last_successes",
    "note_success",
    "samples_of_audit",
    "samples_of_evidence",
    "samples_of_finish",
    "samples_of_run",
    "samples_of_traffic",
]
