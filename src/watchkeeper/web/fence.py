"""What every request passes before any route, and every answer after it: who may call from where, how much, and what a browser may
do with the answer. Plain ASGI, so that nothing inside can forget it."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchkeeper.model.loopback import is_this_machine
from watchkeeper.settings import WebAuth
from watchkeeper.web.identity import NOBODY, Known
from watchkeeper.web.limits import Allowance
from watchkeeper.web.setup import Setup

log = logging.getLogger(__name__)

LARGEST_BODY: Final = 16 * 1024
"""Bytes of a request's body: our forms hold a token, and a few words."""
LARGEST_RECORD: Final = 256 * 1024
"""Bytes of the body of the one form in which a record is pasted: a character takes nine in a form where it is Japanese, and twelve at
most."""
PASTING: Final = re.compile(r"/[^/]+/[^/]+/mappings/[^/]+/try")
LARGEST_HEAD: Final = 16 * 1024
"""Bytes of what comes before it; h11 counts only what it has to wait for."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Scripts are files of ours, and ask nobody but us: none in a page, and no text becomes one."""
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers would then send `Origin: null` with our own forms (Fetch, "append a request Origin header").
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
HSTS: Final = "max-age=31536000"
SIGN_IN: Final = "/sign-in"
"""What is below it costs an identity provider work, and has an allowance of its own."""
ALIVE: Final = "/healthz"
"""Says nothing of anybody, and is asked by whoever keeps processes alive: at an address, not by a name, and not through a proxy."""
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")

_REMEDY: Final = "set WATCHKEEPER_WEB_AUTH to proxy or oidc (docs/board.md)"
_HOST: Final = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[^:\[\]]*))(?::\d{1,5})?")


class _TooMuch(Exception):
    """More bytes came than are read."""


def headers_of(setup: Setup) -> dict[str, str]:
    """What every answer tells browsers."""
    return HEADERS | ({"Strict-Transport-Security": HSTS} if setup.origin.startswith("https:") else {})


@dataclass(slots=True)
class Fence:
    """`who` tells who asks."""

    inside: ASGIApp
    setup: Setup
    who: Callable[[Request], Known]
    requests: Allowance
    sign_ins: Allowance
    _headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._headers = headers_of(self.setup)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        await self._guarded(scope, _Measured(receive, largest_body(scope["path"])), _Dressed(send, self._headers))

    async def _guarded(self, scope: Scope, receive: Receive, send: _Dressed) -> None:
        """Whatever goes wrong inside, the caller learns that it did, and nothing else."""
        try:
            await (self._refusal(scope) or self.inside)(scope, receive, send)
        except ClientDisconnect:
            log.debug("a caller left before it had asked")
        except _TooMuch:
            await _say(413, "Too large")(scope, receive, send)
        except Exception:
            reference = secrets.token_hex(6)
            log.exception("the board could not answer (reference %s)", reference)
            if not send.begun:
                await _say(500, f"Something went wrong. The log has it under {reference}.")(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers, peer = Headers(scope=scope), _peer(scope)
        return (
            self._of_a_stranger(scope["path"], peer, headers)
            or _of_its_size(scope, headers)
            or _of_another_site(headers)
            or self._throttled(scope, self.setup.caller(peer, headers.getlist("x-forwarded-for")))
        )

    def _of_a_stranger(self, path: str, peer: str, headers: Headers) -> Response | None:
        if path == ALIVE and self.setup.auth is not WebAuth.NONE:
            return None
        if not self.setup.lets_in(peer):
            return _say(403, "Not from here")
        if not self._is_ours(headers.getlist("host")):
            return _say(400, "Unknown host")
        if self.setup.auth is WebAuth.NONE and any(name in headers for name in _FORWARDED):
            log.warning("refused what came through a proxy: nobody has to sign in to this board; %s", _REMEDY)
            return _say(403, "Not through a proxy")
        return None

    def _is_ours(self, hosts: list[str]) -> bool:
        """Whether a request was meant for us: a page of another site whose name leads here must not read it (DNS rebinding)."""
        if len(hosts) != 1:
            return False
        if self.setup.origin:
            return hosts[0].casefold().removesuffix(":443") == self.setup.host
        return is_this_machine(_without_port(hosts[0].casefold()))

    def _throttled(self, scope: Scope, caller: str) -> Response | None:
        """Who is known has an allowance of their own: nobody else at their address can use it up."""
        path = scope["path"]
        signing_in = path == SIGN_IN or path.startswith(f"{SIGN_IN}/")
        # Whoever asks whether we live need not be let in: who they say they are is not looked at.
        known = NOBODY if signing_in or path == ALIVE else self.who(Request(scope))
        wait = (self.sign_ins if signing_in else self.requests).take(known.csrf if known.person else caller)
        return _say(429, "Too many requests", **{"Retry-After": str(wait)}) if wait else None


@dataclass(slots=True)
class _Dressed:
    """A `send` that puts our headers on every answer; an endpoint may set one of them itself."""

    send: Send
    headers: dict[str, str]
    begun: bool = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in self.headers.items():
                headers.setdefault(name, value)
        await self.send(message)


@dataclass(slots=True)
class _Measured:
    """A `receive` that gives up on a body which is longer than it says or does not say."""

    receive: Receive
    left: int

    async def __call__(self) -> Message:
        message = await self.receive()
        self.left -= len(message.get("body", b""))
        if self.left < 0:
            raise _TooMuch
        return message


def largest_body(path: str) -> int:
    """Bytes of a body that are read at that place."""
    return LARGEST_RECORD if PASTING.fullmatch(path) else LARGEST_BODY


def _peer(scope: Scope) -> str:
    client: Iterable[object] = scope.get("client") or ("",)
    return str(next(iter(client)))


def _without_port(host: str) -> str:
    """The host of `HOST`, `HOST:PORT` or `[IPV6]:PORT`; empty where it is spelled otherwise."""
    found = _HOST.fullmatch(host)
    return "" if found is None else found["six"] or found["name"]


def _of_its_size(scope: Scope, headers: Headers) -> Response | None:
    head = (
        len(scope["raw_path"]) + len(scope["query_string"]) + sum(len(name) + len(value) for name, value in headers.raw)
    )
    if head > LARGEST_HEAD:
        return _say(431, "Too large")
    if "transfer-encoding" in headers and "content-length" in headers:
        # A proxy before us may have read another end of this request (RFC 9112, section 6.1).
        return _say(400, "Two lengths", Connection="close")
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length[:20]) > largest_body(scope["path"]):
        return _say(413, "Too large")
    return None


def _of_another_site(headers: Headers) -> Response | None:
    """A page of another site may lead here, and may load nothing from here: not to learn of it, nor to use up its visitor's allowance
    (W3C Fetch Metadata Request Headers; browsers send them over TLS and to this machine)."""
    elsewhere = headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
    if elsewhere and headers.get("sec-fetch-mode") != "navigate":
        return _say(403, "Not from another site")
    return None


def _say(status: int, text: str, **headers: str) -> PlainTextResponse:
    return PlainTextResponse(f"{text}\n", status, headers)
