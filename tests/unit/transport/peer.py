"""A server of bytes: sends to whoever connects exactly what a test says, over real sockets."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from random import Random

import requests
from tests.unit.transport.wire import Hands

from watchkeeper.transport import Transport, TransportPolicy

BODY = b'{"result":[{"sys_id":"1"}]}'
JSON = b"Content-Type: application/json\r\n"


@contextmanager
def served(
    *portions: bytes,
    endless: Iterable[bytes] = (),
    tls: ssl.SSLContext | None = None,
    heard: list[bytes] | None = None,
) -> Iterator[str]:
    """A server that sends these bytes to whoever connects, then `endless` ones until he has gone, and hangs up. What it was sent
    first goes to `heard`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    speaker = tls.wrap_socket(connection, server_side=True) if tls else connection
                    with speaker:
                        said = speaker.recv(65_536)
                        if heard is not None:
                            heard.append(said)
                        for portion in portions:
                            speaker.sendall(portion)
                        for portion in endless:
                            speaker.sendall(portion)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def session(hands: Hands, **policy: object) -> requests.Session:
    rules = TransportPolicy(**{"loopback_http": True, "attempts": 1, **policy})  # type: ignore[arg-type]
    transport = Transport(rules, clock=hands, monotonic=hands.monotonic, sleep=hands.sleep, random=Random(1))
    return transport.session("servicenow")


def head(*lines: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\n" + JSON + b"".join(line + b"\r\n" for line in lines) + b"\r\n"
