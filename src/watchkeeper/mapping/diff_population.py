"""Whether a changed population holds more records than before, or fewer. Pure; told from the conditions alone."""

from __future__ import annotations

from collections.abc import Sequence

from watchkeeper.model.difference import Shift
from watchkeeper.model.population import Condition, Filter, Operator


def compared(old: Sequence[Filter], new: Sequence[Filter]) -> Shift | None:
    """What became of a population; None where the conditions ask for the same records."""
    kept, no_more = _covers(new, old), _covers(old, new)
    match (kept, no_more):
        case (True, True):
            return None
        case (True, False):
            return Shift.POPULATION_WIDER
        case (False, True):
            return Shift.POPULATION_NARROWER
        case _:
            return Shift.POPULATION


def spoken_population(filters: Sequence[Filter]) -> str:
    return " | ".join(
        " & ".join(f"{each.field} {each.operator.value} [{', '.join(each.values)}]" for each in filter_.conditions)
        for filter_ in filters
    )


def _covers(outer: Sequence[Filter], inner: Sequence[Filter]) -> bool:
    """Whether every record of one population is surely in the other."""
    return all(any(_within(filter_, other) for other in outer) for filter_ in inner)


def _within(inner: Filter, outer: Filter) -> bool:
    return all(any(_implies(held, asked) for held in inner.conditions) for asked in outer.conditions)


def _implies(held: Condition, asked: Condition) -> bool:
    if (held.field, held.operator) != (asked.field, asked.operator):
        return False
    match held.operator:
        case Operator.IN | Operator.HAS_ANY:
            return set(held.values) <= set(asked.values)
        case Operator.NOT_IN | Operator.HAS_NONE:
            return set(held.values) >= set(asked.values)
        case Operator.STARTS_WITH:
            return all(value.startswith(asked.values) for value in held.values)
