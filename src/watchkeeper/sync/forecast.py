"""What a plan's writes will cost in calls, under which limits. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from watchkeeper.model.budget import Allowance, AllowanceKind, Forecast
from watchkeeper.model.capabilities import Capabilities
from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.record import Side


def forecast(
    actions: Sequence[Action], capabilities: Mapping[Side, Capabilities], allowances: Sequence[Allowance]
) -> tuple[Forecast, ...]:
    """One line per side that is written to and per limit that is known there; one without a limit where none is.

    It counts the calls of the writes themselves; what a write has to be looked at again for comes on top.
    """
    return tuple(
        line
        for side, operations in sorted(_operations(actions).items())
        for line in _of_side(side, operations, capabilities[side], [each for each in allowances if each.side == side])
    )


def _operations(actions: Sequence[Action]) -> Mapping[Side, Counter[Operation]]:
    found: dict[Side, Counter[Operation]] = {}
    for action in actions:
        found.setdefault(action.ref.side, Counter())[action.operation] += 1
    return found


def _of_side(
    side: Side, operations: Counter[Operation], capabilities: Capabilities, known: Sequence[Allowance]
) -> Sequence[Forecast]:
    calls = sum(count * capabilities.write_calls.get(operation, 1) for operation, count in operations.items())
    comments = operations[Operation.COMMENT]
    needed = {
        AllowanceKind.RECORD_WRITES: operations.total() - comments,
        AllowanceKind.COMMENT_WRITES: comments,
    }
    lines = [Forecast(side, needed.get(allowance.kind, calls), allowance) for allowance in known]
    return [line for line in lines if line.calls] or [Forecast(side, calls)]
