"""What kind of call a request is, and the books that are kept on calls: how many, how much time is left, whose clock."""

from __future__ import annotations

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from requests import PreparedRequest

from watchkeeper.errors import Attempt, Deferred
from watchkeeper.model.budget import Allowance, AllowanceKind
from watchkeeper.model.reasons import because
from watchkeeper.model.record import Side
from watchkeeper.model.traffic import Traffic
from watchkeeper.model.troubles import Trouble
from watchkeeper.ports import Clock, Monotonic
from watchkeeper.transport.batches import BATCH_POSTS, reads_only
from watchkeeper.transport.policy import READ_POSTS, TOKEN_GETS, TOKEN_POSTS, TransportPolicy


class Kind(StrEnum):
    READ = "read"
    WRITE = "write"
    TOKEN = "token"  # noqa: S105


_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the transport sees it. `label` is method and path: no query, no secrets."""

    side: Side
    method: str
    host: str
    path: str
    kind: Kind

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
        self._tokens = _whole_path(TOKEN_POSTS)
        self._token_reads = _whole_path(TOKEN_GETS)
        self._reads = _whole_path((*READ_POSTS, *extra_reads))
        self._batches = _whole_path(BATCH_POSTS)

    def call(self, side: Side, request: PreparedRequest) -> Call:
        parts = urlsplit(request.url or "")
        method = (request.method or "GET").upper()
        path = unquote(parts.path)
        return Call(side, method, parts.netloc.lower(), path, self._kind(method, path, request))

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


@dataclass(slots=True)
class _Tally:
    """What `Traffic` tells of one side, while it is being counted."""

    calls: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    retries: int = 0
    throttled: int = 0
    waited: float = 0.0

    def told(self) -> Traffic:
        return Traffic(dict(self.calls), self.errors, self.retries, self.throttled, self.waited)


class CallBook:
    """Counts calls per side and how they were answered, keeps their budget and the run's deadline, and remembers the remote clocks."""

    def __init__(self, policy: TransportPolicy, clock: Clock, monotonic: Monotonic) -> None:
        self._policy = policy
        self._clock = clock
        self._monotonic = monotonic
        self._ends = None if policy.run_time is None else monotonic() + policy.run_time.total_seconds()
        self._lock = threading.Lock()
        self._tallies: defaultdict[Side, _Tally] = defaultdict(_Tally)
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
            tally = self._tallies[call.side]
            limit = self._policy.call_budget.get(call.side)
            if call.kind is not Kind.TOKEN and limit is not None and _without_tokens(tally.calls) >= limit:
                raise Deferred(
                    because(Trouble.CALLS_USED_UP, limit=limit, side=call.side),
                    remedy=because(Trouble.GOES_ON_OR_RAISE),
                    attempt=call.attempt(),
                )
            tally.calls[call.tally] += 1
            tally.retries += again

    def note_error(self, call: Call) -> None:
        """Count a call that failed: see Traffic."""
        with self._lock:
            self._tallies[call.side].errors += 1

    def note_throttled(self, call: Call) -> None:
        """Count an answer that asks us to come back later."""
        with self._lock:
            self._tallies[call.side].throttled += 1

    def note_wait(self, call: Call, seconds: float) -> None:
        """Count seconds that a call is about to wait."""
        with self._lock:
            self._tallies[call.side].waited += seconds

    def traffic(self) -> Mapping[Side, Traffic]:
        with self._lock:
            return {side: tally.told() for side, tally in self._tallies.items()}

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
                Allowance(side, AllowanceKind.BUDGET, limit, self._spent(side))
                for side, limit in sorted(self._policy.call_budget.items())
            )

    def _spent(self, side: Side) -> int:
        return _without_tokens(self._tallies[side].calls) if side in self._tallies else 0

    def server_time(self, side: Side) -> datetime | None:
        with self._lock:
            return self._server.get(side)

    def skew(self, side: Side) -> timedelta | None:
        with self._lock:
            return self._skew.get(side)


def _without_tokens(counts: Counter[str]) -> int:
    return counts.total() - counts["TOKEN"]


def parse_date(header: str | None) -> datetime | None:
    """An HTTP date as an aware UTC instant, None when it is missing or malformed."""
    if not header:
        return None
    try:
        parsed = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
