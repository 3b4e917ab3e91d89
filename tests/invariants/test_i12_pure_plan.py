"""I12: same inputs, same plan, byte for byte; and `plan` changes nothing, in no system and not in the store."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story

from watchkeeper.model.plan import Plan, canonical_json


def written(plan: Plan) -> list[str]:
    """A plan as bytes, without the moment at which it was made."""
    return [f"{row.id} {row.step} {row.reason} {canonical_json(row.body)} {row.changes!r}" for row in plan.actions]


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    deployment = make_deployment(tmp_path)
    for title in ("Phishing wave", "Impossible travel", "不審なサインイン"):
        story.escalate(deployment, title=title)
    story.escalated_ticket(deployment)
    return deployment


def test_two_plans_of_the_same_world_are_equal(deployment: Deployment) -> None:
    first, second = deployment.plan(), deployment.plan()
    assert first.plan.actions
    assert written(first.plan) == written(second.plan)
    assert first.plan.digest == second.plan.digest


def test_the_sync_does_what_the_plan_said(deployment: Deployment) -> None:
    planned = deployment.plan()
    report = deployment.sync(open_valves=deployment.open_valves(planned))
    assert written(report.plan) == written(planned.plan)
    assert sorted(row.action.ref.id for row in report.results) == sorted(row.ref.id for row in planned.plan.actions)


def test_the_order_in_which_records_were_made_does_not_matter(tmp_path: Path) -> None:
    """The same tickets, opened in two orders in two worlds, give the same actions."""
    plans = []
    mappings = story.mappings_with()
    for turn in range(2):
        (tmp_path / str(turn)).mkdir()
        deployment = make_deployment(tmp_path / str(turn), mappings=mappings)
        names = [f"{number:032x}" for number in range(6)]
        Random(turn).shuffle(names)
        for name in names:
            fields = {
                "category": "security",
                "assignment_group": "CSIRT",
                "short_description": f"case {name}",
                "number": f"INC{name[-7:]}",
            }
            story.seed_servicenow(deployment, rows=[{"table": "incident", "sys_id": name, "fields": fields}])
        plans.append(deployment.plan().plan)
    assert written(plans[0]) == written(plans[1])
    assert len(plans[0].actions) == 12


def test_a_plan_leaves_every_byte_of_the_store_and_both_systems_as_they_are(deployment: Deployment) -> None:
    story.import_all(deployment)
    story.in_servicenow(deployment, "ava.nguyen", "resolve", "INC0010001")
    story.later(deployment)
    held, stored = story.everything(deployment), _bytes(deployment)
    watch = Watch.of(deployment.world)
    report = deployment.plan()
    assert report.plan.actions
    assert not watch.writes()
    assert _bytes(deployment) == stored
    assert story.everything(deployment) == held


def _bytes(deployment: Deployment) -> dict[str, bytes]:
    """The store's files; SQLite's shared-memory index, and a log without a single frame, hold no data."""
    files = deployment.database.parent.glob("watchkeeper.db*")
    return {file.name: file.read_bytes() for file in files if file.stat().st_size and not file.name.endswith("-shm")}


def test_a_plan_needs_no_store_and_makes_none(deployment: Deployment) -> None:
    assert deployment.plan().plan.actions
    assert not deployment.database.exists()


class TestSavedPlan:
    def test_only_what_it_holds_is_written(self, deployment: Deployment) -> None:
        story.import_all(deployment)
        story.later(deployment)
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})
        saved = {row.id: row.expect.token if row.expect else "" for row in deployment.plan().plan.actions}
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010002", fields={"state": "2"})
        report = deployment.sync(only=saved)
        assert [row.action.id for row in report.results] == list(saved)
        assert any("not in the saved plan" in row.reason for row in report.parked)
        story.settle(deployment, runs=1)
        assert all(pair.agrees for pair in story.pairs(deployment).values())

    def test_what_moved_since_is_left_for_the_next_run(self, deployment: Deployment) -> None:
        story.import_all(deployment)
        story.later(deployment)
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})
        saved = {row.id: row.expect.token if row.expect else "" for row in deployment.plan().plan.actions}
        [number] = [
            pair.incident["properties"]["incidentNumber"]
            for pair in story.pairs(deployment).values()
            if pair.ticket["number"] == "INC0010001"
        ]
        story.in_sentinel(deployment, "keiko.tanaka", "edit", number, fields={"title": "moved"})
        watch = Watch.of(deployment.world)
        report = deployment.sync(only=saved)
        assert not watch.writes()
        assert any("the record moved since" in row.reason for row in report.parked)
        story.settle(deployment, runs=1)
        assert story.status(story.incident(deployment, number)) == "active"

    def test_half_a_creation_is_no_creation(self, deployment: Deployment) -> None:
        """Without the ticket's create, the incident that would carry its number is not made either."""
        planned = deployment.plan(task="secure-score").plan.actions
        saved = {row.id: "" for row in planned if row.ref.side == "sentinel"}
        watch = Watch.of(deployment.world)
        deployment.sync(task="secure-score", only=saved)
        assert not watch.writes()
