"""Pages that are a report over a period, as the commands of the same names print it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from watchkeeper.report.board.nouns import Head

R = TypeVar("R")

PERIODS = ("30d", "90d", "180d", "365d", "last-week", "last-month")
"""Those that a page offers; an address, like a command, may name any other."""


@dataclass(frozen=True, slots=True)
class OfPeriod(Generic[R]):
    """`spelled`: the period as it was asked for (watchkeeper.report.period)."""

    head: Head
    spelled: str
    report: R
