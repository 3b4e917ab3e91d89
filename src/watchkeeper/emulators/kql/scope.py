"""What an expression sees while it is compiled: columns, `let` names, the query's single `now`, and where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from watchkeeper.emulators.kql.errors import QuerySemanticError
from watchkeeper.emulators.kql.syntax import Expression
from watchkeeper.emulators.kql.values import Column, Row, Table, Value

Evaluate: TypeAlias = Callable[[Row], Value]


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression with its static type; a `constant` one ignores the row."""

    type: str
    evaluate: Evaluate
    constant: bool = False

    @classmethod
    def of(cls, type_: str, value: Value) -> Compiled:
        return cls(type_, lambda _row: value, constant=True)

    def value(self) -> Value:
        return self.evaluate(())


@dataclass(frozen=True, slots=True)
class Scope:
    """`tabular` runs a table expression (for sub-queries); `operator` names the step in messages."""

    operator: str
    columns: tuple[Column, ...]
    bindings: dict[str, Compiled | Table]
    now: int
    tabular: Callable[[Expression], Table]
    stamped: bool = False
    positions: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.positions.update({column.name: position for position, column in enumerate(self.columns)})

    def over(self, operator: str, table: Table) -> Scope:
        return Scope(operator, table.columns, self.bindings, self.now, self.tabular, table.stamped)

    def column(self, name: str) -> Compiled:
        """The column or `let` value called `name`; raises QuerySemanticError."""
        position = self.positions.get(name)
        if position is not None:
            return Compiled(self.columns[position].type, lambda row: row[position])
        bound = self.bindings.get(name)
        if isinstance(bound, Compiled):
            return bound
        raise QuerySemanticError.unresolved(self.operator, name)

    def ingestion_time(self) -> Compiled:
        """The hidden stamp that rows of a stored table carry until they are aggregated; null afterwards."""
        if not self.stamped:
            return Compiled.of("datetime", None)
        position = len(self.columns)
        return Compiled("datetime", lambda row: row[position])
