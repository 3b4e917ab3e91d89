"""Durations counted in buckets of fixed bounds, so that those of many runs can be added up without keeping each of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

MINUTE: Final = 60
HOUR: Final = 3600
LAG_BOUNDS: Final = (
    30,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    24 * HOUR,
)
"""Seconds: from a run that follows at once to one that comes a day later."""
LENGTH_BOUNDS: Final = (
    1,
    2,
    3,
    4,
    5,
    6,
    8,
    10,
    12,
    15,
    20,
    25,
    30,
    40,
    50,
    60,
    75,
    90,
    120,
    150,
    180,
    240,
    300,
    450,
    600,
    900,
    1200,
    1800,
    2700,
    3600,
)
"""Seconds that a run takes: close enough together that a percentile is off by a tenth at most in between."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """`counts` has a number for each bound, of what is at most that and above the one before; the last one is of what is above them all."""

    bounds: tuple[int, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, bounds: tuple[int, ...], seconds: Iterable[float] = ()) -> Histogram:
        counts = [0] * (len(bounds) + 1)
        for each in seconds:
            counts[bisect_left(bounds, each)] += 1
        return cls(bounds, tuple(counts))

    def __add__(self, other: Histogram) -> Histogram:
        """Only of equal bounds; else ValueError."""
        if self.bounds != other.bounds:
            raise ValueError("histograms of different bounds cannot be added")
        return Histogram(self.bounds, tuple(mine + more for mine, more in zip(self.counts, other.counts, strict=True)))

    @property
    def total(self) -> int:
        return sum(self.counts)

    def quantile(self, share: float) -> float | None:
        """Seconds that so large a share of what was counted did not exceed, evenly spread within a bucket; of what is beyond the last
        bound only that bound is known. None where nothing was counted."""
        if not self.total:
            return None
        wanted = share * self.total
        before, low = 0, 0
        for bound, upto, count in zip(self.bounds, accumulate(self.counts), self.counts, strict=False):
            if count and upto >= wanted:
                return low + (bound - low) * (wanted - before) / count
            before, low = upto, bound
        return float(self.bounds[-1])
