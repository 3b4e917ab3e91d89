"""How long the program takes before it does anything: import, and the way to the first call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bench.bars import Bar, at_most, shown
from bench.deployment import Deployment
from bench.emulated import emulated
from bench.processes import WATCHKEEPER, Execution, execute

HELP_WITHIN = 0.3
FIRST_CALL_WITHIN = 1.0
COMMANDS = (("mappings", "check"), ("sync", "--help"))


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:  # noqa: ARG001
    turns = max(repeat, 5)
    bars: list[Bar] = [
        at_most("watchkeeper --help: wall", _best(folder, ("--help",), turns).wall, "s", HELP_WITHIN),
        at_most(
            "sync: from the start of the process to its first call", _first_call(folder, turns), "s", FIRST_CALL_WITHIN
        ),
    ]
    for arguments in COMMANDS:
        best = _best(folder, arguments, turns)
        bars.append(shown(f"watchkeeper {' '.join(arguments)}: wall", best.wall, "s"))
        bars.append(shown(f"watchkeeper {' '.join(arguments)}: peak memory", best.memory, "MiB"))
    return bars


def _best(folder: Path, arguments: Sequence[str], turns: int) -> Execution:
    execute([*WATCHKEEPER, *arguments], folder)
    runs = [execute([*WATCHKEEPER, *arguments], folder) for _ in range(turns)]
    return min(runs, key=lambda each: each.wall)


def _first_call(folder: Path, turns: int) -> float:
    """Seconds until the emulators hear of a run; what asks them for the time, before that, is no part of the product's work."""
    with emulated(folder, 0.0) as world:
        deployment = Deployment(world, folder)
        deployment.sync()
        return min(_waited(deployment) for _ in range(turns))


def _waited(deployment: Deployment) -> float:
    began = deployment.emulated.now()
    first = min(datetime.fromisoformat(call.at) for call in deployment.sync().calls)
    return (first - began).total_seconds()
