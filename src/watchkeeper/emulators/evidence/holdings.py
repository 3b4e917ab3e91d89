"""What a system holds: collections that are made up from the world's seed and clock, and what seeds put in their place or beside them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

Item: TypeAlias = dict[str, Any]
Made: TypeAlias = Callable[[datetime], list[Item]]
"""The items of a collection as they are at an instant."""


class Holdings:
    """Collections by name. Thread-safe."""

    def __init__(self, made: Mapping[str, Made]) -> None:
        self._made = made
        self._lock = threading.Lock()
        self._instead: dict[str, list[Item]] = {}
        self._beside: dict[str, list[Item]] = {}

    def reset(self) -> None:
        with self._lock:
            self._instead.clear()
            self._beside.clear()

    def seeded(self) -> list[Item]:
        """Every item that a seed has given, with the name of its collection."""
        with self._lock:
            given = [*self._instead.items(), *self._beside.items()]
        return [{"collection": name, **item} for name, items in given for item in items]

    def items(self, name: str, now: datetime) -> list[Item]:
        with self._lock:
            instead, beside = self._instead.get(name), list(self._beside.get(name, ()))
        made = self._made[name](now) if instead is None else list(instead)
        return [*made, *beside]

    def replace(self, given: object) -> None:
        """`{collection: [item, …]}` in the place of what is made up; an empty list for an empty tenant. Raises ValueError."""
        checked = self._checked(given)
        with self._lock:
            self._instead.update(checked)

    def add(self, given: object) -> None:
        """`{collection: [item, …]}` behind what is there. Raises ValueError."""
        checked = self._checked(given)
        with self._lock:
            for name, items in checked.items():
                self._beside.setdefault(name, []).extend(items)

    def _checked(self, given: object) -> dict[str, list[Any]]:
        if not isinstance(given, dict) or not given.keys() <= self._made.keys():
            raise ValueError(f"collections are {', '.join(sorted(self._made))}, not {given!r:.200}")
        wrong = [name for name, items in given.items() if not isinstance(items, list)]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: a list of items is needed")
        return given
