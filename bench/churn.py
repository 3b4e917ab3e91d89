"""Two in a hundred pairs have changed: what does a run cost beside a script that reads each pair?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.bars import Bar, at_least, shown
from bench.calls import without_tokens, writes
from bench.change import activate, incidents_of, take_up
from bench.deployment import Deployment
from bench.emulated import emulated
from bench.processes import execute

CHURN = 0.02
TIMES_FEWER = 50.0
SCRIPT = (sys.executable, "-m", "bench.per_record", "--json")


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:  # noqa: ARG001
    each_side = max(1, round(pairs * CHURN / 2))
    with emulated(folder, latency) as world:
        world.seed_escalations(pairs)
        deployment = Deployment(world, folder)
        deployment.settle(latency)
        tickets, number_of = world.mirrored_tickets(), incidents_of(world)
        first, second, third, fourth = (tickets[turn * each_side : (turn + 1) * each_side] for turn in range(4))
        take_up(world, first)
        activate(world, [number_of[ticket] for ticket in second])
        ours = deployment.sync()
        take_up(world, third)
        activate(world, [number_of[ticket] for ticket in fourth])
        world.set_latency(0.0)  # its calls are counted, not timed
        mark = world.mark()
        script = execute(SCRIPT, folder, world.environment)
        theirs = world.calls_since(mark)
    if not script.report.get("written") == len(writes(ours.calls)) == 2 * each_side:
        raise RuntimeError(f"{len(writes(ours.calls))} and {script.report} writes for {2 * each_side} changed pairs")
    few, many = len(without_tokens(ours.calls)), len(without_tokens(theirs))
    return (
        at_least("times fewer calls than reading each pair", many / few, "x", TIMES_FEWER),
        shown("calls, tokens apart", few, ""),
        shown("script: calls, tokens apart", many, ""),
        shown("script: wall without any latency", script.wall, "s"),
    )
