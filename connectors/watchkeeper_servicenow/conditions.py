"""Whether an encoded query that somebody else wrote would select a record that is not there yet: yes, no, or it cannot be told.

Read as the platform reads it: `^` ands, `^OR` binds to the condition just before it, `^NQ` starts a branch of its own
(servicenow.github.io/sdk, encoded query guide). Operators that look at a change or at the clock cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from watchkeeper.model.record import RawFields

_SCALAR: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "ISEMPTY": lambda held, _: held == "",
    "ISNOTEMPTY": lambda held, _: held != "",
    "NOT IN": lambda held, value: held not in _parts(value),
    "NOT LIKE": lambda held, value: value not in held,
    "STARTSWITH": lambda held, value: held.startswith(value),
    "ENDSWITH": lambda held, value: held.endswith(value),
    "ANYTHING": lambda _held, _value: True,
    "LIKE": lambda held, value: value in held,
    "IN": lambda held, value: held in _parts(value),
    "!=": lambda held, value: held != value,
    ">=": lambda held, value: held >= value,
    "<=": lambda held, value: held <= value,
    "=": lambda held, value: held == value,
    ">": lambda held, value: held > value,
    "<": lambda held, value: held < value,
}
"""Longer operators first: `>=` would else be read as `>` and `NOT IN` as `IN`. Text compares without letter case."""

_CONDITION: Final = re.compile(
    rf"(?P<field>[a-z][a-z0-9_.]*)(?P<operator>{'|'.join(re.escape(each) for each in _SCALAR)})(?P<value>.*)", re.DOTALL
)
_NOT_CONDITIONS: Final = ("ORDERBY", "GROUPBY", "EQ")


def selects(query: str, record: RawFields) -> bool | None:
    """Whether `query` selects `record`; None where a field or an operator leaves it open. An empty query selects everything."""
    return _any(_branch(branch, record) for branch in query.strip().split("^NQ"))


def _branch(branch: str, record: RawFields) -> bool | None:
    groups: list[list[str]] = []
    for term in _terms(branch):
        if term.startswith("OR") and groups and not term.startswith("ORDERBY"):
            groups[-1].append(term.removeprefix("OR"))
        elif term and not term.startswith(_NOT_CONDITIONS):
            groups.append([term])
    return _all(_any(_holds(term, record) for term in group) for group in groups)


def _terms(branch: str) -> list[str]:
    """The conditions of a branch; `^^` is a literal caret inside a value."""
    return [term.replace("\0", "^") for term in branch.replace("^^", "\0").split("^")]


def _holds(term: str, record: RawFields) -> bool | None:
    found = _CONDITION.fullmatch(term)
    if found is None or found["value"].lstrip().startswith("javascript:"):
        return None
    held = record.get(found["field"])
    if not isinstance(held, str):
        return True if found["operator"] == "ANYTHING" else None
    return _SCALAR[found["operator"]](held.casefold(), found["value"].casefold())


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",")]


def _all(answers: Iterable[bool | None]) -> bool | None:
    told = list(answers)
    return False if False in told else None if None in told else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    told = list(answers)
    return True if True in told else None if None in told else False
