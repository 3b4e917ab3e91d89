"""The network between a program and a PostgreSQL server, which can be cut at a chosen word, or lead through a pooler.

Messages are those of postgresql.org/docs/current/protocol-message-formats.html.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType

CHUNK = 1 << 16
_STARTED = b"Z\x00\x00\x00\x05I"
_KEY = b"K\x00\x00\x00"


class Cut(Enum):
    BEFORE = "before the server hears it"
    AFTER = "before the server's answer arrives"
    SILENT = "before the server hears it, and the server hears nothing of the cut either"


@dataclass
class Wire:
    """Listens on a port of its own and leads to the server's. `cut` takes effect at the next message that holds `word`, so
    many `times`; afterwards new connections are let through, unless `dead`."""

    to: int
    word: bytes = b""
    cut: Cut | None = None
    times: int = 1
    dead_after: bool = False
    pooled: bool = False
    cuts: int = 0
    _open: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Wire:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            _close(each)
        for thread in self._threads:
            thread.join(10)

    def cut_at(self, word: bytes, cut: Cut, *, times: int = 1, dead_after: bool = False) -> None:
        self.word, self.cut, self.times, self.dead_after = word, cut, times, dead_after

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.dead_after and self.cuts:
                _close(client)
                continue
            server = socket.create_connection(("127.0.0.1", self.to))
            self._open += [client, server]
            link = _Link(self, client, server)
            self._start(link.to_server)
            self._start(link.to_client)

    def _start(self, work: object) -> None:
        thread = threading.Thread(target=work, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()


@dataclass
class _Link:
    wire: Wire
    client: socket.socket
    server: socket.socket
    deaf: threading.Event = field(default_factory=threading.Event)

    def to_server(self) -> None:
        with suppress(OSError):  # the other direction has ended, and closed both
            self._to_server()

    def _to_server(self) -> None:
        while data := _received(self.client):
            wire = self.wire
            if wire.cut is not None and wire.word in data and wire.cuts < wire.times:
                wire.cuts += 1
                self._sever(wire.cut, data)
                return
            self.server.sendall(data)
        _close(self.server)

    def _sever(self, cut: Cut, data: bytes) -> None:
        self.deaf.set()
        if cut is Cut.AFTER:
            self.server.sendall(data)
            return  # the answer is what to_client waits for, and swallows
        if cut is Cut.BEFORE:
            _close(self.server)
        _close(self.client)

    def to_client(self) -> None:
        begun = False
        while data := _received(self.server):
            if self.deaf.is_set():
                break
            if not begun:
                begun = _STARTED in data
                data = _as_a_pooler(data) if self.wire.pooled else data
            try:
                self.client.sendall(data)
            except OSError:
                break
        if not (self.deaf.is_set() and self.wire.cut is Cut.SILENT):
            _close(self.server)
        _close(self.client)


def _as_a_pooler(data: bytes) -> bytes:
    """With a process number that is not the server's, as poolers give one of their own (PgBouncer, admin's `BackendKeyData`)."""
    at = data.find(_KEY)
    if at < 0:
        return data
    number = int.from_bytes(data[at + 5 : at + 9], "big")
    return data[: at + 5] + (number ^ 0x5A5A).to_bytes(4, "big") + data[at + 9 :]


def _received(from_: socket.socket) -> bytes:
    try:
        return from_.recv(CHUNK)
    except OSError:
        return b""


def _close(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
