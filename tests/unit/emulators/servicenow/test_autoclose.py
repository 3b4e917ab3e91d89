"""The job that closes what was resolved long ago."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from watchkeeper.emulators.clock import WorldClock

Instance = Any
JOB = {"jobs": ["Autoclose Incidents"]}
BASIS = "com.snc.incident.autoclose.basedon.resolved_at"


def ran(instance: Instance) -> list[str]:
    numbers: list[str] = instance.system.seed(JOB)["jobs"]["Autoclose Incidents"]
    return numbers


def test_it_closes_what_was_resolved_long_enough_ago_in_the_name_of_its_admin(
    instance: Instance, clock: WorldClock
) -> None:
    row = instance.new()
    instance.resolve(row["sys_id"])
    clock.advance(timedelta(days=6, hours=23))
    assert ran(instance) == []
    clock.advance(timedelta(hours=1))
    assert ran(instance) == [row["number"]]
    closed = instance.get(row["sys_id"]).result
    assert (closed["state"], closed["active"], closed["sys_updated_by"]) == ("7", "false", "admin")
    assert ran(instance) == []


@pytest.mark.parametrize(("by_resolution", "closed"), [("true", True), ("false", False)])
def test_where_it_goes_by_the_last_update_each_update_restarts_its_clock(
    instance: Instance, clock: WorldClock, by_resolution: str, closed: bool
) -> None:
    instance.system.seed({"properties": {BASIS: by_resolution}})
    row = instance.new()
    instance.resolve(row["sys_id"])
    clock.advance(timedelta(days=5))
    instance.patch(row["sys_id"], work_notes="still here")
    clock.advance(timedelta(days=3))
    assert bool(ran(instance)) is closed


def test_zero_days_turn_it_off(instance: Instance, clock: WorldClock) -> None:
    instance.system.seed({"properties": {"glide.ui.autoclose.time": "0"}})
    instance.resolve(instance.new()["sys_id"])
    clock.advance(timedelta(days=100))
    assert ran(instance) == []


def test_there_is_no_other_job(instance: Instance) -> None:
    with pytest.raises(ValueError, match="none of Autoclose Incidents"):
        instance.system.seed({"jobs": ["Clean up"]})
