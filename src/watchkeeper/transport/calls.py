"""What kind of call a request is, and the books that are kept on calls: how many, what went wrong, how much time is left, whose clock."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from requests import PreparedRequest

from watchkeeper.errors import Attempt, Deferred
from watchkeeper.model.budget import Allowance, AllowanceKind
from watchkeeper.model.calls import OTHER, TOKEN, CallRecord, Failure, traffic_in
from watchkeeper.model.reasons import because
from watchkeeper.model.record import Side
from watchkeeper.model.traffic import Traffic
from watchkeeper.model.troubles import Trouble
from watchkeeper.ports import Clock, Monotonic
from watchkeeper.transport.batches import BATCH_POSTS, reads_only
from watchkeeper.transport.operations import Operations
from watchkeeper.transport.policy import READ_POSTS, TOKEN_GETS, TOKEN_POSTS, TransportPolicy
from watchkeeper.transport.tallies import Noted, Tallies


class Kind(StrEnum):
    READ = "read"
    WRITE = "write"
    TOKEN = "token"  # noqa: S105


_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the transport sees it. `label` is method and path: no query, no secrets. `operation`: what it asks for, in a word."""

    side: Side
    method: str
    host: str
    path: str
    kind: Kind
    operation: str = OTHER

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def tally(self) -> str:
        """Under which name the call is counted: its method, QUERY for a POST that reads, TOKEN for a token."""
        if self.kind is Kind.TOKEN:
            return "TOKEN"
        return "QUERY" if self.kind is Kind.READ and self.method == "POST" else self.method

    def attempt(self, status: int | None = None, answer: str = "") -> Attempt:
        return Attempt(system=self.side, call=self.label, status=status, answer=answer)


class Classifier:
    """Tells reads, writes and token fetches apart by method and path, and a batch by what it carries."""

    def __init__(self, extra_reads: tuple[str, ...] = ()) -> None:
        self.operations = Operations()
        self._tokens = _whole_path(TOKEN_POSTS)
        self._token_reads = _whole_path(TOKEN_GETS)
        self._reads = _whole_path((*READ_POSTS, *extra_reads))
        self._batches = _whole_path(BATCH_POSTS)

    def call(self, side: Side, request: PreparedRequest) -> Call:
        parts = urlsplit(request.url or "")
        method = (request.method or "GET").upper()
        path = unquote(parts.path)
        kind = self._kind(method, path, request)
        operation = TOKEN if kind is Kind.TOKEN else self.operations.asked_for(path)
        return Call(side, method, parts.netloc.lower(), path, kind, operation)

    def _kind(self, method: str, path: str, request: PreparedRequest) -> Kind:
        if any(name in request.headers for name in _OVERRIDES):
            return Kind.WRITE
        if method == "GET" and self._token_reads.fullmatch(path):
            return Kind.TOKEN
        if method in _SAFE_METHODS:
            return Kind.READ
        if method == "POST" and self._tokens.fullmatch(path):
            return Kind.TOKEN
        if method == "POST" and self._batches.fullmatch(path):
            return Kind.READ if reads_only(request.body) else Kind.WRITE
        return Kind.READ if method == "POST" and self._reads.fullmatch(path) else Kind.WRITE


def _whole_path(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


class CallBook:
    """Counts calls and how they were answered, keeps their budget and the run's deadline, and remembers the remote clocks."""

    def __init__(self, policy: TransportPolicy, clock: Clock, monotonic: Monotonic) -> None:
        self._policy = policy
        self._clock = clock
        self._monotonic = monotonic
        self._ends = None if policy.run_time is None else monotonic() + policy.run_time.total_seconds()
        self._lock = threading.Lock()
        self._tallies = Tallies()
        self._spent: Counter[Side] = Counter()
        self._server: dict[Side, datetime] = {}
        self._skew: dict[Side, timedelta] = {}

    def remaining(self) -> timedelta:
        """Time that the run may still use; timedelta.max without a limit."""
        if self._ends is None:
            return timedelta.max
        return timedelta(seconds=max(0.0, self._ends - self._monotonic()))

    def seconds_left(self) -> float:
        return float("inf") if self._ends is None else max(0.0, self._ends - self._monotonic())

    def out_of_time(self, call: Call) -> Deferred:
        """What a call is told that the run's time does not suffice for."""
        return Deferred(
            because(Trouble.ON_SIDE, system=call.side, why=because(Trouble.TIME_USED_UP, call=call.label)),
            remedy=because(Trouble.GOES_ON),
            attempt=call.attempt(),
        )

    def spend(self, call: Call, *, again: bool = False) -> None:
        """Count a call that is about to be made (`again`: after an attempt that failed); raises Deferred when time or calls are used
        up."""
        if self.seconds_left() <= 0:
            raise self.out_of_time(call)
        with self._lock:
            limit = self._policy.call_budget.get(call.side)
            counts = call.kind is not Kind.TOKEN
            if counts and limit is not None and self._spent[call.side] >= limit:
                raise Deferred(
                    because(Trouble.CALLS_USED_UP, limit=limit, side=call.side),
                    remedy=because(Trouble.GOES_ON_OR_RAISE),
                    attempt=call.attempt(),
                )
            self._spent[call.side] += counts
            self._tallies.count(_kind_of(call), again=again)

    def note_trouble(
        self, call: Call, failure: Failure, attempt: int, status: int | None = None, reference: str = ""
    ) -> Noted:
        """Count a call that failed, or an answer that asks us to come back later: see Traffic. What is noted is told how long the
        call then waits."""
        at = self._clock.now()
        with self._lock:
            return self._tallies.note(_kind_of(call), Noted(at, failure, attempt, status, reference))

    def note_wait(self, call: Call, seconds: float, after: Noted | None = None) -> None:
        """Count seconds that a call is about to wait, `after` what went wrong with it."""
        with self._lock:
            self._tallies.wait(_kind_of(call), seconds, after)

    def traffic(self) -> Mapping[Side, Traffic]:
        return traffic_in(self.record())

    def record(self) -> CallRecord:
        with self._lock:
            return self._tallies.told()

    def note_date(self, call: Call, header: str | None) -> None:
        """Remember a side's clock from an answer's Date; token hosts have clocks of their own and do not count."""
        server = parse_date(header)
        if server is None or call.kind is Kind.TOKEN:
            return
        skew = server - self._clock.now()
        with self._lock:
            self._server[call.side] = server
            self._skew[call.side] = skew

    def allowances(self) -> tuple[Allowance, ...]:
        """The run's own budgets."""
        with self._lock:
            return tuple(
                Allowance(side, AllowanceKind.BUDGET, limit, self._spent[side])
                for side, limit in sorted(self._policy.call_budget.items())
            )

    def server_time(self, side: Side) -> datetime | None:
        with self._lock:
            return self._server.get(side)

    def skew(self, side: Side) -> timedelta | None:
        with self._lock:
            return self._skew.get(side)


def _kind_of(call: Call) -> tuple[Side, str, str]:
    return call.side, call.tally, call.operation


def parse_date(header: str | None) -> datetime | None:
    """An HTTP date as an aware UTC instant, None when it is missing or malformed."""
    if not header:
        return None
    try:
        parsed = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
