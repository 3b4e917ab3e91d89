"""What each CI system takes for a command on the log, and how it reads its files: a reader of its own for every rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_GITHUB = re.compile(r"^\s*::(?P<name>[A-Za-z-]+)(?: (?P<properties>.*?))?::(?P<message>.*)$")
"""actions/runner, ActionCommand.cs (the second version of its syntax)."""
_GITHUB_OLD = re.compile(r"##\[(?P<name>[^\s\]]+)(?P<properties>[^\]]*)\](?P<message>.*)$")
"""The same file, the first version: anywhere in a line."""
_AZURE = re.compile(r"##vso\[(?P<name>[A-Za-z.]+)(?: (?P<properties>[^\]]*))?\](?P<message>.*)$", re.IGNORECASE)
"""microsoft/azure-pipelines-agent, Command.cs: anywhere in a line."""
_GITLAB = re.compile(r"section_(?P<name>start|end):\d+:(?P<message>[\w.-]+)(?:\[[^\]]*\])?\r")
"""gitlab-org/gitlab, lib/gitlab/ci/ansi2json: a section marker ends with a carriage return."""


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    properties: dict[str, str]
    message: str


def lines(log: str) -> list[str]:
    """A log's lines as runners cut them: at line feeds alone, which a carriage return before them belongs to."""
    return [line.removesuffix("\r") for line in log.split("\n")]


def github_commands(log: str) -> list[Command]:
    return [command for line in lines(log) for command in _github(line)]


def _github(line: str) -> Iterator[Command]:
    if found := _GITHUB.match(line):
        pairs = (each.split("=", 1) for each in (found["properties"] or "").split(",") if "=" in each)
        yield Command(
            found["name"], {name.strip(): _unescaped(value) for name, value in pairs}, _unescaped(found["message"])
        )
    elif old := _GITHUB_OLD.search(line):
        yield Command(f"##[{old['name']}", {}, old["message"])


def azure_commands(log: str) -> list[Command]:
    commands = []
    for line in lines(log):
        if found := _AZURE.search(line):
            pairs = (each.split("=", 1) for each in (found["properties"] or "").split(";") if "=" in each)
            properties = {name.strip(): _azure_unescaped(value) for name, value in pairs}
            commands.append(Command(found["name"], properties, _azure_unescaped(found["message"])))
        elif old := _GITHUB_OLD.search(line):
            commands.append(Command(f"##[{old['name']}", {}, old["message"]))
    return commands


def gitlab_commands(log: str) -> list[Command]:
    return [Command(found["name"], {}, found["message"]) for found in _GITLAB.finditer(log)]


def github_outputs(file: str) -> dict[str, str]:
    """actions/runner, FileCommandManager.cs: NAME=VALUE, or NAME<<DELIMITER up to a line that is the delimiter."""
    outputs: dict[str, str] = {}
    rest = iter(file.splitlines())
    for line in rest:
        if not line:
            continue
        name, heredoc, delimiter = line.partition("<<")
        if "=" in name or not heredoc:
            name, _, value = line.partition("=")
            outputs[name] = value
            continue
        block: list[str] = []
        for each in rest:
            if each == delimiter:
                break
            block.append(each)
        else:
            raise AssertionError(f"no end of {name}")
        outputs[name] = "\n".join(block)
    return outputs


def _unescaped(text: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def _azure_unescaped(text: str) -> str:
    for code, character in (("%3B", ";"), ("%5D", "]"), ("%0D", "\r"), ("%0A", "\n"), ("%AZP25", "%")):
        text = text.replace(code, character)
    return text
