"""Spans for whoever runs a collector: what was called and how it ended, never what people wrote."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import requests
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from tests.receiver import receiving
from tests.unit.transport.peer import head, served
from tests.unit.transport.wire import HOST, Answer, Hands, Wire, lost

from watchkeeper.transport import Tracing, Transport, TransportPolicy, open_tracing
from watchkeeper.transport.tracing import CollectedTracing, provider_of

SECRET_QUERY = "?sysparm_query=short_descriptionLIKEpassword%20leak"
TICKET = '{"short_description": "Payroll data on a public share"}'


class Traced:
    """A transport whose spans end up in memory."""

    def __init__(self, *script: Answer | Exception) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracing = CollectedTracing(provider_of(self.exporter, batched=False))
        hands = Hands()
        self.transport = Transport(
            TransportPolicy(writes_allowed=True),
            clock=hands,
            monotonic=hands.monotonic,
            sleep=hands.sleep,
            random=Random(1),
            adapter_factory=lambda side: Wire(script or [Answer()]),
            tracing=self.tracing,
        )

    def session(self) -> requests.Session:
        return self.transport.session("servicenow")

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())


@pytest.fixture
def traced() -> Iterator[Traced]:
    made = Traced()
    yield made
    made.tracing.close()


def test_a_call_is_a_client_span_with_the_conventions_attributes(traced: Traced) -> None:
    traced.session().get(f"{HOST}:8443/api/now/table/incident{SECRET_QUERY}")
    (span,) = traced.spans
    assert (span.name, span.kind) == ("GET", SpanKind.CLIENT)
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "server.address": "acme.service-now.com",
        "server.port": 8443,
        "url.path": "/api/now/table/incident",
        "http.response.status_code": 200,
        "http.response.body.size": 14,
        "watchkeeper.side": "servicenow",
    }
    assert span.resource.attributes["service.name"] == "watchkeeper"


def test_no_span_holds_a_query_a_header_or_a_body(traced: Traced) -> None:
    headers = {"Authorization": "Bearer ours-and-only-ours"}
    traced.session().post(f"{HOST}/api/now/table/incident{SECRET_QUERY}", data=TICKET, headers=headers)
    (span,) = traced.spans
    told = span.to_json()
    assert not [word for word in ("sysparm", "leak", "Payroll", "ours-and-only") if word in told]


def test_each_attempt_is_a_span_and_a_failed_one_says_so() -> None:
    traced = Traced(Answer(503), lost(), Answer())
    traced.session().get(f"{HOST}/")
    failed, gone, fine = traced.spans
    assert [(span.attributes or {}).get("http.request.resend_count") for span in traced.spans] == [None, 1, 2]
    assert [span.status.status_code for span in (failed, gone, fine)] == [StatusCode.ERROR] * 2 + [StatusCode.UNSET]
    assert [(span.attributes or {}).get("error.type") for span in traced.spans] == ["503", "ConnectionError", None]
    assert gone.events == ()
    assert gone.status.description is None


def test_the_calls_of_a_run_are_its_children(traced: Traced) -> None:
    with traced.tracing.run("sync", "production"):
        traced.session().get(f"{HOST}/")
    call, run = traced.spans
    assert run.name == "watchkeeper sync"
    assert (run.attributes or {})["watchkeeper.deployment"] == "production"
    assert call.parent is not None
    assert run.context is not None
    assert call.parent.span_id == run.context.span_id


def test_a_run_that_fails_has_a_failed_span(traced: Traced) -> None:
    with pytest.raises(ValueError), traced.tracing.run("plan", "production"):
        raise ValueError("what a ticket said")
    (run,) = traced.spans
    assert run.status.status_code is StatusCode.ERROR
    assert "what a ticket said" not in run.to_json()


def test_without_a_collector_nothing_is_loaded_or_recorded() -> None:
    tracing = open_tracing(None)
    assert type(tracing) is Tracing
    with tracing.run("sync", "production"):
        pass
    tracing.close()


def test_without_the_libraries_one_line_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    assert type(open_tracing("http://localhost:4318/v1/traces")) is Tracing
    (record,) = caplog.records
    assert "pip install 'watchkeeper[otel]'" in record.getMessage()


def test_spans_reach_the_collector_when_the_run_ends() -> None:
    heard: list[bytes] = []
    with served(head(b"Content-Length: 2"), b"{}", heard=heard) as collector:
        tracing = open_tracing(f"{collector}v1/traces")
        with tracing.run("sync", "production"):
            pass
        tracing.close()
    assert heard[0].startswith(b"POST /v1/traces HTTP/1.1")


def test_the_way_to_the_collector_is_our_proxy_and_no_one_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.evil.example:3128")
    heard: list[bytes] = []
    with served(head(b"Content-Length: 2"), b"{}", heard=heard) as proxy:
        tracing = open_tracing("http://collector.invalid:4318/v1/traces", proxy.rstrip("/"))
        with tracing.run("sync", "production"):
            pass
        tracing.close()
    assert heard[0].startswith(b"POST http://collector.invalid:4318/v1/traces HTTP/1.1")


def test_a_collector_that_does_not_answer_keeps_nobody_waiting_for_long(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr("watchkeeper.transport.tracing.EXPORT_SECONDS", 0.05)
    with receiving(tmp_path, tls=False) as collector:
        collector.free.clear()
        tracing = open_tracing(f"{collector.url}/v1/traces")
        with tracing.run("sync", "production"):
            pass
        tracing.close()
    assert [record.getMessage() for record in caplog.records][:1] == [
        "the collector took too long; some spans are not sent"
    ]
    for thread in threading.enumerate():
        if thread.name == "telemetry":
            thread.join(10)
