"""Histories that are built around chosen faults: each of their runs surely makes the call that its fault waits for.

Chance alone hardly ever brings some faults to calls that few runs make. Every fifth seed therefore takes the next few faults in
turn, and lets people do just before each run what makes it call; or it takes the next few situations (`situations.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from random import Random

from tests.simulation.cells import TOGETHER, Cell, cells
from tests.simulation.deeds import SOC, deeds, incident, ticket
from tests.simulation.schedule import Blow, Deed, Event, History, Profile, Run, Scene
from tests.simulation.situations import situated

EVERY, TURN = 5, 1
"""Of so many seeds one, and which."""
STEPS = 8
"""Runs with a fault, beside those whose fault waits for what is asked while nothing is remembered."""
SITUATED = 4
"""Of so many of them one is built around situations instead."""
DAY = 25 * 3600.0
"""After so long everything that was remembered about a system is asked again, and swept."""
FORGETFUL = frozenset({"ServiceNow identity", "ServiceNow batch", "Sentinel identity", *TOGETHER})
"""Calls that are made while nothing is remembered, or when that is a day old."""
NO_BATCH = Blow("ServiceNow batch", "status 403", times=None)
"""What lets a run ask one by one."""
KEPT_OPEN = frozenset({("ServiceNow feed", "idle_close"), ("Sentinel feed", "idle_close")})
"""Only where something was asked before does a feed find its connection closed."""
STEP = 1800.0


def is_aimed(seed: int) -> bool:
    return seed % EVERY == TURN


def aimed(seed: int, profile: Profile, scene: Scene) -> History:
    """The history of one of these seeds."""
    rounds, place = divmod(seed // EVERY, SITUATED)
    if place == SITUATED - 1:
        return situated(seed, rounds, profile, scene)
    return _aimed(seed, rounds * (SITUATED - 1) + place, profile, scene)


def _aimed(seed: int, turn: int, profile: Profile, scene: Scene) -> History:
    chance = Random(f"aimed:{profile}:{seed}")
    starts, mornings = _starts(profile), _mornings(profile)
    oriented, usual = _in_turn(profile)
    others = [_escalated(chance, f"e{index}") for index in range(2)]
    events: list[Event] = [*others, Run(900.0, "settled")]
    events += deeds(chance, others, starts[-1], starts, duty=scene.duty)
    for index, at in enumerate(mornings):
        events.append(_run(chance, at, f"morning{index}", oriented[(turn * len(mornings) + index) % len(oriented)]))
    for step, at in enumerate(starts):
        cell = usual[(turn * STEPS + step) % len(usual)]
        events += [_escalated(chance, f"p{step}"), *_causes(chance, cell[0], at, step)]
        events.append(_run(chance, at, f"run{step}", cell))
    return History(seed, profile, scene, tuple(sorted(events, key=lambda event: (event.at, event.name))))


def _mornings(profile: Profile) -> list[float]:
    """When a run finds nothing remembered, or a memory that is a day old."""
    return [60.0, DAY] if profile == "default" else [60.0]


def _starts(profile: Profile) -> list[int]:
    """When the other runs start: half of them on the second day where there is one."""
    half = STEPS // 2
    first = [round(STEP * (step + 1)) for step in range(STEPS)]
    return first if profile == "delta-only" else [*first[:half], *(round(DAY) + at for at in first[:half])]


@lru_cache(maxsize=2)
def _in_turn(profile: Profile) -> tuple[list[Cell], list[Cell]]:
    """The faults at calls of a run that must find its way first, and those at all others; neighbours are at different calls."""
    every = list(cells(profile))
    Random("in turn").shuffle(every)
    oriented = [cell for cell in every if cell[0] in FORGETFUL or cell in KEPT_OPEN]
    return oriented, [cell for cell in every if cell not in oriented]


def _run(chance: Random, at: float, name: str, cell: Cell) -> Run:
    host = chance.choice(["runner-1", "runner-1", "runner-2"])
    blow = Blow(*cell, times=chance.choice([1, 1, 2, None]))
    return Run(at, name, host=host, blows=(NO_BATCH, blow) if blow.call in TOGETHER else (blow,))


def _escalated(chance: Random, name: str) -> Deed:
    """A record of the first minute, whose severity can still rise."""
    return ticket(0.0, name, "2", "3") if chance.random() < 0.5 else incident(0.0, name, "Low")


def _causes(chance: Random, call: str, at: float, step: int) -> list[Deed]:
    """What people do shortly before a run so that it makes this kind of call; nothing where every run does."""
    when, name, pair, who = at - chance.randint(1, 600), f"c{step}", f"p{step}", chance.choice(SOC)
    note = Deed(when, name, "servicenow", who, "note", pair, f"note {name}")
    comment = Deed(when, name, "sentinel", who, "comment", pair, f"comment {name}")
    resolution = Deed(when, name, "servicenow", who, "resolve", pair, fields={"close_code": "Solution provided"})
    risen = Deed(when, f"{name}b", "servicenow", who, "edit", pair, fields={"impact": "1", "urgency": "1"})
    # Twice, for an update of an incident may meet a conflict although nobody was faster.
    taken_up = [
        Deed(when, f"{name}{each}", "sentinel", who, "edit", pair, fields={"status": "Active"}) for each in "bc"
    ]
    causes: Mapping[str, list[Deed]] = {
        "ServiceNow journal": [note],
        "ServiceNow people": [resolution],
        "ServiceNow memberships": [resolution],
        "ServiceNow audit": [note, *taken_up],
        "ServiceNow create": [incident(when, name, "Medium")],
        "ServiceNow update": [comment],
        "Sentinel incident": [risen],
        "Sentinel comments": [comment],
        "Sentinel create or update": [ticket(when, name, "2", "2")],
        "Sentinel comment": [note],
        "Log Analytics query": [comment, risen],
    }
    return causes.get(call, [])
