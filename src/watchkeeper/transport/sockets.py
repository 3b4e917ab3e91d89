"""Real connections that keep a call's time: every wait for a byte ends with the call, also for a head that drips in.

requests and urllib3 know a time per read only, so that a peer which sends a byte now and then holds a caller for as long as it
likes. Here the answer is read through a reader that lets the socket wait no longer than the call may still take.
"""

from __future__ import annotations

import io
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.client import HTTPResponse as WireResponse
from typing import Any

from certifi import where as public_authorities
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

OLDEST_TLS = ssl.TLSVersion.TLSv1_2

_current = threading.local()


@contextmanager
def patience(seconds: Callable[[], float]) -> Iterator[None]:
    """Inside, this thread waits for a byte of an answer at most `seconds()`, asked anew for each wait; not at all when that is
    not positive."""
    _current.seconds = seconds
    try:
        yield
    finally:
        _current.seconds = None


class _Reader(io.RawIOBase):
    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._socket = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._seconds: Callable[[], float] | None = getattr(_current, "seconds", None)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._seconds is not None:
            left = self._seconds()
            if left <= 0:
                raise TimeoutError("the call's time is over")
            self._socket.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(WireResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Reader(sock))


class _PlainConnection(HTTPConnection):
    response_class = _Answer


class _TlsConnection(HTTPSConnection):
    response_class = _Answer


class PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": PlainPool, "https": TlsPool}


@cache
def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Trusts exactly this PEM file, or the public authorities for None; the environment has no say."""
    context = create_urllib3_context(ssl_minimum_version=OLDEST_TLS)
    context.load_verify_locations(ca_file or public_authorities())
    return context


class SocketAdapter(HTTPAdapter):
    """requests' adapter over such connections, without retries of its own. `places`: connections kept open per host."""

    def __init__(self, places: int) -> None:
        no_retries = Retry(total=0, read=False, redirect=False, raise_on_status=False)
        super().__init__(pool_connections=8, pool_maxsize=places, max_retries=no_retries)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        _use_ours(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        _use_ours(manager)
        return manager

    def build_connection_pool_key_attributes(
        self, request: PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        context = tls_context(verify if isinstance(verify, str) else None)
        return host, {"ssl_context": context, "cert_reqs": "CERT_REQUIRED"}


def _use_ours(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = _POOLS
