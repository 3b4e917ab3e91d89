"""How long the program takes before it does anything: import, and the way to the first call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.bars import Bar, shown
from bench.processes import WATCHKEEPER, Execution, execute

COMMANDS = (("--help",), ("mappings", "check"), ("sync", "--help"))


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:  # noqa: ARG001
    bars: list[Bar] = []
    for arguments in COMMANDS:
        execute([*WATCHKEEPER, *arguments], folder)
        runs = [execute([*WATCHKEEPER, *arguments], folder) for _ in range(max(repeat, 3))]
        best: Execution = min(runs, key=lambda each: each.wall)
        bars.append(shown(f"watchkeeper {' '.join(arguments)}: wall", best.wall, "s"))
        bars.append(shown(f"watchkeeper {' '.join(arguments)}: peak memory", best.memory, "MiB"))
    return bars
