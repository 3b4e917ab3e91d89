"""`python -m bench`: run the benchmarks, print a table for each, and exit with 1 when a bar is missed."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench import audit, board, carried, change, churn, evidence, first_import, idle, quota, start, sweep, upserts
from bench.bars import Bar, all_held, table
from bench.processes import RESULTS

Measure = Callable[[Path, int, float, int], Sequence[Bar]]

BENCHMARKS: Mapping[str, tuple[str, Measure]] = {
    "start": ("Cold start", start.measure),
    "idle": ("Idle run of {pairs} linked pairs, {latency} per request", idle.measure),
    "change": ("A few changes among {pairs} linked pairs, {latency} per request", change.measure),
    "churn": ("Two in a hundred of {pairs} linked pairs changed, {latency} per request", churn.measure),
    "carried": ("All of {pairs} linked pairs changed, {latency} per request", carried.measure),
    "import": ("First import of {pairs} escalations with link-back, {latency} per request", first_import.measure),
    "quota": ("A backlog under the published quotas, in the world's own time", quota.measure),
    "upserts": ("Storing links", upserts.measure),
    "sweep": ("Full sweep of linked pairs from staged rows", sweep.measure),
    "audit": ("Audit of ten thousand escalations, as the first one on a deployment", audit.measure),
    "board": (
        "Everything that can be asked of the watch board, over a million pairs and five million rows of the write log",
        board.measure,
    ),
    "evidence": ("A night's evidence of a hundred thousand devices, and half a year of it", evidence.measure),
}


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    names = list(BENCHMARKS) if chosen.benchmark == "all" else [chosen.benchmark]
    print(f"{machine()}\n", flush=True)
    held = {name: _measured(name, chosen) for name in names}
    missed = [name for name, holds in held.items() if not holds]
    print(f"Missed bars: {', '.join(missed)}." if missed else "Every bar is held.")
    return 1 if missed else 0


def machine() -> str:
    """What the seconds were measured on."""
    load = f", {os.getloadavg()[0]:.1f} already busy" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} cores{load}; {platform.python_implementation()} {platform.python_version()}, {platform.system()}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="Measure Watchkeeper against the emulators.")
    parser.add_argument("benchmark", nargs="?", default="all", choices=[*BENCHMARKS, "all"])
    parser.add_argument("--pairs", type=int, default=500, help="linked pairs, or escalations to import (500)")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds added to every request (0.05)")
    parser.add_argument("--repeat", type=int, default=3, help="times to measure; the best counts (3)")
    return parser


def _measured(name: str, chosen: argparse.Namespace) -> bool:
    title, measure = BENCHMARKS[name]
    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="watchkeeper-bench-") as folder:
        bars = measure(Path(folder), chosen.pairs, chosen.latency, chosen.repeat)
    text = title.format(pairs=chosen.pairs, latency=f"{chosen.latency * 1000:g} ms")
    print(f"{table(text, bars)}\n", flush=True)
    settings = {"pairs": chosen.pairs, "latency": chosen.latency, "repeat": chosen.repeat, "machine": machine()}
    content = {"benchmark": name, **settings, "bars": [bar.as_json() for bar in bars], "held": all_held(bars)}
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return all_held(bars)


if __name__ == "__main__":
    sys.exit(main())
