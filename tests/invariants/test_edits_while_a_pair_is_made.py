"""I4: what a person makes of a record while its counterpart is being made is an edit like any other."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine import Deployment, make_deployment
from tests.invariants import story

from watchkeeper.emulators.world import Exchange

pytestmark = pytest.mark.thorough


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """A ticket that somebody works on, not imported yet."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    number = story.escalated_ticket(deployment, impact="1", urgency="1")
    story.in_servicenow(deployment, "liam.byrne", "edit", number, fields={"state": "2"})
    return deployment


def think_better_of_it(deployment: Deployment) -> None:
    [row] = story.tickets(deployment)
    fields = {"state": "1", "impact": "2", "urgency": "2"}
    story.in_servicenow(deployment, "liam.byrne", "edit", row["number"], fields=fields)


def carried(deployment: Deployment) -> bool:
    """Whether the ticket is as its person left it, the status crossed, and nothing was taken for a conflict."""
    [row], [item] = story.tickets(deployment), story.incidents(deployment)
    with deployment.store() as store:
        conflicts = store.conflicts()
    kept = (story.state(row), story.severity(row)) == ("new", "Medium")
    return kept and story.status(item) == "new" and not list(conflicts)


def test_an_edit_before_the_link_of_the_same_run_crosses(deployment: Deployment) -> None:
    pending = [think_better_of_it]

    def listener(exchange: Exchange) -> None:
        creates = exchange.system == "arm" and exchange.request.method == "PUT"
        if creates and exchange.phase == "before" and pending:
            pending.pop()(deployment)

    stop = deployment.world.listen(listener)
    story.import_all(deployment)
    stop()
    assert not pending
    assert carried(deployment)


@pytest.mark.parametrize("phase", ["before", "after"])
def test_an_edit_after_a_run_that_was_killed_at_the_create_crosses(deployment: Deployment, phase: str) -> None:
    with story.killing(deployment, story.at_write(1, phase)) as seen:
        story.import_all(deployment)
    assert story.is_write(seen[-1])
    think_better_of_it(deployment)
    report = story.settle(deployment, runs=2)
    assert carried(deployment)
    assert [row.field for row in report.parked] == ["severity"]  # which is not lowered by us


class TestADuty:
    """Both records of a duty are made; the ticket comes first."""

    @pytest.fixture
    def duty(self, tmp_path: Path) -> Deployment:
        """Its ticket is there, and the run was killed before the call that makes the incident had left."""
        deployment = make_deployment(tmp_path, mappings=story.mappings_with("secure-score"))
        with story.killing(deployment, story.at_write(2, "before")):
            deployment.sync()
        assert (len(story.tickets(deployment)), story.incidents(deployment)) == (1, [])
        story.later(deployment)
        return deployment

    @pytest.mark.parametrize("do", ["cancel", "resolve"])
    def test_a_ticket_closed_before_its_incident_is_made_closes_it(self, duty: Deployment, do: str) -> None:
        story.in_servicenow(duty, "dana.desk", do, story.tickets(duty)[0]["number"])
        story.settle(duty, runs=1)
        [row], [item] = story.tickets(duty), story.incidents(duty)
        assert (story.state(row), story.status(item)) == ("closed", "closed")

    def test_a_ticket_taken_up_before_its_incident_is_made_takes_it_up(self, duty: Deployment) -> None:
        number = story.tickets(duty)[0]["number"]
        story.in_servicenow(duty, "liam.byrne", "edit", number, fields={"state": "2"})
        story.settle(duty, runs=1)
        [row], [item] = story.tickets(duty), story.incidents(duty)
        assert (story.state(row), story.status(item)) == ("active", "active")
