"""TLS before HTTP: whoever opens a connection and speaks no TLS is counted and cut like everybody else. uvicorn itself would learn of a
connection once its handshake is over."""

from __future__ import annotations

import asyncio
import logging
import ssl

from uvicorn.protocols.utils import get_remote_addr

from watchkeeper.web.connections import Connection

log = logging.getLogger(__name__)


class Handshake(asyncio.Protocol):
    """Stands among the server's connections until `inside` takes its place, over TLS."""

    def __init__(self, inside: Connection, context: ssl.SSLContext) -> None:
        self._inside, self._context = inside, context
        self._shaking: asyncio.Task[None] | None = None

    @property
    def client(self) -> tuple[str, int] | None:
        return self._inside.client

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._inside.client = get_remote_addr(transport)
        self._inside.connections.add(self)  # type: ignore[arg-type]
        if self._inside.is_welcome():
            transport.pause_reading()
            self._shaking = self._inside.loop.create_task(self._shake(transport))
        else:
            transport.abort()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._leave()

    def shutdown(self) -> None:
        """As uvicorn asks each of its connections to, when it ends."""
        if self._shaking is not None:
            self._shaking.cancel()

    async def _shake(self, transport: asyncio.Transport) -> None:
        early, seconds = _Early(), self._inside.patience.handshake
        try:
            secret = await self._inside.loop.start_tls(
                transport, early, self._context, server_side=True, ssl_handshake_timeout=seconds
            )
        except OSError as error:
            log.debug("no TLS was spoken: %s", error)
            return
        finally:
            self._leave()
        if secret is not None and not secret.is_closing():
            secret.set_protocol(self._inside)
            self._inside.connection_made(secret)
            if early.data:  # to h11, nothing is the end of what comes
                self._inside.data_received(bytes(early.data))

    def _leave(self) -> None:
        self._inside.connections.discard(self)


class _Early(asyncio.Protocol):
    """Keeps what comes with the end of the handshake."""

    def __init__(self) -> None:
        self.data = bytearray()

    def data_received(self, data: bytes) -> None:
        self.data += data
