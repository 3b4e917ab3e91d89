"""A mapping that was wrong for one run: what it closed is opened again, and nobody's work since is touched."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.worlds import folder_with_duties, incidents, mark, people, tickets, writes
from tests.cli.program import Ended, Program, wait_until
from tests.effort import thoroughly

from watchkeeper.emulators.faults import FaultRule, Kind
from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough

DUTIES = 20
RIGHT = "- { is: Active, means: active, writes: [active, on-hold] }"
WRONG = "- { is: Active, means: resolved }"
RIGHT_NEW = "- { is: New, means: new }"
WRONG_NEW = "- { is: New, means: new, writes: [new, active, on-hold] }"


@dataclass
class Mistake:
    """A deployment whose run `run` resolved 20 tickets, because a mapping took Active for resolved."""

    soc: Program
    world: World
    mappings: Path
    run: str

    def correct(self) -> None:
        self._rewrite(WRONG, RIGHT)
        self._rewrite(WRONG_NEW, RIGHT_NEW)

    def _rewrite(self, before: str, after: str) -> None:
        profile = self.mappings / "profiles" / "maintenance.yaml"
        profile.write_text(profile.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")

    @property
    def states(self) -> list[str]:
        return [row["state"] for row in sorted(tickets(self.world), key=lambda row: row["number"])]

    def later(self, minutes: int = 15) -> None:
        self.world.clock.advance(timedelta(minutes=minutes))

    def synced(self, command: str = "sync") -> Ended:
        """A sync in which a person opens the valves that trip."""
        stopped = self.soc.run(command, "--json")
        trips = [f"{each['name']}:{each['digest']}" for each in stopped.json()["valves"]]
        return self.soc.run(command, "--json", *(part for trip in trips for part in ("--open-valve", trip)))


@pytest.fixture
def mistake(soc: Program, world: World, tmp_path: Path) -> Mistake:
    mappings = folder_with_duties(tmp_path / "m", DUTIES)
    soc = Program(soc.folder, {**soc.environment, "WATCHKEEPER_MAPPINGS": str(mappings)})
    made = Mistake(soc, world, mappings, "")
    assert soc.run("sync").code == 0
    made._rewrite(RIGHT, WRONG)
    made._rewrite(RIGHT_NEW, WRONG_NEW)
    made.later()
    for incident in incidents(world):
        people(
            world,
            "arm",
            "liam.byrne",
            "edit",
            incident=incident["properties"]["incidentNumber"],
            fields={"status": "Active"},
        )
    made.later()
    made.run = made.synced().json("run")["run_id"]
    assert made.states == ["6"] * DUTIES
    made.later()
    return made


def test_undo_opens_18_of_20_tickets_again_and_names_the_two_that_people_touched(mistake: Mistake) -> None:
    soc, world = mistake.soc, mistake.world
    reopened, resolved_again = sorted(row["number"] for row in tickets(world))[3:5]
    people(world, "servicenow", "ava.nguyen", "reopen", number=reopened)
    people(world, "servicenow", "keiko.tanaka", "reopen", number=resolved_again)
    mistake.later(1)
    people(
        world,
        "servicenow",
        "keiko.tanaka",
        "resolve",
        number=resolved_again,
        fields={"close_code": "Solution provided"},
    )
    mistake.later()
    before, seen = mistake.states, mark(world)

    plan = soc.run("undo", mistake.run, "--json").json("plan")
    assert (len(plan["actions"]), writes(world, seen)) == (DUTIES - 2, [])
    done = soc.run("undo", mistake.run, "--confirm", "--json").json("run")
    assert writes(world, seen) == ["servicenow PATCH"] * (DUTIES - 2)
    assert {row["number"] for row in done["parked"]} == {reopened, resolved_again}
    assert any("keiko.tanaka" in row["reason"] or "Keiko" in row["reason"] for row in done["parked"])
    assert mistake.states == ["1" if index not in (3, 4) else state for index, state in enumerate(before)]
    assert {row["close_code"] for row in tickets(world) if row["state"] == "1"} == {""}

    seen = mark(world)
    again = soc.run("undo", mistake.run, "--confirm", "--json").json("run")
    assert (again["exit_code"], again["planned"], writes(world, seen)) == (0, 0, [])
    assert len(again["parked"]) == 2


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
@pytest.mark.parametrize("when", ["pause_after", *thoroughly("pause_before")])
def test_an_undo_that_is_killed_in_the_middle_is_finished_by_the_next(mistake: Mistake, when: Kind) -> None:
    soc, world = mistake.soc, mistake.world
    world.faults.add(FaultRule(when, system="servicenow", method="PATCH", regex=r"/table/incident/", after=9, times=1))
    undo = soc.start("undo", mistake.run, "--confirm")
    wait_until(world.faults.release_is_awaited, undo)
    undo.kill()
    world.faults.clear()
    assert set(mistake.states) == {"1", "6"}
    mistake.later()
    done = soc.run("undo", mistake.run, "--confirm", "--json").json("run")
    assert (done["exit_code"], mistake.states) == (0, ["1"] * DUTIES)
    again = soc.run("undo", mistake.run, "--confirm", "--json").json("run")
    assert (again["planned"], again["parked"]) == (0, [])
    assert soc.run("status", "--json").json("status")["open_intents"] == 0


def test_the_corrected_mapping_sets_right_what_was_meant(mistake: Mistake) -> None:
    soc, world = mistake.soc, mistake.world
    shown = soc.run("undo", mistake.run[:8], "--out", "plan.json")
    assert (shown.code, "--confirm" in shown.out, f"run {mistake.run}" in " ".join(shown.out.split())) == (
        0,
        True,
        True,
    )
    seen = mark(world)
    looked = soc.run("undo", mistake.run, "--confirm", WATCHKEEPER_MODE="observe")
    assert (looked.code, "run the same command with --confirm" in " ".join(looked.out.split())) == (0, True)
    assert ("WATCHKEEPER_MODE is observe" in looked.err, writes(world, seen)) == (True, [])
    lost = soc.run("undo", mistake.run, "--confirm", "--out", "nowhere/plan.json")
    assert (lost.code, writes(world, seen)) == (3, [])
    done = soc.run("undo", mistake.run, "--plan", "plan.json", "--confirm")
    assert done.code == 0
    for words in ("20 written", "watchkeeper resume", "its mapping is to be looked at"):
        assert words in " ".join(done.out.split())
    assert "取り消すものはありません" in soc.run("undo", mistake.run, "--lang", "ja").out
    assert soc.run("sync").code == 75
    mistake.correct()
    assert soc.run("resume").code == 0
    seen = mark(world)
    assert mistake.synced().code == 0
    assert (writes(world, seen), mistake.states) == (["servicenow PATCH"] * DUTIES, ["2"] * DUTIES)


def test_a_run_that_there_is_not_is_refused(soc: Program) -> None:
    soc.run("db", "upgrade")
    for name in ("0" * 32, ""):
        ended = soc.run("undo", name)
        assert (ended.code, "there is no run" in ended.err, "runs that wrote" in ended.err) == (2, True, False)
