"""Which records of a table we look at: conditions that a connector turns into its own query language, and that we
check again on every row we get back (an invalid query condition widens a ServiceNow query to the whole table)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watchkeeper.model.record import RawFields, RawValue, Side


class Operator(StrEnum):
    """How a field is compared. Text comparison is exact; the set operators read tuples (labels)."""

    IN = "in"
    NOT_IN = "not_in"
    HAS_ANY = "has_any"
    HAS_NONE = "has_none"
    STARTS_WITH = "starts_with"


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` `operator` one of `values` (never empty: equality on an empty value matches every blank record)."""

    field: str
    operator: Operator
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.values or any(not value for value in self.values):
            raise ValueError(f"a condition on {self.field} needs at least one value, none of them empty")

    def holds(self, fields: RawFields) -> bool:
        """Whether a row satisfies the condition; a field that the side left out never does."""
        value: RawValue = fields.get(self.field)
        if value is None:
            return False
        held = frozenset(value if isinstance(value, tuple) else (value,))
        match self.operator:
            case Operator.IN | Operator.HAS_ANY:
                return not held.isdisjoint(self.values)
            case Operator.NOT_IN | Operator.HAS_NONE:
                return held.isdisjoint(self.values)
            case Operator.STARTS_WITH:
                return any(item.startswith(self.values) for item in held)


@dataclass(frozen=True, slots=True)
class Filter:
    """All conditions hold."""

    conditions: tuple[Condition, ...]

    def holds(self, fields: RawFields) -> bool:
        return all(condition.holds(fields) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Feed:
    """What one scan of one table asks for, on behalf of every profile that uses the table.

    A row belongs to the feed when any filter holds or when it carries our sign (see Record.ours); a side whose listing cannot
    be narrowed yields the others too, so that a linked record which left the population is still followed. `fields` are the
    raw fields to read. `created_since` bounds a full sweep; changes are never bounded by it.
    """

    side: Side
    table: str
    fields: frozenset[str]
    filters: tuple[Filter, ...]
    created_since: datetime | None = None
