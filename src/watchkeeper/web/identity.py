"""How the board knows who asks: nobody but this machine, a trusted proxy's word, or a session."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final, Protocol

from starlette.requests import Request

from watchkeeper.web.access import Person, Role
from watchkeeper.web.sessions import COOKIE, Sessions
from watchkeeper.web.setup import Setup

LONGEST_NAME: Final = 256
REFRESH: Final = "Watchkeeper-Refresh"
"""The header of a page that keeps itself up to date (assets/refreshing.js)."""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody, or nobody; and what their forms have to bring back."""

    person: Person | None
    csrf: str = ""


NOBODY: Final = Known(None)


class Identity(Protocol):
    def who(self, request: Request) -> Known: ...


@dataclass(frozen=True, slots=True)
class _Secret:
    """Makes a token for a name that nobody else can make; a new one with every process."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def token(self, name: str) -> str:
        return hmac.new(self.key, name.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Alone:
    """Whoever sits at this machine may see everything: the fence lets in nobody else."""

    secret: _Secret = field(default_factory=_Secret)

    def who(self, request: Request) -> Known:  # noqa: ARG002
        return Known(Person("", frozenset({Role.ADMIN})), self.secret.token(""))


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a proxy says, which the fence has found to be one of ours. A header that comes twice was not set by it alone."""

    setup: Setup
    secret: _Secret = field(default_factory=_Secret)

    def who(self, request: Request) -> Known:
        names = _texts(request, self.setup.user_header)
        groups = _texts(request, self.setup.groups_header)
        if len(names) != 1 or len(groups) > 1 or not names[0].strip():
            return NOBODY
        name = names[0].strip()[:LONGEST_NAME]
        member_of = {each.strip() for each in "".join(groups).split(",")}
        return Known(self.setup.groups.person(name, member_of), self.secret.token(name))


def _texts(request: Request, header: str) -> list[str]:
    """A header's values. Proxies send UTF-8, which arrives as Latin-1 (ASGI's headers are bytes, Starlette's are not)."""
    raw = [value.encode("latin-1") for value in request.headers.getlist(header)]
    try:
        return [value.decode() for value in raw]
    except UnicodeDecodeError:
        return [value.decode("latin-1") for value in raw]


@dataclass(frozen=True, slots=True)
class SignedIn:
    sessions: Sessions

    def who(self, request: Request) -> Known:
        find = self.sessions.look if REFRESH in request.headers else self.sessions.find
        session = find(request.cookies.get(COOKIE, ""))
        return NOBODY if session is None else Known(session.person, session.csrf)
