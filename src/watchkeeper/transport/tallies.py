"""Calls while they are being counted, by what they ask for, and the ends of the list of those that did not go well."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from watchkeeper.model.calls import EACH_END, CallRecord, CallSum, Failure, TroubledCall, added
from watchkeeper.model.record import Side

CallKind: TypeAlias = tuple[Side, str, str]
"""System, method as it is counted, operation."""


@dataclass(slots=True)
class Noted:
    """What went wrong with a call, see TroubledCall; `waited` grows while it waits."""

    at: datetime
    failure: Failure
    attempt: int
    status: int | None = None
    reference: str = ""
    waited: float = 0.0

    def told(self, kind: CallKind) -> TroubledCall:
        return TroubledCall(self.at, *kind, self.status, self.failure, self.attempt, self.waited, self.reference)


@dataclass(slots=True)
class _Tally:
    """What CallSum tells of one kind of call."""

    calls: int = 0
    errors: int = 0
    retries: int = 0
    throttled: int = 0
    waited: float = 0.0

    def told(self, kind: CallKind) -> CallSum:
        return CallSum(*kind, self.calls, self.errors, self.retries, self.throttled, self.waited)


@dataclass(slots=True)
class Tallies:
    """Its memory has bounds, however many calls there are. Not thread-safe: the book of calls has a lock."""

    _of: defaultdict[CallKind, _Tally] = field(default_factory=lambda: defaultdict(_Tally))
    _first: list[tuple[CallKind, Noted]] = field(default_factory=list)
    _last: deque[tuple[CallKind, Noted]] = field(default_factory=lambda: deque(maxlen=EACH_END))
    _troubled: int = 0

    def count(self, kind: CallKind, *, again: bool) -> None:
        tally = self._of[kind]
        tally.calls += 1
        tally.retries += again

    def note(self, kind: CallKind, noted: Noted) -> Noted:
        tally = self._of[kind]
        if noted.failure is Failure.THROTTLED:
            tally.throttled += 1
        else:
            tally.errors += 1
        self._troubled += 1
        (self._first if len(self._first) < EACH_END else self._last).append((kind, noted))
        return noted

    def wait(self, kind: CallKind, seconds: float, after: Noted | None) -> None:
        self._of[kind].waited += seconds
        if after is not None:
            after.waited += seconds

    def told(self) -> CallRecord:
        troubled = tuple(noted.told(kind) for kind, noted in self._kept())
        sums = added(tally.told(kind) for kind, tally in self._of.items())
        return CallRecord(sums, troubled, self._troubled - len(troubled))

    def _kept(self) -> Iterator[tuple[CallKind, Noted]]:
        yield from self._first
        yield from self._last
