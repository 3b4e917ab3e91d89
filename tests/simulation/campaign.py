"""Many seeds, one after another or in several processes: which of them broke what."""

from __future__ import annotations

import logging
import multiprocessing
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation.boundaries import boundaries
from tests.simulation.checker import Breach, check
from tests.simulation.coverage import Branch, branches
from tests.simulation.evidence import Evidence
from tests.simulation.generate import generate
from tests.simulation.schedule import History, Profile
from tests.simulation.trace import Trace
from tests.simulation.world import play

MEMORY = Path("/dev/shm")
PORTION = 20
"""Seeds that a process takes at once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One history's verdict. `struck` and `taken`: which faults fell, and which branches of recovery were taken."""

    seed: int
    hash: str
    breaches: tuple[Breach, ...] = ()
    struck: Counter[tuple[str, str]] = field(default_factory=Counter)
    taken: Counter[Branch] = field(default_factory=Counter)


@contextmanager
def _folder() -> Iterator[Path]:
    """In memory where the system has such a place: the store is written thousands of times."""
    folder = Path(tempfile.mkdtemp(prefix="simulation-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def quietly() -> Iterator[None]:
    """The program logs what it meets, which is everything here."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def judge(history: History) -> tuple[Outcome, Trace]:
    """Play a history and check it."""
    counted: Counter[Branch] = Counter()
    with _folder() as folder, quietly(), boundaries(), branches(counted):
        evidence, trace = play(history, folder)
        breaches = tuple(check(evidence))
    return Outcome(history.seed, trace.hash, breaches, evidence.struck, counted), trace


def look(history: History) -> tuple[Evidence, tuple[Breach, ...]]:
    """What a history leaves behind, for a look of one's own, and what it broke."""
    with _folder() as folder, quietly(), boundaries():
        evidence, _ = play(history, folder)
        return evidence, tuple(check(evidence))


def campaign(seeds: Iterable[int], profile: Profile, jobs: int = 1) -> Iterator[Outcome]:
    """The outcomes in the order of the seeds."""
    wanted = list(seeds)
    if jobs == 1:
        yield from _portion(wanted, profile)
        return
    portions = [wanted[start : start + PORTION] for start in range(0, len(wanted), PORTION)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as processes:
        for outcomes in processes.map(_listed, portions, [profile] * len(portions)):
            yield from outcomes


def _portion(seeds: Iterable[int], profile: Profile) -> Iterator[Outcome]:
    for seed in seeds:
        yield judge(generate(seed, profile))[0]


def _listed(seeds: list[int], profile: Profile) -> list[Outcome]:
    return list(_portion(seeds, profile))
