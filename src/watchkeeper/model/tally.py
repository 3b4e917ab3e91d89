"""How often the records of a side hold which values, counted by the side itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from watchkeeper.model.record import RawFields


@dataclass(frozen=True, slots=True)
class Held:
    """So many records hold these raw values."""

    fields: RawFields
    count: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Each combination of values once. `unread`: why it could not be counted; then `rows` is empty."""

    rows: tuple[Held, ...] = ()
    unread: str = ""


def counted(rows: Iterable[RawFields], by: Iterable[str]) -> Tally:
    """A tally of rows that are here already."""
    names = sorted(set(by))
    counts = Counter(tuple(row.get(name) for name in names) for row in rows)
    return Tally(tuple(Held(dict(zip(names, values, strict=True)), count) for values, count in counts.items()))
