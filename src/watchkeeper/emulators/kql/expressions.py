"""From syntax to something that can be evaluated on a row: names resolved, types checked."""

from __future__ import annotations

from typing import Any

from watchkeeper.emulators.kql import syntax
from watchkeeper.emulators.kql.arithmetic import arithmetic, signed
from watchkeeper.emulators.kql.comparison import between, compare, conjunction, membership, text_match
from watchkeeper.emulators.kql.errors import QuerySemanticError
from watchkeeper.emulators.kql.functions import call
from watchkeeper.emulators.kql.scope import Compiled, Scope
from watchkeeper.emulators.kql.values import Row, Table, Value, convert


def compile_expression(node: syntax.Expression, scope: Scope) -> Compiled:
    """`node` as a scalar over the rows of `scope`; raises QuerySemanticError."""
    match node:
        case syntax.Literal(type_, value):
            return Compiled.of(type_, value)
        case syntax.Name(text):
            return scope.column(text)
        case syntax.Member(target, name):
            return _member(compile_expression(target, scope), name)
        case syntax.Index(target, index):
            return _index(compile_expression(target, scope), compile_expression(index, scope))
        case syntax.Call("toscalar", arguments):
            return _to_scalar(arguments, scope)
        case syntax.Call(function, arguments):
            return call(scope, function, [compile_expression(argument, scope) for argument in arguments])
        case syntax.Signed(sign, operand):
            return signed(sign, compile_expression(operand, scope))
        case syntax.Binary():
            return _binary(node, scope)
        case syntax.Membership(operator, operand, choices):
            return membership(operator, compile_expression(operand, scope), _choices(choices, scope))
        case syntax.Between(negated, operand, low, high):
            parts = [compile_expression(part, scope) for part in (operand, low, high)]
            return between(parts[0], parts[1], parts[2], negated=negated)
        case _:
            raise QuerySemanticError("SEM0001", f"'{scope.operator}' operator: a scalar expression was expected")


def _binary(node: syntax.Binary, scope: Scope) -> Compiled:
    left, right = compile_expression(node.left, scope), compile_expression(node.right, scope)
    match node.family:
        case "logical":
            return conjunction(left, right, node.operator)
        case "compare":
            return compare(node.operator, left, right)
        case "text_match":
            return text_match(node.operator, left, right)
        case _:
            return arithmetic(node.operator, left, right)


def _member(target: Compiled, name: str) -> Compiled:
    if target.type != "dynamic":
        raise QuerySemanticError("SEM0012", f"Path expression source must be of type dynamic, not {target.type}")
    evaluate = target.evaluate
    return Compiled("dynamic", lambda row: member_of(evaluate(row), name))


def member_of(value: Value, name: str) -> Value:
    return value.get(name) if isinstance(value, dict) else None


def _index(target: Compiled, index: Compiled) -> Compiled:
    if target.type != "dynamic" or index.type not in {"string", "long", "int", "dynamic"}:
        raise QuerySemanticError("SEM0012", f"Cannot index a value of type {target.type} by {index.type}")
    evaluate, position = target.evaluate, index.evaluate
    return Compiled("dynamic", lambda row: element_of(evaluate(row), position(row)))


def element_of(value: Value, index: Value) -> Value:
    """A member by name, or an array's element by position (negative counts from the end); null where there is none."""
    match value, index:
        case dict(), str():
            return value.get(index)
        case list(), int() if not isinstance(index, bool) and -len(value) <= index < len(value):
            return value[index]
        case _:
            return None


def _to_scalar(arguments: tuple[syntax.Expression, ...], scope: Scope) -> Compiled:
    """`toscalar(…)`: the first cell of a table, or a scalar as it is."""
    if len(arguments) != 1:
        raise QuerySemanticError("SEM0219", "Function 'toscalar' expects 1 argument")
    if not is_tabular(arguments[0], scope):
        return compile_expression(arguments[0], scope)
    table = scope.tabular(arguments[0])
    if not table.columns:
        raise QuerySemanticError("SEM0001", "Function 'toscalar' needs a table with a column")
    type_ = table.columns[0].type
    empty = "" if type_ == "string" else None
    return Compiled.of(type_, table.rows[0][0] if table.rows else empty)


def is_tabular(node: syntax.Expression, scope: Scope) -> bool:
    match node:
        case syntax.Pipeline() | syntax.DataTable() | syntax.PrintRow() | syntax.UnionOf():
            return True
        case syntax.Name(text):
            return text not in scope.positions and isinstance(scope.bindings.get(text), Table)
        case _:
            return False


def _choices(nodes: tuple[syntax.Expression, ...], scope: Scope) -> list[tuple[str, Value]]:
    """The values on the right of `in`: scalars, the elements of dynamic arrays, the first column of a table."""
    found: list[tuple[str, Value]] = []
    for node in nodes:
        if is_tabular(node, scope):
            table = scope.tabular(node)
            type_ = table.columns[0].type if table.columns else "string"
            found += [(type_, row[0]) for row in table.rows]
            continue
        compiled = compile_expression(node, scope)
        value = constant_value(compiled, scope)
        if compiled.type == "dynamic" and isinstance(value, list):
            found += [("dynamic", element) for element in value]
        else:
            found.append((compiled.type, value))
    return found


def constant_value(compiled: Compiled, scope: Scope) -> Value:
    """The value of something that must not depend on the row; raises QuerySemanticError when it does."""
    try:
        return compiled.value()
    except IndexError:
        raise QuerySemanticError("SEM0002", f"'{scope.operator}' operator: a constant value was expected") from None


def compile_predicate(node: syntax.Expression, scope: Scope) -> Compiled:
    """A filter: what is not true is dropped, null included."""
    compiled = compile_expression(node, scope)
    if compiled.type == "bool":
        return compiled
    if compiled.type in {"dynamic", "int", "long", "real"}:
        return Compiled("bool", _truth(compiled))
    raise QuerySemanticError("SEM0024", f"'{scope.operator}' operator: the predicate must be bool, not {compiled.type}")


def _truth(compiled: Compiled) -> Any:
    source, evaluate = compiled.type, compiled.evaluate

    def evaluate_truth(row: Row) -> Value:
        return convert(evaluate(row), source, "bool")

    return evaluate_truth


def default_name(node: syntax.Expression) -> str | None:
    """The column name that an unnamed expression gets, or None where the service numbers it (`Column1`)."""
    match node:
        case syntax.Name(text):
            return text
        case syntax.Member(target, name):
            return _path(default_name(target), name)
        case syntax.Index(target, syntax.Literal(_, value)):
            return _path(default_name(target), str(value))
        case syntax.Call(function, (first, *_)) if function.startswith("to") or function in {
            "bin",
            "floor",
            "startofday",
        }:
            return default_name(first)
        case _:
            return None


def _path(prefix: str | None, name: str) -> str | None:
    return None if prefix is None else f"{prefix}_{name}"
