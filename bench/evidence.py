"""A night's collection of evidence from a large tenant into a store that holds half a year of it, and the reports on that half year."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from bench.bars import Bar, at_most, shown
from bench.calls import kind_of, without_tokens, writes
from bench.deployment import Deployment, Run
from bench.emulated import cpu_seconds, emulated
from bench.processes import Execution, execute
from bench.tenant import (
    CONTROLS,
    RECOMMENDATIONS,
    TASKS,
    Item,
    control_profile,
    machine,
    managed_device,
    recommendation,
    score_on,
    tasks_on,
)

DEVICES: Final = 100_000
DAYS: Final = 180
COLLECTED, REPORTED = 60.0, 5.0
MEMORY: Final = 300.0
SCORES_KEPT: Final = 90
"""Days of Secure Score that the service still lists (microsoft-graph-docs-contrib, security-list-securescores)."""
PERIOD: Final = ("--period", "180d")
REPORTS: Final = ("secure-score", "remediation")
_PORTION: Final = 5_000
"""Items that one call of the control plane brings."""


class Seed(Protocol):
    """What puts prepared items into an emulated system."""

    def __call__(self, system: str, /, **command: Any) -> object: ...


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:  # noqa: ARG001 - always the same many
    store = folder / "watchkeeper.db"
    filling = _step(folder, "fill", store)
    before = _size(store)
    with emulated(folder, 0.0) as world:
        fill(world.seed, world.now(), DEVICES)
        deployment = Deployment(world, folder)
        deployment.audit()
        answered = cpu_seconds(world.process.pid)
        nights = [deployment.collect() for _ in range(repeat)]
        answering = (cpu_seconds(world.process.pid) - answered) / repeat
        reports = {name: [deployment.report(name, *PERIOD) for _ in range(repeat)] for name in REPORTS}
    return (
        *_collecting(min(nights, key=lambda run: run.execution.cpu), answering),
        shown(f"store of {DAYS} days", before, "MiB"),
        shown("  what the night added", _size(store) - before, "MiB"),
        *(bar for name, runs in reports.items() for bar in _reporting(name, runs)),
        *_reading(folder, store, repeat),
        shown("making the store, no part of a night: CPU", filling.cpu, "s"),
    )


def fill(seed: Seed, now: datetime, devices: int) -> None:
    """Put the tenant in the place of the small one that is emulated by itself."""
    tasks, scores = tasks_on(now.date()), [score_on(now.date() - timedelta(days=day)) for day in range(SCORES_KEPT)]
    _put(seed, "graph", "secureScores", len(scores), lambda number: scores[number])
    _put(seed, "graph", "secureScoreControlProfiles", CONTROLS, control_profile)
    _put(seed, "graph", "managedDevices", devices, lambda number: managed_device(number, now))
    _put(seed, "defender", "remediationTasks", len(tasks), lambda number: tasks[number])
    _put(seed, "defender", "recommendations", RECOMMENDATIONS, lambda number: recommendation(number, devices))
    _put(seed, "defender", "machines", devices, lambda number: machine(number, now))


def _put(seed: Seed, system: str, collection: str, count: int, made: Callable[[int], Item]) -> None:
    seed(system, collections={collection: []})
    for first in range(0, count, _PORTION):
        seed(system, add={collection: [made(number) for number in range(first, min(first + _PORTION, count))]})


def _collecting(night: Run, answering: float) -> Iterator[Bar]:
    calls = without_tokens(night.calls)
    what = f"{DEVICES:,} devices, {RECOMMENDATIONS} recommendations, {TASKS} tasks, {CONTROLS} controls"
    yield at_most(f"{what}: CPU of a night's collection", night.execution.cpu, "s", COLLECTED)
    yield at_most("peak memory", night.execution.memory, "MiB", MEMORY)
    yield at_most("writes", len(writes(calls)), "", 0, "none")
    yield shown("calls", len(calls), "")
    for kind, count in sorted(Counter(map(kind_of, calls)).items()):
        yield shown(f"  {kind}", count, "")
    yield shown("wall of the process", night.execution.wall, "s")
    yield shown("CPU of the emulators meanwhile", answering, "s")


def _reporting(name: str, runs: Sequence[Run]) -> Iterator[Bar]:
    best = min((run.execution for run in runs), key=lambda each: each.cpu)
    yield at_most(f"`report {name} {' '.join(PERIOD)}`: CPU of the process", best.cpu, "s", REPORTED)
    yield at_most("  peak memory", best.memory, "MiB", MEMORY)
    yield at_most("  calls", len(without_tokens(runs[0].calls)), "", 0, "none")
    yield shown("  wall of the process", best.wall, "s")


def _reading(folder: Path, store: Path, repeat: int) -> Iterator[Bar]:
    runs = [_step(folder, "read", store) for _ in range(repeat)]
    found: Mapping[str, float] = json.loads((folder / "output.json").read_text(encoding="utf-8"))
    if found["tasks"] != (DAYS + 1) * TASKS or found["scores"] != DAYS + 1:
        raise RuntimeError(f"{DAYS} days and a night of {TASKS} tasks each were kept, and {found} was read")
    best = min(runs, key=lambda run: run.cpu)
    yield at_most(f"{DAYS} days read and judged: CPU of the process", best.cpu, "s", REPORTED)
    yield at_most("  peak memory", best.memory, "MiB", MEMORY)
    yield shown("  wall of the process", best.wall, "s")
    yield shown("  of it reading remediation", found["remediation_read"], "s")
    yield shown("  of it judging remediation", found["remediation_judged"], "s")
    yield shown("  of it reading Secure Scores", found["scores_read"], "s")


def _step(folder: Path, what: str, store: Path) -> Execution:
    execution = execute([sys.executable, "-m", "bench.remembered", what, str(DAYS), str(store)], folder)
    if execution.exit_code != 0:
        said = (folder / "errors.log").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"to {what} {DAYS} days failed:\n{said[-2000:]}")
    return execution


def _size(store: Path) -> float:
    return sum(each.stat().st_size for each in store.parent.glob(f"{store.name}*")) / 1024 / 1024
