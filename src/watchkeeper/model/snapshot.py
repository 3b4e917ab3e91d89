"""Documents that the state store keeps by name and day, so that what a source forgets can still be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SnapshotKind(Generic[T]):
    """What is kept under a name: one document of a type (a dataclass that state/codec.py can read back) for each day."""

    name: str
    holds: type[T]


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[T]):
    """A day's document. `taken_at` is when it was stored; a later one of the same day has taken the place of an earlier."""

    kind: SnapshotKind[T]
    day: date
    taken_at: datetime
    document: T
