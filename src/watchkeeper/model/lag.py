"""How long what people changed on one side waited until it stood on the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from watchkeeper.model.histogram import LAG_BOUNDS, Histogram
from watchkeeper.model.record import Side
from watchkeeper.model.run import ActionResult


@dataclass(frozen=True, slots=True)
class Lag:
    """The changes that were carried from one side to another."""

    source: Side
    target: Side
    waits: Histogram


def waited(changed_at: datetime | None, confirmed_at: datetime) -> float | None:
    """Seconds from a record's own update, by its side's clock, to the confirmed write, by ours; None for a write that carries nobody's
    change over. Where that clock is ahead of ours there may be less than none, which counts as none."""
    return None if changed_at is None else max(0.0, (confirmed_at - changed_at).total_seconds())


def lags_of(results: Iterable[ActionResult]) -> tuple[Lag, ...]:
    """One for each direction in which something was carried, sorted."""
    found: dict[tuple[Side, Side], list[float]] = {}
    for row in results:
        change = row.action.carries
        if change is not None and row.waited is not None:
            found.setdefault((change.side, row.action.ref.side), []).append(row.waited)
    return tuple(
        Lag(source, target, Histogram.of(LAG_BOUNDS, seconds)) for (source, target), seconds in sorted(found.items())
    )
