"""A run that slept past its lease wakes up with old knowledge: another one has gone on meanwhile. It must leave everything as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.emulators.world import Exchange
from watchkeeper.errors import Locked
from watchkeeper.state.lease import DURATION

pytestmark = pytest.mark.thorough


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with("secure-score"))
    deployment.sync()
    story.later(deployment)
    return deployment


def sleeping(deployment: Deployment, where: Callable[[Exchange], bool], meanwhile: Callable[[], Any]) -> None:
    """One run that falls asleep at an exchange; its lease runs out, and `meanwhile` happens. Then it goes on."""
    slept: list[bool] = []

    def listener(exchange: Exchange) -> None:
        if not slept and where(exchange):
            slept.append(True)
            deployment.world.clock.advance(DURATION + timedelta(minutes=1))
            meanwhile()

    stop = deployment.world.listen(listener)
    try:
        with pytest.raises(Locked, match="has lost the lease"):
            deployment.sync()
    finally:
        stop()
    assert slept


def memory(deployment: Deployment) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the tables that decide what later runs do."""
    tables = ("link", "comment", "cursor", "dirty", "intent", "conflict", "write_log", "occurrence", "meta")
    with sqlite3.connect(deployment.database) as connection:
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}


@pytest.mark.parametrize("phase", ["before", "after"])
def test_asleep_in_a_write(deployment: Deployment, phase: str) -> None:
    story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})
    left: list[Any] = []

    def another_goes_on() -> None:
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "High"})
        deployment.sync()
        left.append(memory(deployment))

    sleeping(deployment, lambda each: story.is_write(each) and each.phase == phase, another_goes_on)
    assert memory(deployment) == left[0]
    story.settle(deployment)
    assert [pair.agrees for pair in story.pairs(deployment).values()] == [True]
    assert story.status(story.incident(deployment, 1)) == "active"
    assert story.severity(story.ticket(deployment, "INC0010001")) == "High"


def test_asleep_while_it_reads(deployment: Deployment) -> None:
    """It has seen the incident before the person who worked on it, and would take back in its memory what the other run agreed on."""
    left: list[Any] = []

    def another_goes_on() -> None:
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "High"})
        deployment.sync()
        left.append(memory(deployment))

    reads = lambda each: each.phase == "after" and each.system == "arm" and each.request.method == "GET"  # noqa: E731
    watch = Watch.of(deployment.world)
    sleeping(deployment, reads, another_goes_on)
    assert memory(deployment) == left[0]
    assert len(watch.writes()) == 1
