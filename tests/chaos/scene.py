"""What an episode of trouble plays on: a site, people, dice; the way back to rest, and the judgement."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from time import monotonic, sleep
from typing import Any

from tests.chaos.diary import Diary, People
from tests.chaos.disks import Disk
from tests.chaos.emulation import Emulators, Entry
from tests.chaos.judge import Evidence, is_write, repeated_notes, violations
from tests.chaos.site import Site, report_of
from tests.cli.program import Ended, Running

RUNS_TO_REST = 5
"""Runs after which one has written nothing at all: three may be needed (I2), one more for a key that waits for a history that
lags, and the idle one itself."""
BETWEEN_RUNS = 20.0
"""Minutes; longer than the history of Sentinel lags."""


@dataclass(slots=True)
class Told:
    """What an episode did, how its processes ended, and what was wrong at once. `may_repeat`: whether it may have let a work
    note come again."""

    what: str
    codes: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    may_repeat: bool = False

    def ended(self, ended: Ended, *allowed: int) -> None:
        """Note how a process ended, which must be in one of these ways."""
        self.codes.append(ended.code)
        if ended.code not in allowed:
            said = ended.err.strip().splitlines()[-1:] or [""]
            reasons = "; ".join(report_of(ended).get("reasons", []))
            self.problems.append(f"exit code {ended.code}, not {allowed}: {said[0]} {reasons}")

    def not_reached(self) -> None:
        self.what += " (never came to it)"

    def hold(self, true: bool, otherwise: str) -> None:
        if not true:
            self.problems.append(otherwise)


@dataclass(slots=True)
class Scene:
    """Everything that an episode may use."""

    site: Site
    disk: Disk
    dice: Random
    diary: Diary
    people: People
    parked: frozenset[tuple[str, str]] = frozenset()
    repeated: int = 0
    """Work notes that came more than once so far."""
    longest_run: float = 1.0
    """Seconds that the runs of late took at most."""

    @property
    def emulators(self) -> Emulators:
        return self.site.emulators

    def prepare(self) -> None:
        """A first run on a first escalation, which a person lets pass."""
        self.people.escalate()
        self.site.sync_like_a_person()
        self.rest(Told("first run"))
        self.site.store.remember()

    def rest(self, told: Told) -> None:
        """Heal everything, then run until nothing is left to write."""
        self.emulators.clear()
        self.site.wires.mend()
        lengths = []
        for _ in range(RUNS_TO_REST):
            self.emulators.later(BETWEEN_RUNS)
            mark, began = self.emulators.mark(), monotonic()
            ended = self.site.sync_like_a_person()
            lengths.append(monotonic() - began)
            if not self.writes_since(mark) and ended.code == 0:
                break
        else:
            told.problems.append(f"no rest after {RUNS_TO_REST} runs: exit code {ended.code}, {ended.out[-800:]}")
        self.longest_run = max(lengths)
        self.parked = frozenset((row["key"], row["field"]) for row in report_of(ended).get("parked", []))

    def judge(self, told: Told) -> None:
        """Add what is wrong now. What comes after is later than all that was."""
        evidence = self._evidence()
        told.problems += violations(evidence)
        repeated, self.repeated = self.repeated, len(repeated_notes(evidence))
        told.hold(told.may_repeat or self.repeated == repeated, "a work note was carried over twice")
        self.diary.epoch += 1

    def _evidence(self) -> Evidence:
        return Evidence(
            self.site.deployment,
            self.emulators.records(),
            self.emulators.requests(),
            [*self.site.lost, self.site.books],
            self.diary,
            self.parked,
        )

    def work_meanwhile(self) -> None:
        """While a call is held: people work on the very record that it is about, or somewhere else."""
        held = [entry["path"] for entry in self.emulators.requests() if entry["status"] is None]
        match self.dice.randrange(3):
            case 0:
                self.people.work_on(held)
            case 1:
                self.people.work(1)

    def writes_since(self, mark: int) -> list[Entry]:
        return [entry for entry in self.emulators.requests(mark) if is_write(entry)]

    @contextmanager
    def held_run(self, rule: Mapping[str, Any], **environment: str) -> Iterator[tuple[Running, bool]]:
        """A sync that is held at the call that the rule means, and whether it came to that call at all."""
        self.emulators.strike({"times": 1, "seconds": 100, **rule})
        running = self.site.start(**environment)
        yield running, self.comes_to_hold(running)
        self.emulators.clear()

    def comes_to_hold(self, running: Running) -> bool:
        """Whether a call of the run is held before the run ends."""
        return wait_for(self.emulators.is_holding, running)

    def comes_to(self, running: Running, after: int) -> bool:
        """Whether the run makes so many calls before it ends."""
        mark = self.emulators.mark()
        return wait_for(lambda: self.emulators.mark() >= mark + after, running)


def send(running: Running, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended by itself."""
    with suppress(ProcessLookupError):
        running.signal(number)


def wait_for(true: Callable[[], bool], running: Running, patience: float = 60.0) -> bool:
    """Whether it came to that before the process ended."""
    ends = monotonic() + patience
    while running.process.exitcode is None and monotonic() < ends:
        if true():
            return True
        sleep(0.005)
    return true()
