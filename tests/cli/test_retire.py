from __future__ import annotations

import csv
import sys
from datetime import timedelta

import pytest
from tests.acceptance.worlds import calls, mark, people, tickets, writes
from tests.cli.program import Program, wait_until

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough


@pytest.fixture
def synced(soc: Program, world: World) -> Program:
    """A deployment with seven open duties of which one was resolved."""
    assert soc.run("sync").code == 0
    world.clock.advance(timedelta(minutes=10))
    people(world, "servicenow", "ava.nguyen", "resolve", number="INC0010001")
    world.clock.advance(timedelta(minutes=10))
    assert soc.run("sync").code == 0
    return soc


def test_what_stays_is_shown_first_as_text_and_as_a_list(synced: Program, world: World) -> None:
    seen = mark(world)
    view = synced.run("retire", "--csv", "left.csv", "--json").json("retire")
    assert (view["halt"], view["linked"], len(view["pairs"]), view["writes"]) == (None, 7, 6, [])
    with (synced.folder / "left.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["number"] for row in rows if row["side"] == "servicenow"} == {
        row["number"] for row in tickets(world) if row["number"] != "INC0010001"
    }
    assert all(row["url"].startswith("https://") for row in rows)
    text = " ".join(synced.run("retire").out.split())
    for words in ("watchkeeper-key:", "correlation_id", view["accounts"]["servicenow"], "federated credentials"):
        assert words in text
    assert calls(world, seen) == []
    assert synced.run("status", "--json").json("status")["halt"] is None


def test_a_retired_deployment_writes_nothing_until_it_is_brought_back(synced: Program, world: World) -> None:
    lost = synced.run("retire", "--confirm", "--csv", "nowhere/left.csv")
    assert (lost.code, "nowhere/left.csv" in lost.err) == (3, True)
    assert synced.run("status", "--json").json("status")["halt"] is None
    done = synced.run("retire", "--confirm", "--reason", "moved to another tool", "--json").json("retire")
    assert (done["exit_code"], done["halt"]["kind"]) == (0, "retired")
    seen = mark(world)
    refused = synced.run("sync")
    assert refused.code == 3
    assert "moved to another tool" in " ".join(refused.out.split())
    assert "watchkeeper retire --undo" in refused.out
    assert [synced.run(command).code for command in ("pause", "resume")] == [3, 3]
    assert calls(world, seen) == []
    assert "is retired already" in synced.run("retire", "--confirm").out
    assert synced.run("plan", "--json").json("plan")["notes"] != []
    assert "is in use again" in synced.run("retire", "--undo").out
    assert "is not retired" in synced.run("retire", "--undo").out
    assert synced.run("sync").code == 0
    assert writes(world, seen) == []


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_it_waits_for_no_run_and_hands_over_what_a_killed_one_began(soc: Program, world: World) -> None:
    world.faults.add(FaultRule("pause_before", system="servicenow", method="POST", regex=r"/table/incident$"))
    sync = soc.start("sync")
    wait_until(world.faults.release_is_awaited, sync)
    held = soc.run("retire", "--confirm")
    assert (held.code, "the lease is taken" in held.err) == (75, True)
    sync.kill()
    world.faults.clear()
    seen = mark(world)
    view = soc.run("retire", "--confirm", "--json").json("retire")
    assert {(row["operation"], row["side"], row["outcome"]) for row in view["writes"]} == {
        ("create", "servicenow", "not-made")
    }
    assert writes(world, seen) == []
    assert soc.run("status", "--json").json("status")["open_intents"] == 0
