"""What a run asked of one system, and how it was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NO_CALLS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Traffic:
    """`calls` are counted by method with every attempt: TOKEN are tokens, QUERY the POSTs that only read. `retries` are those among them
    that were another attempt. `errors`: answers of 400 and above, and calls that got no usable answer. An answer that says "not there"
    (404, 410) or "moved on" (409, 412) is none, and one that says "come back later" (429, or 503 with Retry-After) is `throttled`.
    `waited`: seconds that calls waited in all, for that, for a quota, or before another attempt; those of several workers wait side by
    side."""

    calls: Mapping[str, int] = field(default_factory=lambda: NO_CALLS)
    errors: int = 0
    retries: int = 0
    throttled: int = 0
    waited: float = 0.0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(
            {name: self.calls.get(name, 0) + other.calls.get(name, 0) for name in sorted({*self.calls, *other.calls})},
            self.errors + other.errors,
            self.retries + other.retries,
            self.throttled + other.throttled,
            self.waited + other.waited,
        )

    @property
    def total(self) -> int:
        return sum(self.calls.values())
