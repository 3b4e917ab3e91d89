"""The escalation audit of many tickets, each with a long history: which calls, how long, in how much memory?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.bars import Bar, at_most, shown
from bench.calls import COMMENTS, kind_of, without_tokens, writes
from bench.deployment import Deployment
from bench.emulated import Emulated, emulated

TICKETS, INCIDENTS = 9_800, 200
DEEDS = 20
"""Notes, comments and changes of fields on each, about half of them each."""

WALL, MEMORY = 30.0, 300.0
CALLS = 100
"""Listings and histories of all of them: one for 100 tickets."""

CHANGES = 12
"""Of an incident; the rest are comments."""

PEOPLE = ("keiko.tanaka", "haruto.sato")
APART = timedelta(hours=17.5)
"""Between what happens to one ticket: something on each of the six days that are judged."""

_PORTION = 2_000


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:  # noqa: ARG001 - always the same many, once
    with emulated(folder, 0.0) as world:
        fill(world)
        run = Deployment(world, folder).audit()
    _check((folder / "output.json").read_text(encoding="utf-8"))
    calls = without_tokens(run.calls)
    kinds = Counter(map(kind_of, calls))
    single = kinds.pop(COMMENTS, 0)
    return (
        at_most(
            f"{TICKETS + INCIDENTS:,} escalations, {DEEDS} deeds each: wall of the process",
            run.execution.wall,
            "s",
            WALL,
        ),
        at_most("peak memory", run.execution.memory, "MiB", MEMORY),
        at_most("calls in bulk", sum(kinds.values()), "", CALLS),
        *(shown(f"  {kind}", count, "") for kind, count in sorted(kinds.items())),
        at_most("calls for one incident's comments", single, "", INCIDENTS // 2, "where nothing else decides"),
        at_most("writes", len(writes(calls)), "", 0, "none"),
        shown("CPU of the process", run.execution.cpu, "s"),
    )


def fill(world: Emulated) -> None:
    """Every ticket and every second incident was updated today by a person who changed a field; the other incidents only got a
    comment."""
    now = world.now() - timedelta(hours=1)
    numbers = _tickets(world, now)
    for start in range(0, len(numbers), _PORTION // DEEDS):
        portion = numbers[start : start + _PORTION // DEEDS]
        world.seed("servicenow", commands=[deed for number in portion for deed in _deeds(number, now)])
    for number in range(INCIDENTS):
        _incident(world, number, now)


def _tickets(world: Emulated, now: datetime) -> list[str]:
    fields = {"category": "security", "assignment_group": "SOC Monitoring", "assigned_to": PEOPLE[0]}
    born = (now - timedelta(days=30)).isoformat()
    made = {"who": PEOPLE[0], "do": "create", "at": born, "fields": {**fields, "short_description": "Credential theft"}}
    rows = world.seed("servicenow", commands=[made] * TICKETS)["done"]
    return [str(each["record"]["number"]) for each in rows]


def _deeds(number: str, now: datetime) -> Iterator[Mapping[str, Any]]:
    """Notes together with a change of state, by people and by the system, the latest by a person an hour ago."""
    for step in range(DEEDS // 2):
        who = PEOPLE[step // 2 % 2] if step % 2 else "system"
        at = (now - APART * (DEEDS // 2 - 1 - step)).isoformat()
        text = f"Looked at the host again, step {step} for {number}; next: ask its owner"
        yield {
            "number": number,
            "who": who,
            "do": "edit",
            "at": at,
            "text": text,
            "fields": {"state": str(2 - step % 2)},
        }


def _incident(world: Emulated, number: int, now: datetime) -> None:
    """A change on every day that is judged, at the same hour, and a comment with most of them."""
    born = (now - timedelta(days=30)).isoformat()
    made = world.seed("sentinel", provider="alert", labels=["escalation"], severity="Low", at=born, owner=PEOPLE[0])
    name, who = made["incidents"][0]["name"], PEOPLE[0] if number % 2 == 0 else "automation"
    for step in range(CHANGES):
        at = (now - timedelta(days=CHANGES - 1 - step)).isoformat()
        world.person("arm", who, "edit", incident=name, at=at, fields={"severity": ("High", "Low")[step % 2]})
        if step >= 2 * CHANGES - DEEDS:
            text = f"Looked at the account again, step {step}; next: call its owner"
            world.person("arm", PEOPLE[0], "comment", incident=name, text=text, at=at)


def _check(said: str) -> None:
    """Every escalation was judged, by what a person did today. Raises RuntimeError."""
    count = f"{TICKETS + INCIDENTS:,}"
    if not said.startswith(f"{count} of {count} updated. "):
        raise RuntimeError(f"of {count} fresh escalations the audit said: {said[:300]}")
