"""What a plan's writes will cost in calls, under which limits. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watchkeeper.model.budget import Allowance, AllowanceKind, Forecast
from watchkeeper.model.capabilities import Capabilities
from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.record import Side


def forecast(
    actions: Sequence[Action], capabilities: Mapping[Side, Capabilities], allowances: Sequence[Allowance]
) -> tuple[Forecast, ...]:
    """One line per side that is written to and per limit that is known there and holds for these writes; one without a limit
    where none does.

    It counts the calls of the writes themselves; what a write has to be looked at again for comes on top.
    """
    by_side: dict[Side, list[Action]] = {}
    for action in actions:
        by_side.setdefault(action.ref.side, []).append(action)
    return tuple(
        line
        for side, writes in sorted(by_side.items())
        for line in _of_side(side, writes, capabilities[side], [each for each in allowances if each.side == side])
    )


def _of_side(
    side: Side, writes: Sequence[Action], capabilities: Capabilities, known: Sequence[Allowance]
) -> Sequence[Forecast]:
    calls = sum(capabilities.write_calls.get(action.operation, 1) for action in writes)
    lines = [Forecast(side, _under(allowance, writes, calls), allowance) for allowance in known]
    return [line for line in lines if line.calls] or [Forecast(side, calls)]


def _under(allowance: Allowance, writes: Sequence[Action], calls: int) -> int:
    """How many of the calls count against a limit."""
    match allowance.kind:
        case AllowanceKind.RECORD_WRITES | AllowanceKind.COMMENT_WRITES:
            comments = allowance.kind is AllowanceKind.COMMENT_WRITES
            covered = [action for action in writes if allowance.table in {"", action.ref.table}]
            return sum((action.operation is Operation.COMMENT) is comments for action in covered)
        case AllowanceKind.RATE_LIMIT | AllowanceKind.BUDGET:
            return calls
