"""What `mappings check --live` may not read is told as not checked, never as fine."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.unit.doctor.sound import US, access_rules

from watchkeeper.doctor.live import LiveCheck, check_live
from watchkeeper.state.opening import open_copy


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return make_deployment(tmp_path, mappings=story.mappings_with(), mode="observe")


def checked(deployment: Deployment) -> LiveCheck:
    with open_copy(deployment.url, deployment.name, deployment.time) as store:
        return check_live(deployment._systems(store))


def deny(deployment: Deployment, table: str) -> None:
    rule = {"table": table, "operation": "read", "deny": [US]}
    story.seed_servicenow(deployment, acl=[*access_rules("observe"), rule])


def test_a_sound_deployment_has_nothing_to_say_and_costs_few_calls(deployment: Deployment) -> None:
    watch = Watch.of(deployment.world)
    assert checked(deployment) == LiveCheck()
    assert watch.writes() == []
    assert len(watch.entries()) <= 14


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("sys_dictionary", "fields of incident: "),
        ("sys_choice", "choices: "),
        ("sys_user_group", "groups: "),
    ],
)
def test_a_table_that_is_closed_to_us_is_told_as_not_checked(deployment: Deployment, table: str, said: str) -> None:
    deny(deployment, table)
    found = checked(deployment)
    assert found.problems == []
    assert any(said in each for each in found.unchecked)
