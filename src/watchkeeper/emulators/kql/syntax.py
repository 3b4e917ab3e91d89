"""The parsed form of a query: what was written, before names and types mean anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from watchkeeper.emulators.kql.values import Value


@dataclass(frozen=True, slots=True)
class Literal:
    type: str
    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    text: str


@dataclass(frozen=True, slots=True)
class Star:
    """`*` as an argument."""


@dataclass(frozen=True, slots=True)
class Member:
    target: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    target: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """`family` is compare, text_match, arithmetic or logical."""

    family: str
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Signed:
    sign: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Membership:
    operator: str
    operand: Expression
    choices: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Between:
    negated: bool
    operand: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class Assignment:
    name: str | None
    expression: Expression


@dataclass(frozen=True, slots=True)
class SortKey:
    expression: Expression
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Expansion:
    name: str | None
    expression: Expression
    type: str | None


@dataclass(frozen=True, slots=True)
class Operator:
    """One step of a pipeline. Which fields are filled depends on `kind`; the evaluator has one function per kind."""

    kind: str
    assignments: tuple[Assignment, ...] = ()
    groups: tuple[Assignment, ...] = ()
    grouped: bool = False
    expression: Expression | None = None
    keys: tuple[SortKey, ...] = ()
    names: tuple[str, ...] = ()
    renames: tuple[tuple[str, str], ...] = ()
    expansions: tuple[Expansion, ...] = ()
    tables: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class DataTable:
    columns: tuple[tuple[str, str], ...]
    cells: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class PrintRow:
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class UnionOf:
    tables: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    source: Expression
    operators: tuple[Operator, ...]


Expression: TypeAlias = (
    Literal
    | Name
    | Star
    | Member
    | Index
    | Call
    | Binary
    | Signed
    | Membership
    | Between
    | DataTable
    | PrintRow
    | UnionOf
    | Pipeline
)


@dataclass(frozen=True, slots=True)
class Query:
    bindings: tuple[tuple[str, Expression], ...]
    body: Expression
