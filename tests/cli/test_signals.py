from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
from tests.acceptance.worlds import folder_with_duties, markers_of_incidents, markers_of_tickets, tickets, writes
from tests.cli.program import Program, Running, wait_until

from watchkeeper.cli.running import STOPPING
from watchkeeper.clock import PATIENCE
from watchkeeper.emulators.faults import FaultRule, Kind
from watchkeeper.emulators.world import World

DUTIES = 30
STOPS = [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX"), pytest.mark.thorough]


@pytest.fixture
def many(soc: Program, tmp_path: Path) -> Program:
    return Program(
        soc.folder, {**soc.environment, "WATCHKEEPER_MAPPINGS": str(folder_with_duties(tmp_path / "m", DUTIES))}
    )


def held_in_creates(soc: Program, world: World, when: Kind = "pause_after") -> Running:
    """A sync whose creates of tickets from the fourth on wait for their answers."""
    world.faults.add(FaultRule(when, system="servicenow", method="POST", regex=r"/table/incident$", after=3))
    sync = soc.start("sync", "--json")
    wait_until(world.faults.release_is_awaited, sync)
    return sync


def stop(sync: Running, number: signal.Signals, times: int = 1) -> None:
    """Send a signal, and see it heard."""
    sync.signal(number)
    wait_until(lambda: sync.err.count(STOPPING) == times)


@pytest.mark.parametrize(("number", "code", "word"), STOPS)
def test_a_stopped_sync_ends_the_writes_under_way_begins_no_others_and_frees_the_lease(
    many: Program, world: World, number: signal.Signals, code: int, word: str
) -> None:
    sync = held_in_creates(many, world)
    stop(sync, number)
    world.faults.clear()
    ended = sync.wait()
    assert ended.code == code, ended.err
    reasons = f"{code}: {number.name} asked this run to stop; the next run goes on from here"
    report = ended.json("run")
    assert report["reasons"] == [reasons]
    assert 4 <= len(tickets(world)) < DUTIES
    whole = markers_of_incidents(world).total()
    assert report["resume"]["done"] == len(tickets(world)) + whole
    assert report["resume"]["left"] == DUTIES - whole
    status = many.run("status", "--json").json("status")
    assert (status["lease"], status["open_intents"]) == (None, 0)
    finishes(many, world)


@pytest.mark.slow
def test_writes_that_do_not_end_are_abandoned_and_found_by_the_next_run(many: Program, world: World) -> None:
    sync = held_in_creates(many, world)
    stop(sync, signal.SIGTERM)
    ended = sync.wait()
    assert ended.code == 143
    results = ended.json("run")["results"]
    unknown = [row for row in results if row["outcome"] == "unknown"]
    assert {row["message"] for row in unknown} == {
        "still under way when the run was stopped; the next run finds out what became of it"
    }
    status = many.run("status", "--json").json("status")
    assert status["lease"] is None
    assert status["open_intents"] == len(unknown) > 0
    world.faults.clear()
    finishes(many, world)


def test_a_second_signal_does_not_wait(many: Program, world: World) -> None:
    sync = held_in_creates(many, world, "pause_before")
    stop(sync, signal.SIGINT)
    stop(sync, signal.SIGINT, times=2)
    ended = sync.wait()
    assert (ended.code, ended.out) == (130, "")
    assert ended.err.splitlines()[-1] == "watchkeeper: interrupted; the next run goes on from here"
    world.faults.clear()
    finishes(many, world)


def test_a_stop_while_reading_writes_nothing(many: Program, world: World) -> None:
    world.faults.add(FaultRule("pause_before", system="arm", method="GET", times=1))
    sync = many.start("sync")
    wait_until(world.faults.release_is_awaited, sync)
    stop(sync, signal.SIGTERM)
    world.faults.clear()
    assert sync.wait().code == 143
    assert writes(world) == []
    finishes(many, world)


def test_a_call_that_waits_to_be_tried_again_is_given_up_at_once(many: Program, world: World) -> None:
    """Every create is asked to come back in half a minute, which is longer than a stopped run has."""
    refused = {"system": "servicenow", "method": "POST", "regex": r"/table/incident$", "status": 429, "retry_after": 30}
    world.faults.add(FaultRule("status", **refused))
    sync = many.start("sync", "--json")
    wait_until(lambda: any(entry.status == 429 for entry in world.log.entries()), sync)
    stop(sync, signal.SIGTERM)
    ended = sync.wait()
    assert ended.code == 143
    assert {row["outcome"] for row in ended.json("run")["results"]} == {"skipped"}
    assert many.run("status", "--json").json("status")["open_intents"] == 0
    world.faults.clear()
    finishes(many, world)


def finishes(soc: Program, world: World) -> None:
    """One more run brings everything to its end."""
    assert soc.run("sync").code == 0
    found = markers_of_tickets(world)
    assert (len(found), found.total()) == (DUTIES, DUTIES)
    assert markers_of_incidents(world) == found


def test_the_patience_is_shorter_than_what_ci_systems_have() -> None:
    assert PATIENCE < 7.5
