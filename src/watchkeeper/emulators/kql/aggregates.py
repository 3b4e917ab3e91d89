"""The aggregations of `summarize`. Each yields one or more columns; nulls do not count."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from watchkeeper.emulators.kql import syntax
from watchkeeper.emulators.kql.errors import QuerySemanticError
from watchkeeper.emulators.kql.expressions import (
    compile_expression,
    compile_predicate,
    constant_value,
    default_name,
)
from watchkeeper.emulators.kql.scope import Compiled, Scope
from watchkeeper.emulators.kql.values import NUMERIC, Column, Row, Value, as_dynamic, json_text

Fold: TypeAlias = Callable[[list[Row]], Row]


@dataclass(frozen=True, slots=True)
class Aggregation:
    """`fold` turns the rows of one group into one value per column."""

    columns: tuple[Column, ...]
    fold: Fold


def compile_aggregation(assignment: syntax.Assignment, scope: Scope, group_names: frozenset[str]) -> Aggregation:
    node = assignment.expression
    if not isinstance(node, syntax.Call) or node.function not in _BUILDERS:
        name = node.function if isinstance(node, syntax.Call) else default_name(node) or "expression"
        raise QuerySemanticError("SEM0221", f"'summarize' operator: '{name}' is not an aggregation of the subset")
    if node.function in {"arg_max", "arg_min"}:
        return _arg_extreme(node, scope, assignment.name, group_names)
    if any(isinstance(argument, syntax.Star) for argument in node.arguments):
        raise QuerySemanticError("SEM0219", f"Function '{node.function}' does not take '*'")
    name, type_, fold = _BUILDERS[node.function](node, scope)
    column = Column(assignment.name or name, type_)
    return Aggregation((column,), lambda rows: (fold(rows),))


Built: TypeAlias = tuple[str, str, Callable[[list[Row]], Value]]


def _argument(node: syntax.Call, scope: Scope, position: int = 0) -> Compiled:
    if position >= len(node.arguments):
        raise QuerySemanticError("SEM0219", f"Function '{node.function}' expects at least {position + 1} argument(s)")
    return compile_expression(node.arguments[position], scope)


def _named(prefix: str, node: syntax.Call) -> str:
    inner = default_name(node.arguments[0]) if node.arguments else None
    return f"{prefix}_{inner}" if inner else f"{prefix}_"


def _count(node: syntax.Call, _scope: Scope) -> Built:
    if node.arguments:
        raise QuerySemanticError("SEM0219", "Function 'count' expects no argument")
    return "count_", "long", len


def _countif(node: syntax.Call, scope: Scope) -> Built:
    _argument(node, scope)
    predicate = compile_predicate(node.arguments[0], scope).evaluate
    return "countif_", "long", lambda rows: sum(1 for row in rows if predicate(row) is True)


def _dcount(node: syntax.Call, scope: Scope) -> Built:
    """Exact, where the service estimates."""
    evaluate = _argument(node, scope).evaluate
    return _named("dcount", node), "long", lambda rows: len({_key(value) for value in _present(evaluate, rows)})


def _extreme(choose: Callable[[Any], Any]) -> Callable[[syntax.Call, Scope], Built]:
    def build(node: syntax.Call, scope: Scope) -> Built:
        compiled = _argument(node, scope)
        if compiled.type in {"dynamic", "bool"}:
            raise QuerySemanticError("SEM0085", f"Function '{node.function}' cannot be applied to {compiled.type}")
        empty = "" if compiled.type == "string" else None

        def fold(rows: list[Row]) -> Value:
            values = list(_present(compiled.evaluate, rows))
            return choose(values) if values else empty

        return _named(node.function, node), compiled.type, fold

    return build


def _sum(node: syntax.Call, scope: Scope) -> Built:
    compiled = _argument(node, scope)
    if compiled.type not in NUMERIC | {"timespan"}:
        raise QuerySemanticError("SEM0085", f"Function 'sum' cannot be applied to {compiled.type}")
    type_ = "long" if compiled.type == "int" else compiled.type
    return _named("sum", node), type_, lambda rows: sum(_present(compiled.evaluate, rows))


def _avg(node: syntax.Call, scope: Scope) -> Built:
    compiled = _argument(node, scope)
    if compiled.type not in NUMERIC:
        raise QuerySemanticError("SEM0085", f"Function 'avg' cannot be applied to {compiled.type}")

    def fold(rows: list[Row]) -> Value:
        values = list(_present(compiled.evaluate, rows))
        return sum(values) / len(values) if values else None

    return _named("avg", node), "real", fold


def _collect(prefix: str, *, distinct: bool) -> Callable[[syntax.Call, Scope], Built]:
    def build(node: syntax.Call, scope: Scope) -> Built:
        compiled = _argument(node, scope)
        most = constant_value(_argument(node, scope, 1), scope) if len(node.arguments) > 1 else None

        def fold(rows: list[Row]) -> Value:
            values = [as_dynamic(value, compiled.type) for value in _present(compiled.evaluate, rows)]
            if distinct:
                values = list({_key(value): value for value in values}.values())
            return values[:most] if isinstance(most, int) else values

        return _named(prefix, node), "dynamic", fold

    return build


def _present(evaluate: Callable[[Row], Value], rows: Iterable[Row]) -> Iterable[Value]:
    return (value for value in (evaluate(row) for row in rows) if value is not None)


def _key(value: Value) -> Value:
    """Something hashable that is equal for equal values; JSON values keep their kind apart."""
    if isinstance(value, dict | list):
        return json_text(value)
    return (type(value).__name__, value) if isinstance(value, bool) else value


def _arg_extreme(node: syntax.Call, scope: Scope, name: str | None, group_names: frozenset[str]) -> Aggregation:
    """`arg_max(key, …)`: the row where the key is largest. `*` stands for every column that is not yet in the result."""
    if len(node.arguments) < 1 or isinstance(node.arguments[0], syntax.Star):
        raise QuerySemanticError("SEM0219", f"Function '{node.function}' expects an expression to maximize")
    key = compile_expression(node.arguments[0], scope)
    if key.type in {"dynamic", "bool"}:
        raise QuerySemanticError("SEM0085", f"Function '{node.function}' cannot order values of type {key.type}")
    key_name = name or default_name(node.arguments[0]) or f"{node.function[4:]}_"
    carried = _carried(node.arguments[1:], scope, group_names | {key_name})
    columns = (Column(key_name, key.type), *(column for column, _ in carried))
    choose: Callable[..., Any] = max if node.function == "arg_max" else min

    def fold(rows: list[Row]) -> Row:
        candidates = [row for row in rows if key.evaluate(row) is not None] or rows[:1]
        if not candidates:
            return tuple("" if column.type == "string" else None for column in columns)
        chosen = candidates[0] if len(candidates) == 1 else choose(candidates, key=key.evaluate)
        return (key.evaluate(chosen), *(evaluate.evaluate(chosen) for _, evaluate in carried))

    return Aggregation(columns, fold)


def _carried(
    nodes: tuple[syntax.Expression, ...], scope: Scope, taken: frozenset[str]
) -> list[tuple[Column, Compiled]]:
    carried: list[tuple[Column, Compiled]] = []
    for node in nodes:
        if isinstance(node, syntax.Star):
            carried += [(column, scope.column(column.name)) for column in scope.columns if column.name not in taken]
            continue
        compiled = compile_expression(node, scope)
        carried.append((Column(default_name(node) or f"Column{len(carried) + 1}", compiled.type), compiled))
    return carried


_BUILDERS: Final[dict[str, Callable[[syntax.Call, Scope], Built]]] = {
    "count": _count,
    "countif": _countif,
    "dcount": _dcount,
    "min": _extreme(min),
    "max": _extreme(max),
    "sum": _sum,
    "avg": _avg,
    "make_set": _collect("set", distinct=True),
    "make_list": _collect("list", distinct=False),
    "arg_max": _count,
    "arg_min": _count,
}
