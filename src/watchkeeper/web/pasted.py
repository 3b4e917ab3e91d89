"""A record that somebody pasted as JSON: which one of the systems it is of, or what is wrong with it and where. Pure; nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from watchkeeper.model.record import SENTINEL, SERVICENOW, Side

LONGEST: Final = 20_000
"""Characters of such a text: a record of hundreds of fields has about 15,000."""

_MARK: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class Pasted:
    """A record in the form in which its side's API gives it."""

    side: Side
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with it: `empty`, `long`, `json`, `several`, `none` or `stranger`. Where, if it is no JSON: `line` and `column`, from 1 on."""

    kind: str
    line: int = 0
    column: int = 0
    why: str = ""


def pasted(text: str) -> Pasted | Flaw:
    """What a text says; a byte order mark, which files begin with, counts for nothing."""
    text = text.removeprefix(_MARK)
    if not text.strip():
        return Flaw("empty")
    if len(text) > LONGEST:
        return Flaw("long")
    try:
        # Numbers stay as they are written: some are longer than Python makes integers of.
        found = json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        return Flaw("json", error.lineno, error.colno, error.msg)
    except (ValueError, RecursionError):
        return Flaw("json", 1, 1, "Not JSON that is read here")
    return _record(found)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _record(found: object) -> Pasted | Flaw:
    if not isinstance(found, dict):
        return _inner(found)
    match found:
        case {"properties": dict()}:
            return Pasted(SENTINEL, found)
        case {"sys_id": _} | {"number": _} | {"short_description": _}:
            return Pasted(SERVICENOW, found)
        case {"result": inner} | {"value": inner}:
            return _inner(inner)
        case _:
            return Flaw("stranger")


def _inner(inner: object) -> Pasted | Flaw:
    """The one record of an answer."""
    match inner:
        case []:
            return Flaw("none")
        case [dict() as only]:
            return _record(only)
        case [_, _, *_]:
            return Flaw("several")
        case {"result": _} | {"value": _}:
            return Flaw("stranger")
        case dict():
            return _record(inner)
        case _:
            return Flaw("stranger")
