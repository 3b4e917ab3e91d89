"""A wire between the program and an emulated system that can be cut: before anybody connects, or in the middle of an answer."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

CHUNK = 4096
RESET_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends RST instead of what is left (socket(7))."""


class Relay:
    """Listens on a port of its own, on loopback, and passes bytes to and fro."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._bytes_left: int | None = None
        self._cuts = 0
        self.port = 0
        self._listener = self._listen()

    def cut_after(self, answered: int) -> None:
        """Let so many bytes of answers pass, then break every connection, whole answers or not; new ones get through again."""
        with self._lock:
            self._bytes_left = answered

    @property
    def cuts(self) -> int:
        """How often the wire was cut in the middle."""
        return self._cuts

    def down(self) -> None:
        """Nobody listens any more, and what is connected breaks."""
        self._stop_listening()
        self._break_all()

    def up(self) -> None:
        """Everything passes again, on the same port."""
        with self._lock:
            self._bytes_left = None
        if self._listener is None:
            self._listener = self._listen()

    def close(self) -> None:
        self.down()

    def _listen(self) -> socket.socket | None:
        listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            # What is only closed goes on accepting as long as the other thread waits in it.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._pairs.add((client, server))
            for source, target, counted in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pump, args=(source, target, counted), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                passing, is_cut = self._passing(data) if counted else (data, False)
                target.sendall(passing)
                if is_cut:
                    self._break_all()
            target.shutdown(socket.SHUT_WR)

    def _passing(self, data: bytes) -> tuple[bytes, bool]:
        with self._lock:
            if self._bytes_left is None:
                return data, False
            passing, self._bytes_left = data[: self._bytes_left], self._bytes_left - len(data)
            if self._bytes_left > 0:
                return data, False
            self._bytes_left = None
            self._cuts += 1
            return passing, True

    def _break_all(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for end in (end for pair in pairs for end in pair):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
                end.shutdown(socket.SHUT_RDWR)
            end.close()
