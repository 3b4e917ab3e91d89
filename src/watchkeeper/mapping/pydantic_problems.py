"""Pydantic's findings in the words of somebody who edits a mapping file."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from watchkeeper.errors import ProblemKind
from watchkeeper.mapping.yaml_reader import Data, Path
from watchkeeper.model.nearest import suggest

_SHOWN: Final = 60
"""Characters of a wrong value that a message repeats."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit, by its path in the document."""

    path: Path
    message: str
    allowed: str = ""
    suggestion: str = ""
    kind: ProblemKind = ProblemKind.VALUE


def refuse(message: str, *, allowed: str = "", suggestion: str = "") -> PydanticCustomError:
    """An error for a validator to raise: its parts reach the reader as they are."""
    # The text travels as context, since pydantic would fill in braces that stand in a message.
    return PydanticCustomError("refused", "{text}", {"text": message, "allowed": allowed, "suggestion": suggestion})


def listed(words: Iterable[str]) -> str:
    """Words as a message lists them."""
    return ", ".join(words)


def findings(error: ValidationError, model: type[BaseModel], data: Data) -> Iterator[Finding]:
    """Every error of a validation, once each, with paths that exist in the document (or end in the missing key)."""
    seen: set[Finding] = set()
    for details in error.errors(include_url=False):
        if _is_echo(details):
            continue
        finding = _finding(details, model, data)
        if finding not in seen:
            seen.add(finding)
            yield finding


def _is_echo(details: ErrorDetails) -> bool:
    """A list that is only "too short" because its items were refused one by one."""
    return details["type"] == "too_short" and len(details["input"]) >= details["ctx"]["min_length"]


def _finding(details: ErrorDetails, model: type[BaseModel], data: Data) -> Finding:
    path = _document_path(details["loc"], data)
    context: Mapping[str, Any] = details.get("ctx", {})
    match details["type"]:
        case "refused":
            return Finding(path, context["text"], context["allowed"], context["suggestion"])
        case "missing":
            return Finding(path, "is required and missing", kind=ProblemKind.KEY)
        case "extra_forbidden":
            return _unknown_key(path, _keys_at(model, details["loc"][:-1]))
        case "literal_error" | "enum" | "union_tag_invalid":
            return _unknown_word(path, details["input"], context)
        case "too_short":
            return Finding(path, "is empty", f"at least {context['min_length']}")
        case "string_pattern_mismatch":
            return Finding(path, f"is {_shown(details['input'])}", f"text like {context['pattern']}")
        case "value_error":
            return Finding(path, str(context["error"]))
        case kind if kind in _EXPECTED:
            return Finding(path, f"is {_kind_of(details['input'])}", _EXPECTED[kind])
        case kind if kind in _BOUNDS:
            return Finding(path, f"is {_shown(details['input'])}", _BOUNDS[kind].format_map(context))
        case _:
            message = details["msg"]
            return Finding(path, f"is not valid: {message[0].lower()}{message[1:]} ({_shown(details['input'])})")


_EXPECTED: Final = {
    "string_type": "text (a number or a bare true, false or null needs quotes)",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "none_required": "nothing",
    "date_type": "a date as 2026-11-23",
    "date_parsing": "a date as 2026-11-23",
    "date_from_datetime_parsing": "a date as 2026-11-23",
    "time_type": "a time of day as 17:00",
    "time_parsing": "a time of day as 17:00",
    "time_delta_type": "a duration as P2D or PT17H",
    "time_delta_parsing": "a duration as P2D or PT17H",
    "datetime_type": "a date and time as 2026-11-23T17:00:00",
    "datetime_parsing": "a date and time as 2026-11-23T17:00:00",
    "datetime_from_date_parsing": "a date and time as 2026-11-23T17:00:00",
}


_BOUNDS: Final = {
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
}


def _unknown_key(path: Path, known: tuple[str, ...]) -> Finding:
    near = suggest(str(path[-1]) if path else "", known)
    return Finding(path, "is not a known key", listed(known), near, ProblemKind.KEY)


def _unknown_word(path: Path, value: object, context: Mapping[str, Any]) -> Finding:
    expected = str(context.get("expected") or context.get("expected_tags", "")).replace(" or ", ", ")
    known = [word.strip().strip("'") for word in expected.split(",")]
    if isinstance(value, dict):
        return Finding(path, "has an unknown kind", listed(known), kind=ProblemKind.WORD)
    message = f"is {_shown(value)}, which is not known"
    return Finding(path, message, listed(known), suggest(str(value), known), ProblemKind.WORD)


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool() | int() | float() | str():
            return _shown(value)
        case list():
            return "a list"
        case _:
            return "a mapping"


def _shown(value: object) -> str:
    match value:
        case str():
            return repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "…")
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case _:
            return _kind_of(value)


def _document_path(loc: tuple[int | str, ...], data: Data) -> Path:
    """The part of pydantic's location that the document has: union tags and validator names are left out."""
    path: list[str | int] = []
    here: Data = data
    for position, part in enumerate(loc):
        if isinstance(here, dict) and str(part) in here:
            here = here[str(part)]
            path.append(str(part))
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
            path.append(part)
        elif isinstance(here, dict) and position == len(loc) - 1 and part != "[key]":
            path.append(part)
    return tuple(path)


def _keys_at(annotation: object, loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that a model allows at a location, found by walking its annotations."""
    models = list(_models_at(annotation, loc))
    return tuple(dict.fromkeys(key for model in models for key in keys_of(model)))


def keys_of(model: type[BaseModel]) -> Iterator[str]:
    """A model's keys as they are written in a file."""
    return (field.alias or name for name, field in model.model_fields.items())


def _models_at(annotation: object, loc: tuple[int | str, ...]) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _models_in(annotation, loc)
    elif get_origin(annotation) is Annotated:
        yield from _models_at(get_args(annotation)[0], loc)
    elif get_origin(annotation) in (Union, types.UnionType):
        yield from _models_in_union(get_args(annotation), loc)
    elif loc and get_args(annotation):
        yield from _models_at(_item_of(annotation), loc[1:])


def _models_in(model: type[BaseModel], loc: tuple[int | str, ...]) -> Iterator[type[BaseModel]]:
    if not loc:
        yield model
        return
    for name, field in model.model_fields.items():
        if (field.alias or name) == loc[0]:
            yield from _models_at(field.annotation, loc[1:])


def _models_in_union(members: tuple[object, ...], loc: tuple[int | str, ...]) -> Iterator[type[BaseModel]]:
    """The members that the tag in the location names, else every member that has such a location."""
    tagged = [member for member in members if loc and loc[0] in _tags_of(member)]
    for member in tagged or members:
        yield from _models_at(member, loc[1:] if tagged else loc)


def _tags_of(member: object) -> frozenset[str]:
    if get_origin(member) is Annotated:
        return _tags_of(get_args(member)[0])
    if not (isinstance(member, type) and issubclass(member, BaseModel)):
        return frozenset()
    literals = (field.annotation for field in member.model_fields.values() if get_origin(field.annotation) is Literal)
    words = (word.value if isinstance(word, Enum) else word for literal in literals for word in get_args(literal))
    return frozenset({member.__name__, *(str(word) for word in words)})


def _item_of(annotation: object) -> object:
    """What a list, tuple or mapping holds: list[T], tuple[T, ...], dict[str, T]."""
    arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
    return arguments[-1]
