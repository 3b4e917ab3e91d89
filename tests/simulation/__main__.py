"""`./dev simulate`: histories by their seeds. See docs/simulation.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from tests.simulation import hunt
from tests.simulation.campaign import Outcome, campaign, judge
from tests.simulation.coverage import Branch, missing
from tests.simulation.generate import generate
from tests.simulation.minimise import minimise
from tests.simulation.schedule import History, Profile


def main(arguments: list[str]) -> int:
    """0 when nothing is broken, else 1."""
    asked = _parser().parse_args(arguments)
    if asked.replay is not None:
        return _one(History.of_json(asked.replay.read_text(encoding="utf-8")), shrink=False)
    if asked.seed is not None:
        return _one(generate(asked.seed, asked.profile), shrink=not asked.as_it_is)
    if asked.mutants is not None:
        return hunt.main(asked.mutants, asked.seeds, asked.first_seed, asked.jobs)
    return _many(asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many histories (default: 200)")
    parser.add_argument("--first-seed", type=int, default=0, help="the first one's seed (default: 0)")
    parser.add_argument("--profile", choices=("default", "delta-only"), default="default")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes (default: 1)")
    parser.add_argument("--coverage", action="store_true", help="list what was never reached, and fail for it")
    parser.add_argument("--seed", type=int, help="play this one, print its trace, and cut it down if it fails")
    parser.add_argument("--as-it-is", action="store_true", help="with --seed: do not cut it down")
    parser.add_argument("--replay", type=Path, help="play a history that was written down, and print its trace")
    parser.add_argument(
        "--mutants", nargs="*", metavar="NAME", help="take the engine's guards away, all or these, and see who notices"
    )
    return parser


def _many(asked: argparse.Namespace) -> int:
    began, broken = time.monotonic(), 0
    struck: Counter[tuple[str, str]] = Counter()
    taken: Counter[Branch] = Counter()
    for outcome in campaign(range(asked.first_seed, asked.first_seed + asked.seeds), asked.profile, asked.jobs):
        broken += bool(outcome.breaches)
        struck += outcome.struck
        taken += outcome.taken
        _tell(outcome, asked.profile)
    seconds = time.monotonic() - began
    print(
        f"{asked.seeds} histories ({asked.profile}), {broken} broken, {seconds:.1f} s, "
        f"{asked.seeds / seconds:.1f} a second in {asked.jobs} process{'es' if asked.jobs > 1 else ''}"
    )
    covered = not asked.coverage or _covered(struck, taken, asked.profile)
    return int(bool(broken) or not covered)


def _tell(outcome: Outcome, profile: Profile) -> None:
    for breach in outcome.breaches:
        print(f"seed {outcome.seed} ({profile}): {breach}", flush=True)


def _covered(struck: Counter[tuple[str, str]], taken: Counter[Branch], profile: Profile) -> bool:
    cells, branches = missing(struck, taken, profile)
    for call, fault in cells:
        print(f"never: {fault} at {call}")
    for branch in branches:
        print(f"never: {branch}")
    for branch, count in sorted(taken.items()):
        print(f"{count:8} {branch}")
    print(f"{len(cells)} faults at calls and {len(branches)} branches were never reached")
    return not cells and not branches


def _one(history: History, *, shrink: bool) -> int:
    outcome, trace = judge(history)
    if outcome.breaches and shrink:
        wanted = {breach.invariant for breach in outcome.breaches}
        print("broken; cutting it down …", file=sys.stderr)
        history = minimise(history, lambda each: bool(wanted & {row.invariant for row in judge(each)[0].breaches}))
        outcome, trace = judge(history)
        print(history.to_json())
    print(trace.text())
    for breach in outcome.breaches:
        print(breach)
    print(f"{outcome.hash}  {'broken' if outcome.breaches else 'nothing broken'}")
    return int(bool(outcome.breaches))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
