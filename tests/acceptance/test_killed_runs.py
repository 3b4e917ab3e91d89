from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.acceptance.worlds import (
    folder_with_duties,
    mark,
    markers_of_incidents,
    markers_of_tickets,
    writes,
)
from tests.cli.program import Program, wait_until
from tests.effort import thoroughly

from watchkeeper.emulators.faults import FaultRule, Kind
from watchkeeper.emulators.world import World

DUTIES = 50
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")


class Point(NamedTuple):
    """Where a run is killed: before or after a system carried out its create number `after` + 1."""

    system: str
    when: Kind
    after: int

    @property
    def create(self) -> FaultRule:
        method, path = {"servicenow": ("POST", r"/table/incident$"), "arm": ("PUT", r"/incidents/[^/]+$")}[self.system]
        return FaultRule(self.when, system=self.system, method=method, regex=path, after=self.after, times=1)


WHEN: tuple[Kind, ...] = ("pause_before", "pause_after")
POINTS = [Point(*each) for each in itertools.product(("servicenow", "arm"), WHEN, (0, 12, 24, 36, DUTIES - 1))]
MIDDLE = [point for point in POINTS if point.after == 24]
EVERYDAY = Point("servicenow", "pause_after", 24)
"""The system has made the ticket, and nobody has been told."""


def kill_at(point: Point, soc: Program, world: World) -> None:
    """Start a sync, wait until the request in question is held, and kill -9."""
    world.faults.add(point.create)
    sync = soc.start("sync")
    wait_until(world.faults.release_is_awaited, sync)
    sync.kill()
    world.faults.clear()


def check_after_a_kill(point: Point, soc: Program, world: World, tmp_path: Path) -> None:
    soc = Program(
        soc.folder, {**soc.environment, "WATCHKEEPER_MAPPINGS": str(folder_with_duties(tmp_path / "m", DUTIES))}
    )
    kill_at(point, soc, world)
    killed_with = sum(markers_of_tickets(world).values()), sum(markers_of_incidents(world).values())

    rest = soc.run("sync", "--json")
    assert rest.code == 0, rest.err + rest.out
    assert killed_with != (DUTIES, DUTIES) or point == Point("arm", "pause_after", DUTIES - 1)

    found = markers_of_tickets(world)
    assert (len(found), found.total()) == (DUTIES, DUTIES)
    assert markers_of_incidents(world) == found

    seen = mark(world)
    assert soc.run("sync").code == 0
    assert writes(world, seen) == []
    status = soc.run("status", "--json").json("status")
    assert (status["open_intents"], status["dirty"], status["linked"]) == (0, [], DUTIES)


@pytest.mark.parametrize(
    "point",
    [EVERYDAY, *thoroughly(*(point for point in MIDDLE if point != EVERYDAY))],
    ids=lambda point: "-".join(map(str, point)),
)
def test_a_killed_run_is_finished_by_the_next_without_a_second_record(
    point: Point, soc: Program, world: World, tmp_path: Path
) -> None:
    check_after_a_kill(point, soc, world, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "point", [each for each in POINTS if each not in MIDDLE], ids=lambda point: "-".join(map(str, point))
)
def test_a_run_killed_anywhere_is_finished_by_the_next_without_a_second_record(
    point: Point, soc: Program, world: World, tmp_path: Path
) -> None:
    check_after_a_kill(point, soc, world, tmp_path)


def test_runs_killed_one_after_the_other_come_to_the_same_end(soc: Program, world: World, tmp_path: Path) -> None:
    """Every attempt dies, each at another place, until one is let through."""
    soc = Program(
        soc.folder, {**soc.environment, "WATCHKEEPER_MAPPINGS": str(folder_with_duties(tmp_path / "m", DUTIES))}
    )
    for point in (
        Point("servicenow", "pause_after", 3),
        Point("arm", "pause_before", 2),
        Point("arm", "pause_after", 9),
    ):
        kill_at(point, soc, world)
    assert soc.run("sync").code == 0
    found = markers_of_tickets(world)
    assert (len(found), found.total()) == (DUTIES, DUTIES)
    assert markers_of_incidents(world) == found
