"""A seed becomes a history: how many people, runs, faults and interruptions there are, and of what size, is a matter of the seed.

Faults are random subsets per run: many runs have none, some have one kind, some many; waits range from seconds to far beyond the
lease and the schedule's interval.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.faults.kinds import CALLS, FAULTS, FIRST
from tests.simulation.schedule import (
    Blow,
    Break,
    Deed,
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
SHORTEST_LEASE = 600.0


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
        *_runs(chance, starts, profile),
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


def _runs(chance: Random, starts: list[int], profile: Profile) -> list[Run]:
    first = Run(30.0, "first")  # which only shows what a person has to let in
    return [
        first,
        *(
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
        ),
    ]


def _breaks(chance: Random) -> tuple[Break, ...]:
    breaks = []
    if chance.random() < 0.35:
        breaks = [
            Break(chance.randint(1, 90), "wait", chance.choice(WAITS)) for _ in range(chance.choice([1, 1, 2, 4]))
        ]
    if chance.random() < 0.3:
        breaks.append(Break(chance.randint(1, 110), "kill"))
    return tuple(sorted(breaks, key=lambda each: each.at))


def _blows(chance: Random, profile: Profile) -> tuple[Blow, ...]:
    banned = POISON | ENDLESS | (UNSEEN if profile == "delta-only" else frozenset())
    kinds = [fault for fault in FAULTS if fault.name not in banned]
    blows = []
    for _ in range(chance.choice([0, 0, 1, 1, 2, 5])):
        call, fault = chance.choice(CALLS), chance.choice(kinds)
        if chance.random() < 0.4:  # what leaves open whether a write was made
            call = chance.choice([each for each in CALLS if each.writes])
            fault = chance.choice([each for each in kinds if each.kind.endswith("_after") or each.kind == "duplicate"])
        if fault.kind == "idle_close" and call.name in FIRST:
            continue
        blows.append(Blow(call.name, fault.name, chance.choice([0, 0, 1, 3]), chance.choice([1, 1, 1, 2, None])))
    return tuple(blows)


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
