"""The documents name the commands and options that exist, all of them, and no others."""

from __future__ import annotations

import re
import shlex
import subprocess

from tests.docs.pages import ROOT, Fence, page, pages
from tests.docs.reference import commands, options, reference

COMMANDS = dict(commands())
GROUPS = {name.split()[0] for name in COMMANDS if " " in name}
CALL = re.compile(r"(?:^|[\s(&;|`\"])(?:watchkeeper|\./dev run) +(?=[a-z-])([^\n`\"#>|;&)]*)")


def _said(fence: Fence) -> str:
    """A block without its comments."""
    return re.sub(r"(?m)(^|\s)#.*$", "", fence.body)


CALLS = [
    (found.name, call)
    for found in pages()
    for text in (*re.findall(r"`([^`\n]+)`", found.prose), *(_said(fence) for fence in found.fences if fence.info))
    for call in CALL.findall(text)
]


def test_the_reference_is_the_programs_own() -> None:
    """Out of date? `python -m tests.docs.reference`"""
    assert reference() in page("docs/commands.md").text


def test_every_command_is_in_the_overview() -> None:
    overview = page("docs/commands.md").text.partition("## Reference")[0]
    assert [name for name in COMMANDS if f"`watchkeeper {name}`" not in overview] == []


def test_enough_calls_are_looked_at() -> None:
    assert len(CALLS) > 60


def test_a_call_in_the_documents_is_one_of_the_program() -> None:
    for where, call in CALLS:
        is_one_of_the_program(where, call)


def is_one_of_the_program(where: str, call: str) -> None:
    words = shlex.split(call.replace("'", ""))
    if words[0] == "COMMAND" or (words[0] in GROUPS and len(words) == 1):
        return
    within = words[0] in GROUPS and not (words[0] in COMMANDS and words[1].startswith("-"))
    name = " ".join(words[:2]) if within else words[0]
    if name.startswith("--"):
        assert name in {"--help", "--version"}, where
        return
    for each in name.split("|") if "|" in name else [name]:
        assert each in COMMANDS, f"{where}: there is no command {each!r}"
        given = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
        assert given <= options(COMMANDS[each]), f"{where}: {each} has no option {given - options(COMMANDS[each])}"


def test_every_verb_of_dev_in_the_documents_exists() -> None:
    verbs = set(re.findall(r"^    \./dev ([a-z]+)", (ROOT / "dev").read_text(encoding="utf-8"), re.M))
    named = {verb for each in pages() for verb in re.findall(r"(?:\./dev|python dev) ([a-z]+)", each.text)}
    assert named <= verbs
    assert {"demo", "test", "run"} <= named


def test_shell_blocks_are_valid_shell() -> None:
    broken = []
    for fence in _shell_blocks():
        done = subprocess.run(["sh", "-n"], input=fence.body, capture_output=True, text=True, check=False)
        if done.returncode:
            broken.append(f"{fence}: {done.stderr}")
    assert broken == []


def _shell_blocks() -> list[Fence]:
    return [fence for each in pages() for fence in each.fences if fence.info and fence.info[0] in {"sh", "bash"}]
