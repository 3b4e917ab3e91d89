from __future__ import annotations

import re
from importlib.metadata import version

import pytest
import typer.core
import typer.main
from tests.cli.program import Program

from watchkeeper.cli.commands import COMMANDS as ROOT
from watchkeeper.cli.commands import EPILOG, application
from watchkeeper.model import exit_code as exits

COMMANDS = (
    "demo", "init", "plan", "sync", "tasks list", "tasks due", "tasks raise", "audit", "link", "adopt", "mappings check", "mappings explain", "doctor",
    "status", "history", "show", "serve", "emulate", "db upgrade", "unlock",
)  # fmt: skip
TELLERS = {"demo", "emulate", "serve"}


def test_the_version_is_the_installed_one(program: Program) -> None:
    assert program.run("--version").out == f"watchkeeper {version('watchkeeper')}\n"


def test_help_lists_every_command_with_a_whole_sentence(program: Program) -> None:
    shown = program.run("--help").out
    for command in COMMANDS:
        assert re.search(rf"^  {command.split()[0]} +[A-Z].*[.]$", shown, re.MULTILINE), command
    assert "..." not in re.sub(r"\[ARGS\]\.\.\.", "", shown)


def test_the_list_of_commands_is_in_their_own_words_although_it_is_shown_without_loading_them() -> None:
    loaded = typer.main.get_command(application(ROOT))
    assert isinstance(loaded, typer.core.TyperGroup)
    own = {
        name: (command.help or "").partition("\n\n")[0].replace("\n", " ") for name, command in loaded.commands.items()
    }
    assert own == {name: entry.help for name, entry in ROOT.items()}


def test_help_names_every_exit_code(program: Program) -> None:
    shown = "".join(program.run("--help").out.split())
    assert "".join(EPILOG.split()) in shown
    named = {int(number) for number in re.findall(r"\b(\d+)\b(?! later)", EPILOG)}
    assert named == set(exits.ExitCode) - {exits.ExitCode.UNREAD}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_what_it_does(program: Program, command: str) -> None:
    ended = program.run(*command.split(), "--help")
    assert (ended.code, ended.err) == (0, "")
    options = re.split(r"\nOptions:\n", ended.out)[1]
    entries = re.split(r"\n(?=  -)", "\n" + options)[1:]
    assert entries
    for entry in entries:
        words = re.sub(r"\s+", " ", re.sub(r"^  .*?(  +|\n)", "", entry, count=1)).strip()
        assert re.match(r"[A-Z].*\.( \[.*\])?$", words), entry


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_be_verbose_and_every_reporting_one_quiet_and_machine_readable(
    program: Program, command: str
) -> None:
    shown = program.run(*command.split(), "-h").out
    wanted = ["--verbose", "--no-color"] + ([] if command in TELLERS else ["--json", "--format", "--quiet"])
    assert [option for option in wanted if option not in shown] == []


@pytest.mark.parametrize("arguments", [(), ("tasks",), ("mappings",), ("db",)])
def test_without_a_command_there_is_help(program: Program, arguments: tuple[str, ...]) -> None:
    ended = program.run(*arguments)
    assert ended.code == 2
    assert "Usage: watchkeeper" in ended.out + ended.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("synk",), "synk"),
        (("sync", "--nope"), "--nope"),
        (("sync", "--lang", "fr"), "fr"),
        (("sync", "--max-writes", "-1"), "--max-writes"),
        (("sync", "--open-valve", "creates"), "NAME:DIGEST"),
        (("plan", "--as-of", "tomorrow"), "tomorrow"),
        (("audit", "--fail-on", "fresh"), "fresh"),
        (("audit", "--authors", "--confirm", "keiko"), "SIDE:ACCOUNT"),
        (("tasks", "raise", "tabletop-exercise"), "--team"),
        (("show",), "KEY"),
        (("adopt",), "--vendor"),
        (("adopt", "--vendor", "--from", "x.csv"), "--vendor"),
    ],
)
def test_what_cannot_be_understood_is_exit_2_and_named(program: Program, arguments: tuple[str, ...], word: str) -> None:
    ended = program.run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert word in ended.err


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        (("plan", "--task", "secure-scor"), "did you mean secure-score?"),
        (("sync", "--profile", "escalations"), "did you mean escalation?"),
        (("tasks", "raise", "nope", "--team", "all", "--reason", "x"), "secure-score"),
        (("tasks", "raise", "anti-phishing-dlp", "--team", "csirt", "--reason", "x"), "possible: soc-oversight"),
    ],
)
def test_a_name_that_the_mappings_do_not_know_is_refused_with_those_that_they_do(
    soc: Program, arguments: tuple[str, ...], known: str
) -> None:
    ended = soc.run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert known in ended.err


def test_a_misuse_is_json_for_who_asked_for_json(program: Program) -> None:
    ended = program.run("sync", "--nope", "--json")
    assert ended.json("error")["error"]["kind"] == "Usage"
    assert "--nope" in ended.err
