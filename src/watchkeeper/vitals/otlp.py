"""Metrics for an OpenTelemetry collector, over OTLP/HTTP. The extra `otel` brings the libraries."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Final

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

from watchkeeper import __version__
from watchkeeper.transport import in_time, outside_session, telemetry_resource
from watchkeeper.vitals.samples import METRICS, Metric, MetricKind, Sample

EXPORT_SECONDS: Final = 5.0
"""How long a collector may keep a finished run waiting."""

_UNITS: Final = {"seconds": "s", "ratio": "1", "": "1"}
"""UCUM, as the semantic conventions ask (opentelemetry.io/docs/specs/semconv/general/metrics)."""

log = logging.getLogger(__name__)


def send_metrics(endpoint: str, proxy: str | None, deployment: str, command: str, samples: Sequence[Sample]) -> None:
    """Send what a run brought to `endpoint`, once. Counters count from this run's beginning; what adds them up is the collector."""
    exporter = OTLPMetricExporter(endpoint=endpoint, session=outside_session(proxy))
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=math.inf)
    provider = MeterProvider([reader], telemetry_resource(), shutdown_on_exit=False)
    meter = provider.get_meter("watchkeeper", __version__)
    common = {"watchkeeper.command": command, "watchkeeper.deployment": deployment}
    for metric in METRICS:
        rows = [each for each in samples if each.metric is metric]
        if rows and metric.kind is MetricKind.COUNTER:
            counter = meter.create_counter(telemetry_name(metric), _UNITS[metric.unit], metric.help)
            for row in rows:
                counter.add(row.value, common | _attributes(row))
        elif rows:
            gauge = meter.create_gauge(telemetry_name(metric), _UNITS[metric.unit], metric.help)
            for row in rows:
                gauge.set(row.value, common | _attributes(row))

    def send() -> None:
        provider.force_flush()
        provider.shutdown()

    if not in_time(send, EXPORT_SECONDS):
        log.warning("the collector took too long; the metrics are not sent", extra={"seconds": EXPORT_SECONDS})


def telemetry_name(metric: Metric) -> str:
    """Without unit and suffix, which a collector adds where its readers want them."""
    return f"watchkeeper.{metric.name}"


def _attributes(sample: Sample) -> dict[str, str]:
    return {f"watchkeeper.{name}": value for name, value in sample.labels.items()}
