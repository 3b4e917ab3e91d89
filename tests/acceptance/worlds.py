"""What acceptance tests look at: a world's own records and request log, and a catalogue of many duties."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from watchkeeper.emulators.request_log import LogEntry
from watchkeeper.emulators.world import World

MAPPINGS = Path(__file__).parents[2] / "mappings"
KEY_LABEL = "watchkeeper-key:"

Record = dict[str, Any]


def tickets(world: World) -> list[Record]:
    return world.systems["servicenow"].records()


def incidents(world: World) -> list[Record]:
    return world.systems["arm"].records()


def markers_of_tickets(world: World) -> Counter[str]:
    """How many tickets carry each of our markers."""
    return Counter(row["correlation_id"] for row in tickets(world) if row["correlation_id"])


def markers_of_incidents(world: World) -> Counter[str]:
    return Counter(marker for row in incidents(world) for marker in _markers(row))


def _markers(incident: Record) -> Iterator[str]:
    for label in incident["properties"]["labels"]:
        if label["labelName"].startswith(KEY_LABEL):
            yield label["labelName"].removeprefix(KEY_LABEL)


def mark(world: World) -> int:
    """A place in the request log, to count from."""
    return len(world.log.entries())


def calls(world: World, since: int = 0) -> list[LogEntry]:
    """Calls on records since a mark: tokens and history queries apart."""
    return [
        entry
        for entry in world.log.entries(since)
        if entry.system in {"servicenow", "arm"} and "oauth" not in entry.path
    ]


def writes(world: World, since: int = 0) -> list[str]:
    """Writing calls on records since a mark, as `system METHOD`."""
    return [f"{entry.system} {entry.method}" for entry in calls(world, since) if entry.is_write]


def people(world: World, system: str, who: str, do: str, **command: Any) -> Record:
    """Somebody works in one of the systems."""
    actor: Any = world.systems[system]
    done: Record = actor.people({"who": who, "do": do, **command})
    return done


def folder_with_duties(folder: Path, count: int) -> Path:
    """A mappings folder whose only pack has so many daily duties of one team."""
    shutil.copytree(MAPPINGS, folder)
    for pack in (folder / "packs").iterdir():
        pack.unlink()
    pack = {
        "id": "many",
        "version": "1.0.0",
        "title": _both("Many duties"),
        "source": {"url": "https://soc.example/duties", "date": "2026-01-01"},
        "tasks": [_duty(number) for number in range(count)],
    }
    # JSON is YAML, too.
    (folder / "packs" / "many.yaml").write_text(json.dumps(pack), encoding="utf-8")
    return folder


def _duty(number: int) -> Record:
    return {
        "id": f"duty-{number:02}",
        "title": _both(f"Duty {number}"),
        "summary": _both("One of many."),
        "cadence": "daily",
        "due": "17:00",
        "roll": "skip",
        "teams": ["Monitoring"],
        "fan_out": "per-team",
        "priority": "medium",
        "lead": "PT12H",
        "deadline": "P1D",
        "catch_up": "latest",
        "overlap": "forbid",
        "sentinel": {"mode": "incident"},
        "checklist": [_both("Do it")],
        "evidence": [_both("A note")],
        "done_when": [_both("It is done")],
        "links": [{"title": "Duties", "url": "https://soc.example/duties"}],
    }


def _both(text: str) -> dict[str, str]:
    return {"en": text, "ja": text}
