"""I8, at every boundary: a run is killed before or after each of its calls and commits, one after the other, and what follows
comes to the same end as if it had not been."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
from tests.simulation.campaign import look
from tests.simulation.promises.judgement import Judgement
from tests.simulation.schedule import Break, Deed, Event, History, Run, Scene

pytestmark = pytest.mark.thorough

INCIDENT = {"title": "Phishing wave", "severity": "High", "status": "New", "labels": ["escalation"]}
TICKET = {"short_description": "Stolen laptop", "category": "security", "assignment_group": "SOC Monitoring"}
IN_SENTINEL = Deed(0, "e0", "sentinel", "automation", "create", fields=INCIDENT)
IN_SERVICENOW = Deed(0, "e1", "servicenow", "dana.desk", "create", fields={**TICKET, "impact": "2", "urgency": "2"})
FIRST = (Run(60, "first"),)
DOOMED = Run(900, "doomed")


def history(*events: Event, **scene: Any) -> History:
    return History(0, "default", Scene(**scene), tuple(sorted((*events, DOOMED), key=lambda event: event.at)))


SCENES = {
    "a duty falls due": history(duty=True),
    "an escalation is imported": history(IN_SENTINEL, IN_SERVICENOW),
    "where the instance chooses its own ids": history(IN_SENTINEL, duty=True, honours_ids=False),
    "people have worked on both sides": history(
        IN_SENTINEL,
        IN_SERVICENOW,
        *FIRST,
        Deed(300, "d0", "sentinel", "liam.byrne", "edit", "e0", fields={"status": "Active"}),
        Deed(310, "d1", "sentinel", "liam.byrne", "comment", "e0", text="owner called"),
        Deed(320, "d2", "servicenow", "keiko.tanaka", "note", "e1", text="seen"),
        Deed(330, "d3", "servicenow", "keiko.tanaka", "edit", "e1", fields={"urgency": "1"}),
        Deed(340, "d4", "servicenow", "keiko.tanaka", "note", "e0", text="on it"),
    ),
    "people have closed on both sides": history(
        IN_SENTINEL,
        IN_SERVICENOW,
        *FIRST,
        Deed(300, "d0", "sentinel", "liam.byrne", "close", "e0", fields={"classification": "Undetermined"}),
        Deed(320, "d1", "servicenow", "keiko.tanaka", "resolve", "e1", fields={"close_code": "Solution provided"}),
    ),
    "people disagree": history(
        IN_SENTINEL,
        *FIRST,
        Deed(300, "d0", "sentinel", "liam.byrne", "edit", "e0", fields={"severity": "Low"}),
        Deed(320, "d1", "servicenow", "keiko.tanaka", "edit", "e0", fields={"impact": "2", "urgency": "2"}),
    ),
    "the memory is lost": history(
        IN_SENTINEL,
        IN_SERVICENOW,
        *FIRST,
        Deed(320, "d0", "servicenow", "keiko.tanaka", "note", "e1", text="seen"),
        replace(Run(500, "second"), opens=True),
    ),
}
EVERY_DAY = ("an escalation is imported",)
STEP = 8
"""Every day only each eighth boundary is tried."""


def killed_at(name: str, boundary: int) -> History:
    scene = SCENES[name]
    doomed = replace(DOOMED, breaks=(Break(boundary, "kill"),))
    return replace(scene, events=tuple(doomed if event == DOOMED else event for event in scene.events))


def end(its: Judgement) -> dict[str, Any]:
    """What both systems hold: meanings, and what people were told, in whatever order of pairs."""
    return {
        key: [
            (record.now.means, Counter(note.text for note in record.notes))
            for record in (pair.ticket, pair.incident)
            if record is not None
        ]
        for key, pair in its.pairs.items()
    }


@lru_cache(maxsize=len(SCENES))
def undisturbed(name: str) -> tuple[dict[str, Any], int]:
    """The end without a kill, and how many boundaries the doomed run, and the one with its valves opened, have."""
    evidence, _ = look(SCENES[name])
    its = Judgement(evidence)
    return end(its), max(taken.boundaries for taken in evidence.taken if taken.run.name.startswith(DOOMED.name))


def differing(name: str, boundaries: Iterable[int]) -> list[str]:
    wanted, _ = undisturbed(name)
    wrong = []
    for boundary in boundaries:
        evidence, breaches = look(killed_at(name, boundary))
        its = Judgement(evidence)
        wrong += [f"killed at {boundary}: {breach}" for breach in breaches]
        if end(its) != wanted:
            wrong.append(f"killed at {boundary}: {end(its)} and not {wanted}")
        if not any(taken.killed for taken in evidence.taken):
            wrong.append(f"nothing was killed at {boundary}")
    return wrong


@pytest.mark.parametrize("name", EVERY_DAY)
def test_i08_killed_at_every_few_boundaries(name: str) -> None:
    last = undisturbed(name)[1]
    assert last > 40
    assert differing(name, range(1, last + 1, STEP)) == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", SCENES)
def test_i08_killed_at_every_boundary(name: str) -> None:
    assert differing(name, range(1, undisturbed(name)[1] + 1)) == []
