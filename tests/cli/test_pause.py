from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from tests.acceptance.worlds import calls, mark, people, tickets, writes
from tests.cli.program import Program, wait_until

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough

WHY = "the instance is upgraded"


@pytest.fixture
def paused(soc: Program, world: World) -> Program:
    """A deployment that has run, has something to write, and was paused for two hours."""
    assert soc.run("sync").code == 0
    world.clock.advance(timedelta(minutes=10))
    people(world, "servicenow", "ava.nguyen", "resolve", number="INC0010001")
    world.clock.advance(timedelta(minutes=10))
    assert soc.run("pause", "--reason", WHY, "--until", "2h").code == 0
    return soc


def test_a_paused_sync_calls_no_system_and_says_who_paused_it_why_and_until_when(paused: Program, world: World) -> None:
    seen = mark(world)
    ended = paused.run("sync")
    assert (ended.code, calls(world, seen)) == (75, [])
    assert "Try again later" not in ended.out
    for words in (WHY, "2026-11-16 02:50 UTC", "watchkeeper resume", "paused this deployment"):
        assert words in " ".join(ended.out.split())
    told = paused.run("sync", "--json").json("run")
    assert [reason.partition(":")[0] for reason in told["reasons"]] == ["75"]
    assert told["sides"] == []
    assert [run["exit_code"] for run in paused.run("history", "--json").json("history")["runs"]] == [75, 75, 0]


def test_what_only_looks_goes_on_and_says_that_nothing_is_written(paused: Program, world: World) -> None:
    plan = paused.run("plan", "--out", "plan.json", "--json").json("plan")
    assert (len(plan["actions"]), [WHY in note for note in plan["notes"]]) == (1, [True])
    assert [WHY in note for note in paused.run("audit", "--json").json("audit")["notes"]] == [True]
    status = paused.run("status", "--json").json("status")
    assert (status["halt"]["kind"], status["halt"]["reason"]) == ("paused", WHY)
    assert "一時停止" in paused.run("status", "--lang", "ja").out
    seen = mark(world)
    assert paused.run("sync", "--plan", "plan.json").code == 75
    assert paused.run("doctor", "--write-probe").code == 75
    assert writes(world, seen) == []


def test_a_pause_ends_when_it_was_to_end(paused: Program, world: World) -> None:
    world.clock.advance(timedelta(hours=2))
    seen = mark(world)
    assert paused.run("sync").code == 0
    assert writes(world, seen) == ["arm PUT"]
    assert "has ended by itself" in paused.run("resume").out


def test_a_second_order_takes_the_place_of_the_first_and_resume_ends_it(paused: Program, world: World) -> None:
    again = paused.run("pause", "--json").json("halt")
    assert (again["before"]["reason"], again["halt"]["reason"], again["halt"]["until"]) == (WHY, "", None)
    assert "was paused already" in paused.run("pause").out
    resumed = paused.run("resume", "--json").json("halt")
    assert (resumed["halt"], resumed["before"]["reason"]) == (None, "")
    seen = mark(world)
    assert paused.run("sync").code == 0
    assert writes(world, seen) == ["arm PUT"]
    again = paused.run("resume")
    assert (again.code, "is not paused; nothing has changed" in again.out) == (0, True)


def test_an_end_that_is_no_time_to_come_is_refused(program: Program) -> None:
    program.run("db", "upgrade")
    for until, said in (("2001-01-01T00:00:00Z", "is over"), ("soon", "90m, 4h, 2d"), ("0h", "90m, 4h, 2d")):
        ended = program.run("pause", "--until", until)
        assert (ended.code, said in ended.err, "--until" in ended.err) == (2, True, True)
    assert program.run("status", "--json").json("status")["halt"] is None


def test_a_store_that_is_not_there_is_not_made_to_be_paused(program: Program) -> None:
    for command in ("pause", "resume"):
        ended = program.run(command)
        assert (ended.code, "there is no state store at" in ended.err) == (3, True)
    assert not list(program.folder.glob("*.db"))


def test_a_deployment_that_never_ran_is_paused_with_a_doubt(program: Program) -> None:
    program.run("db", "upgrade")
    ended = program.run("pause", WATCHKEEPER_DEPLOYMENT="sock")
    assert (ended.code, "check WATCHKEEPER_DEPLOYMENT" in " ".join(ended.out.split())) == (0, True)
    assert program.run("status", "--json").json("status")["halt"] is None


def test_a_damaged_order_stops_every_run_until_it_is_given_again(program: Program) -> None:
    program.run("db", "upgrade")
    program.run("pause")
    with closing(sqlite3.connect(program.folder / "watchkeeper.db")) as store:
        store.execute("UPDATE meta SET value = '{' WHERE name = 'halt'")
        store.commit()
    assert program.run("status").code == 9
    assert [program.run(command).code for command in ("pause", "resume", "status")] == [0, 0, 0]


def test_a_run_under_way_stops_before_its_next_write_and_leaves_the_rest(soc: Program, world: World) -> None:
    world.faults.add(FaultRule("pause_before", system="servicenow", method="POST", regex=r"/table/incident$"))
    sync = soc.start("sync", "--json")
    wait_until(world.faults.release_is_awaited, sync)
    ordered = soc.run("pause", "--json").json("halt")
    before = mark(world)
    world.faults.clear()
    ended = sync.wait()
    report: dict[str, Any] = ended.json("run")
    assert (ended.code, ordered["running"]) == (75, report["run_id"])
    outcomes = {each["outcome"] for each in report["results"]}
    assert outcomes <= {"done", "skipped"}
    assert "skipped" in outcomes
    assert len(writes(world, before)) <= 4, "what was under way on the workers came to its end"
    assert report["resume"]["left"] > 0
    held = len(tickets(world))
    assert soc.run("sync").code == 75
    assert soc.run("resume").code == 0
    assert soc.run("sync").code == 0
    assert (len(tickets(world)) > held, len(tickets(world))) == (True, 7)
