"""The calls of a run or a day, told apart by what they asked for, and those among them that did not go well.

It holds no personal data: no address, no text and no id of a ticket. What systems are asked for is named in a few words of our own, and
of the calls that did not go well there are the first and the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from watchkeeper.model.record import Side
from watchkeeper.model.snapshot import SnapshotKind
from watchkeeper.model.traffic import Traffic

EACH_END: Final = 50
"""So many of the first calls that did not go well are kept, and as many of the last."""
TOKEN: Final = "token"  # noqa: S105
OTHER: Final = "other"
"""What was asked for that has no word of ours."""


class Failure(StrEnum):
    """What went wrong with a call."""

    REFUSED = "refused"
    """The answer's status says that it failed."""
    THROTTLED = "throttled"
    """The answer asks us to come back later."""
    REDIRECTED = "redirected"
    """The answer leads elsewhere, where nobody follows it."""
    DROPPED = "dropped"
    """A status that looks like success, and nothing was done."""
    EMPTY = "empty"
    """Success without a body, where there is always one."""
    BROKEN = "broken"
    """The answer was cut, or cannot be unpacked."""
    TOO_LARGE = "too-large"
    """More came than is read."""
    TIMEOUT = "timeout"
    UNCONNECTED = "unconnected"
    """Nothing was sent: no connection came about."""
    LOST = "lost"
    """The connection ended before the answer."""
    UNTRUSTED = "untrusted"
    """A certificate that we do not trust."""


@dataclass(frozen=True, slots=True)
class CallSum:
    """Calls of one kind added up, in the words of Traffic: of a system, a method (as Traffic.calls counts them) and an operation (what was
    asked for: a table of ServiceNow, `incident-comments`, `query`, …)."""

    side: Side
    method: str
    operation: str
    calls: int = 0
    errors: int = 0
    retries: int = 0
    throttled: int = 0
    waited: float = 0.0

    def __add__(self, other: CallSum) -> CallSum:
        return CallSum(
            self.side,
            self.method,
            self.operation,
            self.calls + other.calls,
            self.errors + other.errors,
            self.retries + other.retries,
            self.throttled + other.throttled,
            self.waited + other.waited,
        )


@dataclass(frozen=True, slots=True)
class TroubledCall:
    """A call that counts as an error or as throttled. `at`: when that was seen. `status`: None where no answer came. `attempt`: 1 for a
    call's first. `waited`: seconds that the call then waited for its next attempt. `reference`: what the system, or we, called this exchange, which is what its support
    asks for; "" where nobody named it. `command` and `run_id` are given among those of a day; what is no run of the store has no id."""

    at: datetime
    side: Side
    method: str
    operation: str
    status: int | None
    failure: Failure
    attempt: int
    waited: float = 0.0
    reference: str = ""
    command: str = ""
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """`sums` are sorted. Of `troubled`, the first and the last EACH_END in the order in which they were seen; between them `left_out` others
    are not kept."""

    sums: tuple[CallSum, ...] = ()
    troubled: tuple[TroubledCall, ...] = ()
    left_out: int = 0

    def __add__(self, other: CallRecord) -> CallRecord:
        """This one's calls, and then the other's."""
        troubled = (*self.troubled, *other.troubled)
        left_out = self.left_out + other.left_out
        if beyond := max(0, len(troubled) - 2 * EACH_END):
            troubled = (*troubled[:EACH_END], *troubled[-EACH_END:])
        return CallRecord(added((*self.sums, *other.sums)), troubled, left_out + beyond)

    def of(self, command: str, run_id: str = "") -> CallRecord:
        """The same among those of others."""
        named = tuple(replace(each, command=command, run_id=run_id) for each in self.troubled)
        return replace(self, troubled=named)


NO_CALLS_KEPT: Final = CallRecord()
DAY_CALLS: Final = SnapshotKind("calls/day", CallRecord)
"""What all that was counted on a day asked of the systems."""
_RUN: Final = "calls/run/"


def calls_of_run(run_id: str) -> SnapshotKind[CallRecord]:
    """Kept on the day on which the run ended."""
    return SnapshotKind(f"{_RUN}{run_id}", CallRecord)


def is_of_calls(name: str) -> bool:
    """Whether a CallRecord is kept under a name."""
    return name == DAY_CALLS.name or name.startswith(_RUN)


def added(sums: Iterable[CallSum]) -> tuple[CallSum, ...]:
    """One for each kind of call, sorted."""
    found: dict[tuple[Side, str, str], CallSum] = {}
    for each in sums:
        kind = (each.side, each.operation, each.method)
        found[kind] = found[kind] + each if kind in found else each
    return tuple(found[kind] for kind in sorted(found))


def traffic_in(record: CallRecord) -> Mapping[Side, Traffic]:
    """The same by system alone."""
    found: dict[Side, Traffic] = {}
    for each in record.sums:
        calls = {each.method: each.calls} if each.calls else {}
        more = Traffic(calls, each.errors, each.retries, each.throttled, each.waited)
        found[each.side] = found.get(each.side, Traffic()) + more
    return found
