"""A changed mapping on open tickets: what it may do, and what it must not."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

pytestmark = pytest.mark.thorough

PROFILE = "profiles/escalation.yaml"


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    """Four escalations from Sentinel, imported and in step."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    story.seed_incidents(deployment, count=4, provider="alert", labels=["escalation"], severity="High")
    story.import_all(deployment)
    story.settle(deployment, runs=2)
    story.later(deployment)
    return deployment


@pytest.mark.parametrize(
    ("old", "new"), [("  labels:\n    owner", "  tags:\n    owner"), ("  description:\n", "  details:\n")]
)
def test_renaming_a_rule_changes_no_open_ticket(deployment: Deployment, old: str, new: str) -> None:
    story.rewrite(deployment, PROFILE, old, new)
    for _ in range(2):
        watch = Watch.of(deployment.world)
        report = deployment.sync()
        assert (int(report.exit_code), report.plan.actions, watch.writes()) == (0, (), [])
        story.later(deployment)


def test_a_plan_with_a_changed_mapping_needs_no_right_to_write_and_keeps_the_memory(deployment: Deployment) -> None:
    story.rewrite(deployment, PROFILE, "{ is: [1, 2], means: high }", "{ is: [1, 2], means: medium }")
    memory = deployment.database.read_bytes()
    deployment.mode = "observe"
    watch = Watch.of(deployment.world)
    assert int(deployment.plan(full=True).exit_code) == 0
    assert watch.writes() == []
    assert deployment.database.read_bytes() == memory


def test_a_value_that_is_read_differently_is_no_change_of_a_shared_field(deployment: Deployment) -> None:
    row = "{ is: [1, 1], means: high, writes: [high] }\n          - { is: [1, 2], means: high }"
    story.rewrite(
        deployment,
        PROFILE,
        row,
        "{ is: [1, 1], means: medium }\n          - { is: [1, 2], means: high, writes: [high] }",
    )
    watch = Watch.of(deployment.world)
    assert int(deployment.sync().exit_code) == 0
    assert watch.writes() == []
    assert {(row["impact"], row["urgency"]) for row in story.tickets(deployment)} == {("1", "1")}


@pytest.mark.parametrize("resolver", ["prefer-servicenow", "prefer-sentinel"])
def test_a_field_that_a_shared_rule_is_moved_to_is_filled_and_never_empties_the_other_side(
    deployment: Deployment, resolver: str
) -> None:
    shared = f"  description:\n    owner: shared\n    resolver: {resolver}\n"
    story.rewrite(deployment, PROFILE, "  description:\n    owner: create-once\n", shared)
    story.rewrite(
        deployment, PROFILE, "text: { field: description, max: 4000 }", "text: { field: watch_list, max: 4000 }"
    )
    before = [row["properties"]["description"] for row in story.incidents(deployment)]
    report = deployment.sync()
    assert int(report.exit_code) == 7
    assert int(deployment.sync(open_valves=deployment.open_valves(report)).exit_code) == 0
    assert [row["properties"]["description"] for row in story.incidents(deployment)] == before
    assert sorted(row["watch_list"] for row in story.tickets(deployment)) == sorted(before)
