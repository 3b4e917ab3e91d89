from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.acceptance.worlds import people, tickets
from tests.cli.fixtures import PLAIN, WORKERS, open_all_valves
from tests.cli.program import Ended, Program
from tests.effort import sampled, thoroughly
from tests.engine import MONDAY
from tests.unit.report.examples import HOSTILE
from tests.unit.report.test_neutralise import is_inert

from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World, build_world

TITLES = [*(text for text in HOSTILE if "\ud800" not in text), "@soc-team <b>now</b> https://evil.example/x"]

FORMS = ("text", "markdown", "json", "html")


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, World]]:
    """Escalations whose titles, notes, authors' words and close notes are what attackers put there, on both sides."""
    with RunningWorld(build_world(MONDAY, frozen=True), workers=WORKERS) as running:
        world = running.world
        for number, title in enumerate(TITLES):
            fields = {
                "title": title,
                "severity": "Medium",
                "status": "Active",
                "labels": ["escalation", f"::warning::{number}"],
            }
            people(world, "arm", "niamh.kelly", "create", fields={**fields, "description": title})
            fields = {"short_description": title, "description": title, "category": "security"}
            people(
                world, "servicenow", "keiko.tanaka", "create",
                fields={**fields, "assignment_group": "SOC Monitoring", "impact": "2", "urgency": "2"},
            )  # fmt: skip
        soc = Program(tmp_path_factory.mktemp("soc"), {**PLAIN, **running.environment()})
        yield soc, world


def is_harmless(ended: Ended) -> bool:
    """No runner takes a command from it, no terminal obeys it, nothing in it is hidden."""
    for text in (ended.out, ended.err):
        # A spreadsheet begins with a byte order mark, and its lines end as RFC 4180 wants it.
        kept = text.removeprefix("\ufeff").replace("\r\n", "").replace("\n", "").replace("\u200b", "")
        hidden = [each for each in kept if unicodedata.category(each) in {"Cc", "Cf", "Zl", "Zp"}]
        if not is_inert(text) or hidden:
            return False
    return True


@pytest.mark.parametrize("forms", [("text", "markdown"), *thoroughly((FORMS,))], ids=["some", "all"])
def test_hostile_texts_are_inert_in_all_that_is_printed(
    attacked: tuple[Program, World], forms: tuple[str, ...]
) -> None:
    soc, world = attacked
    looked = [soc.run("plan", "--format", form) for form in forms]
    open_all_valves(soc)
    world.clock.advance(timedelta(minutes=10))
    for title, row in zip(TITLES, [row for row in tickets(world) if row["category"] == "security"], strict=False):
        people(world, "servicenow", "keiko.tanaka", "note", number=row["number"], text=f"note\n{title}")
    looked.append(soc.run("sync", "-vv"))
    looked += _looked_by_the_way(soc)
    world.clock.advance(timedelta(minutes=10))
    numbers = [row["number"] for row in tickets(world) if row["category"] == "security"][: len(TITLES) + 2]
    looked += [soc.run("audit", *more, "--format", form) for form in ("csv", "junit") for more in ((), ("--authors",))]
    looked += [soc.run("report", "escalations", "--period", "2026", "--format", form) for form in ("csv", "junit")]
    for form in forms:
        for command in (("sync",), ("audit",), ("audit", "--authors"), ("status",)):
            looked.append(soc.run(*command, "--format", form))
        looked.append(soc.run("report", "escalations", "--period", "2026", "--format", form))
        looked += [soc.run("show", number, "--format", form) for number in numbers[:2]]
    assert [ended.code for ended in looked if ended.code not in {0, 4, 7}] == []
    assert [ended.out + ended.err for ended in looked if not is_harmless(ended)] == []


def _looked_by_the_way(soc: Program) -> list[Ended]:
    """The rarer commands, each in one of its forms, and the log as JSON; also the files that some of them write."""
    (latest, *_) = soc.run("history", "--json").json("history")["runs"]
    looked = [
        soc.run("history", "--format", "markdown"),
        soc.run("undo", latest["run_id"], "--out", "undo.json", "--format", "markdown"),
        soc.run("report", "run", "--period", "2026", "--format", "html"),
        soc.run("report", "compliance", "--period", "2026", "--format", "csv"),
        soc.run("retire", "--csv", "left-open.csv"),
        soc.run("doctor", "--format", "markdown"),
        soc.run("db", "rebuild"),
        soc.run("audit", "--nudge", "-vv", WATCHKEEPER_LOG_FORMAT="json"),
        soc.run("plan", "-vv", "--out", "plan.json", "--comment-file", "comment.md"),
    ]
    looked.append(soc.run("export", "site", "portal"))
    site = (
        f"portal/soc/{name}" for name in ("index.html", "escalations.html", "escalations.ja.html", "escalations.csv")
    )
    for name in ("undo.json", "left-open.csv", "plan.json", "comment.md", *site):
        written = (soc.folder / name).read_bytes().decode("utf-8")
        assert is_harmless(Ended(0, written, "")), name
    return looked


@pytest.mark.parametrize("title", sampled(TITLES, 4))
def test_hostile_texts_on_the_command_line_are_inert_as_well(attacked: tuple[Program, World], title: str) -> None:
    soc, _ = attacked
    for command in (
        ("show", title),
        ("link", title, "1"),
        ("unlock", title),
        ("plan", "--task", title),
        ("plan", "--mappings", title),
    ):
        ended = soc.run(*command)
        assert ended.code != 1
        assert is_harmless(ended), command


def test_markdown_pings_nobody_and_carries_no_markup(attacked: tuple[Program, World]) -> None:
    soc, _ = attacked
    written = soc.run("audit", "--format", "markdown").out
    assert "evil.example" in written
    assert "@soc-team" not in written
    assert "<b>" not in written
    assert "](javascript:" not in written
    assert "https://evil.example" not in written
