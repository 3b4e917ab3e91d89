"""A server on loopback that keeps what it is sent: a dead-man switch, a collector, a proxy; over TLS with an authority of its own."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import trustme


@dataclass(frozen=True, slots=True)
class Heard:
    """One request. `path` is as it was sent, with its query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Receiver:
    """`answers` are the statuses of the first requests; then everything is 200. `says` is the body of each. Until it is `free`,
    nobody gets an answer."""

    url: str
    ca_file: Path
    answers: list[int] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    says: bytes = b"OK"
    free: threading.Event = field(default_factory=threading.Event)

    @property
    def paths(self) -> list[str]:
        """Where the requests went, without their queries."""
        return [each.path.partition("?")[0] for each in self.heard]

    def clear(self) -> None:
        self.heard.clear()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        receiver = cast(_Server, self.server).receiver
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        receiver.heard.append(Heard(self.command, self.path, headers, body))
        receiver.free.wait(60)
        status = receiver.answers.pop(0) if receiver.answers else 200
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(receiver.says)))
        self.end_headers()
        self.wfile.write(receiver.says)

    do_GET = do_POST  # noqa: N815 - as http.server calls it

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that is gone, or does not trust us, is no error here."""


@cache
def authority() -> trustme.CA:
    return trustme.CA()


@contextmanager
def receiving(folder: Path, *, tls: bool = True, answers: Sequence[int] = ()) -> Iterator[Receiver]:
    """A server that answers inside; its authority's certificate lies in the folder."""
    ca_file = folder / "receiver-ca.pem"
    authority().cert_pem.write_to_path(str(ca_file))
    server = _Server(("127.0.0.1", 0), _Handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority().issue_cert("localhost", "127.0.0.1").configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.receiver = Receiver(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}", ca_file, list(answers))
    server.receiver.free.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.receiver
    finally:
        server.receiver.free.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
