"""I4: a person edits the very field that our write is on its way to, where no precondition keeps the write back. What was written
over is named; the record's history says what it was, and may not answer just then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.emulators.world import Exchange

pytestmark = pytest.mark.thorough


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    """A pair whose incident a person has taken up."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with("secure-score"))
    deployment.sync()
    story.later(deployment)
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"status": "Active"})
    return deployment


@contextmanager
def resolved_on_the_way(deployment: Deployment) -> Iterator[None]:
    """A person resolves the ticket when our write has left."""
    resolved: list[bool] = []

    def listener(exchange: Exchange) -> None:
        if story.is_write(exchange) and exchange.phase == "before" and not resolved:
            resolved.append(True)
            story.in_servicenow(deployment, "ava.nguyen", "resolve", "INC0010001")

    stop = deployment.world.listen(listener)
    try:
        yield
    finally:
        stop()
    assert resolved


def silence_history(deployment: Deployment, status: int) -> None:
    story.fault(deployment, "status", "servicenow", "GET", regex="sys_audit", status=status, times=None)


def named(deployment: Deployment) -> list[tuple[str, str, str]]:
    with deployment.store() as store:
        return [(row.field, row.losing, row.resolver) for row in store.conflicts()]


PASSED_OVER = [("status", '"resolved"', "passed-over")]


@pytest.mark.parametrize("killed", [False, True], ids=["answered", "killed-before-the-answer"])
def test_it_is_named_once_a_history_that_was_out_of_order_answers_again(deployment: Deployment, killed: bool) -> None:
    silence_history(deployment, 502)
    with resolved_on_the_way(deployment):
        if killed:
            with story.killing(deployment, story.at_write(1, "after")):
                deployment.sync()
        else:
            deployment.sync()
    story.later(deployment)
    report = deployment.sync()
    assert ["its history does not say now" in row.reason for row in report.parked] == [True]
    assert not named(deployment)
    story.heal(deployment)
    watch = Watch.of(deployment.world)
    story.settle(deployment, runs=1)
    assert named(deployment) == PASSED_OVER
    assert not watch.writes()
    assert story.state(story.ticket(deployment, "INC0010001")) == "active"


def test_nobody_waits_for_a_history_that_may_not_be_read(deployment: Deployment) -> None:
    silence_history(deployment, 403)
    with resolved_on_the_way(deployment):
        report = deployment.sync()
    assert [row.outcome for row in report.results] == ["done"]
    assert not named(deployment)


def test_one_that_stays_out_of_order_is_waited_for_no_longer_than_an_hour(deployment: Deployment) -> None:
    silence_history(deployment, 502)
    with resolved_on_the_way(deployment):
        deployment.sync()
    story.later(deployment, minutes=61)
    report = deployment.sync()
    assert [row.outcome for row in report.results] == ["adopted"]
    assert not report.parked
    assert story.state(story.ticket(deployment, "INC0010001")) == "active"
