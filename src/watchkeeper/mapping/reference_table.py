"""A model of a mapping file as a table of its keys: meaning, type, default, example."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from datetime import time
from enum import Enum
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from watchkeeper.mapping.pydantic_problems import listed

Examples: TypeAlias = Mapping[tuple[str, str], str]
"""An example, as YAML, for every key of a model whose value is written in one line."""

_TYPES: Final[Mapping[str, str]] = {
    "str": "text",
    "int": "number",
    "float": "number",
    "bool": "`true` or `false`",
    "date": "date",
    "time": "time of day",
    "datetime": "date and time",
    "timedelta": "duration (ISO 8601)",
}


def between(text: str, begin: str, end: str, part: str) -> str:
    """A text with the part between two markers replaced. Raises ValueError when it has no such markers."""
    if begin not in text or end not in text:
        raise ValueError("the README has no markers for the reference")
    before, rest = text.split(begin, 1)
    return before + part + rest.split(end, 1)[1]


def keys_of(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """A model's keys as they are written in a file."""
    return ((field.alias or name, field) for name, field in model.model_fields.items())


def section(title: str, model: type[BaseModel], examples: Examples) -> str:
    """A model's keys as a table, under its name and what its docstring says."""
    rows = "\n".join(_row(model, key, field, examples) for key, field in keys_of(model))
    lead = " ".join((model.__doc__ or "").split())
    return f"### {title}\n\n{lead}\n\n| key | meaning | type | default | example |\n| --- | --- | --- | --- | --- |\n{rows}"


def _row(model: type[BaseModel], key: str, field: FieldInfo, examples: Examples) -> str:
    example = examples.get((model.__name__, key))
    cells = (
        f"`{key}`",
        field.description or "",
        _type(field.annotation),
        _default(field),
        f"`{example}`" if example else "see below",
    )
    return f"| {' | '.join(cell(each) for each in cells)} |"


def cell(text: str) -> str:
    """A text as it stands in a cell of a Markdown table."""
    return text.replace("|", "\\|")


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if value is PydanticUndefined:
        return "required"
    match value:
        case None:
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case Enum():
            return f"`{value.value}`"
        case BaseModel():
            return "its defaults"
        case dict() if value:
            return "its defaults"
        case () | {} | "":
            return "empty"
        case tuple():
            return f"`[{', '.join(map(str, value))}]`"
        case time():
            return f"`{value.isoformat('minutes')}`"
        case _:
            return f"`{value}`"


def _type(annotation: object) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_type(argument) for argument in arguments if argument is not types.NoneType)
    if origin is Literal:
        return listed(f"`{word}`" for word in arguments)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"mapping of {_type(arguments[0])} to {_type(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return listed(f"`{word.value}`" for word in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (
            " ".join(re.findall("[A-Z][a-z]*", annotation.__name__))
            .lower()
            .removesuffix(" file")
            .removesuffix(" entry")
        )
    return _TYPES[getattr(annotation, "__name__", "")]
