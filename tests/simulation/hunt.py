"""Mutants against the tests that are named after their invariant, and against the simulation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.campaign import judge
from tests.simulation.generate import generate
from tests.simulation.guards.mutant import Mutant
from tests.simulation.mutants import BY_NAME, MUTANTS
from tests.simulation.mutated import VARIABLE
from tests.simulation.schedule import Profile

ROOT = Path(__file__).parents[2]
PROFILES: tuple[Profile, ...] = ("default", "delta-only")


@dataclass(frozen=True, slots=True)
class Kill:
    """What noticed a mutant: the first failing test, and the first seed with what it broke; empty where nothing did."""

    mutant: Mutant
    test: str = ""
    seed: str = ""

    @property
    def survived(self) -> bool:
        return not (self.test or self.seed)

    def __str__(self) -> str:
        noticed = self.test or ("no test fails" if self.seed else "ALIVE")
        return f"{self.mutant.name:<26} {self.mutant.keeps:<4} {noticed}\n{'':<31} {self.seed or 'in no history'}"


def main(names: Sequence[str], seeds: int, first_seed: int, jobs: int) -> int:
    """Hunt all mutants, or these. 1 when one of them stays alive."""
    unknown = sorted(set(names) - BY_NAME.keys())
    if unknown:
        print(f"no mutant is called {', '.join(unknown)}; there are {', '.join(BY_NAME)}")
        return 2
    wanted = [BY_NAME[name] for name in names] if names else list(MUTANTS)
    alive = 0
    with ThreadPoolExecutor(jobs) as hunters:
        for kill in hunters.map(lambda mutant: _in_a_process(mutant, seeds, first_seed), wanted):
            print(kill, flush=True)
            alive += kill.survived
    print(f"{len(wanted)} mutants, {alive} of them alive")
    return int(bool(alive))


def failing_test(mutant: Mutant) -> str:
    """The first of the mutant's named tests that fails without the guard."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.simulation.mutated", "-n", "0", "-x", "-q", "--no-header"]
    done = subprocess.run(
        [*command, *mutant.tests],
        cwd=ROOT,
        env={**os.environ, VARIABLE: mutant.name},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    if done.returncode not in {0, 1} or (done.returncode == 1 and found is None):
        raise RuntimeError(f"pytest could not run with {mutant.name}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return found.group(1) if found else ""


def failing_seed(mutant: Mutant, seeds: int, first_seed: int) -> str:
    """The first seed that breaks an invariant without the guard, in either profile."""
    for seed in range(first_seed, first_seed + seeds):
        for profile in PROFILES:
            history = generate(seed, profile)
            with mutant.patch():
                outcome, _ = judge(history)
            if outcome.breaches:
                broken = ", ".join(dict.fromkeys(breach.invariant for breach in outcome.breaches))
                return f"seed {seed} ({profile}): {broken}"
    return ""


def _in_a_process(mutant: Mutant, seeds: int, first_seed: int) -> Kill:
    """A mutant changes the program of its whole process, so that each has one of its own."""
    code = (
        "import sys; from tests.simulation.hunt import failing_seed; from tests.simulation.mutants import BY_NAME; "
        "print(failing_seed(BY_NAME[sys.argv[1]], int(sys.argv[2]), int(sys.argv[3])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, mutant.name, str(seeds), str(first_seed)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "src", ROOT / "connectors")))},
        capture_output=True,
        text=True,
        check=True,
    )
    return Kill(mutant, failing_test(mutant), done.stdout.strip())
