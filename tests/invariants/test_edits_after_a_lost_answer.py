"""I4: a write's answer was lost, and people have edited either side since: nobody closes again what they reopened, and their word is
not taken for ours."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.engine import Deployment, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.emulators.world import Exchange

pytestmark = pytest.mark.thorough

A_MOMENT = 0.1
"""Minutes; a few of them are less than what an answer may take."""


@pytest.fixture
@done_once
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


@pytest.fixture
def taken_up(tmp_path: Path) -> tuple[Deployment, str]:
    """A ticket of an escalation that somebody has just taken up, with its incident, and the ticket's number. That the incident is
    of our making lets its history tell us apart."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    number = story.escalated_ticket(deployment)
    story.import_all(deployment)
    story.later(deployment)
    story.in_servicenow(deployment, "ava.nguyen", "edit", number, fields={"state": "2"})
    return deployment, number


def put_back(deployment: Deployment, number: str) -> None:
    story.later(deployment, A_MOMENT)
    story.in_servicenow(deployment, "ava.nguyen", "edit", number, fields={"state": "1"})
    story.later(deployment, A_MOMENT)


def conflicts(deployment: Deployment) -> list[tuple[str, str, str]]:
    with deployment.store() as store:
        return [(row.field, row.winner, json.loads(row.losing)) for row in store.conflicts()]


def test_a_person_who_says_what_we_were_about_to_is_not_taken_for_us(taken_up: tuple[Deployment, str]) -> None:
    """While our write of Active is under way the ticket is put back, and then a person takes up the incident: ours is refused, which
    nobody tells us. Their word is the last one, and no echo of ours that the ticket's New would follow."""
    deployment, number = taken_up

    def listener(exchange: Exchange) -> None:
        if exchange.phase == "before" and exchange.request.method == "PUT":
            stop()
            put_back(deployment, number)
            story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)

    stop = deployment.world.listen(listener)
    story.fault(deployment, "timeout_after", "arm", "PUT")
    report = deployment.sync()
    assert [row.outcome for row in report.results] == ["unknown"]
    story.settle(deployment, runs=1)
    assert story.status(story.incident(deployment, 1)) == "active"
    assert conflicts(deployment) == [("status", "sentinel", "new")]


def test_a_ticket_put_back_after_our_write_takes_the_incident_along(taken_up: tuple[Deployment, str]) -> None:
    deployment, number = taken_up
    with story.killing(deployment, story.at_write(1, "after")):
        deployment.sync()
    put_back(deployment, number)
    story.settle(deployment, runs=1)
    assert story.status(story.incident(deployment, 1)) == "new"
    assert not conflicts(deployment)


def test_where_no_history_tells_whose_word_it_was_it_counts_as_ours(taken_up: tuple[Deployment, str]) -> None:
    """Hardly ever do two say the same within minutes; the ticket's news are carried as usual."""
    deployment, number = taken_up
    with story.killing(deployment, story.at_write(1, "after")):
        deployment.sync()
    put_back(deployment, number)
    story.fault(deployment, "status", "loganalytics", "POST", status=403, times=None)
    story.settle(deployment, runs=1)
    assert story.status(story.incident(deployment, 1)) == "new"


def test_a_person_who_said_what_we_were_about_to_is_not_taken_for_a_write_of_ours_that_was_repeated(
    taken_up: tuple[Deployment, str],
) -> None:
    """Our write meets their version, which holds just what it brings, and is answered with a conflict."""
    deployment, number = taken_up

    def listener(exchange: Exchange) -> None:
        if exchange.phase == "before" and exchange.request.method == "PUT":
            stop()
            put_back(deployment, number)
            story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)

    stop = deployment.world.listen(listener)
    deployment.sync()
    story.settle(deployment, runs=1)
    assert story.status(story.incident(deployment, 1)) == "active"
    assert conflicts(deployment) == [("status", "sentinel", "new")]


def test_a_write_of_ours_that_was_repeated_on_its_way_takes_the_incident_along_to_what_came_later(
    taken_up: tuple[Deployment, str],
) -> None:
    deployment, number = taken_up
    story.fault(deployment, "duplicate", "arm", "PUT", times=1)
    report = deployment.sync()
    assert [row.outcome for row in report.results] == ["unknown", "adopted"]
    put_back(deployment, number)
    story.settle(deployment, runs=1)
    assert story.status(story.incident(deployment, 1)) == "new"
    assert not conflicts(deployment)
