"""Metrics and spans at a collector, as OTLP/HTTP spells them (opentelemetry.io/docs/specs/otlp)."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric as Told
from tests.receiver import Heard, Receiver, receiving

from watchkeeper.transport import open_tracing
from watchkeeper.vitals import Sample, otlp, samples
from watchkeeper.vitals.otlp import send_metrics

BROUGHT = (
    Sample(samples.LAST_SUCCESS, 1_795_000_000.0),
    Sample(samples.CALLS, 4, {"side": "servicenow", "method": "GET"}),
    Sample(samples.CALLS, 2, {"side": "sentinel", "method": "GET"}),
    Sample(samples.WAITED, 1.5, {"side": "sentinel"}),
    Sample(samples.COMPLIANCE, 0.75, {"team": "csirt"}),
)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path, tls=False) as receiver:
        yield receiver


def send(collector: Receiver) -> None:
    send_metrics(f"{collector.url}/v1/metrics", None, "production", "sync", BROUGHT)


def metrics(heard: Heard) -> dict[str, Told]:
    request = ExportMetricsServiceRequest.FromString(heard.body)
    (resource,) = request.resource_metrics
    (scope,) = resource.scope_metrics
    assert scope.scope.name == "watchkeeper"
    return {metric.name: metric for metric in scope.metrics}


def attributes(point: object) -> dict[str, str]:
    return {each.key: each.value.string_value for each in point.attributes}  # type: ignore[attr-defined]


def test_what_a_run_brought_arrives_once_with_its_units(collector: Receiver) -> None:
    send(collector)
    (heard,) = collector.heard
    assert (heard.method, heard.path) == ("POST", "/v1/metrics")
    assert heard.headers["content-type"] == "application/x-protobuf"
    told = metrics(heard)
    assert {name: metric.unit for name, metric in told.items()} == {
        "watchkeeper.last_success_timestamp": "s",
        "watchkeeper.calls": "1",
        "watchkeeper.waited": "s",
        "watchkeeper.compliance": "1",
    }
    calls = told["watchkeeper.calls"].sum
    assert calls.is_monotonic
    assert {attributes(point)["watchkeeper.side"]: point.as_double or point.as_int for point in calls.data_points} == {
        "servicenow": 4,
        "sentinel": 2,
    }
    (compliance,) = told["watchkeeper.compliance"].gauge.data_points
    assert compliance.as_double == 0.75
    assert attributes(compliance) == {
        "watchkeeper.command": "sync",
        "watchkeeper.deployment": "production",
        "watchkeeper.team": "csirt",
    }


def test_a_collector_over_tls_with_the_standard_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving(tmp_path) as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(collector.ca_file))
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=ours")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "soc-bridge")
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
        send(collector)
        tracing = open_tracing(f"{collector.url}/v1/traces")
        with tracing.run("sync", "production"):
            pass
        tracing.close()
    numbers, spans = collector.heard
    assert {each.headers["api-key"] for each in collector.heard} == {"ours"}
    metric_request = ExportMetricsServiceRequest.FromString(gzip.decompress(numbers.body))
    trace_request = ExportTraceServiceRequest.FromString(gzip.decompress(spans.body))
    for resource in (metric_request.resource_metrics[0].resource, trace_request.resource_spans[0].resource):
        named = attributes(resource)
        assert (named["service.name"], named["deployment.environment.name"]) == ("soc-bridge", "test")
        assert named["service.version"]
    (span,) = trace_request.resource_spans[0].scope_spans[0].spans
    assert span.name == "watchkeeper sync"


def test_a_collector_that_refuses_is_a_line_in_the_log(collector: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    collector.answers += [400]
    send(collector)
    assert collector.paths == ["/v1/metrics"]
    assert "400" in caplog.text


def test_one_that_does_not_answer_keeps_nobody_waiting_for_long(
    collector: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(otlp, "EXPORT_SECONDS", 0.05)
    collector.free.clear()
    send(collector)
    assert [record.getMessage() for record in caplog.records] == [
        "the collector took too long; the metrics are not sent"
    ]
    collector.free.set()
    for thread in threading.enumerate():
        if thread.name == "telemetry":
            thread.join(10)
