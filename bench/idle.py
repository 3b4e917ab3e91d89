"""A run in which nothing has happened: what does looking cost?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.bars import Bar, at_most, shown
from bench.calls import per_feed, without_tokens, writes
from bench.deployment import Deployment
from bench.emulated import emulated

FEEDS = 2
"""ServiceNow's incident table and Sentinel's incidents: both profiles share them."""

CPU = 1.0
"""Seconds that a run may cost in which nothing has happened."""


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:
    with emulated(folder, latency) as world:
        world.seed_escalations(pairs)
        deployment = Deployment(world, folder)
        deployment.settle(latency)
        runs = [deployment.sync() for _ in range(repeat)]
    calls = without_tokens(runs[-1].calls)
    best = min(runs, key=lambda run: run.execution.wall).execution
    return (
        at_most("feed calls per side and table", max(per_feed(calls).values()), "", 1, "one"),
        at_most("calls, tokens apart", len(calls), "", FEEDS + 1, "one per feed, and at most one more"),
        at_most("writes", len(writes(calls)), "", 0, "none"),
        shown("token calls", len(runs[-1].calls) - len(calls), ""),
        shown("wall of the process", best.wall, "s"),
        at_most("CPU of the process", min(run.execution.cpu for run in runs), "s", CPU),
        shown("peak memory", best.memory, "MiB"),
    )
