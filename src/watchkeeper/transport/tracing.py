"""Spans of runs and calls for an OpenTelemetry collector: what was called, how it ended, how long it took. Never a query, a body
or a header: they hold what people wrote.

The extra `otel` brings the libraries; nothing of them is imported unless a collector is named. Attributes follow the semantic
conventions for HTTP client spans (opentelemetry.io/docs/specs/semconv/http).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests

from watchkeeper import __version__
from watchkeeper.transport.calls import Call
from watchkeeper.transport.outside import in_time, outside_session

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

EXPORT_SECONDS = 5.0
"""How long a collector may keep a finished run waiting, whatever OTEL_EXPORTER_OTLP_TIMEOUT says of a single try."""

log = logging.getLogger(__name__)


class Exchanged:
    """One call's span, to be told how it ended. This one tells nobody."""

    def answered(self, response: requests.Response) -> None:
        """Note the status and the size of an answer."""


class Tracing:
    """Where nobody listens: spans that cost nothing."""

    @contextmanager
    def run(self, command: str, deployment: str) -> Iterator[None]:  # noqa: ARG002
        """Inside, everything that is called belongs to this run."""
        yield

    @contextmanager
    def call(self, call: Call, attempt: int) -> Iterator[Exchanged]:  # noqa: ARG002
        """One exchange, the `attempt`-th (from 1) of its call."""
        yield Exchanged()

    def close(self) -> None:
        """Send what has not been sent."""


class _Recorded(Exchanged):
    def __init__(self, span: Span) -> None:
        self._span = span

    def answered(self, response: requests.Response) -> None:
        self._span.set_attribute("http.response.status_code", response.status_code)
        self._span.set_attribute("http.response.body.size", len(response.content))
        if response.status_code >= 400:
            self._failed(str(response.status_code))

    def lost(self, error: BaseException) -> None:
        """Note that no usable answer came, or that the run ended in an error."""
        self._failed(type(error).__name__)

    def _failed(self, kind: str) -> None:
        from opentelemetry.trace import StatusCode

        self._span.set_attribute("error.type", kind)
        self._span.set_status(StatusCode.ERROR)


class CollectedTracing(Tracing):
    """Spans through an SDK provider of our own; the process-wide one is left alone."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("watchkeeper", __version__)

    @contextmanager
    def run(self, command: str, deployment: str) -> Iterator[None]:
        facts = {"watchkeeper.command": command, "watchkeeper.deployment": deployment}
        with self._span(f"watchkeeper {command}", attributes=facts):
            yield

    @contextmanager
    def call(self, call: Call, attempt: int) -> Iterator[Exchanged]:
        from opentelemetry.trace import SpanKind

        with self._span(call.method, kind=SpanKind.CLIENT, attributes=_facts(call, attempt)) as span:
            yield span

    @contextmanager
    def _span(self, name: str, **options: Any) -> Iterator[_Recorded]:
        """An error is told by its class: its words, which the library would add, may quote an address or a ticket."""
        with self._tracer.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False, **options
        ) as span:
            recorded = _Recorded(span)
            try:
                yield recorded
            except BaseException as error:
                recorded.lost(error)
                raise

    def close(self) -> None:
        if not in_time(self._provider.shutdown, EXPORT_SECONDS):
            log.warning("the collector took too long; some spans are not sent", extra={"seconds": EXPORT_SECONDS})


def _facts(call: Call, attempt: int) -> dict[str, str | int]:
    address, _, port = call.host.partition(":")
    facts: dict[str, str | int] = {
        "http.request.method": call.method,
        "server.address": address,
        "url.path": call.path,
        "watchkeeper.side": call.side,
    }
    if port.isdigit():
        facts["server.port"] = int(port)
    if attempt > 1:
        facts["http.request.resend_count"] = attempt - 1
    return facts


def open_tracing(endpoint: str | None, proxy: str | None = None) -> Tracing:
    """Spans for the collector, which takes them at `endpoint`; without one, or without the libraries, spans that nobody sees."""
    if endpoint is None:
        return Tracing()
    try:
        return CollectedTracing(provider_of(_exporter(endpoint, proxy), batched=True))
    except ImportError:
        log.warning(
            "a collector for OpenTelemetry is set, but the libraries for it are not installed; no spans are sent. Install them "
            "with: pip install 'watchkeeper[otel]'"
        )
        return Tracing()


def provider_of(exporter: SpanExporter, *, batched: bool) -> TracerProvider:
    """Spans go to `exporter`, each as it ends or in batches."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

    provider = TracerProvider(resource=telemetry_resource(), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter) if batched else SimpleSpanProcessor(exporter))
    return provider


def telemetry_resource() -> Resource:
    """Who speaks: we, or whom OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES name."""
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource

    ours = Resource({"service.name": "watchkeeper", "service.version": __version__})
    return ours.merge(OTELResourceDetector().detect())


def _exporter(endpoint: str, proxy: str | None) -> SpanExporter:
    """Over a session that obeys our proxy and nobody else's, as every other call."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=endpoint, session=outside_session(proxy))
