"""Comparing, matching and testing membership, with Kusto's nulls: null never equals null, and is unequal to all else.

Source: learn.microsoft.com/kusto/query/scalar-data-types/null-values and .../datatypes-string-operators.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from watchkeeper.emulators.kql.errors import QuerySemanticError
from watchkeeper.emulators.kql.scope import Compiled, Evaluate
from watchkeeper.emulators.kql.values import NUMERIC, Value, as_text, convert

_ORDERINGS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXTUAL: Final = frozenset({"string", "guid"})


def coerce(left: Compiled, right: Compiled) -> tuple[Evaluate, Evaluate]:
    """Both sides as values that can be compared; raises QuerySemanticError for types that cannot."""
    if "dynamic" in {left.type, right.type} and left.type != right.type:
        return _as_type(left, right.type), _as_type(right, left.type)
    comparable = (
        (left.type == right.type and left.type != "dynamic")
        or {left.type, right.type} <= NUMERIC
        or {left.type, right.type} <= _TEXTUAL
    )
    if not comparable:
        raise QuerySemanticError(
            "SEM0064", f"Cannot compare values of types {left.type} and {right.type}. Try adding explicit casts"
        )
    return left.evaluate, right.evaluate


def _as_type(side: Compiled, wanted: str) -> Evaluate:
    if side.type != "dynamic":
        return side.evaluate
    evaluate = side.evaluate
    return lambda row: convert(evaluate(row), "dynamic", wanted)


def compare(symbol: str, left: Compiled, right: Compiled) -> Compiled:
    if symbol in {"=~", "!~"}:
        return _compare_ignoring_case(symbol, left, right)
    first, second = coerce(left, right)
    if symbol in _ORDERINGS:
        return Compiled("bool", _ordered(_ORDERINGS[symbol], first, second))
    return Compiled("bool", _equal(first, second, negated=symbol == "!="))


def _equal(first: Evaluate, second: Evaluate, *, negated: bool) -> Evaluate:
    def evaluate(row: tuple[Value, ...]) -> Value:
        one, other = first(row), second(row)
        if one is None and other is None:
            return None
        return (one != other) if negated else (one == other)

    return evaluate


def _ordered(test: Callable[[Any, Any], bool], first: Evaluate, second: Evaluate) -> Evaluate:
    def evaluate(row: tuple[Value, ...]) -> Value:
        one, other = first(row), second(row)
        return None if one is None or other is None else test(one, other)

    return evaluate


def _compare_ignoring_case(symbol: str, left: Compiled, right: Compiled) -> Compiled:
    first, second = text_of(left, symbol), text_of(right, symbol)
    if symbol == "=~":
        return Compiled("bool", lambda row: first(row).casefold() == second(row).casefold())
    return Compiled("bool", lambda row: first(row).casefold() != second(row).casefold())


def text_of(side: Compiled, symbol: str) -> Evaluate:
    """The side as text: strings, guids, and dynamic values by their JSON; raises QuerySemanticError for the rest."""
    evaluate = side.evaluate
    if side.type == "string":
        return evaluate
    if side.type in {"dynamic", "guid"}:
        return lambda row: as_text(evaluate(row), side.type)
    raise QuerySemanticError("SEM0025", f"Operator '{symbol}' cannot be applied to a value of type {side.type}")


def text_match(symbol: str, left: Compiled, right: Compiled) -> Compiled:
    """`has`, `contains`, `startswith`, `endswith` and their negated and case-sensitive forms."""
    negated = symbol.startswith("!")
    name = symbol.removeprefix("!")
    matches = _TEXT_TESTS[name.removesuffix("_cs")]
    fold: Callable[[str], str] = str if name.endswith("_cs") else str.casefold
    haystack, needle = text_of(left, symbol), text_of(right, symbol)
    return Compiled("bool", lambda row: matches(fold(haystack(row)), fold(needle(row))) is not negated)


def has_term(text: str, term: str) -> bool:
    """Whether `term` stands in `text` between characters that are neither letters nor digits (`has`)."""
    return _has(text, term, whole_start=True, whole_end=True)


def _has(text: str, term: str, *, whole_start: bool, whole_end: bool) -> bool:
    start = text.find(term)
    while start >= 0:
        end = start + len(term)
        opens = not whole_start or start == 0 or not text[start - 1].isalnum()
        closes = not whole_end or end == len(text) or not text[end].isalnum()
        if opens and closes:
            return True
        start = text.find(term, start + 1)
    return False


_TEXT_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "has": has_term,
    "hasprefix": lambda text, term: _has(text, term, whole_start=True, whole_end=False),
    "hassuffix": lambda text, term: _has(text, term, whole_start=False, whole_end=True),
    "contains": lambda text, term: term in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


def membership(symbol: str, operand: Compiled, choices: list[tuple[str, Value]]) -> Compiled:
    """`in`, `in~`, `has_any`, `has_all` over the (type, value) pairs of the list."""
    if symbol in {"has_any", "has_all"}:
        return _has_terms(symbol, operand, [as_text(value, type_).casefold() for type_, value in choices])
    negated = symbol.startswith("!")
    if symbol.endswith("~"):
        text = text_of(operand, symbol)
        folded = frozenset(as_text(value, type_).casefold() for type_, value in choices)
        return Compiled("bool", lambda row: (text(row).casefold() in folded) is not negated)
    return Compiled("bool", _one_of(operand, choices, negated=negated))


def _one_of(operand: Compiled, choices: list[tuple[str, Value]], *, negated: bool) -> Evaluate:
    target = "string" if operand.type == "dynamic" else operand.type
    evaluate = _as_type(operand, target)
    wanted = set()
    for type_, value in choices:
        coerce(Compiled.of(target, None), Compiled.of(type_, None))
        wanted.add(convert(value, type_, target) if type_ == "dynamic" else value)
    wanted.discard(None)
    return lambda row: (evaluate(row) in wanted) is not negated


def _has_terms(symbol: str, operand: Compiled, terms: list[str]) -> Compiled:
    text = text_of(operand, symbol)
    combine: Callable[[Any], bool] = any if symbol == "has_any" else all
    return Compiled("bool", lambda row: combine(has_term(text(row).casefold(), term) for term in terms))


def between(operand: Compiled, low: Compiled, high: Compiled, *, negated: bool) -> Compiled:
    """Inclusive on both ends; for datetimes the upper end may be a timespan after the lower one."""
    if operand.type == "datetime" and high.type == "timespan":
        start, length = _as_type(low, "datetime"), high.evaluate
        high = Compiled("datetime", lambda row: _plus(start(row), length(row)))
    above, below = compare(">=", operand, low).evaluate, compare("<=", operand, high).evaluate

    def evaluate(row: tuple[Value, ...]) -> Value:
        first, second = above(row), below(row)
        if first is None or second is None:
            return None
        return (first and second) is not negated

    return Compiled("bool", evaluate)


@lru_cache(maxsize=64)
def _plus(start: int | None, length: int | None) -> int | None:
    return None if start is None or length is None else start + length


def conjunction(left: Compiled, right: Compiled, symbol: str) -> Compiled:
    """`and`/`or` are true or false, never null (kusto/query/logical-operators)."""
    for side in (left, right):
        if side.type not in {"bool", "dynamic"}:
            raise QuerySemanticError("SEM0025", f"Operator '{symbol}' needs bool operands, not {side.type}")
    first, second = _as_type(left, "bool"), _as_type(right, "bool")
    if symbol == "and":
        return Compiled("bool", lambda row: first(row) is True and second(row) is True)
    return Compiled("bool", lambda row: first(row) is True or second(row) is True)
