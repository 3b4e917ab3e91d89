"""Things put together by what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

K = TypeVar("K", bound=Any)
T = TypeVar("T")


def grouped(found: Iterable[T], by: Callable[[T], K]) -> dict[K, tuple[T, ...]]:
    """In the order of what they are grouped by, and each group in the order in which it was found."""
    groups: dict[K, list[T]] = {}
    for each in found:
        groups.setdefault(by(each), []).append(each)
    return {name: tuple(groups[name]) for name in sorted(groups)}
