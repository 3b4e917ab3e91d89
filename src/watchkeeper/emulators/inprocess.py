"""The emulated world without sockets: a `requests` transport that calls the same handlers in the caller's thread."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from http.client import HTTPMessage, responses
from http.client import HTTPResponse as WireResponse
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from requests import PreparedRequest, Session
from requests import Response as ClientResponse
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.exceptions import ConnectionError as ConnectionLost
from requests.exceptions import InvalidURL, ReadTimeout
from urllib3 import HTTPHeaderDict
from urllib3.exceptions import ProtocolError
from urllib3.response import HTTPResponse

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.world import SYSTEM_NAMES, World

CONTROL = "control"
BASE_URLS: Mapping[str, str] = {
    **{name: f"https://{name}.emulator" for name in (*SYSTEM_NAMES, CONTROL)},
    "machine": "http://169.254.169.254",
}
"""Where each system answers; `entra` is the authority host, `control` the control plane if one was given. A machine in Azure
has its identity service at that address, so that a client needs no setting to find it."""


class InProcessAdapter(BaseAdapter):
    """Mount it at `https://` and `http://` (see `in_process_session`); every answer comes from `world.handle`.

    A drop raises requests' ConnectionError, and a wait longer than the read timeout raises ReadTimeout, as urllib3's
    errors arrive through `requests`. Shorter waits pass at once: latency costs no time here unless `sleep` is given. What an
    adapter has carried to an address once it carries over a kept connection afterwards, until that is dropped.
    """

    def __init__(
        self,
        world: World,
        *,
        control: Callable[[Request], Response] | None = None,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        super().__init__()
        self._world = world
        self._control = control
        self._sleep = sleep
        self._systems = {urlsplit(url).netloc: name for name, url in BASE_URLS.items()}
        self._builder = HTTPAdapter()
        self._connected: set[str] = set()

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,  # noqa: ARG002
        cert: Any = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> ClientResponse:
        answer = self._answer(request)
        self._wait(answer, _read_timeout(timeout), request)
        if answer.drop:
            self._connected.discard(urlsplit(request.url or "").netloc)
            raise ConnectionLost(
                ProtocolError("Connection aborted.", "Remote end closed connection without response"), request=request
            )
        built = self._builder.build_response(request, self._raw(answer, request, _read_timeout(timeout)))
        if not stream:
            _ = built.content
        return built

    def close(self) -> None:
        self._builder.close()

    def _answer(self, request: PreparedRequest) -> Response:
        parts = urlsplit(request.url or "")
        system = self._systems.get(parts.netloc)
        if system is None or (system == CONTROL and self._control is None):
            raise InvalidURL(
                f"{parts.netloc!r} is not in this world; there are {', '.join(self._systems)}", request=request
            )
        exchange = Request(
            method=request.method or "GET",
            host=parts.netloc,
            path=_decoded(parts.path) or "/",
            raw_query=parts.query,
            headers={name.lower(): _text(value) for name, value in request.headers.items()},
            body=_body(request),
            reused=parts.netloc in self._connected,
        )
        self._connected.add(parts.netloc)
        if system == CONTROL and self._control is not None:
            return self._control(exchange)
        return self._world.handle(system, exchange)

    def _raw(self, answer: Response, request: PreparedRequest, patience: float | None) -> HTTPResponse:
        if answer.until_close:
            return _read_from_the_wire(answer, request)
        message = _headers(answer)
        body = b"" if request.method == "HEAD" else answer.body
        return HTTPResponse(
            body=cast(Any, _Drops(answer, self._sleep, patience)) if answer.drip and body else io.BytesIO(body),
            headers=HTTPHeaderDict(message.items()),
            status=answer.status,
            reason=responses.get(answer.status, ""),
            original_response=cast(Any, _Original(message)),
            preload_content=False,
            request_method=request.method,
        )

    def _wait(self, answer: Response, patience: float | None, request: PreparedRequest) -> None:
        late = patience is not None and answer.delay >= patience
        wait = patience if late else answer.delay
        if self._sleep is not None and wait:
            self._sleep(wait)
        if late:
            raise ReadTimeout(f"Read timed out. (read timeout={patience:g})", request=request)


def in_process_session(world: World, **options: Any) -> Session:
    """A session in which every address is answered by `world`; the environment's proxies are ignored."""
    session = Session()
    session.trust_env = False
    adapter = InProcessAdapter(world, **options)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _decoded(path: str) -> str:
    """Percent-decoded, except for an escaped slash, which stays what it is (as the TLS server leaves it)."""
    return "%2F".join(unquote(part) for part in re.split("%2F", path, flags=re.IGNORECASE))


def _read_timeout(timeout: float | tuple[float | None, float | None] | None) -> float | None:
    return timeout[1] if isinstance(timeout, tuple) else timeout


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _body(request: PreparedRequest) -> bytes:
    body = request.body
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b"".join(body)


def _headers(answer: Response) -> HTTPMessage:
    message = HTTPMessage()
    for name, value in answer.headers.items():
        for line in value.split("\n"):
            message[name] = line
    return message


class _Drops(io.RawIOBase):
    """A body that comes drop by drop; a wait beyond the caller's patience is a read timeout, as on a socket."""

    def __init__(self, answer: Response, sleep: Callable[[float], object] | None, patience: float | None) -> None:
        super().__init__()
        self._portions = answer.portions()
        self._drip = answer.drip
        self._sleep = sleep
        self._patience = patience

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """One drop, or all of them when no size is given."""
        return b"".join(iter(self.read1, b"")) if size < 0 else self.read1(size)

    def read1(self, size: int = -1) -> bytes:  # noqa: ARG002
        if self._patience is not None and self._drip >= self._patience:
            raise TimeoutError("The read operation timed out")
        portion = next(self._portions, b"")
        if self._sleep is not None and portion:
            self._sleep(self._drip)
        return portion


class _Cable:
    """A socket on which an answer has arrived and which was closed after it."""

    def __init__(self, sent: bytes) -> None:
        self._sent = sent

    def makefile(self, mode: str, *_: Any) -> io.BytesIO:  # noqa: ARG002
        return io.BytesIO(self._sent)


def _read_from_the_wire(answer: Response, request: PreparedRequest) -> HTTPResponse:
    """The answer as http.client reads it, which alone knows that nothing tells where the body ends."""
    head = f"HTTP/1.1 {answer.status} {responses.get(answer.status, '')}\r\n{_headers(answer).as_string()}"
    lines = head.replace("\r\n", "\n").replace("\n", "\r\n").encode("latin-1", "replace")
    wire = WireResponse(cast(Any, _Cable(lines + answer.body)), method=request.method)
    wire.begin()
    return HTTPResponse(
        body=cast(Any, wire),
        headers=HTTPHeaderDict(wire.msg.items()),
        status=answer.status,
        reason=wire.reason,
        original_response=wire,
        preload_content=False,
        request_method=request.method,
    )


class _Original:
    """What requests reads cookies from."""

    def __init__(self, message: HTTPMessage) -> None:
        self.msg = message

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing to close."""
