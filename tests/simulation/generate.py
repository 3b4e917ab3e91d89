"""A seed becomes a history: how many people, runs, faults and interruptions there are, and of what size, is a matter of the seed.

Faults are random subsets per run: many runs have none, some have one kind, some many; waits range from seconds to far beyond the
lease and the schedule's interval.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from tests.faults.kinds import CALLS, FAULTS, Fault
from tests.simulation.aimed import aimed, is_aimed
from tests.simulation.cells import drawn
from tests.simulation.deeds import deeds, origins
from tests.simulation.schedule import (
    Blow,
    Break,
    Deed,
    Do,
    Event,
    Hiding,
    History,
    Job,
    Loss,
    Plan,
    Profile,
    Run,
    Scene,
)

ONCE = frozenset({"ServiceNow identity", "ServiceNow people", "ServiceNow batch", "Sentinel identity"})
"""Calls that are made while nothing is remembered."""
WAITS = (3.0, 45.0, 400.0, 700.0, 1300.0, 2500.0)
PACES = (2.0, 20.0, 90.0)
_CALLS = {call.name: call for call in CALLS}
_FAULTS = {fault.name: fault for fault in FAULTS}


def generate(seed: int, profile: Profile = "default") -> History:
    """The history of a seed: the same one wherever and whenever it is asked for."""
    if is_aimed(seed):
        return aimed(seed, profile, _scene(Random(f"{profile}:{seed}")))
    chance = Random(f"{profile}:{seed}")
    interval = chance.choice([300.0, 900.0, 1800.0])
    runs = chance.randint(3, 6)
    end = interval * (runs + 1)
    scene = _scene(chance)
    starts = [round(interval * (each + 1) + chance.uniform(-0.3, 0.3) * interval) for each in range(runs)]
    made = origins(chance, end, starts)
    events: list[Event] = [
        *made,
        *deeds(chance, made, end, starts, duty=scene.duty),
        *_with_a_cell(chance, seed, _runs(chance, starts, profile)),
    ]
    if chance.random() < 0.25:
        events.append(Plan(chance.uniform(0.3, 1) * end, "plan"))
    if chance.random() < 0.1:
        events.append(Job(chance.uniform(0.3, 1) * end, "job"))
    if profile == "default":
        events += _misfortunes(chance, made, end)
    return History(seed, profile, scene, tuple(sorted(events, key=lambda event: (event.at, event.name))))


def _scene(chance: Random) -> Scene:
    return Scene(
        duty=chance.random() < 0.4,
        skew=chance.choice([0.0, 0.0, 90.0, -90.0, 3600.0, -3600.0]),
        ingestion_lag=chance.choice([0.0, 300.0, 1800.0]),
        honours_ids=chance.random() < 0.85,
        conflict_every=chance.choice([0, 0, 0, 3]),
        pages=chance.choice([1000, 1000, 2]),
    )


def _with_a_cell(chance: Random, seed: int, runs: list[Run]) -> list[Run]:
    """One fault in turn, so that a campaign brings every fault to every call: on the first run if only that makes the call."""
    each = drawn("delta-only")
    call, fault = each[seed % len(each)]
    index = 0 if call in ONCE else chance.randrange(len(runs))
    runs[index] = replace(runs[index], blows=(Blow(call, fault), *runs[index].blows))
    return runs


def _runs(chance: Random, starts: list[int], profile: Profile) -> list[Run]:
    first = [Run(60.0, "import")] if chance.random() < 0.6 else []
    return first + [
        Run(
            float(at),
            f"run{index}",
            host=chance.choice(["runner-1", "runner-1", "runner-2"]),
            pace=chance.choice(PACES) if chance.random() < 0.15 else 0.0,
            full=profile == "default" and chance.random() < 0.1,
            opens=chance.random() < 0.85,
            breaks=_breaks(chance),
            blows=_blows(chance, profile),
        )
        for index, at in enumerate(starts)
    ]


def _breaks(chance: Random) -> tuple[Break, ...]:
    breaks = []
    if chance.random() < 0.4:
        breaks = [_break(chance, "wait", chance.choice(WAITS)) for _ in range(chance.choice([1, 1, 2, 4]))]
    if chance.random() < 0.35:
        breaks.append(_break(chance, "kill"))
    return tuple(sorted(breaks, key=lambda each: (each.at, each.of)))


def _break(chance: Random, do: Do, seconds: float = 0.0) -> Break:
    """Anywhere, or scene one of the first writes, where it matters most."""
    if chance.random() < 0.3:
        return Break(chance.randint(1, 100), do, seconds)
    return Break(chance.choice([1, 1, 2, 2, 3, 4, 6, 9]), do, seconds, "writes")


def _blows(chance: Random, profile: Profile) -> tuple[Blow, ...]:
    possible = drawn(profile)
    unclear = [cell for cell in possible if _CALLS[cell[0]].writes and _leaves_unclear(_FAULTS[cell[1]])]
    blows = []
    for _ in range(chance.choice([0, 0, 1, 1, 2, 5])):
        call, fault = chance.choice(unclear if chance.random() < 0.5 else possible)
        blows.append(Blow(call, fault, chance.choice([0, 0, 1, 3]), chance.choice([1, 1, 1, 2, None])))
    return tuple(blows)


def _leaves_unclear(fault: Fault) -> bool:
    """Whether nobody can tell from the answer if a write was made."""
    return fault.kind.endswith("_after") or fault.kind == "duplicate"


def _misfortunes(chance: Random, on_these: list[Deed], end: float) -> list[Event]:
    """What only a sweep or a rebuilt memory makes up for."""
    found: list[Event] = []
    if chance.random() < 0.15:
        at = chance.uniform(0.2, 0.8) * end
        found.append(Hiding(at, "hidden", chance.choice(on_these).name))
        found.append(Hiding(at + chance.uniform(0.05, 0.2) * end, "shown"))
    if chance.random() < 0.12:
        found.append(Loss(chance.uniform(0.3, 1) * end, "loss", old=chance.random() < 0.5))
    return found
