"""A workspace that is onboarded to the Defender portal, which shows no incident that an API made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.acceptance.worlds import calls, mark
from tests.cli.program import Program

from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough

NOTE = (
    "The workspace is onboarded to the Defender portal, where the incidents made for duties are not shown; "
    "their ServiceNow tickets are the record"
)


def seed(world: World, provider: str) -> None:
    arm: Any = world.systems["arm"]
    arm.seed({"count": 1, "provider": provider})


def test_plan_and_sync_say_once_that_duties_are_not_shown_in_the_defender_portal(soc: Program, world: World) -> None:
    seed(world, "xdr")
    assert soc.run("plan", "--json").json("plan")["notes"] == [NOTE]
    assert soc.run("sync", "--json").json("run")["notes"] == [NOTE]
    assert soc.run("plan").out.count("onboarded to the Defender portal") == 1


def test_an_idle_run_says_it_from_memory_without_a_further_call(soc: Program, world: World) -> None:
    seed(world, "xdr")
    soc.run("sync")
    world.clock.advance(timedelta(minutes=30))
    soc.run("sync")
    world.clock.advance(timedelta(minutes=30))
    seen = mark(world)
    assert soc.run("sync", "--json").json("run")["notes"] == [NOTE]
    assert sorted(entry.system for entry in calls(world, seen)) == ["arm", "servicenow"]


def test_it_is_said_in_japanese(soc: Program, world: World) -> None:
    seed(world, "xdr")
    for command in ("plan", "sync"):
        said = soc.run(command, "--lang", "ja").out
        assert "ワークスペースは Defender ポータルにオンボードされており" in said
        assert "ServiceNow のチケットが正式な記録です" in said


def test_nothing_is_said_of_a_workspace_without_incidents_of_defender(soc: Program, world: World) -> None:
    seed(world, "alert")
    assert soc.run("plan", "--json").json("plan")["notes"] == []
    assert soc.run("sync", "--json").json("run")["notes"] == []
