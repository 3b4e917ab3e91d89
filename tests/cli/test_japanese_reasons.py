"""Reports in Japanese: what stands in English there is a system's own words, a name or a command."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.worlds import MAPPINGS, people
from tests.cli.program import Ended, Program

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.world import World
from watchkeeper.model.reasons import ALL

pytestmark = pytest.mark.thorough

OURS = [
    piece
    for sentence in ALL.values()
    for piece in re.split(r"\{\w+\}", sentence)
    if len(piece.split()) > 2 and not piece.startswith("AZURE_")
]
"""The fixed parts of every sentence of ours, of three words or more."""


def english_in(ended: Ended) -> list[str]:
    """English sentences of ours in a report."""
    assert ended.out
    text = " ".join(ended.out.split())
    return [piece for piece in OURS if piece.strip() in text]


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MAPPINGS, tmp_path / "mappings"))


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("command", ["plan", "sync", "audit"])
def test_a_side_that_asks_to_wait_longer_than_a_run_may(soc: Program, world: World, command: str) -> None:
    world.faults.add(FaultRule("status", system="servicenow", method="GET", status=429, retry_after=3600))
    ended = soc.run(command, "--lang", "ja")
    assert (ended.code, ended.err) == (75, "")
    assert "3600秒待つよう求めています" in "".join(ended.out.split())
    assert english_in(ended) == []
    for_a_program = soc.run(command, "--lang", "ja", "--json")
    assert for_a_program.err.splitlines()[0].startswith("watchkeeper: ServiceNow が GET")


@pytest.mark.parametrize("command", ["plan", "sync", "audit"])
def test_a_web_page_in_place_of_an_answer(soc: Program, world: World, command: str) -> None:
    soc.run("sync")
    world.faults.add(FaultRule("html200", system="servicenow", method="GET", regex=r"/table/incident"))
    ended = soc.run(command, "--lang", "ja")
    assert "JSONではなく" in "".join(ended.out.split())
    assert english_in(ended) == []


@pytest.mark.parametrize("command", ["plan", "sync"])
def test_a_sign_in_that_is_refused(soc: Program, command: str) -> None:
    soc.run("sync")
    ended = soc.run(command, "--lang", "ja", SERVICENOW_CLIENT_SECRET="a-wrong-secret")
    assert ended.code == 5
    assert english_in(ended) == []


@pytest.mark.parametrize("command", ["plan", "sync"])
def test_names_that_stand_for_nothing(soc: Program, mappings: Path, command: str) -> None:
    replaced(mappings / "teams.yaml", "keiko.tanaka@soc.example", "keiko.tanakaa@soc.example")
    replaced(mappings / "teams.yaml", "group: SOC Engineering", "group: SOC Enginering")
    ended = soc.run(command, "--lang", "ja")
    assert ended.code == 4
    assert english_in(ended) == []


def test_a_field_that_the_table_does_not_have(soc: Program, world: World, mappings: Path) -> None:
    people(world, "servicenow", "liam.byrne", "create", fields={"short_description": "Printer", "category": "inquiry"})
    replaced(mappings / "profiles/maintenance.yaml", "{ field: short_description,", "{ field: short_desciption,")
    ended = soc.run("plan", "--lang", "ja")
    assert ended.code == 4
    assert "近い名前：short_description" in "".join(ended.out.split())
    assert english_in(ended) == []


def test_a_write_that_was_refused_for_good_and_is_not_sent_again(soc: Program, world: World) -> None:
    refused = FaultRule("status", system="servicenow", method="POST", regex=r"/table/incident$", status=403)
    world.faults.add(refused)
    first = soc.run("sync", "--lang", "ja")
    world.clock.advance(timedelta(minutes=30))
    second = soc.run("sync", "--lang", "ja")
    assert (first.code, second.code) == (4, 4)
    assert "人の対応が必要です" in "".join(second.out.split())
    assert english_in(first) == english_in(second) == []


def test_what_ends_a_command_before_there_is_a_report(soc: Program, world: World) -> None:
    world.faults.add(FaultRule("status", system="servicenow", path_prefix="/oauth_token.do", status=401))
    ended = soc.run("plan", "--lang", "ja")
    assert ended.code == 5
    assert "SERVICENOW_CLIENT_ID と SERVICENOW_CLIENT_SECRET" in ended.err
    assert "試したこと：servicenow POST /oauth_token.do（状態コード 401）" in ended.err
    assert [piece for piece in OURS if piece.strip() in ended.err] == []


def test_a_pair_that_cannot_be_made(soc: Program) -> None:
    ended = soc.run("link", "INC9999999", "4711", "--lang", "ja")
    assert ended.code == 4
    assert "INC9999999：見つかりません" in "".join(ended.out.split())
    assert english_in(ended) == []


def test_a_sync_that_may_not_write_says_so(soc: Program) -> None:
    ended = soc.run("sync", "--lang", "ja", WATCHKEEPER_MODE="observe")
    assert "何も書き込みませんでした" in ended.err
