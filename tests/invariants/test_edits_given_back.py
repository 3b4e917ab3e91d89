"""I4: an edit that was changed back leaves its record as it was. It counts all the same, however a run's looks lay around it: the side's
history is asked from the instant on up to which both records are known to have agreed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    """An escalation, imported: incident 1 is New and High, its ticket in state 1."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    story.escalate(deployment)
    story.import_all(deployment)
    story.later(deployment)
    return deployment


@pytest.fixture
def number(deployment: Deployment) -> str:
    return str(story.mirror_of(deployment, 1)["number"])


def work_and_leave(deployment: Deployment, number: str) -> None:
    """Somebody takes up the ticket, and puts it back."""
    for state in ("2", "1"):
        story.in_servicenow(deployment, "ava.nguyen", "edit", number, fields={"state": state})
        story.later(deployment, A_MOMENT)


def take_up_and_leave(deployment: Deployment) -> None:
    """Somebody takes up the incident, and puts it back."""
    for status in ("Active", "New"):
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"status": status})
        story.later(deployment, A_MOMENT)


def named(deployment: Deployment) -> list[tuple[str, str, str]]:
    with deployment.store() as store:
        return [(row.field, row.winner, json.loads(row.losing)) for row in store.conflicts()]


@contextmanager
def standing_still_after(
    deployment: Deployment, system: str, path: str, deed: Callable[[], None], *, method: str = "GET"
) -> Iterator[None]:
    """Once the first such call is answered, by default a listing, the run stands still for as long as the deed takes."""
    done: list[bool] = []

    def listener(exchange: Exchange) -> None:
        answered = (exchange.phase, exchange.system, exchange.request.method) == ("after", system, method)
        if answered and (method != "GET" or exchange.request.path.endswith(path)) and not done:
            done.append(True)
            deed()

    stop = deployment.world.listen(listener)
    yield
    stop()
    assert done


def test_it_counts_where_the_other_side_had_moved_and_its_listing_was_cut(deployment: Deployment, number: str) -> None:
    """A run that cannot know what the ticket was put back for takes no note of that."""
    story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)
    work_and_leave(deployment, number)
    story.later(deployment)
    story.fault(deployment, "truncate", "arm", "GET", regex="incidents$", shape="error_row")
    assert any("cut short" in reason for reason in deployment.sync().reasons)
    story.settle(deployment, runs=1)
    assert named(deployment) == [("status", "sentinel", "new")]


def test_it_counts_where_the_other_side_moved_after_its_listing(deployment: Deployment, number: str) -> None:
    def deed() -> None:
        story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)
        story.later(deployment, A_MOMENT)
        work_and_leave(deployment, number)

    with standing_still_after(deployment, "arm", "/incidents", deed):
        deployment.sync()
    story.settle(deployment, runs=1)
    assert named(deployment) == [("status", "sentinel", "new")]


def test_it_counts_where_it_was_made_on_an_incident_that_the_run_had_just_listed(
    deployment: Deployment, number: str
) -> None:
    story.in_sentinel(deployment, "keiko.tanaka", "comment", 1, text="Looking into it.")
    story.later(deployment)
    with standing_still_after(deployment, "arm", "/incidents", lambda: take_up_and_leave(deployment)):
        deployment.sync()
    story.in_servicenow(deployment, "ava.nguyen", "edit", number, fields={"state": "2"})
    story.settle(deployment, runs=1)
    assert named(deployment) == [("status", "servicenow", "new")]


def test_it_counts_where_it_was_made_on_a_ticket_that_the_run_had_just_listed(
    deployment: Deployment, number: str
) -> None:
    story.in_servicenow(deployment, "ava.nguyen", "comment", number, text="Looking into it.")
    story.later(deployment)
    with standing_still_after(deployment, "servicenow", "/incident", lambda: work_and_leave(deployment, number)):
        deployment.sync()
    story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)
    story.settle(deployment, runs=1)
    assert named(deployment) == [("status", "sentinel", "new")]


def test_what_both_agreed_on_before_the_last_look_does_not_count(deployment: Deployment, number: str) -> None:
    """An edit that a run has seen, given back while the other side stood still, is over."""
    work_and_leave(deployment, number)
    story.settle(deployment, runs=1)
    story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)
    story.in_servicenow(deployment, "ava.nguyen", "comment", number, text="Looking into it.")
    story.settle(deployment, runs=1)
    assert story.state(story.ticket(deployment, number)) == "active"
    assert not named(deployment)


def take_back_and_up(deployment: Deployment) -> None:
    """Somebody puts the incident back, and takes it up again."""
    for status in ("New", "Active"):
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"status": status})
        story.later(deployment, A_MOMENT)


def put_back_and_work(deployment: Deployment, number: str) -> None:
    """Somebody puts the ticket back, and takes it up again."""
    for state in ("1", "2"):
        story.in_servicenow(deployment, "ava.nguyen", "edit", number, fields={"state": state})
        story.later(deployment, A_MOMENT)


def test_it_counts_where_it_was_made_while_a_run_stood_still_behind_its_own_write_of_the_incident(
    deployment: Deployment, number: str
) -> None:
    story.in_servicenow(deployment, "ava.nguyen", "edit", number, fields={"state": "2"})
    with standing_still_after(deployment, "arm", "", lambda: take_back_and_up(deployment), method="PUT"):
        deployment.sync()
    story.in_servicenow(deployment, "ava.nguyen", "edit", number, fields={"state": "1"})
    story.settle(deployment, runs=1)
    assert [field for field, *_ in named(deployment)] == ["status"]


def test_it_counts_where_it_was_made_while_a_run_stood_still_behind_its_own_write_of_the_ticket(
    deployment: Deployment, number: str
) -> None:
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"status": "Active"})
    story.later(deployment)
    with standing_still_after(
        deployment, "servicenow", "", lambda: put_back_and_work(deployment, number), method="PATCH"
    ):
        deployment.sync()
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"status": "New"})
    story.settle(deployment, runs=1)
    assert [field for field, *_ in named(deployment)] == ["status"]


def test_our_own_write_counts_for_nobodys_edit_although_nothing_tells_its_author(
    deployment: Deployment, number: str
) -> None:
    """Our name in the workspace's table is learned from an incident that we made. Here there is none."""
    story.in_servicenow(deployment, "ava.nguyen", "edit", number, fields={"state": "2"})
    deployment.sync()
    story.later(deployment)
    story.in_servicenow(deployment, "ava.nguyen", "edit", number, fields={"state": "1"})
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"labels": ["escalation", "phishing"]})
    story.settle(deployment, runs=1)
    assert story.status(story.incident(deployment, 1)) == "new"
    assert not named(deployment)


@pytest.fixture
def silent(deployment: Deployment, number: str) -> Deployment:
    """Somebody took up the ticket and put it back; then the incident was taken up. ServiceNow's audit history does not answer."""
    work_and_leave(deployment, number)
    story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)
    story.later(deployment)
    story.fault(deployment, "status", "servicenow", "GET", regex="sys_audit$", status=503, times=None)
    return deployment


def test_a_history_that_does_not_answer_is_asked_again_before_anything_is_written(
    silent: Deployment, number: str
) -> None:
    report = silent.sync()
    assert not report.plan.actions
    assert [(row.field, row.reason.partition(":")[0]) for row in report.parked] == [
        ("", "the record moved on servicenow, and its history does not say now what was edited")
    ]
    story.heal(silent)
    story.settle(silent, runs=1)
    assert story.state(story.ticket(silent, number)) == "active"
    assert named(silent) == [("status", "sentinel", "new")]


def test_a_history_that_does_not_answer_for_an_hour_is_waited_for_no_longer(silent: Deployment, number: str) -> None:
    silent.sync()
    story.later(silent, 61)
    story.settle(silent, runs=1)
    assert story.state(story.ticket(silent, number)) == "active"
    assert not story.idle_writes(silent)
