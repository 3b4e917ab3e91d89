"""What the catalogue's commands and an audit of another day say through the command line."""

from __future__ import annotations

import re

import pytest
from tests.cli.program import Program

pytestmark = pytest.mark.thorough


def test_what_is_open_already_is_not_called_nothing(soc: Program) -> None:
    assert soc.run("sync").code == 0
    assert re.match(r"Nothing more to open as of .*; 7 duties are open\.", soc.run("tasks", "due").out)
    assert len(soc.run("tasks", "due", "--json").json("tasks-due")["open"]) == 7


def test_a_task_that_nobody_needs_at_once_cannot_be_raised(soc: Program) -> None:
    ended = soc.run("tasks", "raise", "secure-score", "--team", "monitoring", "--reason", "asked for")
    assert ended.code == 2
    assert "secure-score is not raised as needed" in ended.err
    assert "tabletop-exercise" in ended.err


def test_status_does_not_invent_a_store(soc: Program) -> None:
    ended = soc.run("status")
    assert "there is no state store yet; it was looked for at sqlite:///" in ended.out
    assert soc.run("status", "--json").json("status")["born"] is None
    assert list(soc.folder.glob("watchkeeper.db*")) == []


@pytest.mark.parametrize("when", ["2099-01-01T09:00:00.123456Z", "nonsense"])
def test_a_day_that_cannot_be_judged_is_a_wrong_argument(soc: Program, when: str) -> None:
    ended = soc.run("audit", "--as-of", when)
    assert (ended.code, ended.out) == (2, "")
    assert ".123" not in ended.err


def test_in_observe_mode_output_and_errors_say_the_same(soc: Program) -> None:
    ended = soc.run("sync", WATCHKEEPER_MODE="observe")
    assert "set it to maintenance or full" in ended.err
    assert "set it to maintenance or full and run" in re.sub(r"\s+", " ", ended.out)
    assert "Run `watchkeeper sync` to write this" not in ended.out
    assert "Run `watchkeeper sync` to write this" in re.sub(r"\s+", " ", soc.run("plan").out)


def test_where_nothing_can_be_paired_nothing_is_to_be_confirmed(soc: Program) -> None:
    ended = soc.run("link", "INC9999998", "9999998")
    assert "0 pairs can be made" in ended.out
    assert "--confirm" not in ended.out


def test_a_group_is_shown_by_its_name(soc: Program) -> None:
    assert soc.run("sync").code == 0
    shown = soc.run("show", "portal-licences/soc-oversight@2026-11-16").out
    assert re.search(r"assignment_group +SOC Oversight", shown)
    assert not re.search(r"assignment_group +[0-9a-f]{32}", shown)


def test_a_plan_names_groups_and_its_json_keeps_their_ids(soc: Program) -> None:
    assert re.search(r"group +SOC Oversight", soc.run("plan").out)
    changes = [change for action in soc.run("plan", "--json").json("plan")["actions"] for change in action["changes"]]
    groups = {change["after"] for change in changes if change["field"] == "group"}
    assert groups
    assert all(re.fullmatch("[0-9a-f]{32}", group) for group in groups)


def test_quiet_says_nothing_of_a_run_that_went_well(soc: Program) -> None:
    ended = soc.run("sync", "--quiet")
    assert (ended.code, ended.out) == (0, "")
