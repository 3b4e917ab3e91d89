"""A full sweep over a million linked pairs, of which a few hundred have changed: how long does it plan, and in how much memory?"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.bars import Bar, at_most, shown
from bench.processes import Execution, execute

MANY, FEW = 1_000_000, 100_000
CHANGED = 500
PLANNED_WITHIN = 10.0
MEMORY = 150.0
FLAT = 1.2


@dataclass(frozen=True, slots=True)
class Sweep:
    """One estate: making its store, and planning a sweep over it. Seconds."""

    filling: float
    staging: float
    planning: float
    memory: float
    size: float


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:  # noqa: ARG001
    few, many = _sweep(folder, FEW), _sweep(folder, MANY)
    return (
        at_most(f"{MANY:,} pairs: planning, staged rows to checked plan", many.planning, "s", PLANNED_WITHIN),
        at_most(f"{MANY:,} pairs: peak memory", many.memory, "MiB", MEMORY),
        at_most(f"peak memory beside that of {FEW:,} pairs", many.memory / few.memory, "x", FLAT),
        shown(f"{MANY:,} pairs: staging what both sides list", many.staging, "s"),
        shown(f"{MANY:,} pairs: size of the store after staging", many.size, "MiB"),
        shown(f"{FEW:,} pairs: planning", few.planning, "s"),
        shown(f"{FEW:,} pairs: staging", few.staging, "s"),
        shown(f"{FEW:,} pairs: peak memory", few.memory, "MiB"),
        shown("making both stores, no part of a sweep", few.filling + many.filling, "s"),
    )


def _sweep(folder: Path, pairs: int) -> Sweep:
    file = folder / f"{pairs}.db"
    filling = _step(folder, "fill", pairs, file)
    planning = _step(folder, "plan", pairs, file)
    found: Mapping[str, float] = json.loads((folder / "output.json").read_text(encoding="utf-8"))
    size = sum(each.stat().st_size for each in folder.glob(f"{file.name}*")) / 1024 / 1024
    for each in folder.glob(f"{file.name}*"):
        each.unlink()
    if found["pairs"] != CHANGED or found["valves"]:
        raise RuntimeError(f"{CHANGED} pairs have changed, and the plan was {found}")
    return Sweep(filling.wall, found["staged"], found["planned"], planning.memory, size)


def _step(folder: Path, what: str, pairs: int, file: Path) -> Execution:
    execution = execute([sys.executable, "-m", "bench.swept", what, str(pairs), str(CHANGED), str(file)], folder)
    if execution.exit_code != 0:
        said = (folder / "errors.log").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"{what} of {pairs} pairs failed:\n{said[-2000:]}")
    return execution
