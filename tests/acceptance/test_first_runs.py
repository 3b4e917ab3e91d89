from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.worlds import (
    calls,
    incidents,
    mark,
    markers_of_incidents,
    markers_of_tickets,
    tickets,
    writes,
)
from tests.cli.program import Program
from tests.effort import thoroughly
from tests.engine import MONDAY, make_deployment
from tests.invariants.story import also_slowly

from watchkeeper.emulators.world import World
from watchkeeper.model.occurrence import Decision

DUE_ON_MONDAY = {
    "soc/anti-phishing-dlp/soc-oversight@2026-11-16",
    "soc/automation-scripts/engineering-secops@2026-11-16",
    "soc/escalation-tickets/all@2026-11-16",
    "soc/portal-licences/soc-oversight@2026-11-16",
    "soc/secure-score/monitoring@2026-11-16",
    "soc/service-administration/engineering-secops@2026-11-16",
    "soc/vulnerability-remediation/monitoring@2026-11-16",
}
"""Every task that is due on the emulators' Monday; the tabletop exercise comes only as needed."""


def test_a_plan_makes_no_writing_call_and_leaves_no_trace(soc: Program, world: World) -> None:
    plan = soc.run("plan", "--json")
    assert {f"soc/{action['key']}" for action in plan.json("plan")["actions"]} == DUE_ON_MONDAY
    assert [entry.method for entry in calls(world) if entry.is_write] == []
    assert calls(world)
    assert [file.name for file in soc.folder.glob("[!.]*")] == []


def test_a_sync_opens_one_ticket_and_one_incident_per_due_task_and_team(soc: Program, world: World) -> None:
    assert soc.run("sync").code == 0
    assert set(markers_of_tickets(world)) == DUE_ON_MONDAY
    assert markers_of_incidents(world) == markers_of_tickets(world)
    assert len(tickets(world)) == len(incidents(world)) == len(DUE_ON_MONDAY)


def test_the_second_sync_writes_nothing(soc: Program, world: World) -> None:
    soc.run("sync")
    for minutes in (0, 10, 10):
        world.clock.advance(timedelta(minutes=minutes))
        seen = mark(world)
        ended = soc.run("sync")
        assert (ended.code, writes(world, seen)) == (0, [])
        assert "nothing to do" in ended.out


def test_a_lost_database_brings_no_second_record_and_no_write(soc: Program, world: World) -> None:
    soc.run("sync")
    world.clock.advance(timedelta(minutes=10))
    soc.run("sync")
    (soc.folder / "watchkeeper.db").unlink()
    for rest in soc.folder.glob("watchkeeper.db-*"):
        rest.unlink()
    seen = mark(world)
    assert soc.run("sync").code == 0
    assert writes(world, seen) == []
    assert soc.run("status", "--json").json("status")["linked"] == len(DUE_ON_MONDAY)
    assert soc.run("sync").code == 0
    assert writes(world, seen) == []
    assert set(markers_of_tickets(world)) == DUE_ON_MONDAY


@pytest.mark.parametrize(
    "day", [5, *thoroughly(0, 3), *also_slowly(1, 2, 4, 6)], ids=("sat", "mon", "thu", "tue", "wed", "fri", "sun")
)
def test_on_every_weekday_the_same_holds(tmp_path: Path, day: int) -> None:
    """In process: plan, sync, sync, lost database, sync."""
    soc = make_deployment(tmp_path, start=MONDAY + timedelta(days=day))
    assert soc.plan().exit_code == 0
    assert writes(soc.world) == []

    first = soc.sync()
    due = {f"{soc.name}/{each.occurrence.key}" for each in first.decided if each.decision is Decision.CREATE}
    assert first.exit_code == 0
    assert due
    assert set(markers_of_tickets(soc.world)) == due
    assert markers_of_tickets(soc.world).total() == len(due)
    assert markers_of_incidents(soc.world) == markers_of_tickets(soc.world)

    seen = mark(soc.world)
    assert soc.sync().exit_code == 0
    soc.lose_the_database()
    assert soc.sync().exit_code == 0
    assert writes(soc.world, seen) == []


@pytest.mark.slow
@pytest.mark.parametrize("day", range(1, 7), ids=("tue", "wed", "thu", "fri", "sat", "sun"))
def test_on_every_weekday_the_same_holds_through_the_command_line(soc: Program, world: World, day: int) -> None:
    world.clock.advance(timedelta(days=day))
    assert soc.run("plan").code == 0
    assert writes(world) == []
    assert soc.run("sync").code == 0
    assert markers_of_tickets(world)
    assert markers_of_tickets(world) == markers_of_incidents(world)
    seen = mark(world)
    assert soc.run("sync").code == 0
    for file in soc.folder.glob("watchkeeper.db*"):
        file.unlink()
    assert soc.run("sync").code == 0
    assert writes(world, seen) == []
