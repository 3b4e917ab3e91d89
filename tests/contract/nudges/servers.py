"""Receivers on this machine, inside TLS: a mail server, and rooms behind HTTPS. They remember what they took, and can fail."""

from __future__ import annotations

import asyncio
import email
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Authority:
    """A certificate authority that only these tests trust."""

    folder: Path
    root: trustme.CA = field(default_factory=trustme.CA)

    @property
    def file(self) -> str:
        path = self.folder / "authority.pem"
        self.root.cert_pem.write_to_path(str(path))
        return str(path)

    def server(self, name: str = "localhost") -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.root.issue_cert(name).configure_cert(context)
        return context


@dataclass
class MailBox:
    """`answers`: what the server says to the next whole messages, instead of taking them; a message that it answers with `250`
    and a word of its own it has taken. `to`: what it says to a recipient. `lose`: take the next message, and hang up. `sign_ins`: how
    often somebody tried. `hold`: say nothing of what was taken, until it is False."""

    letters: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    to: dict[str, str] = field(default_factory=dict)
    lose: int = 0
    port: int = 0
    sign_ins: int = 0
    hold: bool = False

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        answer = self.to.get(address, "250 OK")
        if answer.startswith("25"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        self.raw.append(content)
        letter = email.message_from_bytes(content, policy=default)
        assert isinstance(letter, EmailMessage)
        assert [letter["To"]] == envelope.rcpt_tos
        self.letters.append(letter)
        while self.hold:
            await asyncio.sleep(0.005)
        if self.lose:
            self.lose -= 1
            server.transport.abort()
        return "250 OK"


class AnyPort(Controller):
    """On whichever port is free; the library's own greeting needs to know it."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(
    trust: ssl.SSLContext, *, at_once: bool = False, tls: bool = True, sign_in: bool = False
) -> Iterator[MailBox]:
    box = MailBox()

    def sign_in_as(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        box.sign_ins += 1
        right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"watchkeeper", b"open sesame")
        return AuthResult(success=right, handled=False)

    starttls = {} if at_once or not tls else {"tls_context": trust, "require_starttls": True}
    asks = {"authenticator": sign_in_as, "auth_required": True} if sign_in else {}
    controller = AnyPort(
        box,
        hostname="127.0.0.1",
        port=0,
        ssl_context=trust if at_once else None,
        server_hostname="localhost",
        **starttls,
        **asks,
    )
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()


@dataclass(frozen=True)
class Call:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Door:
    """`answers`: the next statuses; a number below zero takes the call and hangs up without a word."""

    calls: list[Call] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    port: int = 0

    @property
    def taken_once(self) -> dict[str, Call]:
        """What a receiver that knows ids keeps: the first call of each."""
        kept: dict[str, Call] = {}
        for call in self.calls:
            kept.setdefault(call.headers["webhook-id"], call)
        return kept


@contextmanager
def https_server(trust: ssl.SSLContext) -> Iterator[Door]:
    door = Door()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = door.answers.pop(0) if door.answers else 202
            if status < 0 or 200 <= status < 300:
                headers = {name.lower(): value for name, value in self.headers.items()}
                door.calls.append(Call(self.path, headers, body))
            if status < 0:
                self.close_connection = True
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "https://elsewhere.example/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = trust.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        door.port = server.server_address[1]
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
