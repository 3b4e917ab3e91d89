"""A dataclass as its fields or values, quickly: an audit writes down hundreds of thousands of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, TypeAlias

_Shape: TypeAlias = tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]


def fields_of(value: object) -> dict[str, Any] | None:
    """The fields of a dataclass with their values as they are, in their order; None for anything else."""
    kind: Any = type(value)
    shape = _shape(kind)
    if shape is None:
        return None
    names, values = shape
    return dict(zip(names, values(value), strict=True))


def values_of(value: object) -> tuple[Any, ...] | None:
    """The values of a dataclass's fields as they are, in their order; None for anything else."""
    kind: Any = type(value)
    shape = _shape(kind)
    return None if shape is None else shape[1](value)


@cache
def _shape(kind: type) -> _Shape | None:
    """The names of a dataclass's fields and what gives their values; None for any other type."""
    if not dataclasses.is_dataclass(kind):
        return None
    names = tuple(each.name for each in dataclasses.fields(kind))
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda value: tuple(getattr(value, name) for name in names)
