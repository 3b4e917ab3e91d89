"""The valves' thresholds; the defaults are the shipped ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Every threshold of the valves (watchkeeper.sync.guard). A `share` is a part of all linked records of a side (0 to 1);
    `over` and `from` are numbers of records; a `factor` multiplies what is usual."""

    emptied_from: int = 5
    vanished_share: float = 0.2
    vanished_over: int = 5
    changed_share: float = 0.5
    changed_over: int = 10
    closes_floor: int = 5
    closes_factor: float = 3.0
    closes_ceiling: int = 25
    creates_floor: int = 20
    creates_factor: float = 3.0
    meaning_share: float = 0.2
    flapping: int = 4
    max_writes: int | None = None
