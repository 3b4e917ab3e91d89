"""Encoded queries: `^` and, `^OR` or with the condition just before, `^NQ` a new branch, `^^` a literal caret."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from watchkeeper.emulators.servicenow.errors import not_emulated

OPERATORS = (
    "ISNOTEMPTY",
    "ISEMPTY",
    "NOT IN",
    "IN",
    "DOES NOT CONTAIN",
    "NOT LIKE",
    "NOTLIKE",
    "CONTAINS",
    "LIKE",
    "STARTSWITH",
    "ENDSWITH",
    "BETWEEN",
    "ANYTHING",
    "EMPTYSTRING",
    "NSAMEAS",
    "SAMEAS",
    "!=",
    ">=",
    "<=",
    "!*",
    "=",
    ">",
    "<",
    "*",
    "%",
)
_SYNONYMS = {
    "DOES NOT CONTAIN": "NOT LIKE",
    "NOTLIKE": "NOT LIKE",
    "!*": "NOT LIKE",
    "CONTAINS": "LIKE",
    "*": "LIKE",
    "%": "ENDSWITH",
    "EMPTYSTRING": "ISEMPTY",
}
_ELSEWHERE = (
    "INSTANCEOF",
    "IN_HIERARCHY",
    "DYNAMIC",
    "NOTON",
    "ON",
    "RELATIVE",
    "DATEPART",
    "MORETHAN",
    "LESSTHAN",
    "GT_FIELD",
    "GT_OR_EQUALS_FIELD",
    "LT_FIELD",
    "LT_OR_EQUALS_FIELD",
    "VALCHANGES",
    "CHANGESFROM",
    "CHANGESTO",
    "MATCH_RGX",
)
_CONDITION = re.compile(rf"([a-z][a-z0-9_.]*)({'|'.join(map(re.escape, OPERATORS))})(.*)", re.DOTALL)
_UNSUPPORTED = re.compile(rf"[a-z][a-z0-9_.]*({'|'.join(_ELSEWHERE)})|(JOIN|RLQUERY|123TEXTQUERY321|GROUPBY)")


@dataclass(frozen=True, slots=True)
class Condition:
    """`operator` is empty when the text is no condition at all; the instance treats it like an unknown field."""

    field: str
    operator: str
    value: str


AnyOf: TypeAlias = tuple[Condition, ...]
Branch: TypeAlias = tuple[AnyOf, ...]


@dataclass(frozen=True, slots=True)
class Order:
    field: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """Rows match when any branch matches; a branch matches when each of its groups has a condition that holds."""

    branches: tuple[Branch, ...]
    order: tuple[Order, ...]


@lru_cache(maxsize=512)
def parse(text: str) -> Query:
    """The structure of an encoded query; raises Refused for operators that exist but are not emulated."""
    branches: list[list[list[Condition]]] = [[]]
    order: list[Order] = []
    for segment in split(text):
        if segment.startswith("ORDERBYDESC"):
            order.append(Order(segment.removeprefix("ORDERBYDESC"), descending=True))
        elif segment.startswith("ORDERBY"):
            order.append(Order(segment.removeprefix("ORDERBY"), descending=False))
        elif segment.startswith("NQ"):
            branches.append([])
            _add(branches[-1], segment.removeprefix("NQ"))
        elif segment.startswith("OR") and branches[-1]:
            branches[-1][-1].append(_condition(segment.removeprefix("OR")))
        elif segment != "EQ":
            _add(branches[-1], segment)
    kept = [branch for branch in branches if branch] or [[]]
    return Query(tuple(tuple(tuple(group) for group in branch) for branch in kept), tuple(order))


def split(text: str) -> list[str]:
    """The segments between single carets, with each doubled caret made one; empty segments are left out."""
    segments, current, position = [], "", 0
    while position < len(text):
        character = text[position]
        if character != "^":
            following = text.find("^", position)
            stop = len(text) if following < 0 else following
            current, position = current + text[position:stop], stop
        elif text.startswith("^^", position):
            current, position = current + "^", position + 2
        else:
            segments.append(current)
            current, position = "", position + 1
    return [segment for segment in (*segments, current) if segment]


def _add(branch: list[list[Condition]], segment: str) -> None:
    if segment:
        branch.append([_condition(segment)])


def _condition(segment: str) -> Condition:
    found = _CONDITION.match(segment)
    if found is not None and found[2] != "IN":
        return Condition(found[1], _SYNONYMS.get(found[2], found[2]), found[3])
    unsupported = _UNSUPPORTED.match(segment)
    if unsupported is not None:
        raise not_emulated(f"the query operator {unsupported[1] or unsupported[2]}")
    if found is None:
        return Condition("", "", segment)
    return Condition(found[1], found[2], found[3])
