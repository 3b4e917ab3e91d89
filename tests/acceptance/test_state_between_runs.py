"""Machines that keep nothing: what three runs on three of them find, change and leave, by where their memory is.

A person works between the runs. Whatever the memory, nothing is made twice and every edit of a person stays; what is lost with it
is what docs/state.md says.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.worlds import (
    Record,
    calls,
    incidents,
    mark,
    markers_of_incidents,
    markers_of_tickets,
    people,
    tickets,
    writes,
)
from tests.cli.fixtures import PLAIN
from tests.cli.program import Ended, Program, wait_until

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough

CHANGES, EVERYTHING = 2, 8
"""Calls of a run that finds nothing to do, with a memory and without one, for the seven duties of a Monday."""
NOTE = "Rule removed, user called."
TITLE = "Microsoft Secure Score: review with identity team"


@dataclass
class Machines:
    """A run each on a machine of its own: an empty folder, and what `carried` puts there and takes along."""

    world: World
    place: Path
    environment: dict[str, str]
    before: Callable[[Path], None] = lambda folder: None
    after: Callable[[Path], None] = lambda folder: None
    memory: str = "none"
    used: int = 0
    calls: list[int] = field(default_factory=list)
    """Calls that each run made."""

    def run(self, *arguments: object) -> Ended:
        self.used += 1
        folder = self.place / f"machine-{self.used}"
        folder.mkdir()
        self.before(folder)
        seen = mark(self.world)
        ended = Program(folder, self.environment).run(*arguments)
        self.calls.append(len(calls(self.world, seen)))
        self.after(folder)
        self.world.clock.advance(timedelta(minutes=20))
        return ended


@pytest.fixture
def machines(tmp_path: Path, running: RunningWorld) -> Machines:
    """Without any memory."""
    return Machines(running.world, tmp_path, {**PLAIN, **running.environment()})


def carried(machines: Machines) -> Machines:
    """With the store's files saved after each run, as a cache does, and put back before the next one."""
    cache = machines.place / "cache"

    def restore(folder: Path) -> None:
        if cache.exists():
            shutil.copytree(cache, folder, dirs_exist_ok=True)

    def save(folder: Path) -> None:
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(folder, cache, ignore=shutil.ignore_patterns(".[0-9]*"))

    machines.before, machines.after = restore, save
    return machines


@pytest.fixture(params=["postgresql", "cached sqlite", "none"])
def by_memory(request: pytest.FixtureRequest, machines: Machines) -> Machines:
    machines.memory = request.param
    match request.param:
        case "postgresql":
            machines.environment["WATCHKEEPER_STATE_URL"] = request.getfixturevalue("postgres_url")
            return machines
        case "cached sqlite":
            return carried(machines)
        case _:
            return machines


def ticket_of(world: World, task: str) -> Record:
    return next(row for row in tickets(world) if f"/{task}/" in row["correlation_id"])


def incident_of(world: World, task: str) -> Record:
    return next(
        row for row in incidents(world) if any(f"/{task}/" in each["labelName"] for each in row["properties"]["labels"])
    )


def work(world: World) -> None:
    """A person takes one duty's ticket, changes its title and writes a note."""
    number = ticket_of(world, "secure-score")["number"]
    people(
        world, "servicenow", "keiko.tanaka", "edit", number=number, fields={"short_description": TITLE, "state": "2"}
    )
    people(world, "servicenow", "keiko.tanaka", "note", number=number, text=NOTE)


def escalate(world: World, title: str) -> None:
    fields = {"title": title, "severity": "Medium", "status": "Active", "labels": ["escalation"]}
    people(world, "arm", "niamh.kelly", "create", fields=fields)


def assert_as_the_readme_promises(world: World, opened: set[str]) -> None:
    assert set(markers_of_tickets(world)) == opened
    assert markers_of_tickets(world).total() == len(opened)
    assert markers_of_incidents(world) == markers_of_tickets(world)
    assert ticket_of(world, "secure-score")["short_description"] == TITLE
    assert ticket_of(world, "secure-score")["state"] == "2"
    assert incident_of(world, "secure-score")["properties"]["status"] == "Active"


def test_three_runs_on_three_machines_make_nothing_twice_and_keep_what_people_did(by_memory: Machines) -> None:
    world = by_memory.world
    assert by_memory.run("sync").code == 0
    opened = set(markers_of_tickets(world))
    work(world)
    assert by_memory.run("sync").code == 0
    assert_as_the_readme_promises(world, opened)
    seen = mark(world)
    assert by_memory.run("sync").code == 0
    assert writes(world, seen) == []
    assert_as_the_readme_promises(world, opened)
    assert by_memory.calls[-1] == (EVERYTHING if by_memory.memory == "none" else CHANGES)
    assert bool(list(by_memory.place.rglob("*.db"))) is (by_memory.memory != "postgresql")


class TestPostgreSQL:
    """One memory for all machines: nothing is lost, and a run costs what it costs at home."""

    @pytest.fixture
    def machines(self, machines: Machines, postgres_url: str) -> Machines:
        machines.environment["WATCHKEEPER_STATE_URL"] = postgres_url
        return machines

    def test_the_history_is_one(self, machines: Machines) -> None:
        for command in ("sync", "audit", "sync"):
            assert machines.run(command).code == 0
        told = machines.run("history", "--json").json("history")
        assert [run["command"] for run in told["runs"]] == ["sync", "sync"]


class TestACache:
    """A copy of the files that travels. It may be lost, or an older one may come back."""

    @pytest.fixture
    def machines(self, machines: Machines) -> Machines:
        return carried(machines)

    def test_a_lost_cache_costs_a_full_read_and_nothing_else(self, machines: Machines) -> None:
        world = machines.world
        machines.run("sync")
        opened = set(markers_of_tickets(world))
        work(world)
        machines.run("sync")
        shutil.rmtree(machines.place / "cache")
        seen = mark(world)
        lost = machines.run("sync")
        assert (lost.code, writes(world, seen)) == (0, [])
        assert machines.calls[-1] == EVERYTHING
        assert_as_the_readme_promises(world, opened)
        machines.run("sync")
        assert (machines.calls[-1], writes(world, seen)) == (CHANGES, [])

    def taken_back_with_an_older_cache(self, machines: Machines, *, also: str = "") -> Ended:
        """In progress by a person, and carried over by a run whose cache was not saved; then taken back by a person. `also`: an
        escalation that is imported meanwhile."""
        world = machines.world
        shutil.copytree(machines.place / "cache", machines.place / "older")
        work(world)
        if also:
            escalate(world, also)
        assert machines.run("sync").code == 0
        assert incident_of(world, "secure-score")["properties"]["status"] == "Active"
        number = ticket_of(world, "secure-score")["number"]
        people(world, "servicenow", "keiko.tanaka", "edit", number=number, fields={"state": "1"})
        world.clock.advance(timedelta(minutes=20))
        shutil.rmtree(machines.place / "cache")
        (machines.place / "older").rename(machines.place / "cache")
        return machines.run("sync", "--json")

    def test_an_older_one_is_recognised_by_a_record_that_it_does_not_know_and_takes_no_edit_back(
        self, machines: Machines
    ) -> None:
        world = machines.world
        escalate(world, "Mailbox rule 1")
        (valve,) = machines.run("sync", "--json").json("run")["valves"]
        assert machines.run("sync", "--open-valve", f"first-import:{valve['digest']}").code == 0

        found = self.taken_back_with_an_older_cache(machines, also="Mailbox rule 2")

        assert found.code == 0
        assert any("older than what we wrote" in note for note in found.json("run")["notes"])
        assert ticket_of(world, "secure-score")["state"] == "1"
        assert incident_of(world, "secure-score")["properties"]["status"] == "New"
        assert markers_of_tickets(world).total() == len(markers_of_tickets(world))
        assert markers_of_incidents(world).total() == len(markers_of_incidents(world))

    def test_an_older_one_that_nothing_gives_away_counts_what_moved_on_both_sides_as_edited_on_both(
        self, machines: Machines
    ) -> None:
        """The resolver decides, and what loses is named: nothing is lost without a word."""
        machines.run("sync")
        found = self.taken_back_with_an_older_cache(machines)
        conflicts = found.json("run")["conflicts"]
        assert [(each["field"], each["losing"]) for each in conflicts] == [("status", "new")]
        assert markers_of_tickets(machines.world).total() == len(markers_of_tickets(machines.world))
        assert markers_of_incidents(machines.world) == markers_of_tickets(machines.world)

    def test_two_machines_with_a_copy_each_do_not_see_each_other_and_still_make_nothing_twice(
        self, machines: Machines
    ) -> None:
        """The lease is in the copy. What a scheduler lets run at once meets in the two systems, by the ids that both choose."""
        world = machines.world
        (first,) = folders = [machines.place / "at-once"]
        for folder in folders:
            folder.mkdir()
        world.faults.add(FaultRule("pause_before", system="servicenow", method="POST", times=1))
        slow = Program(first, machines.environment).start("sync")
        wait_until(world.faults.release_is_awaited, slow)
        assert machines.run("sync").code == 0
        world.faults.clear()
        assert slow.wait().code in {0, 4, 75}
        machines.run("sync")
        assert markers_of_tickets(world)
        assert markers_of_tickets(world).total() == len(markers_of_tickets(world))
        assert markers_of_incidents(world) == markers_of_tickets(world)


class TestNone:
    """Every run is the first: it finds everything by its keys, at the price of reading everything."""

    def test_a_person_lets_the_first_escalation_in_and_the_pairs_themselves_show_it_to_later_runs(
        self, machines: Machines
    ) -> None:
        world = machines.world
        escalate(world, "Mailbox rule 1")
        stopped = machines.run("sync", "--json")
        (valve,) = stopped.json("run")["valves"]
        assert (stopped.code, valve["name"]) == (7, "first-import")
        assert machines.run("sync", "--open-valve", f"first-import:{valve['digest']}").code == 0
        escalate(world, "Mailbox rule 2")
        assert machines.run("sync").code == 0
        assert len([row for row in tickets(world) if row["short_description"].startswith("Mailbox rule")]) == 2

    def test_what_only_the_memory_knows_is_lost(self, machines: Machines) -> None:
        """A task that was raised and not yet opened, verdicts, runs, and which accounts are people's."""
        raised = ("tasks", "raise", "tabletop-exercise", "--team", "all", "--reason", "a drill")
        assert machines.run(*raised).code == 0
        assert machines.run("sync").code == 0
        assert not [key for key in markers_of_tickets(machines.world) if "tabletop-exercise" in key]
        assert machines.run("audit").code == 0
        assert machines.run("history", "--json").json("history")["runs"] == []
