from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.worlds import (
    folder_with_duties,
    incidents,
    mark,
    markers_of_incidents,
    markers_of_tickets,
    tickets,
    writes,
)
from tests.cli.program import Program, wait_until

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough

DUTIES = 30


@pytest.fixture
def many(soc: Program, tmp_path: Path) -> Program:
    folder = folder_with_duties(tmp_path / "m", DUTIES)
    return Program(soc.folder, {**soc.environment, "WATCHKEEPER_MAPPINGS": str(folder)})


def test_a_sync_stops_at_its_deadline_and_the_next_one_goes_on(many: Program, world: World) -> None:
    """Every answer takes half a second, so that sixty writes take longer than three, wherever the run is then."""
    world.faults.latency = 0.5
    ended = many.run("sync", "--json", "--deadline", "3s")
    assert ended.code == 75, ended.err
    report = ended.json("run")
    assert all("the run's time is used up" in reason for reason in report["reasons"])
    assert report["resume"]["done"] == len(tickets(world)) + len(incidents(world)) < 2 * DUTIES
    assert report["resume"]["left"] in {DUTIES - len(incidents(world)), 0 if not report["resume"]["done"] else None}
    world.faults.latency = 0.0
    status = many.run("status", "--json").json("status")
    assert (status["lease"], status["open_intents"]) == (None, 0)
    assert many.run("sync", "--deadline", "10m").code == 0
    assert len(writes(world)) == 2 * DUTIES
    found = markers_of_tickets(world)
    assert (len(found), found.total()) == (DUTIES, DUTIES)
    assert markers_of_incidents(world) == found


@pytest.mark.parametrize("command", ["sync", "plan", "audit", "undo 1", "adopt --vendor", "db rebuild"])
def test_a_deadline_that_has_passed_does_nothing_and_says_so(soc: Program, world: World, command: str) -> None:
    past = (world.clock.now() - timedelta(seconds=1)).isoformat()
    seen = mark(world)
    ended = soc.run(*command.split(), "--deadline", past)
    assert (ended.code, ended.out) == (75, "")
    assert ended.err == (
        "watchkeeper: the deadline 2026-11-16T00:29:59+00:00 has passed already; "
        "nothing was begun: give a later one, or a length of time such as 45m\n"
    )
    assert len(world.log.entries()) == seen
    assert not (soc.folder / "watchkeeper.db").exists()


def test_it_says_so_in_the_reports_language_too(soc: Program) -> None:
    ended = soc.run("sync", "--lang", "ja", "--deadline", "2026-11-01T00:00:00Z")
    assert "期限 2026-11-01T00:00:00+00:00 はすでに過ぎています" in ended.err


def test_a_deadline_is_a_length_of_time_or_an_instant(soc: Program) -> None:
    ended = soc.run("sync", "--deadline", "soon")
    assert ended.code == 2
    assert "'soon' is neither a length of time, such as 90s, 45m or 2h, nor an ISO 8601 time" in " ".join(
        ended.err.split()
    )
    assert soc.run("plan", "--deadline", "2026-11-16T10:00:00+09:00").code == 0


@pytest.mark.slow
def test_writes_that_are_not_answered_in_time_are_found_by_the_next_run(many: Program, world: World) -> None:
    world.faults.add(FaultRule("pause_after", system="servicenow", method="POST", regex=r"/table/incident$", after=3))
    sync = many.start("sync", "--json", "--deadline", "20s")
    wait_until(world.faults.release_is_awaited, sync)
    ended = sync.wait()
    assert ended.code == 75, ended.err
    unknown = [row for row in ended.json("run")["results"] if row["outcome"] == "unknown"]
    status = many.run("status", "--json").json("status")
    assert (status["lease"], status["open_intents"]) == (None, len(unknown))
    assert unknown
    world.faults.clear()
    assert many.run("sync").code == 0
    assert len(writes(world)) == 2 * DUTIES
    assert markers_of_incidents(world) == markers_of_tickets(world)
