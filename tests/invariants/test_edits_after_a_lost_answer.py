"""I4: our close was made and its answer was lost, and a person has reopened one side since: nobody closes it again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.engine import Deployment, make_deployment
from tests.invariants import story


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """An escalation, imported, whose ticket is resolved with a code that gives the incident no classification reason: it is sent
    as empty, and Sentinel shows none."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    story.escalate(deployment)
    story.import_all(deployment)
    story.later(deployment)
    number = story.mirror_of(deployment, 1)["number"]
    story.in_servicenow(deployment, "keiko.tanaka", "resolve", number, fields={"close_code": "Solution provided"})
    deployment.world.clock.advance(timedelta(milliseconds=300))
    return deployment


def open_again(deployment: Deployment) -> bool:
    ticket, item = story.mirror_of(deployment, 1), story.incident(deployment, 1)
    return (story.state(ticket), story.status(item)) == ("active", "active")


def test_a_ticket_reopened_before_the_same_run_looks_again_stays_open(deployment: Deployment) -> None:
    story.fault(deployment, "page_after", "arm", "PUT", times=1)
    report = deployment.sync()
    assert [row.outcome for row in report.results] == ["unknown", "adopted"]
    story.in_servicenow(deployment, "ava.nguyen", "reopen", story.mirror_of(deployment, 1)["number"])
    story.settle(deployment, runs=2)
    assert open_again(deployment)


def test_a_ticket_reopened_after_a_kill_stays_open(deployment: Deployment) -> None:
    with story.killing(deployment, story.at_write(1, "after")):
        deployment.sync()
    story.in_servicenow(deployment, "ava.nguyen", "reopen", story.mirror_of(deployment, 1)["number"])
    story.settle(deployment, runs=2)
    assert open_again(deployment)


def test_what_happened_in_this_very_second_is_not_judged_before_the_history_tells(deployment: Deployment) -> None:
    """Answers tell the time in whole seconds: the incident's last change lies behind the last one that they named."""
    with story.killing(deployment, story.at_write(1, "after")):
        deployment.sync()
    story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)
    report = deployment.sync()
    assert not report.plan.actions
    assert [row.field for row in report.parked] == [""]
    assert story.status(story.incident(deployment, 1)) == "active"


def test_an_incident_reopened_after_a_kill_stays_open_although_its_history_cannot_say_who_we_are(
    deployment: Deployment,
) -> None:
    """Our name in the workspace's table is learned from an incident that we made. Here there is none."""
    with story.killing(deployment, story.at_write(1, "after")):
        deployment.sync()
    story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)
    story.settle(deployment, runs=2)
    assert open_again(deployment)


def test_a_close_that_never_arrived_is_not_taken_for_made_because_a_person_edited_something_else(
    deployment: Deployment,
) -> None:
    with story.killing(deployment, story.at_write(1, "before")):
        deployment.sync()
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "Medium"})
    story.settle(deployment, runs=2)
    assert (story.status(story.incident(deployment, 1)), story.state(story.mirror_of(deployment, 1))) == ("closed",) * 2
