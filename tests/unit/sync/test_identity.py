"""Whom a run talks to: another instance is noticed, one that only stopped saying who it is is not taken for another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.engine import Deployment, make_deployment
from tests.invariants import story

HALF_A_DAY = timedelta(hours=13)
"""Longer than an answer to the question is believed."""


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return make_deployment(tmp_path, mappings=story.mappings_with())


def hide_the_id(deployment: Deployment) -> None:
    story.fault(deployment, "status", "servicenow", "GET", regex="/sys_properties$", status=403, times=None)


def change_the_id(deployment: Deployment) -> None:
    story.seed_servicenow(deployment, properties={"instance_id": "0123456789abcdef0123456789abcdef"})


def run(deployment: Deployment) -> list[str]:
    """The valves that a run half a day later trips."""
    deployment.world.clock.advance(HALF_A_DAY)
    return [trip.name for trip in deployment.sync().valves]


def test_another_instance_behind_the_address_is_noticed(deployment: Deployment) -> None:
    assert run(deployment) == []
    change_the_id(deployment)
    assert run(deployment) == ["identity"]


def test_an_instance_that_no_longer_tells_its_id_is_still_the_one_at_its_address(deployment: Deployment) -> None:
    assert run(deployment) == []
    hide_the_id(deployment)
    assert run(deployment) == []
    story.heal(deployment)
    assert run(deployment) == []


def test_what_it_hid_meanwhile_does_not_hide_a_change(deployment: Deployment) -> None:
    assert run(deployment) == []
    hide_the_id(deployment)
    assert run(deployment) == []
    story.heal(deployment)
    change_the_id(deployment)
    assert run(deployment) == ["identity"]


def test_an_id_that_may_be_read_later_belongs_to_the_address_that_is_known(deployment: Deployment) -> None:
    hide_the_id(deployment)
    assert run(deployment) == []
    story.heal(deployment)
    assert run(deployment) == []
    change_the_id(deployment)
    assert run(deployment) == ["identity"]


def test_an_instance_that_did_not_say_who_we_are_is_asked_again_an_hour_later(deployment: Deployment) -> None:
    story.fault(deployment, "status", "servicenow", "GET", regex="/sys_user$", status=403)
    accounts = []
    for minutes in (0, 59, 1):
        story.later(deployment, minutes)
        deployment.sync()
        with deployment.store() as store:
            accounts.append(store.recall("account:servicenow"))
    assert accounts == [None, None, story.OURS]
