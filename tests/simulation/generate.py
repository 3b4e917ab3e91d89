"""A seed becomes a history: how many people, runs, faults and interruptions there are, and of what size, is a matter of the seed.

Faults are random subsets per run: many runs have none, some have one kind, some many; waits range from seconds to far beyond the
lease and the schedule's interval.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from tests.faults.kinds import CALLS, FAULTS, FIRST, Fault
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

UNSEEN = frozenset({"truncate fewer_rows", "truncate empty_list", "hostile repeated_keys", "close_delimited"})
"""Listings that lack rows and do not say so: only a sweep makes up for them."""
POISON = frozenset({"hostile nul", "hostile surrogate"})
"""These change titles on their way, which a PUT then gives back: tests/faults looks at them."""
NOT_MADE = {
    "Sentinel tasks": "the simulated catalogue keeps no duty as a task of an incident",
    "Sentinel task create": "the simulated catalogue keeps no duty as a task of an incident",
}
"""Calls that no history makes, and why; tests/faults makes them."""
ONCE = frozenset({"ServiceNow identity", "ServiceNow people", "ServiceNow batch", "Sentinel identity"})
"""Calls that are made while nothing is remembered."""
ENDLESS = frozenset({"status 429 for an hour"})
SOC = ("keiko.tanaka", "haruto.sato", "ava.nguyen", "liam.byrne")
ANYBODY = (*SOC, "dana.desk")
CODES = ("Solution provided", "True positive", "Duplicate", "User error")
VERDICTS = (
    {"classification": "Undetermined"},
    {"classification": "TruePositive", "classificationReason": "SuspiciousActivity"},
    {"classification": "BenignPositive", "classificationReason": "SuspiciousButExpected"},
)
WAITS = (3.0, 45.0, 400.0, 700.0, 1300.0, 2500.0)
PACES = (2.0, 20.0, 90.0)
_CALLS = {call.name: call for call in CALLS}
_FAULTS = {fault.name: fault for fault in FAULTS}


def generate(seed: int, profile: Profile = "default") -> History:
    """The history of a seed: the same one wherever and whenever it is asked for."""
    chance = Random(f"{profile}:{seed}")
    interval = chance.choice([300.0, 900.0, 1800.0])
    runs = chance.randint(3, 6)
    end = interval * (runs + 1)
    scene = _scene(chance)
    starts = [round(interval * (each + 1) + chance.uniform(-0.3, 0.3) * interval) for each in range(runs)]
    origins = _origins(chance, end, starts)
    events: list[Event] = [
        *origins,
        *_deeds(chance, origins, end, starts, duty=scene.duty),
        *_with_a_cell(chance, seed, _runs(chance, starts, profile)),
    ]
    if chance.random() < 0.25:
        events.append(Plan(chance.uniform(0.3, 1) * end, "plan"))
    if chance.random() < 0.1:
        events.append(Job(chance.uniform(0.3, 1) * end, "job"))
    if profile == "default":
        events += _misfortunes(chance, origins, end)
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


def _origins(chance: Random, end: float, starts: list[int]) -> list[Deed]:
    """The escalations, most of them early."""
    made = []
    for index in range(chance.randint(2, 5)):
        at = 0.0 if index < 2 else _moment(chance, end * 0.7, starts)
        name = f"e{index}"
        if chance.random() < 0.5:
            level = {"impact": chance.choice("123"), "urgency": chance.choice("123")}
            fields: dict[str, Any] = {"category": "security", "assignment_group": "SOC Monitoring", **level}
            made.append(
                Deed(at, name, "servicenow", "dana.desk", "create", fields={"short_description": name, **fields})
            )
        else:
            level = {"severity": chance.choice(["High", "Medium", "Low"])}
            fields = {"title": name, "status": "New", "labels": ["escalation"], **level}
            made.append(Deed(at, name, "sentinel", "automation", "create", fields=fields))
    return made


def _moment(chance: Random, end: float, starts: list[int]) -> float:
    """Any time, or just after a run has begun: runs that wait are then worked around."""
    if chance.random() < 0.5:
        return float(round(chance.uniform(1, end)))
    return float(chance.choice(starts) + chance.choice([0, 1, 5, 30, 300]))


def _deeds(chance: Random, origins: list[Deed], end: float, starts: list[int], *, duty: bool) -> list[Deed]:
    names = [origin.name for origin in origins] + (["duty"] if duty else [])
    deeds = []
    for index in range(chance.randint(5, 16)):
        at, on, name = _moment(chance, end, starts), chance.choice(names), f"d{index:02d}"
        deeds += (_in_servicenow if chance.random() < 0.5 else _in_sentinel)(chance, at, name, on)
    return deeds


def _in_servicenow(chance: Random, at: float, name: str, on: str) -> list[Deed]:
    who, place = chance.choice(ANYBODY), "servicenow"
    match chance.randrange(10):
        case 0 | 1:
            return [Deed(at, name, place, who, "edit", on, fields={"state": chance.choice("12")})]
        case 2 | 3:
            level = {"impact": chance.choice("123"), "urgency": chance.choice("123")}
            return [Deed(at, name, place, who, "edit", on, fields=level)]
        case 4:
            return [Deed(at, name, place, who, "resolve", on, fields={"close_code": chance.choice(CODES)})]
        case 5:
            return [Deed(at, name, place, who, chance.choice(["reopen", "hold", "cancel"]), on)]
        case 6 | 7:
            return [Deed(at, name, place, who, "note", on, text=f"note {name}")]
        case 8:
            back = round(at + chance.choice([0, 20, 200]))
            return [
                Deed(at, name, place, who, "edit", on, fields={"state": "2"}),
                Deed(back, f"{name}b", place, who, "edit", on, fields={"state": "1"}),
            ]
        case _:
            words = {"short_description": f"renamed {name}"}
            return [Deed(at, name, place, who, chance.choice(["edit", "comment"]), on, f"said {name}", words)]


def _in_sentinel(chance: Random, at: float, name: str, on: str) -> list[Deed]:
    who, place = chance.choice(SOC), "sentinel"
    match chance.randrange(10):
        case 0 | 1:
            return [Deed(at, name, place, who, "edit", on, fields={"status": chance.choice(["New", "Active"])})]
        case 2 | 3:
            level = chance.choice(["High", "Medium", "Low", "Informational"])
            return [Deed(at, name, place, who, "edit", on, fields={"severity": level})]
        case 4:
            return [Deed(at, name, place, who, "close", on, fields=chance.choice(VERDICTS))]
        case 5:
            return [Deed(at, name, place, who, "reopen", on)]
        case 6 | 7:
            return [Deed(at, name, place, who, "comment", on, text=f"comment {name}")]
        case 8:
            back = round(at + chance.choice([0, 20, 200]))
            return [
                Deed(at, name, place, who, "edit", on, fields={"severity": "High"}),
                Deed(back, f"{name}b", place, who, "edit", on, fields={"severity": "Medium"}),
            ]
        case _:
            fields = chance.choice([{"title": f"renamed {name}"}, {"add_labels": ["seen"]}, {"owner": "keiko.tanaka"}])
            return [Deed(at, name, place, who, "edit", on, fields=fields)]


def cells(profile: Profile) -> list[tuple[str, str]]:
    """Every (call, fault) that histories bring together."""
    banned = POISON | ENDLESS | (UNSEEN if profile == "delta-only" else frozenset())
    return [
        (call.name, fault.name)
        for call in CALLS
        for fault in FAULTS
        if call.name not in NOT_MADE
        and fault.name not in banned
        and not (fault.kind == "idle_close" and call.name in FIRST)
    ]


def _with_a_cell(chance: Random, seed: int, runs: list[Run]) -> list[Run]:
    """One fault in turn, so that a campaign brings every fault to every call: on the first run if only that makes the call."""
    each = cells("delta-only")
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
    """Anywhere, or around one of the first writes, where it matters most."""
    if chance.random() < 0.3:
        return Break(chance.randint(1, 100), do, seconds)
    return Break(chance.choice([1, 1, 2, 2, 3, 4, 6, 9]), do, seconds, "writes")


def _blows(chance: Random, profile: Profile) -> tuple[Blow, ...]:
    possible = cells(profile)
    unclear = [cell for cell in possible if _CALLS[cell[0]].writes and _leaves_unclear(_FAULTS[cell[1]])]
    blows = []
    for _ in range(chance.choice([0, 0, 1, 1, 2, 5])):
        call, fault = chance.choice(unclear if chance.random() < 0.5 else possible)
        blows.append(Blow(call, fault, chance.choice([0, 0, 1, 3]), chance.choice([1, 1, 1, 2, None])))
    return tuple(blows)


def _leaves_unclear(fault: Fault) -> bool:
    """Whether nobody can tell from the answer if a write was made."""
    return fault.kind.endswith("_after") or fault.kind == "duplicate"


def _misfortunes(chance: Random, origins: list[Deed], end: float) -> list[Event]:
    """What only a sweep or a rebuilt memory makes up for."""
    found: list[Event] = []
    if chance.random() < 0.15:
        at = chance.uniform(0.2, 0.8) * end
        found.append(Hiding(at, "hidden", chance.choice(origins).name))
        found.append(Hiding(at + chance.uniform(0.05, 0.2) * end, "shown"))
    if chance.random() < 0.12:
        found.append(Loss(chance.uniform(0.3, 1) * end, "loss", old=chance.random() < 0.5))
    return found
