"""What a reader sees of commands in the documents, made by running them: `python -m tests.docs.consoles` writes it anew.

A block is fenced as `console SCENE`, or `console SCENE head=N` for the first N lines of each output and a line `…`. Its lines that
begin with `$ watchkeeper ` are run, in their order, in a folder with the shipped mappings that the scene has changed; what they
print follows each. A new scene is one entry of SCENES; one that needs both systems has an entry in WORLDS besides, and its
commands talk to emulators.
"""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.acceptance.worlds import people
from tests.cli.fixtures import open_all_valves
from tests.cli.program import Program
from tests.docs.pages import ROOT, Fence, Page, pages
from tests.engine import MONDAY

from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World, build_world

PROMPT: Final = "$ watchkeeper "
BLOCK: Final = re.compile(r"^```console (?P<info>[^`\n]+)\n(?P<body>.*?)^```$", re.M | re.S)
PLAIN: Final = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}


def _as_shipped(_: Path) -> None:
    """Nothing is changed."""


def _on_hold_closes(mappings: Path) -> None:
    """What a table looks like that was filled in without thinking of the way back."""
    _change(
        mappings / "profiles/escalation.yaml",
        ("means: active, writes: [active, on-hold]", "means: active"),
        ("writes: [resolved, closed, cancelled]", "writes: [on-hold, resolved, closed, cancelled]"),
    )


def _low_is_informational(mappings: Path) -> None:
    _change(
        mappings / "profiles/escalation.yaml",
        (
            "{ is: Low, means: low }\n          - { is: Informational, means: informational }",
            "{ is: Low, means: low, writes: [low, informational] }",
        ),
    )


def _typing_mistakes(mappings: Path) -> None:
    _change(mappings / "teams.yaml", ("zone: Asia/Tokyo", "zone: Asia/Tokio"))
    _change(mappings / "packs/defender-xdr.yaml", ("cadence: weekly", "cadence: weakly"))
    _change(mappings / "profiles/escalation.yaml", ("link_back: label", "link_bak: label"))


def _anyone_closes(mappings: Path) -> None:
    """A change that a pull request might propose; what was there before is kept beside it."""
    shutil.copytree(mappings, mappings.parent / "before")
    _change(
        mappings / "profiles/escalation.yaml",
        ("close_from: soc-teams", "close_from: anyone"),
        ("{ is: [3, 1], means: medium }", "{ is: [3, 1], means: low }"),
    )


def _severities_fall(mappings: Path) -> None:
    _change(mappings / "profiles/escalation.yaml", ("may_lower: false", "may_lower: true"))


def _names_that_nobody_has(mappings: Path) -> None:
    _change(
        mappings / "profiles/escalation.yaml",
        ("field: short_description,", "field: short_descripton,"),
        ("max: 4000", "max: 8000"),
        ("assignment_group: SOC Monitoring", "assignment_group: SOC Monitorin"),
        ('      - { is: Duplicate, write: { classification: Undetermined, classificationReason: "" } }\n', ""),
    )


def _sentinel_follows_the_severity(mappings: Path) -> None:
    """Who owns a field is changed, and what a value means."""
    _change(
        mappings / "profiles/escalation.yaml",
        ("  severity:\n    owner: shared\n    resolver: furthest\n", "  severity:\n    owner: servicenow\n"),
        ("    may_lower: false\n", ""),
        ("{ is: [2, 2], means: medium, writes: [medium] }", "{ is: [2, 2], means: low }"),
        ("{ is: [1, 3], means: medium }", "{ is: [1, 3], means: medium, writes: [medium] }"),
    )


def _own_fields(mappings: Path) -> None:
    """The file that the page shows, in the place of the shipped profile; what was there before is kept beside it."""
    shutil.copytree(mappings, mappings.parent / "before")
    (shown,) = (fence.body for each in pages() for fence in each.fences if fence.info == ("yaml", "own-fields"))
    (mappings / "profiles/escalation.yaml").write_text(shown, encoding="utf-8")


def _an_escalated_incident(world: World) -> None:
    fields = {"title": "Mailbox rule", "severity": "Medium", "status": "Active", "labels": ["escalation"]}
    people(world, "arm", "niamh.kelly", "create", fields=fields)


def _nothing_happened(_: World) -> None:
    """Both systems as they are on their first day."""


def _a_closed_ticket(world: World) -> None:
    fields = {"short_description": "Stolen laptop", "category": "security", "assignment_group": "SOC Monitoring"}
    made = people(world, "servicenow", "dana.desk", "create", fields=fields)
    closing = {"state": "6", "close_code": "Duplicate", "close_notes": "seen before"}
    people(world, "servicenow", "keiko.tanaka", "edit", number=made["record"]["number"], fields=closing)


SCENES: Final[Mapping[str, Callable[[Path], None]]] = {
    "shipped": _as_shipped,
    "on-hold-closes": _on_hold_closes,
    "informational-is-low": _low_is_informational,
    "typing-mistakes": _typing_mistakes,
    "anyone-closes": _anyone_closes,
    "severities-fall": _severities_fall,
    "escalated": _as_shipped,
    "live-mistakes": _names_that_nobody_has,
    "begin": _as_shipped,
    "another-owner": _sentinel_follows_the_severity,
    "own-fields": _own_fields,
}
"""How the mappings are changed, by the scene's name."""

WORLDS: Final[Mapping[str, Callable[[World], None]]] = {
    "escalated": _an_escalated_incident,
    "live-mistakes": _a_closed_ticket,
    "begin": _nothing_happened,
    "another-owner": _an_escalated_incident,
}
"""What people did in both systems before, by the scene's name."""

IN_STEP: Final = frozenset({"another-owner"})
"""Scenes whose mappings are changed after both systems were brought in step with the shipped ones."""


def blocks() -> Iterator[Fence]:
    """Every such block of every document."""
    for each in pages():
        yield from (fence for fence in each.fences if fence.info[:1] == ("console",) and len(fence.info) > 1)


def told(info: tuple[str, ...], body: str, folder: Path) -> str:
    """The body of a block, with what its commands print in an empty folder."""
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    with _surroundings(info[1]) as environment:
        program = Program(folder, environment)
        if info[1] in IN_STEP:
            open_all_valves(program)
        SCENES[info[1]](folder / "mappings")
        return "\n".join(line for call in calls(body) for line in (call, *_shown(program, call, info)))


@contextmanager
def _surroundings(scene: str) -> Iterator[Mapping[str, str]]:
    """The environment of a scene's commands."""
    if scene not in WORLDS:
        yield PLAIN
        return
    with RunningWorld(build_world(MONDAY, frozen=True)) as running:
        WORLDS[scene](running.world)
        yield {**PLAIN, **running.environment()}


def calls(body: str) -> tuple[str, ...]:
    """The commands of a block, with their prompts."""
    return tuple(line for line in body.splitlines() if line.startswith(PROMPT))


def with_consoles(each: Page) -> str:
    """A page with all of its blocks made anew."""
    return BLOCK.sub(_anew, each.text)


def _anew(found: re.Match[str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        body = told(("console", *found["info"].split()), found["body"], Path(folder))
    return f"```console {found['info']}\n{body}\n```"


def _shown(program: Program, call: str, info: tuple[str, ...]) -> list[str]:
    ended = program.run(*shlex.split(call.removeprefix(PROMPT)))
    lines = (ended.out + ended.err).splitlines()
    most = next((int(word.removeprefix("head=")) for word in info if word.startswith("head=")), len(lines))
    return [*lines[:most], *(["…"] if len(lines) > most else [])]


def _change(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")


def main() -> None:
    for each in pages():
        if BLOCK.search(each.text):
            each.path.write_text(with_consoles(each), encoding="utf-8")


if __name__ == "__main__":
    main()
