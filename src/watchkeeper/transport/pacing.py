"""Not faster than the remote likes: Retry-After and rate-limit headers park a lane, quotas hold back, workers are counted."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from watchkeeper.ports import Monotonic
from watchkeeper.transport.calls import Call, Kind, parse_date
from watchkeeper.transport.policy import Quota, TransportPolicy

_REMAINING = {
    Kind.READ: ("x-ms-ratelimit-remaining-subscription-reads", "x-ms-ratelimit-remaining-tenant-reads"),
    Kind.WRITE: ("x-ms-ratelimit-remaining-subscription-writes", "x-ms-ratelimit-remaining-tenant-writes"),
}
"""What ARM says is left in its token buckets, which refill every second."""

_DRAINED = 2
_REFILL_SECONDS = 1.0


class Bucket:
    """A token bucket: `quota.calls` at once, refilled evenly over `quota.seconds`."""

    def __init__(self, quota: Quota, monotonic: Monotonic) -> None:
        self.quota = quota
        self._pattern = re.compile(quota.path, re.IGNORECASE)
        self._monotonic = monotonic
        self._active = not quota.adaptive
        self._tokens = float(quota.calls)
        self._filled_at = monotonic()

    def covers(self, call: Call) -> bool:
        return call.method == self.quota.method and self._pattern.search(call.path) is not None

    def exhaust(self) -> None:
        """The remote says that nothing is left: from now on the quota holds, starting empty."""
        self._active = True
        self._tokens = 0.0
        self._filled_at = self._monotonic()

    def take(self) -> float:
        """Take a token now, or say how many seconds are missing until the next one (and take none)."""
        if not self._active:
            return 0.0
        now = self._monotonic()
        rate = self.quota.calls / self.quota.seconds
        self._tokens = min(float(self.quota.calls), self._tokens + (now - self._filled_at) * rate)
        self._filled_at = now
        if self._tokens >= 1.0 - 1e-9:
            self._tokens -= 1.0
            return 0.0
        return (1.0 - self._tokens) / rate


@dataclass(slots=True)
class _Host:
    gate: threading.Semaphore
    buckets: list[Bucket]
    parked: dict[Kind, float] = field(default_factory=dict)


class Pacer:
    """One per transport, shared by all its sessions. Reads and writes of a host wait in lanes of their own."""

    def __init__(self, policy: TransportPolicy, monotonic: Monotonic) -> None:
        self._policy = policy
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    def wait_needed(self, call: Call) -> float:
        """Seconds until the call may be made; 0.0 also takes its place in the quotas."""
        host = self._host(call)
        with self._lock:
            parked = host.parked.get(call.kind, 0.0) - self._monotonic()
            if parked > 0:
                return parked
            return max((bucket.take() for bucket in host.buckets if bucket.covers(call)), default=0.0)

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

    def note_headers(self, call: Call, headers: Mapping[str, str]) -> None:
        """Slow down for a moment when the remote's own counter is nearly used up."""
        left = [_whole_number(headers.get(name)) for name in _REMAINING.get(call.kind, ())]
        if any(number is not None and number < _DRAINED for number in left):
            self.park(call, _REFILL_SECONDS)

    def _host(self, call: Call) -> _Host:
        policy, name = self._policy, call.host
        with self._lock:
            if name not in self._hosts:
                places = policy.workers.get(name, policy.side_workers.get(call.side, policy.default_workers))
                buckets = [Bucket(quota, self._monotonic) for quota in policy.quotas]
                self._hosts[name] = _Host(threading.Semaphore(places), buckets)
            return self._hosts[name]


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
    reset = _whole_number(headers.get("X-RateLimit-Reset"))
    return None if reset is None or server is None else max(0.0, reset - server.timestamp())


def _whole_number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"\d{1,12}", text.strip()) else None
