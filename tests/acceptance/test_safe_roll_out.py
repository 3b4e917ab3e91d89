"""A mapping is changed, looked at in a pull request by accounts that may only read, and rolled out: through the commands alone."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

import pytest
from tests.acceptance.worlds import incidents, mark, people, tickets, writes
from tests.cli.fixtures import open_all_valves
from tests.cli.program import Ended, Program
from tests.invariants import story

from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough

ESCALATION = "profiles/escalation.yaml"
PAIRS = 6
OBSERVER = {
    "AZURE_CLIENT_ID": "c71b8e25-94fd-4a06-b3da-5e2087164cf9",
    "AZURE_CLIENT_SECRET": "emulated-observer-secret",
}
"""The emulated tenant's application with the role Sentinel Reader."""


def seed(world: World, system: str, **command: Any) -> None:
    actor: Any = world.systems[system]
    actor.seed(command)


@pytest.fixture
def rolled_out(soc: Program, world: World) -> Program:
    """Escalations from Sentinel, mirrored and in step, and a folder of one's own with the mappings."""
    shutil.copytree(story.mappings_with(), soc.folder / "mappings")
    seed(world, "arm", count=PAIRS, provider="alert", labels=["escalation"], severity="High")
    open_all_valves(soc)
    world.clock.advance(timedelta(minutes=15))
    assert soc.run("sync").code == 0
    world.clock.advance(timedelta(minutes=15))
    return soc


def change(soc: Program, name: str, before: str, after: str) -> None:
    file = soc.folder / "mappings" / name
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def in_a_pull_request(soc: Program, world: World, *command: str, **environment: str) -> Ended:
    """A command with accounts that have no right to write, in either system."""
    seed(world, "servicenow", roles={"watchkeeper": ["snc_read_only"]})
    ended = soc.run(*command, **{**OBSERVER, "WATCHKEEPER_MODE": "observe", **environment})
    seed(world, "servicenow", roles={"watchkeeper": ["itil"]})
    return ended


def severities(world: World) -> list[str]:
    return [each["properties"]["severity"] for each in incidents(world)]


def let_servicenow_own_the_severity(soc: Program) -> None:
    """What used to be High in both systems is Medium by the new table, and Sentinel is to follow."""
    file = soc.folder / "mappings" / ESCALATION
    head, severity, rest = file.read_text(encoding="utf-8").partition("  severity:\n    owner: shared\n")
    lines = [line for line in rest.splitlines(keepends=True) if "may_lower" not in line]
    lines.remove("    resolver: furthest\n")
    owned = severity.replace("shared", "servicenow")
    file.write_text("".join([head, owned, *lines]), encoding="utf-8")
    change(soc, ESCALATION, "{ is: [1, 1], means: high, writes: [high] }", "{ is: [1, 1], means: medium }")
    change(soc, ESCALATION, "{ is: [1, 2], means: high }", "{ is: [1, 2], means: high, writes: [high] }")


def test_what_an_owned_field_would_become_is_seen_before_and_waits_for_a_person(
    rolled_out: Program, world: World
) -> None:
    soc, since = rolled_out, mark(world)
    memory = (soc.folder / "watchkeeper.db").read_bytes()
    let_servicenow_own_the_severity(soc)

    planned = in_a_pull_request(soc, world, "plan", "--json")
    payload = planned.json("plan")
    assert planned.code == 7
    told = [(each["field"], each["before"], each["after"]) for row in payload["actions"] for each in row["changes"]]
    assert told == [("severity", "high", "medium")] * PAIRS
    assert any("this run writes severity (6 in sentinel)" in note for note in payload["notes"])
    [valve] = payload["valves"]
    assert (valve["name"], valve["count"]) == ("meaning", PAIRS)
    assert (soc.folder / "watchkeeper.db").read_bytes() == memory

    # Nobody looks, and the change is merged: the schedule's next run stops, and writes nothing.
    stopped = soc.run("sync", "--json")
    assert (stopped.code, writes(world, since)) == (7, [])
    # Meanwhile somebody works on, in both systems.
    world.clock.advance(timedelta(minutes=5))
    people(world, "arm", "niamh.kelly", "edit", incident=1, fields={"status": "Active"})
    number = tickets(world)[0]["number"]
    people(world, "servicenow", "keiko.tanaka", "note", number=number, text="Called the user.")
    world.clock.advance(timedelta(minutes=5))
    assert soc.run("sync").code == 7

    open_all_valves(soc)
    assert severities(world) == ["Medium"] * PAIRS
    assert sorted(row["state"] for row in tickets(world)) == ["1"] * (PAIRS - 1) + ["2"]
    comments = [text for row in incidents(world) for text in map(str, row["comments"])]
    assert sum("Called the user." in text for text in comments) == 1
    world.clock.advance(timedelta(minutes=15))
    since = mark(world)
    assert (soc.run("sync").code, writes(world, since)) == (0, [])


def test_a_shared_field_is_taken_as_it_stands_and_follows_the_next_person(rolled_out: Program, world: World) -> None:
    soc, since = rolled_out, mark(world)
    change(soc, ESCALATION, "may_lower: false", "may_lower: true")
    change(soc, ESCALATION, "{ is: [1, 1], means: high, writes: [high] }", "{ is: [1, 1], means: medium }")
    change(soc, ESCALATION, "{ is: [1, 2], means: high }", "{ is: [1, 2], means: high, writes: [high] }")

    planned = in_a_pull_request(soc, world, "plan", "--json").json("plan")
    assert (planned["exit_code"], planned["actions"]) == (0, [])
    [note] = planned["notes"]
    assert "this run writes nothing" in note
    assert f"{PAIRS} shared values mean different things on the two sides now" in note

    assert (soc.run("sync").code, writes(world, since)) == (0, [])
    world.clock.advance(timedelta(minutes=15))
    assert soc.run("plan", "--json").json("plan")["notes"] == []

    people(world, "arm", "niamh.kelly", "edit", incident=1, fields={"severity": "Low"})
    world.clock.advance(timedelta(minutes=15))
    assert soc.run("sync").code == 0
    held = sorted((row["impact"], row["urgency"]) for row in tickets(world))
    assert held == [("1", "1")] * (PAIRS - 1) + [("2", "3")]


def test_the_accounts_of_a_pull_request_could_not_write_if_they_were_asked_to(
    rolled_out: Program, world: World
) -> None:
    people(world, "arm", "niamh.kelly", "edit", incident=1, fields={"status": "Active"})
    world.clock.advance(timedelta(minutes=15))
    refused = in_a_pull_request(rolled_out, world, "sync", "--json", WATCHKEEPER_MODE="full")
    assert refused.code in {4, 5}
    assert {row["state"] for row in tickets(world)} == {"1"}
