"""I8: killed before or after any call, the next run reaches the same end as if nothing had happened.

By default the runs are killed around writing calls of every kind; with `-m slow`, around every call there is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.effort import thoroughly
from tests.engine import Deployment, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

MOST_CALLS = 200
Scene = Callable[[Deployment], None]


def first_sync(deployment: Deployment) -> None:
    """The first Monday's duties, on two sides."""
    assert not story.tickets(deployment)


def closed_in_servicenow(deployment: Deployment) -> None:
    deployment.sync()
    story.later(deployment)
    story.in_servicenow(deployment, "ava.nguyen", "resolve", "INC0010001")
    story.later(deployment)


def closed_in_sentinel(deployment: Deployment) -> None:
    deployment.sync()
    story.later(deployment)
    story.in_sentinel(deployment, "keiko.tanaka", "close", 3)
    story.later(deployment)


def import_with_comments(deployment: Deployment) -> None:
    """Three escalations, two from Sentinel and one from ServiceNow, with a conversation on both sides."""
    deployment.mappings = story.mappings_with()
    first = story.escalate(deployment, title="Phishing wave")
    second = story.escalate(deployment, title="Impossible travel")
    opened = story.escalated_ticket(deployment)
    for text in ("seen", "contained"):
        story.in_sentinel(deployment, "keiko.tanaka", "comment", first, text=text)
        story.later(deployment, 1)
        story.in_servicenow(deployment, "haruto.sato", "note", opened, text=f"ticket {text}")
        story.later(deployment, 1)
    story.in_sentinel(deployment, "liam.byrne", "comment", second, text="owner called")
    story.later(deployment)


SCENES: dict[str, Scene] = {
    scene.__name__: scene for scene in (first_sync, closed_in_servicenow, closed_in_sentinel, import_with_comments)
}
WRITES = {"first_sync": 14, "closed_in_servicenow": 1, "closed_in_sentinel": 1, "import_with_comments": 11}
"""How many writing calls a run without misfortune makes."""
SAMPLED = {"first_sync": (1, 2), "import_with_comments": (1, 5, 11)}
"""The writes around which the everyday suite kills, where it does not try them all."""


@done_once
def after(folder: Path, scene: str) -> Deployment:
    deployment = make_deployment(folder)
    SCENES[scene](deployment)
    return deployment


@cache
def end_without_misfortune(scene: str) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        deployment = after(Path(folder), scene)
        story.import_all(deployment)
        story.settle(deployment, runs=2)
        return comparable(deployment)


def comparable(deployment: Deployment) -> dict[str, Any]:
    """What the systems hold, without the numbers, which depend on who was created first, and without times in texts."""
    held = story.everything(deployment)
    return {
        "tickets": sorted((key, *rest[:-1], len(rest[-1])) for key, *rest in held["tickets"].values()),
        "incidents": sorted(
            (title, status, severity, classification, len(comments))
            for _, title, status, severity, _, classification, comments in held["incidents"].values()
        ),
        "notes": sorted(_unstamped(text) for row in story.tickets(deployment) for _, text in story.notes(row)),
        "comments": sorted(_unstamped(text) for item in story.incidents(deployment) for text in story.comments(item)),
    }


def _unstamped(text: str) -> str:
    """A note without our marker, which holds an id that the emulator made up."""
    return text.rpartition("\n[watchkeeper:")[0] or text


def calls_of(folder: Path, scene: str) -> int:
    """How many calls the run makes that is going to be killed."""
    deployment = after(folder, scene)
    with story.killing(deployment, lambda _number, _exchange: False) as seen:
        story.import_all(deployment)
    return sum(1 for exchange in seen if exchange.phase == "before")


def killed(folder: Path, scene: str, doomed: Callable[[int, Any], bool]) -> tuple[Deployment, bool]:
    """The scene and a killed run; and whether the blow fell at all."""
    deployment = after(folder, scene)
    survived = False
    with story.killing(deployment, doomed):
        story.import_all(deployment)
        survived = True
    return deployment, not survived


@pytest.mark.parametrize("phase", ["after", *thoroughly("before")])
@pytest.mark.parametrize("scene", sorted(SCENES))
def test_killed_around_every_write_the_next_runs_come_to_the_same_end(tmp_path: Path, scene: str, phase: str) -> None:
    expected = end_without_misfortune(scene)
    for number in SAMPLED.get(scene, range(1, WRITES[scene] + 1)):
        deployment, struck = killed(tmp_path / f"n{number}", scene, story.at_write(number, phase))
        assert struck, f"there is no write {number}"
        story.settle(deployment, runs=1)
        assert comparable(deployment) == expected, f"killed {phase} write {number}"
        assert not story.idle_writes(deployment), f"killed {phase} write {number}"
    _, struck = killed(tmp_path / "last", scene, story.at_write(WRITES[scene] + 1, phase))
    assert not struck, "there are more writes than this test kills"


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("scene", sorted(SCENES))
def test_killed_around_every_call_the_next_runs_come_to_the_same_end(tmp_path: Path, scene: str, phase: str) -> None:
    expected = end_without_misfortune(scene)
    for number in range(1, calls_of(tmp_path / "count", scene) + 1):
        deployment, struck = killed(tmp_path / f"n{number}", scene, story.at_call(number, phase))
        assert struck
        story.settle(deployment, runs=1)
        assert comparable(deployment) == expected, f"killed {phase} call {number}"
        assert not story.idle_writes(deployment), f"killed {phase} call {number}"


def test_killed_again_and_again_it_still_comes_to_the_same_end(tmp_path: Path) -> None:
    """Every run makes one write and dies."""
    expected = end_without_misfortune("import_with_comments")
    deployment = after(tmp_path, "import_with_comments")
    for number in range(WRITES["import_with_comments"]):
        with story.killing(deployment, story.at_write(1, "after" if number % 2 else "before")):
            story.import_all(deployment)
        story.later(deployment)
    story.settle(deployment, runs=2)
    assert comparable(deployment) == expected
    assert not story.idle_writes(deployment)
