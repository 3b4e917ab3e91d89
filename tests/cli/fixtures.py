"""Shells to run the program in, and emulators over TLS to run it against."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.worlds import incidents, people, tickets
from tests.cli.program import Program
from tests.engine import MONDAY

from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World, build_world

PLAIN = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "LANG": "C.UTF-8"}
WORKERS = 10
"""Requests that each emulated system answers at once: more than the program has workers."""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A shell in an empty folder, without any setting."""
    return Program(tmp_path, dict(PLAIN))


@pytest.fixture(scope="session")
def listening() -> Iterator[RunningWorld]:
    """Ports that one world after the other is behind: to open and to close them takes longer than most commands."""
    with RunningWorld(build_world(MONDAY, frozen=True), workers=WORKERS) as started:
        yield started


@pytest.fixture
def running(listening: RunningWorld) -> Iterator[RunningWorld]:
    """Emulators over TLS, with a world of the test's own; their clock moves only when a test moves it."""
    listening.world = world = build_world(MONDAY, frozen=True)
    yield listening
    world.faults.clear()


@pytest.fixture
def world(running: RunningWorld) -> World:
    return running.world


@pytest.fixture
def soc(tmp_path: Path, running: RunningWorld) -> Program:
    """A shell in an empty folder, with the emulators' settings."""
    return Program(tmp_path, {**PLAIN, **running.environment()})


@dataclass(frozen=True, slots=True)
class Busy:
    """A deployment on its second day: duties opened, an escalation mirrored, a conflict settled, notes carried, one run that
    a valve stopped. For commands that only look."""

    soc: Program
    world: World
    ticket: str
    key: str


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    with RunningWorld(build_world(MONDAY, frozen=True), workers=WORKERS) as started:
        world = started.world
        soc = Program(tmp_path_factory.mktemp("busy"), {**PLAIN, **started.environment()})
        fields = {"title": "Mailbox rule", "severity": "Medium", "status": "Active", "labels": ["escalation"]}
        people(world, "arm", "niamh.kelly", "create", fields=fields)
        open_all_valves(soc)
        ticket = next(row for row in tickets(world) if row["short_description"] == "Mailbox rule")["number"]
        world.clock.advance(timedelta(hours=1))
        people(world, "servicenow", "keiko.tanaka", "edit", number=ticket, fields={"impact": "1", "urgency": "1"})
        people(world, "servicenow", "keiko.tanaka", "note", number=ticket, text="Rule removed, user called.")
        people(world, "arm", "niamh.kelly", "edit", incident=1, fields={"severity": "Low"})
        world.clock.advance(timedelta(hours=1))
        assert soc.run("sync").code == 0
        world.clock.advance(timedelta(days=1))
        yield Busy(soc, world, ticket, f"escalation/sentinel/{_name(world)}")


def open_all_valves(soc: Program) -> None:
    """Sync; when valves stop it, look at them and open them, as a person would."""
    stopped = soc.run("sync", "--json").json("run")
    opened = [each for valve in stopped["valves"] for each in ("--open-valve", f"{valve['name']}:{valve['digest']}")]
    if opened:
        assert soc.run("sync", *opened).code == 0


def _name(world: World) -> str:
    return next(str(row["name"]) for row in incidents(world) if row["properties"]["title"] == "Mailbox rule")
