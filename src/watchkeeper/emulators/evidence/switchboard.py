"""The switches of a system: the options in force, which a seed may change and a reset puts back."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import TypeAdapter

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


class Switchboard(Generic[T]):
    """`now` is replaced as a whole, so that a request which has begun keeps what it began with."""

    def __init__(self, options: T) -> None:
        self._born_with = self.now = options
        self._adapter = TypeAdapter(type(options))

    def reset(self) -> None:
        self.now = self._born_with

    def change(self, changes: object) -> dict[str, Any]:
        """Put some options to other values; all of them as they are then. Raises ValueError for unknown names and values."""
        known = {each.name for each in fields(self.now)}
        if not isinstance(changes, dict) or set(changes) - known:
            raise ValueError(f"options are {', '.join(sorted(known))}, not {changes!r}")
        self.now = self._adapter.validate_python({**asdict(self.now), **changes})
        return asdict(self.now)
