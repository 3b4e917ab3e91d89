"""Not faster than the remote likes: Retry-After parks a lane, quotas and rate limits hold back before they are used up, workers
are counted. Everything here is shared by all sessions of a transport."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from watchkeeper.model.budget import Allowance, AllowanceKind
from watchkeeper.model.record import SENTINEL, Side
from watchkeeper.ports import Monotonic
from watchkeeper.transport.calls import Call, Kind, parse_date
from watchkeeper.transport.policy import Quota, TransportPolicy

_REMAINING = {
    Kind.READ: ("x-ms-ratelimit-remaining-subscription-reads", "x-ms-ratelimit-remaining-tenant-reads"),
    Kind.WRITE: ("x-ms-ratelimit-remaining-subscription-writes", "x-ms-ratelimit-remaining-tenant-writes"),
}
"""What ARM says is left in its token buckets, which refill every second."""

_NEARLY_DRAINED = 10
_REFILL_SECONDS = 1.0
_FREELY_USED = 0.9
"""This share of a rate limit is used as fast as it comes; the rest is spread over what is left of its time."""


_HOLDS_FOR = timedelta(days=1)
"""After so long without a refusal a limit may have been raised: it is found out anew."""


@dataclass(frozen=True, slots=True)
class Level:
    """How many calls were left of a quota at an instant, and when it last refused one."""

    left: float
    at: datetime
    refused_at: datetime


class Bucket:
    """A token bucket: `quota.calls` at once, refilled evenly over `quota.seconds`."""

    def __init__(self, quota: Quota, monotonic: Monotonic) -> None:
        self.quota = quota
        self._pattern = re.compile(quota.path, re.IGNORECASE)
        self._monotonic = monotonic
        self._active = not quota.adaptive
        self._tokens = float(quota.calls)
        self._filled_at = monotonic()
        self._refused_at: float | None = None

    def covers(self, call: Call) -> bool:
        return call.method == self.quota.method and self._pattern.search(call.path) is not None

    def exhaust(self) -> None:
        """The remote says that nothing is left: from now on the quota holds, starting empty."""
        self._active = True
        self._tokens = 0.0
        self._filled_at = self._refused_at = self._monotonic()

    def take(self) -> float:
        """Take a token now, or say how many seconds are missing until the next one (and take none)."""
        if not self._active:
            return 0.0
        self._fill()
        if self._tokens >= 1.0 - 1e-9:
            self._tokens -= 1.0
            return 0.0
        return (1.0 - self._tokens) / self._rate

    def remembered(self, now: datetime) -> Level | None:
        """How full it is, if the remote has shown that it holds."""
        if self._refused_at is None:
            return None
        self._fill()
        return Level(self._tokens, now, now - timedelta(seconds=self._monotonic() - self._refused_at))

    def go_on(self, level: Level, now: datetime) -> None:
        """Hold from the first call on, as full as it has become since an earlier run."""
        self._active = True
        self._filled_at = self._monotonic() - max(0.0, (now - level.at).total_seconds())
        self._refused_at = self._monotonic() - (now - level.refused_at).total_seconds()
        self._tokens = level.left
        self._fill()

    @property
    def _rate(self) -> float:
        return self.quota.calls / self.quota.seconds

    def _fill(self) -> None:
        now = self._monotonic()
        self._tokens = min(float(self.quota.calls), self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now


_MOMENT = 0.001
"""Seconds that are not worth waiting for; clocks and sleeps are not finer than this."""


@dataclass(slots=True)
class Window:
    """A limit of so many calls until an instant (`ends`, monotonic), as ServiceNow tells of it: never what remains, so our own
    calls are counted. Others may use the same account; a 429 then says so."""

    rule: str
    limit: int
    ends: float
    used: int = 0
    last: float = -math.inf

    def wait(self, now: float) -> float:
        """Seconds until the next call may be made."""
        if self.used >= self.limit:
            return max(0.0, self.ends - now)
        if self.used < self.limit * _FREELY_USED:
            return 0.0
        return max(0.0, self.last + (self.ends - self.last) / (self.limit - self.used + 1) - now)

    def reserved(self, now: float, longest: float) -> int:
        """How many of the limit's last calls come so slowly that nobody who waits `longest` seconds at most gets them."""
        freely = math.ceil(self.limit * _FREELY_USED)
        apart = (self.ends - now) / (self.limit - max(self.used, freely) + 1) if self.used < self.limit else 0.0
        return self.limit - freely if apart > longest else 0

    def take(self, now: float) -> None:
        self.used, self.last = self.used + 1, now


@dataclass(slots=True)
class _Host:
    side: Side
    gate: threading.Semaphore
    buckets: list[Bucket]
    parked: dict[Kind, float] = field(default_factory=dict)
    windows: dict[str, Window] = field(default_factory=dict)

    def window(self, call: Call, now: float) -> Window | None:
        """The rate limit that is known to hold for the call."""
        known = self.windows.get(_resource(call))
        return known if known is not None and known.ends > now else None


class Pacer:
    """One per transport, shared by all its sessions. Reads and writes of a host wait in lanes of their own."""

    def __init__(self, policy: TransportPolicy, monotonic: Monotonic) -> None:
        self._policy = policy
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}
        self._levels: Mapping[Quota, Level] = {}
        self._levels_read_at: datetime | None = None

    def go_on(self, levels: Mapping[Quota, Level], now: datetime) -> None:
        """Heed what earlier runs learned; before the first call."""
        self._levels = {quota: level for quota, level in levels.items() if now - level.refused_at < _HOLDS_FOR}
        self._levels_read_at = now

    def levels(self, now: datetime) -> Mapping[Quota, Level]:
        """The quotas that are known to hold, for later runs: as earlier ones left them where this one made no call."""
        with self._lock:
            buckets = [bucket for host in self._hosts.values() for bucket in host.buckets]
            met = [(bucket.quota, level) for bucket in buckets if (level := bucket.remembered(now)) is not None]
            # Every host has buckets of its own; the emptiest is the one of the host that the quota is about.
            emptiest = dict(sorted(met, key=lambda each: each[1].left, reverse=True))
            return {**self._levels, **emptiest}

    def wait_needed(self, call: Call) -> float:
        """Seconds until the call may be made; 0.0 also takes its place in the quotas."""
        host = self._host(call)
        with self._lock:
            now = self._monotonic()
            window = host.window(call, now)
            held = max(host.parked.get(call.kind, 0.0) - now, window.wait(now) if window else 0.0)
            if held > _MOMENT:
                return held
            wait = max((bucket.take() for bucket in host.buckets if bucket.covers(call)), default=0.0)
            if window is not None and not wait:
                window.take(now)
            return wait

    @contextmanager
    def place(self, call: Call) -> Iterator[None]:
        """Hold one of the host's places while the call is in flight."""
        gate = self._host(call).gate
        with gate:
            yield

    def park(self, call: Call, seconds: float) -> None:
        """No call of this kind to this host before then: a call made earlier may restart the remote's wait."""
        host = self._host(call)
        with self._lock:
            until = self._monotonic() + seconds
            host.parked[call.kind] = max(until, host.parked.get(call.kind, 0.0))

    def throttled(self, call: Call) -> None:
        """A 429 came: adaptive quotas that cover the call begin to hold."""
        host = self._host(call)
        with self._lock:
            for bucket in host.buckets:
                if bucket.covers(call):
                    bucket.exhaust()

    def note_headers(self, call: Call, headers: Mapping[str, str], *, refused: bool = False) -> None:
        """Learn what the remote says about its limits: slow down while its own counter is nearly used up, and keep count where
        it only tells the limit. `refused`: the answer is a 429."""
        left = [whole_number(headers.get(name)) for name in _REMAINING.get(call.kind, ())]
        lowest = min((number for number in left if number is not None), default=_NEARLY_DRAINED)
        if lowest < _NEARLY_DRAINED:
            self.park(call, _REFILL_SECONDS * (_NEARLY_DRAINED - lowest) / _NEARLY_DRAINED)
        limit, seconds = whole_number(headers.get("X-RateLimit-Limit")), _seconds_to_reset(headers)
        if limit is not None and seconds is not None:
            self._note_window(call, headers.get("X-RateLimit-Rule", ""), limit, seconds, refused)

    def _note_window(self, call: Call, rule: str, limit: int, seconds: float, refused: bool) -> None:
        host = self._host(call)
        with self._lock:
            now = self._monotonic()
            known = host.window(call, now)
            if known is None or known.rule != rule:
                known = next((each for each in host.windows.values() if each.rule == rule and each.ends > now), None)
                known = known or Window(rule, limit, now + seconds, used=1, last=now)
                host.windows[_resource(call)] = known
            known.limit = limit
            if refused:
                known.used = limit

    def allowances(self) -> tuple[Allowance, ...]:
        """What is known about the limits of the hosts that were called: rate limits with our own use of them, and quotas."""
        with self._lock:
            now = self._monotonic()
            found: dict[tuple[Side, str], Allowance] = {}
            for host in self._hosts.values():
                for window in host.windows.values():
                    if window.ends > now:
                        found[host.side, window.rule] = Allowance(
                            host.side,
                            AllowanceKind.RATE_LIMIT,
                            window.limit,
                            window.used,
                            window.ends - now,
                            window.reserved(now, self._policy.longest_wait),
                        )
        published = (
            Allowance(SENTINEL, quota.kind, quota.calls, seconds=quota.seconds, table=quota.table)
            for quota in self._policy.quotas
            if quota.kind is not None
        )
        return (*found.values(), *published)

    def _host(self, call: Call) -> _Host:
        policy, name = self._policy, call.host
        with self._lock:
            if name not in self._hosts:
                places = policy.workers.get(name, policy.side_workers.get(call.side, policy.default_workers))
                buckets = [self._bucket(quota) for quota in policy.quotas]
                self._hosts[name] = _Host(call.side, threading.Semaphore(places), buckets)
            return self._hosts[name]

    def _bucket(self, quota: Quota) -> Bucket:
        bucket = Bucket(quota, self._monotonic)
        if self._levels_read_at is not None and quota in self._levels:
            bucket.go_on(self._levels[quota], self._levels_read_at)
        return bucket


def retry_after(headers: Mapping[str, str], now: datetime | None) -> float | None:
    """Seconds to wait as the remote asks: Retry-After in seconds or as a date, else ServiceNow's X-RateLimit-Reset (Unix
    seconds). Dates are read against the answer's own Date, so a skewed clock does no harm; `now` stands in without one."""
    server = parse_date(headers.get("Date")) or now
    text = (headers.get("Retry-After") or "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    at = parse_date(text)
    if at is not None and server is not None:
        return max(0.0, (at - server).total_seconds())
    return _seconds_to_reset(headers, now)


def _seconds_to_reset(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    server = parse_date(headers.get("Date")) or now
    reset = whole_number(headers.get("X-RateLimit-Reset"))
    return None if reset is None or server is None else max(0.0, reset - server.timestamp())


def _resource(call: Call) -> str:
    """The part of an address that one rate limit covers: `/api/now/table`, whatever the API's version."""
    parts = [part for part in call.path.split("/") if not re.fullmatch(r"v\d+", part)]
    return "/".join(parts[:4])


def whole_number(text: str | None) -> int | None:
    """The number that a header gives in digits; None for anything else, and for more of them than any count has."""
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,12}", text.strip()) else None
