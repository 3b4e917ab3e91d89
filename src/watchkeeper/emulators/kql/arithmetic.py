"""Arithmetic by type: numbers, datetimes and timespans. Overflow of a date, and division by zero, give null."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from watchkeeper.emulators.kql.errors import QuerySemanticError
from watchkeeper.emulators.kql.scope import Compiled
from watchkeeper.emulators.kql.values import LAST_TICK, NUMERIC, Row, Value

Rule: TypeAlias = tuple[str, Callable[[Any, Any], Value]]


def _wrapped(number: int) -> int:
    """Signed 64-bit, as the service's longs are."""
    return (number + 2**63) % 2**64 - 2**63


def _real(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Value]:
    def safely(left: Any, right: Any) -> Value:
        try:
            return float(compute(float(left), float(right)))
        except OverflowError:
            return math.inf
        except ZeroDivisionError:
            return math.nan if left == 0 else math.copysign(math.inf, left)

    return safely


def _instant(ticks: int) -> int | None:
    return ticks if 0 <= ticks <= LAST_TICK else None


def _span(ticks: float) -> int | None:
    return int(ticks) if math.isfinite(ticks) and abs(ticks) < 2**63 else None


def _quotient(left: int, right: int) -> int | None:
    """Kusto divides longs towards zero."""
    return (
        None
        if right == 0
        else _wrapped(int(math.copysign(1, left) * math.copysign(1, right)) * (abs(left) // abs(right)))
    )


def _remainder(left: int, right: int) -> int | None:
    return None if right == 0 else left % abs(right)


_WHOLE: Final[dict[str, Callable[[Any, Any], Value]]] = {
    "+": lambda left, right: _wrapped(left + right),
    "-": lambda left, right: _wrapped(left - right),
    "*": lambda left, right: _wrapped(left * right),
    "/": _quotient,
    "%": _remainder,
}
_REAL: Final[dict[str, Callable[[Any, Any], Value]]] = {
    "+": _real(lambda left, right: left + right),
    "-": _real(lambda left, right: left - right),
    "*": _real(lambda left, right: left * right),
    "/": _real(lambda left, right: left / right),
    "%": _real(lambda left, right: math.nan if right == 0 or math.isinf(left) else left % right),
}
_TIMES: Final[dict[tuple[str, str, str], Rule]] = {
    ("datetime", "-", "datetime"): ("timespan", lambda left, right: left - right),
    ("datetime", "+", "timespan"): ("datetime", lambda left, right: _instant(left + right)),
    ("timespan", "+", "datetime"): ("datetime", lambda left, right: _instant(left + right)),
    ("datetime", "-", "timespan"): ("datetime", lambda left, right: _instant(left - right)),
    ("timespan", "+", "timespan"): ("timespan", lambda left, right: _span(left + right)),
    ("timespan", "-", "timespan"): ("timespan", lambda left, right: _span(left - right)),
    ("timespan", "/", "timespan"): ("real", _REAL["/"]),
    ("timespan", "*", "number"): ("timespan", lambda left, right: _span(left * right)),
    ("number", "*", "timespan"): ("timespan", lambda left, right: _span(left * right)),
    ("timespan", "/", "number"): ("timespan", lambda left, right: None if right == 0 else _span(left / right)),
}


def arithmetic(symbol: str, left: Compiled, right: Compiled) -> Compiled:
    """`left symbol right`; raises QuerySemanticError for types without that operation."""
    type_, compute = _rule(symbol, left.type, right.type)
    first, second = left.evaluate, right.evaluate

    def evaluate(row: Row) -> Value:
        one, other = first(row), second(row)
        return None if one is None or other is None else compute(one, other)

    return Compiled(type_, evaluate, constant=left.constant and right.constant)


def _rule(symbol: str, left: str, right: str) -> Rule:
    if left in NUMERIC and right in NUMERIC:
        return ("real", _REAL[symbol]) if "real" in {left, right} else ("long", _WHOLE[symbol])
    kinds = ("number" if left in NUMERIC else left, symbol, "number" if right in NUMERIC else right)
    if kinds not in _TIMES:
        raise QuerySemanticError(
            "SEM0025", f"Arithmetic expression cannot be carried-out between {left} and {right}: '{symbol}'"
        )
    return _TIMES[kinds]


def signed(sign: str, operand: Compiled) -> Compiled:
    if operand.type not in NUMERIC | {"timespan"}:
        raise QuerySemanticError(
            "SEM0025", f"Unary operator '{sign}' cannot be applied to a value of type {operand.type}"
        )
    if sign == "+":
        return operand
    evaluate = operand.evaluate

    def negate(row: Row) -> Value:
        value = evaluate(row)
        return None if value is None else -value

    return Compiled(operand.type, negate, constant=operand.constant)
