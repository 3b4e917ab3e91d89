"""What people do in a history: they escalate on one side or the other, and work on what is there."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.simulation.schedule import Deed

SOC = ("keiko.tanaka", "haruto.sato", "ava.nguyen", "liam.byrne")
ANYBODY = (*SOC, "dana.desk")
CODES = ("Solution provided", "True positive", "Duplicate", "User error")
VERDICTS = (
    {"classification": "Undetermined"},
    {"classification": "TruePositive", "classificationReason": "SuspiciousActivity"},
    {"classification": "BenignPositive", "classificationReason": "SuspiciousButExpected"},
)


def origins(chance: Random, end: float, starts: list[int]) -> list[Deed]:
    """The escalations, most of them early."""
    made = []
    for index in range(chance.randint(2, 5)):
        at = 0.0 if index < 2 else moment(chance, end * 0.7, starts)
        name = f"e{index}"
        if chance.random() < 0.5:
            made.append(ticket(at, name, impact=chance.choice("123"), urgency=chance.choice("123")))
        else:
            made.append(incident(at, name, chance.choice(["High", "Medium", "Low"])))
    return made


def ticket(at: float, name: str, impact: str, urgency: str) -> Deed:
    """A ticket of the service desk that the SOC is to look at."""
    fields = {"short_description": name, "category": "security", "assignment_group": "SOC Monitoring"}
    return Deed(at, name, "servicenow", "dana.desk", "create", fields={**fields, "impact": impact, "urgency": urgency})


def incident(at: float, name: str, severity: str) -> Deed:
    """An incident that an automation rule escalates."""
    fields = {"title": name, "status": "New", "labels": ["escalation"], "severity": severity}
    return Deed(at, name, "sentinel", "automation", "create", fields=fields)


def moment(chance: Random, end: float, starts: list[int]) -> float:
    """Any time, or just after a run has begun: runs that wait are then worked around."""
    if chance.random() < 0.5:
        return float(round(chance.uniform(1, end)))
    return float(chance.choice(starts) + chance.choice([0, 1, 5, 30, 300]))


def deeds(chance: Random, on_these: list[Deed], end: float, starts: list[int], *, duty: bool) -> list[Deed]:
    names = [origin.name for origin in on_these] + (["duty"] if duty else [])
    done = []
    for index in range(chance.randint(5, 16)):
        at, on, name = moment(chance, end, starts), chance.choice(names), f"d{index:02d}"
        done += (_in_servicenow if chance.random() < 0.5 else _in_sentinel)(chance, at, name, on)
    return done


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
            words: dict[str, Any] = {"short_description": f"renamed {name}"}
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
            fields: dict[str, Any] = chance.choice(
                [{"title": f"renamed {name}"}, {"add_labels": ["seen"]}, {"owner": "keiko.tanaka"}]
            )
            return [Deed(at, name, place, who, "edit", on, fields=fields)]
