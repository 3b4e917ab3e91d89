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

from watchkeeper.emulators.world import Exchange

A_MOMENT = 0.1
"""Minutes; a few of them are less than what an answer may take."""


@pytest.fixture
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
def standing_still_after(deployment: Deployment, system: str, path: str, deed: Callable[[], None]) -> Iterator[None]:
    """Once the first such listing is answered, the run stands still for as long as the deed takes."""
    done: list[bool] = []

    def listener(exchange: Exchange) -> None:
        listed = (exchange.phase, exchange.system, exchange.request.method) == ("after", system, "GET")
        if listed and exchange.request.path.endswith(path) and not done:
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
