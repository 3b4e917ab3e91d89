"""I14: clock skew of hours on either side changes nothing."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.engine import Deployment, make_deployment
from tests.invariants import story

SKEWS = [timedelta(hours=-5), timedelta(hours=5), *story.also_slowly(*(timedelta(hours=off) for off in (-1, 0, 1)))]


def a_day_of_work(deployment: Deployment) -> dict[str, Any]:
    """Imports, edits on both sides, a conflict, an A→B→A edit, comments, a close, a reopen; and what comes of it."""
    number = story.escalate(deployment)
    opened = story.escalated_ticket(deployment)
    story.import_all(deployment)
    story.later(deployment)
    story.in_sentinel(deployment, "keiko.tanaka", "comment", number, text="seen")
    story.in_servicenow(deployment, "haruto.sato", "note", opened, text="called")
    story.in_servicenow(deployment, "ava.nguyen", "edit", opened, fields={"impact": "1", "urgency": "1"})
    story.settle(deployment, runs=1)
    mirror = next(pair for pair in story.pairs(deployment).values() if pair.ticket["number"] == opened)
    mirrored = mirror.incident["properties"]["incidentNumber"]
    for impact in ("2", "1"):
        fields = {"impact": impact, "urgency": impact}
        story.in_servicenow(deployment, "ava.nguyen", "edit", opened, fields=fields)
        story.later(deployment, 1)
    story.in_sentinel(deployment, "liam.byrne", "edit", mirrored, fields={"severity": "Medium", "status": "Active"})
    story.settle(deployment, runs=2)
    story.in_sentinel(deployment, "liam.byrne", "close", number)
    story.settle(deployment, runs=1)
    story.in_sentinel(deployment, "liam.byrne", "reopen", number)
    story.settle(deployment, runs=2)
    with deployment.store() as store:
        conflicts = [(row.field, row.winner, row.losing) for row in store.conflicts()]
    return {
        "conflicts": conflicts,
        "tickets": [
            (story.state(row), story.severity(row), len(story.notes(row))) for row in story.tickets(deployment)
        ],
        "incidents": [
            (story.status(item), item["properties"]["severity"], len(story.comments(item)))
            for item in story.incidents(deployment)
        ],
        "idle": story.idle_writes(deployment),
    }


@cache
def on_time() -> dict[str, Any]:
    """What comes of the day where the program's clock is right."""
    with TemporaryDirectory() as folder:
        return a_day_of_work(make_deployment(Path(folder), mappings=story.mappings_with()))


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_the_program_may_be_hours_off(tmp_path: Path, skew: timedelta) -> None:
    expected = on_time()
    assert a_day_of_work(make_deployment(tmp_path, mappings=story.mappings_with(), skew=skew)) == expected
    assert ("severity", "servicenow", '"medium"') in expected["conflicts"]
    assert not expected["idle"]


def test_a_clock_that_steps_back_between_runs_loses_nothing(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    number = story.escalate(deployment)
    story.import_all(deployment)
    for step, status in ((3, "Active"), (-3, "New"), (6, "Active")):
        deployment.skew += timedelta(hours=step)
        story.in_sentinel(deployment, "keiko.tanaka", "edit", number, fields={"status": status})
        story.settle(deployment, runs=1)
        assert story.state(story.mirror_of(deployment, number)) == status.lower()
