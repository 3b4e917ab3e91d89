from __future__ import annotations

from pathlib import Path

import pytest
from tests.acceptance.worlds import people, writes
from tests.cli.fixtures import Busy
from tests.cli.program import Program

from watchkeeper.emulators.world import World
from watchkeeper.report.width import width

pytestmark = pytest.mark.thorough


def test_a_ticket_is_told_by_number_and_by_key_alike(busy: Busy) -> None:
    by_number = busy.soc.run("mappings", "preview", busy.ticket, "--json")
    by_key = busy.soc.run("mappings", "preview", busy.key, "--json")
    assert by_number.json("mappings-preview") == by_key.json("mappings-preview")
    assert [pair["key"] for pair in by_number.json()["pairs"]] == [busy.key]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_text_fits_a_terminal_also_in_wide_characters(busy: Busy, lang: str) -> None:
    ended = busy.soc.run("mappings", "preview", "--last", 3, "--profile", "maintenance", "--lang", lang)
    assert ended.code == 0
    assert max(map(width, ended.out.splitlines())) <= 100
    assert "profiles/maintenance.yaml:" in ended.out


def test_a_title_from_a_ticket_is_no_command(soc: Program, world: World) -> None:
    fields = {"title": "::error::owned\x1b[2J", "status": "Active", "severity": "High", "labels": ["escalation"]}
    people(world, "arm", "niamh.kelly", "create", fields=fields)
    for form in ("text", "markdown", "json"):
        ended = soc.run("mappings", "preview", "1", "--format", form)
        assert "owned" in ended.out
        assert "\x1b" not in ended.out
        assert not any(line.lstrip().startswith("::") for line in ended.out.splitlines())


def test_nothing_is_written_without_a_store_and_in_observe_mode(soc: Program, world: World) -> None:
    fields = {"title": "Mailbox rule", "status": "Active", "severity": "High", "labels": ["escalation"]}
    people(world, "arm", "niamh.kelly", "create", fields=fields)
    ended = soc.run("mappings", "preview", "1", "--json", WATCHKEEPER_MODE="observe")
    assert [write["operation"] for write in ended.json("mappings-preview")["pairs"][0]["writes"]] == ["create", "link"]
    assert writes(world) == []
    assert list(Path(soc.folder).glob("*.db")) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give a KEY"),
        (("INC1", "--last", "2", "--profile", "escalation"), "give a KEY"),
        (("--last", "2"), "--profile"),
        (("--last", "2", "--profile", "escalations"), "did you mean escalation?"),
    ],
)
def test_what_is_asked_for_must_be_plain(busy: Busy, arguments: tuple[str, ...], said: str) -> None:
    ended = busy.soc.run("mappings", "preview", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_a_name_that_nothing_has_is_exit_2_and_said(busy: Busy) -> None:
    ended = busy.soc.run("mappings", "preview", "INC9999999", "--json")
    assert ended.code == 2
    assert ended.json("mappings-preview")["unfound"] == ["INC9999999"]
