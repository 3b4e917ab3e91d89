"""What stands between a request and the tables: its session's queue, the node's semaphores, and the rate limits.

Time is the world's: a transaction that takes `transaction_seconds` keeps its session and its semaphore busy for so long, so that
requests which arrive within that time are parallel, whichever thread they come from. Sources: ServiceNowDocs,
io-semaphores-performance-metrics and inbound-REST-API-rate-limiting; support.servicenow.com KB3047080.
"""

from __future__ import annotations

import hashlib
import heapq
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.servicenow.errors import Refused
from watchkeeper.emulators.servicenow.recorder import Actor

HOUR = 3_600


@dataclass(frozen=True, slots=True)
class RateRule:
    """At most `limit` requests per user in each clock hour on paths that begin with `path`.

    A rule for a `user` comes before one for a `role`, and that before one for everybody; among roles the lowest limit holds.
    """

    limit: int
    path: str = "/api/now/table"
    method: str | None = None
    user: str | None = None
    role: str | None = None

    @property
    def sys_id(self) -> str:
        return hashlib.md5(repr(self).encode(), usedforsecurity=False).hexdigest()

    @property
    def order(self) -> tuple[int, int]:
        return (0 if self.user else 1 if self.role else 2, self.limit)

    def covers(self, request: Request, actor: Actor) -> bool:
        return (
            request.path.startswith(self.path)
            and self.method in {None, request.method}
            and self.user in {None, actor.user_name}
            and (self.role is None or self.role in actor.roles)
        )


@dataclass(frozen=True, slots=True)
class Availability:
    """How much the instance bears; as it comes, it bears everything.

    `transaction_seconds`: how long a request takes. `session_queue`: how many may wait for their session before further ones are
    dropped with 202, `session_patience`: for how many seconds. `semaphores`: requests at once per node, `semaphore_queue`: how
    many may wait for one (then 429), `semaphore_patience`: for how many seconds (then 500). `rate_headers`: whether answers
    tell of the limits at all. `count_lag`: how many seconds pass between two commits of the counts.
    """

    transaction_seconds: float = 0.0
    session_queue: int = 10
    session_patience: float = 30.0
    semaphores: int = 4
    semaphore_queue: int = 50
    semaphore_patience: float = 30.0
    rate_limits: tuple[RateRule, ...] = ()
    rate_headers: bool = True
    count_lag: float = 0.0

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Availability:
        """As a seed names it; raises ValueError for what it cannot be."""
        unknown = sorted(set(value) - set(cls.__slots__))
        if unknown:
            raise ValueError(f"unknown keys {', '.join(unknown)}; availability has {', '.join(cls.__slots__)}")
        return TypeAdapter(cls).validate_python(dict(value))


class FrontDoor:
    """Lets requests in, late, or not at all."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self.set(Availability())

    def set(self, availability: Availability) -> None:
        """From now on the instance bears this much; queues and counts begin empty."""
        with self._lock:
            self._bears = availability
            self._sessions: dict[str, _Queue] = {}
            self._node = _Queue([0.0] * availability.semaphores)
            self._counts: dict[tuple[str, str, int], _Count] = {}

    def respond(self, request: Request, actor: Actor, serve: Callable[[], Response]) -> Response:
        """What `serve` answers, with the waits and the headers that the request met on its way; or a refusal."""
        with self._lock:
            seconds = self._now().timestamp()
            refusal, headers = self._limited(request, actor, seconds)
            waits = None if refusal else self._queued(request, seconds)
        if refusal is not None:
            return replace(refusal, headers={**refusal.headers, **headers})
        if isinstance(waits, Response):
            return waits
        session_wait, semaphore_wait = waits or (0.0, 0.0)
        answer = serve()
        timing = f"sem_wait;dur={semaphore_wait * 1000:.0f}, sesh_wait;dur={session_wait * 1000:.0f}"
        delay = answer.delay + session_wait + semaphore_wait + self._bears.transaction_seconds
        return replace(answer, headers={**answer.headers, **headers, "Server-Timing": timing}, delay=delay)

    def _queued(self, request: Request, now: float) -> Response | tuple[float, float]:
        """Seconds that the request waits for its session and for a semaphore; or the answer of a queue that is full."""
        bears = self._bears
        if not bears.transaction_seconds:
            return 0.0, 0.0
        session = self._session(request)
        session_wait = session.wait(now) if session else 0.0
        if session and session_wait and _overflows(session.length(now), session_wait, bears):
            return Response(202)
        arrival = now + session_wait
        semaphore_wait = self._node.wait(arrival)
        if semaphore_wait and self._node.length(now) >= bears.semaphore_queue:
            return Refused(429, "Too Many Requests").response()
        if semaphore_wait > bears.semaphore_patience:
            return Refused(500, "Transaction cancelled: maximum execution time exceeded").response()
        start = arrival + semaphore_wait
        for queue in (session, self._node):
            if queue is not None:
                queue.enter(start, bears.transaction_seconds)
        return session_wait, semaphore_wait

    def _session(self, request: Request) -> _Queue | None:
        """The queue of the session whose cookie the request carries; without one it gets a session of its own."""
        found = re.search(r"\bJSESSIONID=(\w+)", request.headers.get("cookie", ""))
        return self._sessions.setdefault(found.group(1), _Queue([0.0])) if found else None

    def _limited(self, request: Request, actor: Actor, now: float) -> tuple[Response | None, dict[str, str]]:
        """Count the request under the rule that holds for it: the refusal if there are too many, and what headers say."""
        rules = [rule for rule in self._bears.rate_limits if rule.covers(request, actor)]
        if not rules:
            return None, {}
        rule = min(rules, key=lambda each: each.order)
        hour = int(now // HOUR)
        count = self._counts.setdefault((rule.sys_id, actor.user_name, hour), _Count(now))
        exceeded = count.add(now, self._bears.count_lag) > rule.limit
        reset = (hour + 1) * HOUR
        told = {"X-RateLimit-Limit": str(rule.limit), "X-RateLimit-Reset": str(reset), "X-RateLimit-Rule": rule.sys_id}
        headers = told if self._bears.rate_headers else {}
        if not exceeded:
            return None, headers
        detail = f"Rate limit of {rule.limit} requests per hour for Table API exceeded"
        wait = {"Retry-After": str(max(1, int(reset - now)))} if self._bears.rate_headers else {}
        return Refused(429, "Rate limit exceeded", detail).response(), {**headers, **wait}


def _overflows(waiting: int, seconds: float, bears: Availability) -> bool:
    return waiting >= bears.session_queue or seconds > bears.session_patience


@dataclass(slots=True)
class _Queue:
    """Places that are busy until an instant (seconds), and the starts of those who wait for one."""

    free: list[float]
    starts: list[float] = field(default_factory=list)

    def wait(self, now: float) -> float:
        return max(0.0, self.free[0] - now)

    def length(self, now: float) -> int:
        """How many have come and not begun."""
        self.starts = [start for start in self.starts if start > now]
        return len(self.starts)

    def enter(self, start: float, seconds: float) -> None:
        heapq.heapreplace(self.free, start + seconds)
        self.starts.append(start)


@dataclass(slots=True)
class _Count:
    """Requests of one user under one rule in one hour. A node keeps them to itself until its next commit."""

    committed_at: float
    committed: int = 0
    pending: int = 0

    def add(self, now: float, lag: float) -> int:
        """Count one more; how many the database knows of."""
        self.pending += 1
        if now - self.committed_at >= lag:
            self.committed, self.pending, self.committed_at = self.committed + self.pending, 0, now
        return self.committed
