"""Opens sessions: the only place where a `requests.Session` gets its adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

import requests
from requests.adapters import BaseAdapter

from watchkeeper.model.budget import Allowance
from watchkeeper.model.calls import CallRecord
from watchkeeper.model.record import Side
from watchkeeper.model.traffic import Traffic
from watchkeeper.ports import Clock, Monotonic, Sleep
from watchkeeper.transport.adapter import GuardedAdapter, Rooms
from watchkeeper.transport.calls import CallBook, Classifier
from watchkeeper.transport.outside import USER_AGENT
from watchkeeper.transport.pacing import Pacer
from watchkeeper.transport.policy import TransportPolicy
from watchkeeper.transport.quota_memo import QUOTAS, levels_of, memo_of
from watchkeeper.transport.redaction import Redactor
from watchkeeper.transport.sockets import SocketAdapter
from watchkeeper.transport.tracing import Tracing

S = TypeVar("S", bound=requests.Session)


class Transport:
    """A SessionFactory with books: pacing, budgets, counts and clocks are shared by all sessions it opens.

    `adapter_factory(side)` gives what really sends (an in-process emulator); None is HTTPS over sockets.
    """

    def __init__(
        self,
        policy: TransportPolicy,
        *,
        clock: Clock,
        monotonic: Monotonic,
        sleep: Sleep,
        random: Random,
        adapter_factory: Callable[[Side], BaseAdapter] | None = None,
        redactor: Redactor | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self.redactor = redactor or Redactor()
        self.policy = policy
        self._clock = clock
        self._factory = adapter_factory or self._sockets
        self._book = CallBook(policy, clock, monotonic)
        self._rooms = Rooms(
            policy=policy,
            clock=clock,
            monotonic=monotonic,
            sleep=sleep,
            random=random,
            book=self._book,
            pacer=Pacer(policy, monotonic),
            redactor=self.redactor,
            classifier=Classifier(policy.read_posts),
            tracing=tracing or Tracing(),
        )

    def session(self, side: Side) -> requests.Session:
        """A new session with a cookie jar of its own; give each worker thread its own one."""
        session = requests.Session()
        session.trust_env = False
        session.max_redirects = 0
        session.headers["User-Agent"] = USER_AGENT
        session.adapters.clear()
        adapter = GuardedAdapter(side, self._factory(side), self._rooms)
        session.mount("https://", adapter)
        session.mount("http://", adapter)  # which refuses nearly all of it, saying why
        return session

    def traffic(self) -> Mapping[Side, Traffic]:
        """What each side that was called was asked so far, and how it answered."""
        return self._book.traffic()

    def calls(self) -> CallRecord:
        """The same by what was asked for, and what did not go well."""
        return self._book.record()

    def know_tables(self, tables: Iterable[str]) -> None:
        """Calls for these tables of ServiceNow are told by their names."""
        self._rooms.classifier.operations.know(tables)

    def allowances(self) -> tuple[Allowance, ...]:
        """What is known about the limits on calls: what the remotes told of, and this run's own budget."""
        return (*self._rooms.pacer.allowances(), *self._book.allowances())

    def heed(self, recall: Callable[[str], str | None]) -> None:
        """Keep to the quotas that earlier runs met, from the first call on. What cannot be read is met anew."""
        levels = levels_of(recall(QUOTAS) or "", self.policy.quotas)
        self._rooms.pacer.go_on(levels, self._clock.now())

    def lessons(self) -> Mapping[str, str]:
        """What later runs should heed: the quotas that refused a call within a day, and what is left of them now."""
        return {QUOTAS: memo_of(self._rooms.pacer.levels(self._clock.now()))}

    def remaining(self) -> timedelta:
        """Time that the run may still use; timedelta.max without a limit."""
        return self._book.remaining()

    def server_time(self, side: Side) -> datetime | None:
        """The side's clock as of its latest answer (UTC), None before the first one."""
        return self._book.server_time(side)

    def clock_skew(self, side: Side) -> timedelta | None:
        """The side's clock minus ours at its latest answer, None before the first one."""
        return self._book.skew(side)

    def _sockets(self, side: Side) -> BaseAdapter:
        del side
        return SocketAdapter(max((self.policy.default_workers, *self.policy.workers.values())))


def adopt(session: S, source: requests.Session) -> S:
    """Give a session of another class (requests-oauthlib's) everything that makes `source` safe; returns `session`."""
    session.trust_env = source.trust_env
    session.max_redirects = source.max_redirects
    session.headers.update(source.headers)
    session.cookies = source.cookies
    session.adapters.clear()
    session.adapters.update(source.adapters)
    return session
