"""What one connection may take of the board: nobody holds a place among those that are answered by saying nothing, or by reading
nothing. uvicorn bounds the time between requests alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from watchkeeper.settings import WebAuth
from watchkeeper.web.callers import address_in, household, is_in
from watchkeeper.web.fence import headers_of
from watchkeeper.web.setup import Setup

_TO_COME: Final = (h11.IDLE, h11.SEND_BODY)
_MAY_ANSWER: Final = (h11.IDLE, h11.SEND_RESPONSE)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds until TLS is spoken, until a request has come as a whole, and in which a visitor has to take some of an answer; connections
    of one visitor."""

    handshake: float = 10.0
    request: float = 10.0
    answer: float = 30.0
    most: int = 50


@dataclass(slots=True)
class _Fuse:
    """Cuts a connection after so many seconds unless it is put out before; lighting it again changes nothing."""

    burning: asyncio.TimerHandle | None = None

    def light(self, connection: H11Protocol, seconds: float) -> None:
        if self.burning is None:
            self.burning = connection.loop.call_later(seconds, connection.transport.abort)

    def put_out(self) -> None:
        if self.burning is not None:
            self.burning.cancel()
            self.burning = None


class Connection(H11Protocol):
    """uvicorn's, which is cut when it takes too long, and not taken at all from somebody who is not let in."""

    def __init__(self, *args: Any, setup: Setup, patience: Patience, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._setup, self.patience = setup, patience
        self._request, self._answer = _Fuse(), _Fuse()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.is_welcome():
            self._watch()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._request.put_out()
        self._answer.put_out()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """To what is no HTTP, and so passes no fence: as strict as every other answer."""
        if self.conn.our_state not in _MAY_ANSWER:
            self.transport.abort()  # in the middle of an answer to what came before
            return
        headers = {"Content-Type": "text/plain; charset=utf-8", "Connection": "close", **headers_of(self._setup)}
        answer = h11.Response(status_code=400, headers=list(headers.items()), reason=b"Bad Request")
        for event in (answer, h11.Data(data=f"{msg}\n".encode()), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._answer.light(self, self.patience.answer)

    def resume_writing(self) -> None:
        self._answer.put_out()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        # A close waits for the visitor to take what is left.
        self._answer.light(self, self.patience.answer)

    def is_welcome(self) -> bool:
        """Whether whoever is at the other end (`client`) may have this connection: a proxy's always; else one of a few of the same visitor. Behind a proxy, all others are one visitor: who asks whether the
        board is alive."""
        peer = self.client[0] if self.client else ""
        if self._setup.lets_in(peer) and self._setup.behind_proxy:
            return True
        if self._setup.auth is WebAuth.NONE and not self._setup.lets_in(peer):
            return False
        clients = (getattr(each, "client", None) for each in self.connections)
        same = sum(self._visitor(client[0]) == self._visitor(peer) for client in clients if client)
        return same <= self.patience.most

    def _visitor(self, peer: str) -> str:
        address = address_in(peer)
        if address is None or (self._setup.behind_proxy and not is_in(address, self._setup.peers)):
            return ""
        return household(address)

    def _watch(self) -> None:
        """Wait for the whole of a request, however often some of it comes."""
        if self.conn.their_state in _TO_COME:
            self._request.light(self, self.patience.request)
        else:
            self._request.put_out()
