from __future__ import annotations

from datetime import timedelta

import pytest
from tests.acceptance.worlds import folder_with_duties, incidents, mark, people, tickets, writes
from tests.cli.program import Program

from watchkeeper.emulators.world import World
from watchkeeper.sync.guard import VALVES

pytestmark = pytest.mark.thorough


def escalate(world: World, count: int = 1) -> None:
    for number in range(count):
        fields = {"title": f"Escalation {number}", "severity": "Medium", "status": "Active", "labels": ["escalation"]}
        people(world, "arm", "niamh.kelly", "create", fields=fields)


@pytest.mark.parametrize("mode", ["observe", None])
def test_observing_writes_nothing_and_says_how_to_allow_it(soc: Program, world: World, mode: str | None) -> None:
    ended = soc.run("sync", WATCHKEEPER_MODE=mode)
    assert ended.code == 0
    assert "14 records to create" in ended.out
    assert "WATCHKEEPER_MODE" in ended.err
    assert writes(world) == []
    assert not list(soc.folder.glob("*.db"))
    assert soc.run("sync", "--json", WATCHKEEPER_MODE=mode).json("plan")["command"] == "sync"


def test_the_maintenance_mode_writes_maintenance_alone(soc: Program, world: World) -> None:
    escalate(world)
    ended = soc.run("sync", WATCHKEEPER_MODE="maintenance")
    assert ended.code == 0
    assert len(tickets(world)) == 7
    assert len(incidents(world)) == 8


def test_a_closed_valve_is_exit_7_without_a_write_and_opens_for_what_it_showed(soc: Program, world: World) -> None:
    escalate(world, 2)
    stopped = soc.run("sync", "--json")
    (valve,) = stopped.json("run")["valves"]
    assert (stopped.code, valve["name"], valve["count"] > 0, valve["opened"]) == (7, "first-import", True, False)
    assert writes(world) == []
    key = f"{valve['name']}:{valve['digest']}"
    assert f"--open-valve {key}" in stopped.err
    assert soc.run("plan").code == 7
    assert soc.run("plan", "--detailed-exitcode").code == 7

    wrong = soc.run("sync", "--open-valve", "first-import:000000000000")
    assert (wrong.code, writes(world)) == (7, [])
    escalate(world)
    world.clock.advance(timedelta(minutes=1))
    more = soc.run("sync", "--open-valve", key)
    assert (more.code, writes(world)) == (7, [])


@pytest.mark.parametrize("command", ["plan", "sync"])
def test_a_valve_that_does_not_exist_is_refused_with_the_names_of_all(soc: Program, world: World, command: str) -> None:
    ended = soc.run(command, "--open-valve", "first-imports:abc")
    assert (ended.code, writes(world)) == (2, [])
    said = " ".join(ended.err.replace("│", " ").split())
    assert "did you mean first-import?" in said
    assert [name for name in VALVES if name not in said] == []


def test_an_opened_valve_lets_exactly_its_set_pass(soc: Program, world: World) -> None:
    escalate(world, 2)
    (valve,) = soc.run("plan", "--json").json("plan")["valves"]
    assert soc.run("sync", "--open-valve", f"{valve['name']}:{valve['digest']}").code == 0
    assert len(tickets(world)) == len(incidents(world)) == 9


def test_a_limit_on_writes_stops_before_the_first(soc: Program, world: World) -> None:
    ended = soc.run("sync", "--max-writes", "13")
    assert (ended.code, writes(world)) == (7, [])
    assert soc.run("sync", "--max-writes", "14").code == 0
    assert soc.run("sync", "--max-writes", "0").code == 0


def test_a_plan_with_changes_is_exit_8_only_when_asked(soc: Program) -> None:
    assert soc.run("plan").code == 0
    assert soc.run("plan", "--detailed-exitcode").code == 8
    assert soc.run("plan", "--detailed-exitcode", "--json").json("plan")["exit_code"] == 8
    soc.run("sync")
    assert soc.run("plan", "--detailed-exitcode").code == 0


def test_a_narrowed_run_does_its_part_and_the_next_one_the_rest(soc: Program, world: World) -> None:
    assert soc.run("sync", "--task", "portal-licences").code == 0
    assert len(tickets(world)) == len(incidents(world)) == 1
    assert soc.run("sync", "--profile", "escalation").code == 0
    assert len(tickets(world)) == 1
    assert soc.run("sync").code == 0
    assert len(tickets(world)) == len(incidents(world)) == 7


def test_one_record_that_is_refused_is_exit_4_and_the_others_go_on(soc: Program, world: World) -> None:
    from watchkeeper.emulators.faults import FaultRule

    world.faults.add(
        FaultRule("status", system="servicenow", method="POST", regex=r"/table/incident$", status=403, times=1)
    )
    ended = soc.run("sync", "--json")
    assert ended.code == 4
    outcomes = [row["outcome"] for row in ended.json("run")["results"]]
    assert (outcomes.count("failed"), outcomes.count("done")) == (1, 12)
    world.faults.clear()
    world.clock.advance(timedelta(days=1))
    soc.run("sync")
    assert soc.run("status", "--json").json("status")["open_intents"] == 0


@pytest.mark.parametrize("command", [("plan", "-q"), ("sync", "-q"), ("audit", "-q"), ("status", "-q")], ids=" ".join)
def test_quiet_is_silent_where_all_is_well(soc: Program, command: tuple[str, ...]) -> None:
    soc.run("sync")
    assert (soc.run(*command).out, soc.run(*command).err) == ("", "")


def test_quiet_still_tells_what_needs_a_person(soc: Program, world: World) -> None:
    soc.run("sync")
    escalate(world)
    world.clock.advance(timedelta(minutes=10))
    ended = soc.run("sync", "-q")
    assert ended.code == 7
    assert "first-import" in ended.out


def test_a_raised_task_is_opened_once_with_its_reason(soc: Program, world: World) -> None:
    raised = ("tasks", "raise", "tabletop-exercise", "--team", "all", "--reason", "新しい手口の演習")
    assert soc.run(*raised, "--json").json("tasks-raise")["raised"] is True
    assert soc.run(*raised, "--json").json("tasks-raise")["raised"] is False
    assert soc.run("sync").code == 0
    (ticket,) = [row for row in tickets(world) if "tabletop-exercise" in row["correlation_id"]]
    assert "新しい手口の演習" in ticket["description"]
    seen = mark(world)
    assert soc.run("sync").code == 0
    assert writes(world, seen) == []


def test_as_many_duties_as_are_due_trip_no_valve(soc: Program, world: World) -> None:
    many = folder_with_duties(soc.folder / "many", 30)
    assert soc.run("sync", "--mappings", many).code == 0
    assert len(tickets(world)) == 30
