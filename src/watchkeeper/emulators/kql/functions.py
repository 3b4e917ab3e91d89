"""The scalar functions of the subset."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from watchkeeper.emulators.kql.arithmetic import arithmetic
from watchkeeper.emulators.kql.errors import QuerySemanticError
from watchkeeper.emulators.kql.scope import Compiled, Scope
from watchkeeper.emulators.kql.values import NUMERIC, TICKS_PER_DAY, Row, Value, as_text, convert

Build: TypeAlias = Callable[[Scope, str, list[Compiled]], Compiled]


def call(scope: Scope, name: str, arguments: list[Compiled]) -> Compiled:
    """The function `name` applied; raises QuerySemanticError for an unknown name or wrong arguments."""
    if name not in _FUNCTIONS:
        raise QuerySemanticError("SEM0260", f"Unknown function: '{name}'.")
    fewest, most, build = _FUNCTIONS[name]
    if not fewest <= len(arguments) <= most:
        wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
        raise QuerySemanticError("SEM0219", f"Function '{name}' expects {wanted} argument(s), not {len(arguments)}")
    return build(scope, name, arguments)


def _refuse(name: str, argument: Compiled) -> QuerySemanticError:
    return QuerySemanticError("SEM0085", f"Function '{name}' cannot be applied to a value of type {argument.type}")


def _conversion(target: str) -> Build:
    def build(_scope: Scope, _name: str, arguments: list[Compiled]) -> Compiled:
        source, evaluate = arguments[0].type, arguments[0].evaluate
        return Compiled(target, lambda row: convert(evaluate(row), source, target), arguments[0].constant)

    return build


def _parse_json(_scope: Scope, _name: str, arguments: list[Compiled]) -> Compiled:
    if arguments[0].type == "dynamic":
        return arguments[0]
    return _conversion("dynamic")(_scope, _name, arguments)


def _on_text(transform: Callable[[str], Value], type_: str) -> Build:
    def build(_scope: Scope, name: str, arguments: list[Compiled]) -> Compiled:
        source, evaluate = arguments[0].type, arguments[0].evaluate
        if source not in {"string", "guid", "dynamic"}:
            raise _refuse(name, arguments[0])
        return Compiled(type_, lambda row: transform(as_text(evaluate(row), source)), arguments[0].constant)

    return build


def _emptiness(*, wanted: bool, null_only: bool) -> Build:
    """`isempty` also holds for the empty string; `isnull` never holds for a string."""

    def build(_scope: Scope, _name: str, arguments: list[Compiled]) -> Compiled:
        evaluate = arguments[0].evaluate
        if null_only:
            return Compiled("bool", lambda row: (evaluate(row) is None) is wanted)
        return Compiled("bool", lambda row: (evaluate(row) in (None, "")) is wanted)

    return build


def _not(_scope: Scope, name: str, arguments: list[Compiled]) -> Compiled:
    source, evaluate = arguments[0].type, arguments[0].evaluate
    if source not in {"bool", "dynamic"} | NUMERIC:
        raise _refuse(name, arguments[0])

    def negate(row: Row) -> Value:
        value = convert(evaluate(row), source, "bool")
        return None if value is None else not value

    return Compiled("bool", negate, arguments[0].constant)


def _now(scope: Scope, _name: str, arguments: list[Compiled]) -> Compiled:
    instant = Compiled.of("datetime", scope.now)
    return arithmetic("+", instant, arguments[0]) if arguments else instant


def _ago(scope: Scope, _name: str, arguments: list[Compiled]) -> Compiled:
    return arithmetic("-", Compiled.of("datetime", scope.now), arguments[0])


def _ingestion_time(scope: Scope, _name: str, _arguments: list[Compiled]) -> Compiled:
    return scope.ingestion_time()


def bin_value(value: Value, size: Value) -> Value:
    """The start of the bin of `size` that holds `value`; null for a size that is not positive."""
    if value is None or size is None or not size > 0 or not math.isfinite(value):
        return None
    return (
        math.floor(value / size) * size if isinstance(value, float) or isinstance(size, float) else value // size * size
    )


def _bin(_scope: Scope, name: str, arguments: list[Compiled]) -> Compiled:
    value, size = arguments
    whole = {"datetime": {"timespan"}, "timespan": {"timespan"}, **dict.fromkeys(NUMERIC, NUMERIC)}
    if size.type not in whole.get(value.type, set()):
        raise _refuse(name, size if value.type in whole else value)
    type_ = "real" if "real" in {value.type, size.type} else value.type
    first, second = value.evaluate, size.evaluate
    return Compiled(type_, lambda row: bin_value(first(row), second(row)), value.constant and size.constant)


def _startofday(_scope: Scope, name: str, arguments: list[Compiled]) -> Compiled:
    return _bin(_scope, name, [arguments[0], Compiled.of("timespan", TICKS_PER_DAY)])


def _common_type(name: str, candidates: list[Compiled]) -> str:
    types = {candidate.type for candidate in candidates}
    if len(types) == 1:
        return types.pop()
    if types <= NUMERIC:
        return "real" if "real" in types else "long"
    raise QuerySemanticError(
        "SEM0085", f"Function '{name}': arguments must have the same type, not {', '.join(sorted(types))}"
    )


def _case(_scope: Scope, name: str, arguments: list[Compiled]) -> Compiled:
    """`iff(condition, then, else)` and `case(condition, then, …, else)`."""
    if len(arguments) % 2 == 0:
        raise QuerySemanticError("SEM0219", f"Function '{name}' expects an odd number of arguments")
    conditions, outcomes = arguments[:-1:2], [*arguments[1::2], arguments[-1]]
    for condition in conditions:
        if condition.type != "bool":
            raise _refuse(name, condition)
    type_ = _common_type(name, outcomes)
    pairs = [(condition.evaluate, then.evaluate) for condition, then in zip(conditions, outcomes, strict=False)]
    otherwise = outcomes[-1].evaluate

    def choose(row: Row) -> Value:
        chosen = next((then for condition, then in pairs if condition(row) is True), otherwise)
        return chosen(row)

    return Compiled(type_, choose)


def _coalesce(_scope: Scope, name: str, arguments: list[Compiled]) -> Compiled:
    type_ = _common_type(name, arguments)
    evaluates = [argument.evaluate for argument in arguments]
    missing = "" if type_ == "string" else None

    def first_present(row: Row) -> Value:
        return next((value for value in (evaluate(row) for evaluate in evaluates) if value not in (None, "")), missing)

    return Compiled(type_, first_present)


def _strcat(_scope: Scope, _name: str, arguments: list[Compiled]) -> Compiled:
    parts = [(argument.evaluate, argument.type) for argument in arguments]
    return Compiled("string", lambda row: "".join(as_text(evaluate(row), type_) for evaluate, type_ in parts))


def _array_length(_scope: Scope, name: str, arguments: list[Compiled]) -> Compiled:
    if arguments[0].type != "dynamic":
        raise _refuse(name, arguments[0])
    evaluate = arguments[0].evaluate

    def length(row: Row) -> Value:
        value = evaluate(row)
        return len(value) if isinstance(value, list) else None

    return Compiled("long", length)


def _gettype(_scope: Scope, _name: str, arguments: list[Compiled]) -> Compiled:
    argument = arguments[0]
    if argument.type != "dynamic":
        return Compiled.of("string", argument.type)
    return Compiled("string", lambda row: _json_type(argument.evaluate(row)))


def _json_type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int():
            return "long"
        case float():
            return "double"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "dictionary"


_FUNCTIONS: Final[dict[str, tuple[int, int, Build]]] = {
    "tostring": (1, 1, _conversion("string")),
    "toint": (1, 1, _conversion("int")),
    "tolong": (1, 1, _conversion("long")),
    "toreal": (1, 1, _conversion("real")),
    "todouble": (1, 1, _conversion("real")),
    "tobool": (1, 1, _conversion("bool")),
    "todatetime": (1, 1, _conversion("datetime")),
    "totimespan": (1, 1, _conversion("timespan")),
    "parse_json": (1, 1, _parse_json),
    "todynamic": (1, 1, _parse_json),
    "tolower": (1, 1, _on_text(str.lower, "string")),
    "toupper": (1, 1, _on_text(str.upper, "string")),
    "strlen": (1, 1, _on_text(len, "long")),
    "isempty": (1, 1, _emptiness(wanted=True, null_only=False)),
    "isnotempty": (1, 1, _emptiness(wanted=False, null_only=False)),
    "isnull": (1, 1, _emptiness(wanted=True, null_only=True)),
    "isnotnull": (1, 1, _emptiness(wanted=False, null_only=True)),
    "not": (1, 1, _not),
    "now": (0, 1, _now),
    "ago": (1, 1, _ago),
    "ingestion_time": (0, 0, _ingestion_time),
    "bin": (2, 2, _bin),
    "floor": (2, 2, _bin),
    "startofday": (1, 1, _startofday),
    "iff": (3, 3, _case),
    "iif": (3, 3, _case),
    "case": (3, 63, _case),
    "coalesce": (2, 64, _coalesce),
    "strcat": (1, 64, _strcat),
    "array_length": (1, 1, _array_length),
    "gettype": (1, 1, _gettype),
}
