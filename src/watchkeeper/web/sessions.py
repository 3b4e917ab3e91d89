"""Who is signed in. All of it stays here: a browser holds a random name and nothing else, and a restart signs everybody out."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from watchkeeper.ports import Monotonic
from watchkeeper.web.access import Person

T = TypeVar("T")

COOKIE: Final = "__Host-watchkeeper"
"""The prefix binds a cookie to this host, to TLS and to the whole of the site (draft-ietf-httpbis-rfc6265bis, section 4.1.3.2)."""
SIGN_IN_COOKIE: Final = "__Host-watchkeeper-sign-in"
IDLE: Final = 60 * 60.0
LONGEST: Final = 8 * 60 * 60.0
TO_SIGN_IN: Final = 10 * 60.0
"""Seconds: without a request, altogether, and from the way to the provider until the way back."""
MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    person: Person
    csrf: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """What was sent to the provider, to be compared with what comes back; `to` is the page that was asked for."""

    state: str
    nonce: str
    verifier: str
    to: str


@dataclass(slots=True)
class Cupboard(Generic[T]):
    """Things under names that nobody can guess, of which only digests are kept, each for so long after it was put and last looked at. The oldest goes
    where there are too many."""

    monotonic: Monotonic
    longest: float
    idle: float
    _kept: OrderedDict[str, tuple[T, float, float]] = field(default_factory=OrderedDict)

    def put(self, thing: T) -> str:
        name = secrets.token_urlsafe(32)
        self.keep(name, thing)
        return name

    def keep(self, name: str, thing: T) -> None:
        now = self.monotonic()
        self._kept[_digest(name)] = (thing, now, now)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def find(self, name: str) -> T | None:
        thing = self.look(name)
        if thing is not None:
            _, begun, _ = self._kept[_digest(name)]
            self._kept[_digest(name)] = (thing, begun, self.monotonic())
        return thing

    def look(self, name: str) -> T | None:
        """The same, without a person who wants it: that keeps nothing longer."""
        thing, begun, seen = self._kept.get(_digest(name), (None, 0.0, 0.0))
        now = self.monotonic()
        if thing is not None and (now - begun > self.longest or now - seen > self.idle):
            self.take(name)
            return None
        return thing

    def take(self, name: str) -> T | None:
        """The same, which is then no longer there."""
        thing, begun, seen = self._kept.pop(_digest(name), (None, 0.0, 0.0))
        now = self.monotonic()
        return None if now - begun > self.longest or now - seen > self.idle else thing


@dataclass(slots=True)
class Sessions:
    _open: Cupboard[Session]
    _coming: Cupboard[SignIn]

    @classmethod
    def empty(cls, monotonic: Monotonic) -> Sessions:
        return cls(Cupboard(monotonic, LONGEST, IDLE), Cupboard(monotonic, TO_SIGN_IN, TO_SIGN_IN))

    def open(self, person: Person, *, before: str) -> str:
        """A new session under a new name, whatever the browser had `before`, which ends (session fixation)."""
        self.close(before)
        return self._open.put(Session(person, secrets.token_urlsafe(32)))

    def find(self, name: str) -> Session | None:
        return self._open.find(name)

    def look(self, name: str) -> Session | None:
        """The same for a page that refreshes itself, which shows nobody to be there."""
        return self._open.look(name)

    def close(self, name: str) -> None:
        self._open.take(name)

    def send(self, sign_in: SignIn, browser: str) -> None:
        """A browser may be sent more than once before it comes back: it has several pages open."""
        self._coming.keep(_way(browser, sign_in.state), sign_in)

    def back(self, browser: str, state: str) -> SignIn | None:
        """What was sent by this browser under this state, once: the same answer of a provider signs nobody in twice."""
        return self._coming.take(_way(browser, state))


def _way(browser: str, state: str) -> str:
    return f"{_digest(browser)} {state}"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
