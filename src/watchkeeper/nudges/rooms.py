"""Rooms behind an HTTPS address: a Teams Workflows webhook, and a signed call to whatever else listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import requests

from watchkeeper.errors import Ambiguous, Attempt, AuthFailed, Rejected, Throttled
from watchkeeper.model.reasons import because
from watchkeeper.model.troubles import Trouble
from watchkeeper.nudges.card import card_of
from watchkeeper.nudges.message import Message
from watchkeeper.nudges.signing import signed_headers
from watchkeeper.ports import Clock
from watchkeeper.transport import translate_exception

_KEPT_WAITING = frozenset({429})
_UNDECIDED = frozenset({408, 499})


@dataclass(frozen=True, slots=True)
class Room:
    """Where a channel's calls go. `url` is a secret: whoever knows a Workflows address may post there."""

    id: str
    url: str
    session: requests.Session

    def call(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Raises Throttled, Unavailable, Rejected and AuthFailed (not taken), and Ambiguous (nobody knows)."""
        kind = {"Content-Type": "application/json; charset=utf-8"}
        try:
            answer = self.session.post(self.url, data=body, headers={**kind, **headers})
        except Exception as error:
            raise translate_exception(error, side=self.id, call="POST", write=True) from error
        self._judge(answer.status_code)

    def _judge(self, status: int) -> None:
        """The answer's words are not looked at: they are for whoever runs the other end."""
        if 200 <= status < 300:
            return
        attempt = Attempt(self.id, "POST", status=status)
        said = because(Trouble.ROOM_REFUSED, system=self.id, status=str(status))
        if status in _KEPT_WAITING:
            raise Throttled(said, attempt=attempt)
        if status in _UNDECIDED or status >= 500 or status < 400:
            raise Ambiguous(said, attempt=attempt)
        raise (AuthFailed if status in {401, 403} else Rejected)(said, attempt=attempt)


@dataclass(frozen=True, slots=True)
class TeamsChannel:
    """Workflows know no ids: like mail, at most one copy more."""

    room: Room
    most_copies: int = 2
    knows_ids: bool = False

    def is_under_way(self, message: Message, since: datetime) -> bool:
        del message, since
        return False

    def deliver(self, message: Message, copy: int) -> None:
        self.room.call(card_of(message, copy), {})


@dataclass(frozen=True, slots=True)
class SignedChannel:
    """The receiver drops what it has by its id, so the same call may be made again."""

    room: Room
    key: bytes
    clock: Clock
    most_copies: int = 10
    knows_ids: bool = True

    def is_under_way(self, message: Message, since: datetime) -> bool:
        del message, since
        return False

    def deliver(self, message: Message, copy: int) -> None:
        body = message.as_json().encode()
        headers = signed_headers(self.key, message.id, self.clock.now(), body)
        self.room.call(body, {**headers, "watchkeeper-copy": str(copy)})
