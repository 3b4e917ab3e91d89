"""I1: one record per key and side, through any crash, ambiguous answer, or single loss of state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story

DUTIES = 7
"""What falls due on the first Monday: every shipped task but the monthly and the raised one, some for several teams."""


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return make_deployment(tmp_path)


def once_each(deployment: Deployment) -> bool:
    """One ticket and one incident per key, each ticket with its own incident."""
    keys = story.keys_in_servicenow(deployment)
    names = [
        label
        for item in story.incidents(deployment)
        for label in story.labels(item)
        if label.startswith("watchkeeper-key:")
    ]
    return set(keys.values()) <= {1} and len(names) == len(set(names)) == len(keys)


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", *story.also_slowly("timeout_after", "timeout_before")])
@pytest.mark.parametrize(("system", "method"), [("servicenow", "POST"), ("arm", "PUT")])
def test_a_create_without_an_answer_is_never_made_twice(
    deployment: Deployment, kind: Any, system: str, method: str
) -> None:
    path = "/api/now/table/incident" if system == "servicenow" else "/subscriptions"
    story.fault(deployment, kind, system, method, path_prefix=path, times=3)
    deployment.sync()
    story.heal(deployment)
    story.settle(deployment, runs=2)
    assert once_each(deployment)
    assert len(story.tickets(deployment)) == len(story.incidents(deployment)) == DUTIES
    assert not story.idle_writes(deployment)


def test_a_lost_memory_makes_no_record_again(deployment: Deployment) -> None:
    deployment.sync()
    before = story.everything(deployment)
    deployment.lose_the_database()
    story.later(deployment)
    watch = Watch.of(deployment.world)
    report = deployment.sync()
    assert report.exit_code == 0
    assert not watch.writes()
    assert story.everything(deployment) == before


def test_a_lost_memory_keeps_every_pair_together(deployment: Deployment) -> None:
    number = story.escalate(deployment)
    opened = story.escalated_ticket(deployment)
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    before = story.everything(deployment)
    keys = set(story.pairs(deployment))
    deployment.lose_the_database()
    story.later(deployment)
    watch = Watch.of(deployment.world)
    deployment.sync()
    assert not watch.writes()
    assert set(story.pairs(deployment)) == keys
    assert story.everything(deployment) == before
    assert number
    assert opened


def test_a_close_made_while_the_memory_was_lost_is_neither_undone_nor_guessed(deployment: Deployment) -> None:
    deployment.sync()
    story.later(deployment)
    story.in_servicenow(deployment, "ava.nguyen", "resolve", "INC0010001")
    deployment.lose_the_database()
    story.later(deployment)
    watch = Watch.of(deployment.world)
    report = deployment.sync()
    assert not watch.writes()
    assert story.state(story.ticket(deployment, "INC0010001")) == "closed"
    assert [row.field for row in report.parked] == ["status"]


def test_an_instance_that_chooses_its_own_ids_gets_one_ticket_per_key_too(deployment: Deployment) -> None:
    story.seed_servicenow(deployment, honour_chosen_sys_id=False)
    story.fault(deployment, "drop_after", "servicenow", "POST", path_prefix="/api/now/table/incident", times=2)
    deployment.sync()
    story.settle(deployment, runs=2)
    assert once_each(deployment)
    deployment.lose_the_database()
    story.settle(deployment, runs=1)
    assert once_each(deployment)
    assert len(story.tickets(deployment)) == DUTIES


def test_a_ticket_that_a_cut_listing_does_not_show_is_found_by_its_key(tmp_path: Path) -> None:
    """Where the instance chooses its own ids, and nothing is remembered, nothing else tells of it."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with("secure-score"))
    story.seed_servicenow(deployment, honour_chosen_sys_id=False)
    deployment.sync()
    assert len(story.tickets(deployment)) == 1
    story.later(deployment)
    deployment.lose_the_database()
    tries = 4  # with smaller and smaller pages
    story.fault(
        deployment, "truncate", "servicenow", "GET", path_prefix="/api/now/table/incident", shape="half", times=tries
    )
    report = deployment.sync()
    assert any("cut short" in reason for reason in report.reasons)
    assert len(story.tickets(deployment)) == 1


def test_an_incident_that_a_cut_listing_does_not_show_is_found_under_its_own_id(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with("secure-score"))
    deployment.sync()
    assert len(story.incidents(deployment)) == 1
    story.later(deployment)
    deployment.lose_the_database()
    story.fault(deployment, "truncate", "arm", "GET", regex=r"/incidents$", shape="half", times=None)
    report = deployment.sync()
    assert any("cut short" in reason for reason in report.reasons)
    assert len(story.incidents(deployment)) == 1


def test_a_second_ticket_with_the_same_key_is_reported_and_left_alone(deployment: Deployment) -> None:
    deployment.sync()
    kept = story.ticket(deployment, "INC0010001")
    story.later(deployment)
    copied = {"correlation_id": kept["correlation_id"], "correlation_display": "watchkeeper"}
    copy = story.in_servicenow(
        deployment, "dana.desk", "create", fields={"short_description": "A copy", "state": "2", **copied}
    )["record"]
    story.later(deployment)
    watch = Watch.of(deployment.world)
    report = deployment.sync()
    assert [(row.field, row.number) for row in report.parked] == [("duplicate", copy["number"])]
    assert not watch.writes()
    story.in_servicenow(deployment, "dana.desk", "edit", copy["number"], fields={"urgency": "1", "impact": "1"})
    story.later(deployment)
    deployment.sync()
    assert story.incident(deployment, 1)["properties"]["severity"] == "Informational"


def test_after_a_lost_memory_the_ticket_under_the_chosen_id_counts_and_not_a_copy_of_its_marker(
    deployment: Deployment,
) -> None:
    deployment.sync()
    kept = story.ticket(deployment, "INC0010001")
    copied = {"correlation_id": kept["correlation_id"], "correlation_display": "watchkeeper"}
    earlier = "2026-11-15T10:00:00+00:00"
    story.in_servicenow(
        deployment, "dana.desk", "create", at=earlier, fields={"short_description": "An older copy", **copied}
    )
    deployment.lose_the_database()
    story.later(deployment)
    deployment.sync()
    pair = next(pair for key, pair in story.pairs(deployment).items() if kept["correlation_id"].endswith(key))
    assert pair.ticket["number"] == kept["number"]


def test_a_pair_that_another_integration_made_is_adopted_not_doubled(deployment: Deployment) -> None:
    number = story.escalate(deployment)
    name = story.incident(deployment, number)["name"]
    opened = story.escalated_ticket(deployment, correlation_id=name, correlation_display="vendor")
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    assert story.mirror_of(deployment, number)["number"] == opened
    assert len([row for row in story.tickets(deployment) if row["category"] == "security"]) == 1


def test_an_incident_that_carries_a_tickets_number_is_paired_with_it(deployment: Deployment) -> None:
    opened = story.escalated_ticket(deployment)
    number = story.escalate(deployment, labels=["escalation", opened])
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    assert story.mirror_of(deployment, number)["number"] == opened
    assert len([item for item in story.incidents(deployment) if "escalation" in story.labels(item)]) == 1


def test_two_tickets_that_point_at_one_incident_are_reported_and_nothing_is_made(deployment: Deployment) -> None:
    number = story.escalate(deployment)
    name = story.incident(deployment, number)["name"]
    made = {story.escalated_ticket(deployment, title=text, correlation_id=name) for text in ("first", "second")}
    report = story.import_all(deployment)
    assert {row.number for row in report.parked if row.field == "pair_by"} == made
    assert len([row for row in story.tickets(deployment) if row["category"] == "security"]) == 2
    assert not [item for item in story.incidents(deployment) if story.labels(item) & made]
