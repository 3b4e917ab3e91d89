"""I4: a run's write leaves, and arrives when a later run has long gone on: its process stood still. ServiceNow knows no precondition
and takes it. What it passed over is named, and it is nobody's edit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

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
    """A pair: ticket INC0010001 and incident 1, both new."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with("secure-score"))
    deployment.sync()
    story.later(deployment)
    return deployment


def arriving_late(deployment: Deployment, meanwhile: Callable[[], None]) -> None:
    """A run whose first write to ServiceNow stands still before it arrives, until its lease has run out and `meanwhile` is over."""
    slept: list[bool] = []

    def listener(exchange: Exchange) -> None:
        if not slept and story.is_write(exchange) and exchange.phase == "before":
            slept.append(exchange.system == "servicenow")
            deployment.world.clock.advance(DURATION + timedelta(minutes=1))
            meanwhile()
            story.later(deployment, minutes=1)

    stop = deployment.world.listen(listener)
    with pytest.raises(Locked):
        deployment.sync()
    stop()
    assert slept == [True]
    story.later(deployment)


def another_run(deployment: Deployment) -> None:
    deployment.sync()
    story.later(deployment, minutes=1)


def named(deployment: Deployment) -> list[tuple[str, str, str]]:
    with deployment.store() as store:
        return [(row.field, row.losing, row.resolver) for row in store.conflicts()]


def states(deployment: Deployment) -> tuple[str, str]:
    return story.state(story.ticket(deployment, "INC0010001")), story.status(story.incident(deployment, 1))


def closed_and_reopened(deployment: Deployment) -> None:
    """The incident is closed; the write that closes the ticket is late, another run makes it too, and a person takes the ticket up
    again before the late one arrives."""

    def meanwhile() -> None:
        another_run(deployment)
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})

    story.in_sentinel(deployment, "keiko.tanaka", "close", 1)
    arriving_late(deployment, meanwhile)
    assert states(deployment) == ("closed", "closed")


def test_an_edit_that_it_passes_over_is_named_although_the_ticket_is_as_it_was_remembered(
    deployment: Deployment,
) -> None:
    closed_and_reopened(deployment)
    report = deployment.sync()
    assert [(row.outcome, str(row.message)) for row in report.results] == [
        ("adopted", "arrived after a later run had given it up")
    ]
    assert named(deployment) == [("status", '"active"', "passed-over")]
    assert not story.idle_writes(deployment)


def test_it_is_late_also_where_a_person_had_made_the_same_edit_before(deployment: Deployment) -> None:
    """The later run sees what was to be written, and cannot know that it was not us."""

    def meanwhile() -> None:
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})
        another_run(deployment)
        story.in_servicenow(deployment, "ava.nguyen", "resolve", "INC0010001")

    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"status": "Active"})
    arriving_late(deployment, meanwhile)
    story.settle(deployment, runs=1)
    assert named(deployment) == [("status", '"resolved"', "passed-over")]


def test_it_closes_nothing_that_a_person_has_reopened_on_the_other_side(deployment: Deployment) -> None:
    def meanwhile() -> None:
        another_run(deployment)
        story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)
        another_run(deployment)
        assert states(deployment) == ("active", "active")

    story.in_sentinel(deployment, "keiko.tanaka", "close", 1)
    arriving_late(deployment, meanwhile)
    assert states(deployment) == ("closed", "active")
    story.settle(deployment, runs=1)
    assert states(deployment) == ("active", "active")
    assert not named(deployment)


def test_a_history_that_does_not_answer_is_waited_for(deployment: Deployment) -> None:
    closed_and_reopened(deployment)
    story.fault(deployment, "status", "servicenow", "GET", regex="sys_audit", status=502, times=None)
    assert [row.field for row in deployment.sync().parked] == [""]
    assert not named(deployment)
    story.heal(deployment)
    story.later(deployment)
    deployment.sync()
    assert named(deployment) == [("status", '"active"', "passed-over")]
    assert not story.idle_writes(deployment)


def test_it_is_taken_in_once(deployment: Deployment) -> None:
    closed_and_reopened(deployment)
    story.settle(deployment, runs=1)
    story.in_servicenow(deployment, "ava.nguyen", "reopen", "INC0010001")
    story.settle(deployment, runs=1)
    assert states(deployment) == ("active", "active")
    assert len(named(deployment)) == 1


def test_a_write_that_was_answered_is_not_looked_for(deployment: Deployment) -> None:
    """A ticket that moves costs no look into its history."""
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"status": "Active"})
    deployment.sync()
    story.later(deployment)
    story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"short_description": "another"})
    watch = Watch.of(deployment.world)
    deployment.sync()
    assert not [entry for entry in watch.entries() if entry.path.endswith("sys_audit")]
