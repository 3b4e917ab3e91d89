"""A server as if it stood on another machine: every byte to it and from it takes its time on the way.

`python -m bench.distance PORT SECONDS` listens on a free port of the loopback, prints it, and passes on to PORT, each way
SECONDS later. A process of its own, so that it takes nothing of the measured one's time.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue

from bench.processes import ROOT, child_environment

CHUNK = 1 << 16


@contextmanager
def far_away(port: int, one_way: float) -> Iterator[int]:
    """The port under which what listens on `port` is reached over a distance (seconds, one way)."""
    command = [sys.executable, "-m", "bench.distance", str(port), str(one_way)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=child_environment(), cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def _serve(port: int, one_way: float) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        near, _ = listener.accept()
        far = socket.create_connection(("127.0.0.1", port))
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for source, target in ((near, far), (far, near)):
            _lead(source, target, one_way)


def _lead(source: socket.socket, target: socket.socket, one_way: float) -> None:
    on_the_way: SimpleQueue[tuple[float, bytes]] = SimpleQueue()
    threading.Thread(target=_leave, args=(source, on_the_way, one_way), daemon=True).start()
    threading.Thread(target=_arrive, args=(target, on_the_way), daemon=True).start()


def _leave(source: socket.socket, on_the_way: SimpleQueue[tuple[float, bytes]], one_way: float) -> None:
    data = b"-"
    while data:
        try:
            data = source.recv(CHUNK)
        except OSError:
            data = b""
        on_the_way.put((time.perf_counter() + one_way, data))


def _arrive(target: socket.socket, on_the_way: SimpleQueue[tuple[float, bytes]]) -> None:
    with suppress(OSError):
        while True:
            due, data = on_the_way.get()
            time.sleep(max(0.0, due - time.perf_counter()))
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(data)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), float(sys.argv[2]))
