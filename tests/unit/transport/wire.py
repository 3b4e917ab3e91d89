"""A wire that answers as scripted, and a clock that moves when somebody sleeps: what the transport is tried with."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

import requests
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import NewConnectionError, ProtocolError, ReadTimeoutError
from urllib3.response import HTTPResponse

from watchkeeper.model.record import Side
from watchkeeper.transport import Transport, TransportPolicy

HOST = "https://acme.service-now.com"
NOW = datetime(2026, 11, 16, 0, 30, tzinfo=UTC)


@dataclass
class Hands:
    """Our clock, monotonic clock and sleep in one: sleeping moves both clocks."""

    at: datetime = NOW
    seconds: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        self.seconds += seconds
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b'{"result": []}'
    headers: Mapping[str, str] = field(default_factory=dict)


def lost() -> requests.ConnectionError:
    return requests.ConnectionError(ProtocolError("Connection aborted.", "Remote end closed connection"))


def timed_out() -> requests.ReadTimeout:
    return requests.ReadTimeout(ReadTimeoutError(None, "/", "Read timed out."))  # type: ignore[arg-type]


def unconnected() -> requests.ConnectionError:
    return requests.ConnectionError(NewConnectionError(None, "Failed to establish"))  # type: ignore[arg-type]


class Wire(BaseAdapter):
    """Gives the scripted answers one after the other (the last one for ever); remembers what was sent, and how."""

    def __init__(self, script: Sequence[Answer | Exception]) -> None:
        super().__init__()
        self._script = list(script)
        self.sent: list[PreparedRequest] = []
        self.options: list[dict[str, Any]] = []

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        self.sent.append(request)
        self.options.append(kwargs)
        step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(step, Exception):
            raise step
        headers = {"Content-Type": "application/json", "Date": format_datetime(NOW, usegmt=True), **step.headers}
        raw = HTTPResponse(io.BytesIO(step.body), headers=headers, status=step.status, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class Bench:
    """A transport over a scripted wire."""

    wire: Wire
    hands: Hands
    transport: Transport

    def session(self, side: Side = "servicenow") -> requests.Session:
        return self.transport.session(side)

    def get(self, path: str = "/api/now/table/incident", side: Side = "servicenow") -> Response:
        return self.session(side).get(HOST + path)

    def post(self, path: str = "/api/now/table/incident", side: Side = "servicenow", **options: Any) -> Response:
        return self.session(side).post(HOST + path, **options)


def bench(*script: Answer | Exception, **policy: Any) -> Bench:
    hands, wire = Hands(), Wire(script or [Answer()])
    rules = TransportPolicy(**{"writes_allowed": True, **policy})
    transport = Transport(
        rules,
        clock=hands,
        monotonic=hands.monotonic,
        sleep=hands.sleep,
        random=Random(1),
        adapter_factory=lambda side: wire,
    )
    return Bench(wire, hands, transport)
