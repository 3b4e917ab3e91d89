"""I11: empty, partial or hidden listings cause no write; gone takes two answers in two runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.model.link import LinkState
from watchkeeper.model.run import RunReport


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    """Three pairs of duties and one escalation."""
    tasks = ["secure-score", "automation-scripts", "service-administration"]
    deployment = make_deployment(tmp_path, mappings=story.mappings_with(*tasks))
    deployment.sync()
    story.escalate(deployment)
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    return deployment


def state_of(deployment: Deployment, number: str) -> LinkState:
    with deployment.store() as store:
        links = [link for sides in store.links().values() for link in sides.values() if link.number == number]
    return links[0].state


def quiet(deployment: Deployment, **options: Any) -> RunReport:
    story.later(deployment)
    watch = Watch.of(deployment.world)
    report = deployment.sync(**options)
    assert not watch.writes()
    return report


def delete_ticket(deployment: Deployment, number: str) -> None:
    sys_id = story.ticket(deployment, number)["sys_id"]
    story.seed_servicenow(deployment, rows=[{"table": "incident", "sys_id": sys_id, "delete": True}])


@pytest.mark.parametrize("shape", ["half", "error_row", "malformed"])
def test_a_listing_that_is_cut_proves_nothing_and_moves_no_cursor(deployment: Deployment, shape: Any) -> None:
    with deployment.store() as store:
        before = store.watermark("servicenow", "incident")
    story.fault(
        deployment, "truncate", "servicenow", "GET", path_prefix="/api/now/table/incident", shape=shape, times=None
    )
    report = quiet(deployment, full=True)
    assert report.exit_code == 4
    assert any("cut short" in reason for reason in report.reasons)
    with deployment.store() as store:
        assert store.watermark("servicenow", "incident") == before
        assert {link.state for sides in store.links().values() for link in sides.values()} == {LinkState.LIVE}


@pytest.mark.parametrize("system", ["servicenow", "arm"])
def test_an_empty_listing_writes_nothing(deployment: Deployment, system: str) -> None:
    _answer_listings_with_nothing(deployment, system)
    report = quiet(deployment, full=True)
    assert all(row.field != "duplicate" for row in report.parked)
    report = quiet(deployment, full=True)
    with deployment.store() as store:
        assert {link.state for sides in store.links().values() for link in sides.values()} == {LinkState.LIVE}


def test_an_html_page_instead_of_a_listing_concludes_nothing_and_is_said(deployment: Deployment) -> None:
    story.fault(deployment, "html200", "servicenow", "GET", path_prefix="/api/now/table/incident", times=None)
    assert quiet(deployment).exit_code == 75
    story.heal(deployment)
    assert quiet(deployment).exit_code == 0


def test_a_deleted_ticket_is_missing_first_and_gone_when_another_run_confirms_it(deployment: Deployment) -> None:
    delete_ticket(deployment, "INC0010002")
    report = quiet(deployment, full=True)
    assert [row.reason for row in report.parked] == ["the record on servicenow is not visible now"]
    assert state_of(deployment, "INC0010002") is LinkState.MISSING
    report = quiet(deployment)
    assert state_of(deployment, "INC0010002") is LinkState.GONE
    assert any("is gone" in row.reason for row in report.parked)
    assert story.status(story.incident(deployment, 2)) == "new"
    assert not quiet(deployment).parked


def test_an_incident_that_its_side_proves_deleted_is_gone_at_once(deployment: Deployment) -> None:
    story.later(deployment, 30)
    story.in_sentinel(deployment, "keiko.tanaka", "delete", 2)
    story.later(deployment, 30)
    report = quiet(deployment, full=True)
    assert any("the record on sentinel is gone" in row.reason for row in report.parked)
    assert state_of(deployment, "2") is LinkState.GONE
    assert story.state(story.ticket(deployment, "INC0010002")) == "new"


def test_a_ticket_that_comes_back_is_a_pair_again(deployment: Deployment) -> None:
    row = story.ticket(deployment, "INC0010002")
    kept = {
        name: value
        for name, value in row.items()
        if name in {"short_description", "correlation_id", "correlation_display", "category"}
    }
    delete_ticket(deployment, "INC0010002")
    quiet(deployment, full=True)
    story.seed_servicenow(
        deployment, rows=[{"table": "incident", "sys_id": row["sys_id"], "fields": {**kept, "number": row["number"]}}]
    )
    quiet(deployment)
    assert state_of(deployment, "INC0010002") is LinkState.LIVE


def test_a_pair_that_is_gone_is_closed_on_the_other_side_where_the_profile_says_so(deployment: Deployment) -> None:
    story.rewrite(deployment, "profiles/maintenance.yaml", "gone: report", "gone: close-other")
    delete_ticket(deployment, "INC0010002")
    deployment.sync(full=True)
    assert story.status(story.incident(deployment, 2)) == "new"
    story.settle(deployment, runs=2)
    properties = story.incident(deployment, 2)["properties"]
    assert (properties["status"], properties["classification"]) == ("Closed", "Undetermined")
    assert not story.idle_writes(deployment)


def test_a_record_that_is_gone_is_made_again_where_the_profile_says_so(deployment: Deployment) -> None:
    story.rewrite(deployment, "profiles/maintenance.yaml", "gone: report", "gone: recreate")
    key = story.ticket(deployment, "INC0010002")["correlation_id"]
    delete_ticket(deployment, "INC0010002")
    deployment.sync(full=True)
    assert key not in {row["correlation_id"] for row in story.tickets(deployment)}
    story.settle(deployment, runs=2)
    [made] = [row for row in story.tickets(deployment) if row["correlation_id"] == key]
    assert made["number"] != "INC0010002"
    assert not story.idle_writes(deployment)


def test_a_record_that_is_gone_is_not_made_again_after_a_lost_memory(deployment: Deployment) -> None:
    """A `Deleted` row in the workspace's table is a tombstone."""
    story.later(deployment, 30)
    story.in_sentinel(deployment, "keiko.tanaka", "delete", 2)
    story.later(deployment, 30)
    deployment.lose_the_database()
    quiet(deployment)
    assert len(story.incidents(deployment)) == 3


class TestMergedByDefender:
    """The incident of a pair is merged into another one: it closes, and its labels move along."""

    def merge(self, deployment: Deployment, into: int) -> str:
        """The ticket of the pair."""
        mirror = str(story.mirror_of(deployment, 4)["number"])
        story.in_sentinel(deployment, "system", "merge", 4, into=into)
        story.later(deployment)
        return mirror

    def bystander(self, deployment: Deployment) -> int:
        """An incident that nobody has escalated."""
        return story.escalate(deployment, title="The one that stays", labels=[])

    def test_the_pair_goes_on_with_the_incident_that_stays(self, deployment: Deployment) -> None:
        other = self.bystander(deployment)
        mirror = self.merge(deployment, into=other)
        deployment.sync()
        assert story.state(story.ticket(deployment, mirror)) == "new"
        assert len([row for row in story.tickets(deployment) if row["category"] == "security"]) == 1
        story.in_sentinel(deployment, "keiko.tanaka", "edit", other, fields={"status": "Active"})
        story.in_servicenow(deployment, "keiko.tanaka", "note", mirror, text="goes on here")
        story.settle(deployment, runs=1)
        assert story.state(story.ticket(deployment, mirror)) == "active"
        assert any("goes on here" in text for text in story.comments(story.incident(deployment, other)))
        assert not story.idle_writes(deployment)

    def test_also_when_the_memory_is_lost(self, deployment: Deployment) -> None:
        other = self.bystander(deployment)
        self.merge(deployment, into=other)
        story.settle(deployment, runs=1)
        deployment.lose_the_database()
        quiet(deployment)
        assert len([row for row in story.tickets(deployment) if row["category"] == "security"]) == 1
        story.in_sentinel(deployment, "keiko.tanaka", "edit", other, fields={"severity": "High", "status": "Active"})
        story.settle(deployment, runs=1)
        assert [story.state(row) for row in story.tickets(deployment) if row["category"] == "security"] == ["active"]

    def test_also_where_the_ticket_came_first(self, deployment: Deployment) -> None:
        """The incident was ours, and its key label moves too."""
        opened = story.escalated_ticket(deployment)
        story.settle(deployment, runs=1)
        mirrored = next(pair for pair in story.pairs(deployment).values() if pair.ticket["number"] == opened)
        other = self.bystander(deployment)
        story.in_sentinel(deployment, "system", "merge", mirrored.incident["properties"]["incidentNumber"], into=other)
        story.settle(deployment, runs=1)
        story.in_sentinel(deployment, "keiko.tanaka", "edit", other, fields={"status": "Active"})
        story.settle(deployment, runs=1)
        assert story.state(story.ticket(deployment, opened)) == "active"
        assert not story.idle_writes(deployment)

    def test_into_an_incident_with_a_ticket_of_its_own_it_is_reported_and_never_taken_as_resolved(
        self, deployment: Deployment
    ) -> None:
        other = story.escalate(deployment, title="The one that stays")
        story.settle(deployment, runs=1)
        mirror = self.merge(deployment, into=other)
        report = deployment.sync()
        assert story.state(story.ticket(deployment, mirror)) == "new"
        assert any(row.field == "status" and "edirected" in row.reason for row in report.parked)
        assert story.mirror_of(deployment, other)["number"] != mirror
        assert not story.idle_writes(deployment)


def _answer_listings_with_nothing(deployment: Deployment, name: str) -> None:
    inner: Any = deployment.world.systems[name]

    class Empty:
        def __getattr__(self, attribute: str) -> Any:
            return getattr(inner, attribute)

        def handle(self, request: Any) -> Any:
            answer = inner.handle(request)
            listing = request.path.endswith("/incidents") or (
                request.path.endswith("/table/incident")
                and "sys_id" not in request.raw_query.split("sysparm_fields")[0]
            )
            if request.method != "GET" or not listing:
                return answer
            body = {"value": []} if name == "arm" else {"result": []}
            headers = {key: "0" if key.lower() == "x-total-count" else value for key, value in answer.headers.items()}
            return type(answer).of_json(200, body, headers)

    deployment.world.systems = {**deployment.world.systems, name: Empty()}
