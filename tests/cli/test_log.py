from __future__ import annotations

import json
import re

import pytest
from tests.cli.program import Program

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough

LINE = re.compile(r"^watchkeeper: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z (debug|info|warning|error) \S.*$")


def levels(text: str) -> set[str]:
    return {found.group(1) for line in text.splitlines() if (found := LINE.match(line))}


def test_a_run_without_trouble_says_nothing_on_standard_error(soc: Program) -> None:
    assert soc.run("sync").err == ""


def test_verbose_tells_each_step_and_twice_verbose_each_call(soc: Program) -> None:
    steps = soc.run("sync", "-v").err
    assert levels(steps) == {"info"}
    assert all(LINE.match(line) for line in steps.splitlines())
    assert steps.count('call="POST /api/now/table/incident"') == 7
    calls = soc.run("sync", "-vv").err
    assert "debug" in levels(calls)
    assert 'call="GET /api/now/table/incident"' in calls


def test_waiting_for_a_busy_system_is_said_without_being_asked(soc: Program, world: World) -> None:
    world.faults.add(FaultRule("status", system="servicenow", status=429, retry_after=1, times=1))
    ended = soc.run("plan")
    assert levels(ended.err) == {"warning"}
    (line,) = ended.err.splitlines()
    assert "waiting to try again" in line
    assert "side=servicenow" in line


@pytest.mark.parametrize("command", [("sync", "-v"), ("plan", "-vv")], ids=" ".join)
def test_the_log_as_json_is_one_object_per_line(soc: Program, command: tuple[str, ...]) -> None:
    ended = soc.run(*command, WATCHKEEPER_LOG_FORMAT="json")
    rows = [json.loads(line) for line in ended.err.splitlines()]
    assert rows
    for row in rows:
        assert list(row)[:3] == ["timestamp", "level", "event"]


def test_what_goes_wrong_is_json_too_where_the_log_is(soc: Program) -> None:
    ended = soc.run("sync", WATCHKEEPER_LOG_FORMAT="json", WATCHKEEPER_MODE="ful")
    (row,) = (json.loads(line) for line in ended.err.splitlines())
    assert row["level"] == "error"
    assert row["event"].startswith("WATCHKEEPER_MODE: ")


def test_the_log_never_mixes_with_the_result(soc: Program) -> None:
    ended = soc.run("sync", "-vv", "--json")
    assert ended.json("run")["exit_code"] == 0
    assert ended.err
    assert "\n{" not in ended.err


def test_every_line_of_a_run_carries_its_id(soc: Program) -> None:
    ended = soc.run("sync", "-vv", "--json", WATCHKEEPER_LOG_FORMAT="json")
    run_id = ended.json("run")["run_id"]
    rows = [json.loads(line) for line in ended.err.splitlines()]
    writing = [row for row in rows if "POST /api/now/table/incident" in row.get("call", "")]
    assert len(writing) == 7
    assert {row["run"] for row in writing} == {run_id}
    begun = next(index for index, row in enumerate(rows) if "run" in row)
    assert all(row["run"] == run_id for row in rows[begun:])
