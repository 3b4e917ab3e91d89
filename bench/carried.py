"""Every pair has changed: how near to what the systems' latency allows does a run carry it all?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.bars import Bar, at_most, first_near, shown
from bench.calls import slowest_host, without_tokens, writes
from bench.change import activate, take_up
from bench.deployment import Deployment, Run
from bench.emulated import Emulated, emulated
from bench.first_import import WORKERS

NEAR_THE_BOUND = 1.15


@dataclass(frozen=True, slots=True)
class Way:
    name: str
    change: Callable[[Emulated, int], None]


WAYS = (
    Way("tickets changed", lambda world, pairs: take_up(world, world.mirrored_tickets()[:pairs])),
    Way("incidents changed", lambda world, pairs: activate(world, range(1, pairs + 1))),
)


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:
    bars: list[Bar] = []
    for way in WAYS:
        run = first_near(
            (_carried(folder / f"{way.name[:3]}-{turn}", way, pairs, latency) for turn in range(repeat)),
            lambda run: _inside(run) / slowest_host(run.calls, latency, WORKERS)[1],
            NEAR_THE_BOUND,
        )
        bars += _judged(way, run, pairs, latency)
    return bars


def _carried(folder: Path, way: Way, pairs: int, latency: float) -> Run:
    """The run that a person lets carry all of it."""
    folder.mkdir()
    with emulated(folder, latency) as world:
        world.seed_escalations(pairs)
        deployment = Deployment(world, folder)
        deployment.settle(0.0)
        way.change(world, pairs)
        tripped = deployment.sync(allowed=(7,))
        world.set_latency(latency)
        return deployment.sync(*deployment.opened_valves(tripped))


def _judged(way: Way, run: Run, pairs: int, latency: float) -> Sequence[Bar]:
    written = writes(run.calls)
    if len(written) != pairs:
        raise RuntimeError(f"{len(written)} writes for {pairs} changed pairs: {way.name}")
    host, bound = slowest_host(run.calls, latency, WORKERS)
    _, least = slowest_host(written, latency, WORKERS)
    return (
        at_most(
            f"{way.name}: wall of the run",
            _inside(run),
            "s",
            NEAR_THE_BOUND * bound,
            f"{NEAR_THE_BOUND} x {bound:.2f} s, the bound of {host}",
        ),
        shown(f"{way.name}: wall of the run over the bound", _inside(run) / bound, "x"),
        shown(f"{way.name}: bound of the writes without the fresh reads", least, "s"),
        shown(f"{way.name}: writes", len(written), ""),
        shown(f"{way.name}: calls, tokens apart", len(without_tokens(run.calls)), ""),
        shown(f"{way.name}: CPU of the process", run.execution.cpu, "s"),
    )


def _inside(run: Run) -> float:
    """Seconds from the lease to the report."""
    began, ended = (datetime.fromisoformat(run.execution.report[name]) for name in ("started_at", "ended_at"))
    return (ended - began).total_seconds()
