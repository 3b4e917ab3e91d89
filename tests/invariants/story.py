"""People at work, runs that die, and what the two emulated systems hold: the words in which the invariants are told.

Everything here reads the emulators' own records, so that nothing is judged by the engine's opinion of itself.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.engine import MAPPINGS, Deployment, Watch

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.world import Exchange
from watchkeeper.model.run import RunReport

OURS = "watchkeeper"


def also_slowly(*values: Any) -> list[Any]:
    """Further parameters of a test, tried with `-m slow` only: variations of what the others show already."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


STATES = {"1": "new", "2": "active", "3": "active", "6": "closed", "7": "closed", "8": "closed"}
LEVELS = {
    ("1", "1"): "High",
    ("1", "2"): "High",
    ("2", "1"): "High",
    ("2", "2"): "Medium",
    ("1", "3"): "Medium",
    ("3", "1"): "Medium",
    ("2", "3"): "Low",
    ("3", "2"): "Low",
    ("3", "3"): "Informational",
}


# --- people ---


def in_servicenow(deployment: Deployment, who: str, do: str, number: str = "", **command: Any) -> dict[str, Any]:
    """A person does something to a ticket."""
    system: Any = deployment.world.systems["servicenow"]
    answer: dict[str, Any] = system.people({"who": who, "do": do, "number": number, **command})
    return answer


def in_sentinel(deployment: Deployment, who: str, do: str, incident: int | str | None = None, **command: Any) -> Any:
    """A person does something to an incident."""
    system: Any = deployment.world.systems["arm"]
    return system.people({"who": who, "do": do, "incident": incident, **command})


def seed_incidents(deployment: Deployment, **command: Any) -> list[dict[str, Any]]:
    system: Any = deployment.world.systems["arm"]
    made: list[dict[str, Any]] = system.seed(command)["incidents"]
    return made


def seed_servicenow(deployment: Deployment, **command: Any) -> Any:
    system: Any = deployment.world.systems["servicenow"]
    return system.seed(command)


def later(deployment: Deployment, minutes: float = 15) -> None:
    deployment.world.clock.advance(timedelta(minutes=minutes))


# --- mappings ---


def mappings_with(*tasks: str, **changes: Any) -> Path:
    """The shipped mappings with these tasks alone (none: only the one that has to be raised), `changes` made to each of them,
    key by key. Shared by all tests of a process: nobody writes here, see `rewrite`."""
    return _shared_mappings(tasks, json.dumps(changes))


@lru_cache(maxsize=64)
def _shared_mappings(tasks: tuple[str, ...], changes: str) -> Path:
    copy = Path(tempfile.mkdtemp(prefix="mappings-"))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    shutil.copytree(MAPPINGS, copy, dirs_exist_ok=True)
    pack = copy / "packs" / "defender-xdr.yaml"
    # The others point at tasks of this one, which may not be among those that are kept.
    for other in {*pack.parent.glob("*.yaml")} - {pack}:
        other.unlink()
    yaml = YAML()
    document = yaml.load(pack.read_text(encoding="utf-8"))
    kept = [task for task in document["tasks"] if task["id"] in tasks]
    document["tasks"] = kept or [task for task in document["tasks"] if task["cadence"] == "as-needed"]
    for task in kept:
        task.update(json.loads(changes))
    with pack.open("w", encoding="utf-8") as file:
        yaml.dump(document, file)
    return copy


def rewrite(deployment: Deployment, name: str, before: str, after: str) -> None:
    """Change a text in one of the deployment's mapping files, as an administrator would."""
    own = deployment.database.parent / "mappings"
    if deployment.mappings != own:
        shutil.copytree(deployment.mappings, own)
        deployment.mappings = own
    text = (own / name).read_text(encoding="utf-8")
    assert before in text, f"{before!r} is not in {name}"
    (own / name).write_text(text.replace(before, after), encoding="utf-8")


# --- what the systems hold ---


def tickets(deployment: Deployment) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = list(deployment.world.systems["servicenow"].records())
    return [row for row in rows if row.get("table") == "incident"]


def incidents(deployment: Deployment) -> list[dict[str, Any]]:
    return [item for item in deployment.world.systems["arm"].records() if not item["deleted"]]


def ticket(deployment: Deployment, number: str) -> dict[str, Any]:
    return next(row for row in tickets(deployment) if row["number"] == number)


def incident(deployment: Deployment, number: int) -> dict[str, Any]:
    return next(item for item in incidents(deployment) if item["properties"]["incidentNumber"] == number)


def labels(item: dict[str, Any]) -> set[str]:
    return {label["labelName"] for label in item["properties"].get("labels", [])}


def notes(row: dict[str, Any]) -> list[tuple[str, str]]:
    """(author, text) of a ticket's work notes, oldest first."""
    entries = [entry for entry in row["journal"] if entry["element"] == "work_notes"]
    return [
        (entry["sys_created_by"], entry["value"]) for entry in sorted(entries, key=lambda each: each["sys_created_on"])
    ]


def comments(item: dict[str, Any]) -> list[str]:
    """Texts of an incident's comments, oldest first."""
    return [each["properties"]["message"] for each in item["comments"]]


def own_comments(item: dict[str, Any]) -> list[str]:
    """Those that our account wrote."""
    return [
        each["properties"]["message"] for each in item["comments"] if "Watchkeeper" in str(each["properties"]["author"])
    ]


def state(row: dict[str, Any]) -> str:
    return STATES[row["state"]]


def status(item: dict[str, Any]) -> str:
    return str(item["properties"]["status"]).lower()


def severity(row: dict[str, Any]) -> str:
    return LEVELS[row["impact"], row["urgency"]]


def everything(deployment: Deployment) -> dict[str, Any]:
    """All that a person could tell apart in the two systems, without what only says when and how often it was written."""
    return {
        "tickets": {
            row["number"]: (
                row["correlation_id"],
                row["short_description"],
                state(row),
                severity(row),
                row["assignment_group"],
                row["close_code"],
                sorted(text for _, text in notes(row)),
            )
            for row in tickets(deployment)
        },
        "incidents": {
            item["properties"]["incidentNumber"]: (
                item["name"],
                item["properties"]["title"],
                status(item),
                item["properties"]["severity"],
                sorted(labels(item)),
                item["properties"].get("classification"),
                sorted(comments(item)),
            )
            for item in incidents(deployment)
        },
    }


@dataclass(frozen=True)
class Pair:
    ticket: dict[str, Any]
    incident: dict[str, Any]

    @property
    def agrees(self) -> bool:
        held = self.incident["properties"]["severity"]
        return state(self.ticket) == status(self.incident) and severity(self.ticket) == held


def pairs(deployment: Deployment) -> dict[str, Pair]:
    """Every pair that the memory links, by key, as the systems hold it now."""
    by_id = {row["sys_id"]: row for row in tickets(deployment)}
    by_name = {item["name"].lower(): item for item in incidents(deployment)}
    with deployment.store() as store:
        links = store.links()
    return {
        key: Pair(by_id[sides["servicenow"].ref.id], by_name[sides["sentinel"].ref.id])
        for key, sides in links.items()
        if len(sides) == 2 and sides["servicenow"].ref.id in by_id and sides["sentinel"].ref.id in by_name
    }


def keys_in_servicenow(deployment: Deployment) -> Counter[str]:
    """How many tickets carry each of our keys."""
    found = (row["correlation_id"] for row in tickets(deployment) if row["correlation_display"] == OURS)
    return Counter(marker.split("/", 1)[1] for marker in found)


# --- escalations ---


def escalate(deployment: Deployment, title: str = "Phishing wave", **fields: Any) -> int:
    """A playbook raises an incident and marks it as an escalation; its number."""
    made = in_sentinel(
        deployment,
        "automation",
        "create",
        fields={"title": title, "severity": "High", "status": "New", "labels": ["escalation"], **fields},
    )
    return int(made["number"])


def escalated_ticket(deployment: Deployment, title: str = "Stolen laptop", **fields: Any) -> str:
    """A person opens a security ticket for a SOC group; its number."""
    made = in_servicenow(
        deployment,
        "dana.desk",
        "create",
        fields={
            "short_description": title,
            "category": "security",
            "assignment_group": "SOC Monitoring",
            "impact": "2",
            "urgency": "2",
            **fields,
        },
    )
    return str(made["record"]["number"])


def import_all(deployment: Deployment) -> RunReport:
    """Sync, opening whatever valve a first import trips, as a person would after looking at it."""
    report = deployment.sync()
    return deployment.sync(open_valves=deployment.open_valves(report)) if report.valves else report


def mirror_of(deployment: Deployment, number: int) -> dict[str, Any]:
    """The ticket that mirrors an incident."""
    name = incident(deployment, number)["name"].lower()
    with deployment.store() as store:
        links = store.links([f"escalation/sentinel/{name}"])[f"escalation/sentinel/{name}"]
    return next(row for row in tickets(deployment) if row["sys_id"] == links["servicenow"].ref.id)


# --- runs ---


def settle(deployment: Deployment, runs: int = 3, minutes: float = 15) -> RunReport:
    """Runs without faults, a quarter of an hour apart; the last one's report."""
    for _ in range(runs):
        later(deployment, minutes)
        report = import_all(deployment)
    return report


def idle_writes(deployment: Deployment) -> list[tuple[str, str, str]]:
    """The writes of one more run."""
    later(deployment)
    watch = Watch.of(deployment.world)
    deployment.sync()
    return watch.writes()


class Killed(BaseException):
    """The process is gone: nothing that handles errors may see this."""


@contextmanager
def killing(deployment: Deployment, doomed: Callable[[int, Exchange], bool]) -> Iterator[list[Exchange]]:
    """Kill the caller at the first exchange for which `doomed(number, exchange)` holds; numbers count from 1, per phase.
    Yields the exchanges that were seen, up to and including the fatal one."""
    seen: list[Exchange] = []
    count: Counter[str] = Counter()

    def listener(exchange: Exchange) -> None:
        seen.append(exchange)
        count[exchange.phase] += 1
        if doomed(count[exchange.phase], exchange):
            raise Killed

    stop = deployment.world.listen(listener)
    try:
        yield seen
    except Killed:
        pass
    finally:
        stop()


def is_write(exchange: Exchange) -> bool:
    """Whether an exchange would change a record. What goes together in a batch are reads."""
    path = exchange.request.path
    writing = exchange.request.method in {"POST", "PUT", "PATCH", "DELETE"} and not path.endswith("/batch")
    return writing and exchange.system in {"servicenow", "arm"} and "oauth" not in path


def at_write(number: int, phase: str) -> Callable[[int, Exchange], bool]:
    """Doom at the n-th writing call, before the system acts or after its effect."""
    writes = 0

    def doomed(_: int, exchange: Exchange) -> bool:
        nonlocal writes
        if exchange.phase != phase or not is_write(exchange):
            return False
        writes += 1
        return writes == number

    return doomed


def at_call(number: int, phase: str) -> Callable[[int, Exchange], bool]:
    """Doom at the n-th call of any kind."""
    return lambda count, exchange: exchange.phase == phase and count == number


def fault(deployment: Deployment, kind: Any, system: str, method: str, **rule: Any) -> None:
    """From now on, strike requests of a system; `times` (default 1) of them."""
    deployment.world.faults.add(FaultRule(kind, system, method, **{"times": 1, **rule}))


def heal(deployment: Deployment) -> None:
    deployment.world.faults.clear()
