"""`python -m bench`: run the benchmarks, print a table for each, and exit with 1 when a bar is missed."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench import change, first_import, idle, start, upserts
from bench.bars import Bar, all_held, table
from bench.processes import RESULTS

Measure = Callable[[Path, int, float, int], Sequence[Bar]]

BENCHMARKS: Mapping[str, tuple[str, Measure]] = {
    "idle": ("Idle run of {pairs} linked pairs", idle.measure),
    "change": ("One status change among {pairs} linked pairs", change.measure),
    "import": ("First import of {pairs} escalations with link-back", first_import.measure),
    "start": ("Cold start", start.measure),
    "upserts": ("Links stored in PostgreSQL", upserts.measure),
}


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    names = list(BENCHMARKS) if chosen.benchmark == "all" else [chosen.benchmark]
    held = [_measured(name, chosen) for name in names]
    return 0 if all(held) else 1


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
    text = title.format(pairs=chosen.pairs)
    print(table(f"{text}, {chosen.latency * 1000:g} ms per request", bars), flush=True)
    settings = {"pairs": chosen.pairs, "latency": chosen.latency, "repeat": chosen.repeat}
    content = {"benchmark": name, **settings, "bars": [bar.as_json() for bar in bars], "held": all_held(bars)}
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return all_held(bars)


if __name__ == "__main__":
    sys.exit(main())
