from __future__ import annotations

import json
import shutil
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.worlds import MAPPINGS, mark, people, tickets, writes
from tests.cli.program import Program

from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough


def test_a_saved_plan_is_what_is_written_and_nothing_else(soc: Program, world: World) -> None:
    soc.run("db", "upgrade")
    assert soc.run("plan", "--task", "secure-score", "--out", "plan.json").code == 0
    seen = mark(world)
    assert soc.run("sync", "--plan", "plan.json").code == 0
    assert sorted(writes(world, seen)) == ["arm PUT", "servicenow POST"]
    assert soc.run("sync").code == 0
    assert len(tickets(world)) == 7


def test_the_saved_plan_is_the_json_that_is_printed(soc: Program) -> None:
    soc.run("db", "upgrade")
    printed = soc.run("plan", "--json", "--out", "plan.json")
    assert (soc.folder / "plan.json").read_text(encoding="utf-8") == printed.out
    assert printed.json("plan")["command"] == "plan"


def test_a_record_that_moved_since_is_left_to_a_later_run(soc: Program, world: World) -> None:
    soc.run("sync")
    world.clock.advance(timedelta(minutes=10))
    people(world, "servicenow", "liam.byrne", "edit", number="INC0010001", fields={"impact": "1", "urgency": "1"})
    world.clock.advance(timedelta(minutes=10))
    soc.run("plan", "--out", "plan.json")
    actions = json.loads((soc.folder / "plan.json").read_text(encoding="utf-8"))["actions"]
    assert [action["record"]["side"] for action in actions] == ["sentinel"]
    people(world, "arm", "liam.byrne", "edit", incident=int(actions[0]["number"]), fields={"add_labels": ["moved"]})
    world.clock.advance(timedelta(minutes=10))
    seen = mark(world)
    ended = soc.run("sync", "--plan", "plan.json", "--json")
    assert (ended.code, writes(world, seen)) == (0, [])
    assert [row["key"] for row in ended.json("run")["parked"]] == [actions[0]["key"]]
    assert soc.run("sync").code == 0
    assert writes(world, seen) == ["arm PUT"]


def test_a_saved_change_is_written_and_other_changes_wait(soc: Program, world: World) -> None:
    soc.run("sync")
    world.clock.advance(timedelta(minutes=10))
    people(world, "servicenow", "ava.nguyen", "resolve", number="INC0010001")
    world.clock.advance(timedelta(minutes=10))
    soc.run("plan", "--out", "plan.json")
    people(world, "servicenow", "ava.nguyen", "resolve", number="INC0010002")
    world.clock.advance(timedelta(minutes=10))
    seen = mark(world)
    assert soc.run("sync", "--plan", "plan.json").code == 0
    assert writes(world, seen) == ["arm PUT"]
    assert soc.run("sync").code == 0
    assert writes(world, seen) == ["arm PUT", "arm PUT"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file or directory"),
        ("not json", "is no saved plan"),
        ('{"actions": 7}', "is no saved plan"),
        ("[]", "is no saved plan"),
    ],
)
def test_a_file_that_is_no_plan_is_refused(soc: Program, world: World, content: str | None, words: str) -> None:
    if content is not None:
        (soc.folder / "plan.json").write_text(content, encoding="utf-8")
    ended = soc.run("sync", "--plan", "plan.json")
    assert (ended.code, ended.out) == (3, "")
    assert "plan.json" in ended.err
    assert words in ended.err
    assert writes(world) == []


def test_a_plan_of_another_store_or_other_mappings_is_refused(soc: Program, world: World, tmp_path: Path) -> None:
    soc.run("sync")
    soc.run("plan", "--out", "plan.json")
    soc.run("sync", WATCHKEEPER_STATE_URL="sqlite:///other.db")
    seen = mark(world)
    other = soc.run("sync", "--plan", "plan.json", WATCHKEEPER_STATE_URL="sqlite:///other.db")
    assert other.code == 3
    assert "another state store" in other.err

    mappings = Path(shutil.copytree(MAPPINGS, tmp_path / "changed"))
    profile = mappings / "profiles" / "maintenance.yaml"
    text = profile.read_text(encoding="utf-8")
    profile.write_text(text.replace("Solution provided", "Resolved by request"), encoding="utf-8")
    changed = soc.run("sync", "--plan", "plan.json", "--mappings", mappings)
    assert changed.code == 3
    assert "the mappings have changed since" in changed.err
    assert writes(world, seen) == []


def test_a_first_plan_is_for_a_store_without_any_run(soc: Program, world: World) -> None:
    soc.run("plan", "--out", "plan.json")
    soc.run("sync", "--task", "secure-score")
    seen = mark(world)
    assert soc.run("sync", "--plan", "plan.json").code == 3
    assert writes(world, seen) == []


def test_a_plan_that_cannot_be_saved_says_so(soc: Program) -> None:
    ended = soc.run("plan", "--out", "nowhere/plan.json")
    assert ended.code == 3
    assert "nowhere/plan.json" in ended.err


def test_a_saved_plan_is_for_its_owner_only(soc: Program) -> None:
    """It holds what tickets hold."""
    soc.run("plan", "--out", "plan.json")
    assert stat.S_IMODE((soc.folder / "plan.json").stat().st_mode) == 0o600
