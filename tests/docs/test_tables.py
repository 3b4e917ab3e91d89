"""Tables in the documents are those of the program: exit codes, valves, the store, the catalogue, verdicts, promises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tests.docs.pages import ROOT, code, page, pages, rows

from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.model import FanOut
from watchkeeper.catalog.pack_file import TaskEntry
from watchkeeper.cli.demo.narrator import Narrator
from watchkeeper.cli.demo.stage import Stage
from watchkeeper.cli.demo.story import tell
from watchkeeper.cli.demo.texts import TEXTS
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import build_world
from watchkeeper.escalation.reasons import Flag
from watchkeeper.mapping.valve_file import ValveFile
from watchkeeper.model.exit_code import PRECEDENCE, ExitCode
from watchkeeper.model.limits import Limits
from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.reasons import Because, because
from watchkeeper.model.record import SENTINEL, RecordRef, Revision
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.state.tables import metadata
from watchkeeper.sync.guard import VALVES, Finding, World, guard

README = page("README.md")


class TestExitCodes:
    def test_the_readme_lists_all_of_them(self) -> None:
        listed = [int(number) for row in rows(README.section("Exit codes")) for number in row[0].split(", ")]
        assert sorted(listed) == sorted(int(each) for each in ExitCode)

    def test_the_readme_tells_which_one_wins(self) -> None:
        order = re.search(r"the first of ([\d, ]+) wins", README.section("Exit codes"))
        assert order is not None
        assert [int(number) for number in order[1].split(", ")] == [int(each) for each in PRECEDENCE]

    def test_codes_named_elsewhere_exist(self) -> None:
        named = {
            (each.name, int(number))
            for each in pages()
            for number in re.findall(r"(?:exit codes?|[Ee]xit) \(?(\d+)", each.prose)
        }
        assert {(where, number) for where, number in named if number not in set(ExitCode)} == set()

    def test_the_japanese_quick_start_agrees(self) -> None:
        found = rows(page("docs/quickstart.ja.md").text)
        assert {int(row[0]) for row in found} <= {int(each) for each in ExitCode}


class TestValves:
    ROWS = rows(page("docs/sync.md").section("Valves"))

    def test_the_page_names_the_valves_that_can_trip(self) -> None:
        assert sorted(code(row[0])[0] for row in self.ROWS) == sorted({trip.name for trip in _every_trip()})

    def test_the_names_that_can_be_opened_are_those_that_can_trip(self) -> None:
        assert sorted(VALVES) == sorted({trip.name for trip in _every_trip()})

    def test_their_limits_are_the_shipped_ones(self) -> None:
        shown: dict[str, object] = {"version": 1}
        for row in self.ROWS:
            for text in code(row[2]):
                shown |= YAML(typ="safe").load(text)
        assert ValveFile.model_validate(shown).limits() == Limits()
        assert set(shown) == set(ValveFile.model_fields)


class TestTheStore:
    def test_every_table_is_documented_and_no_other(self) -> None:
        listed = {name for row in rows(page("docs/state.md").text) for name in code(row[0])}
        assert listed == {table.name for table in metadata.tables.values()}


class TestTheCatalogue:
    PAGE = page("docs/catalogue.md")

    def test_the_eight_tasks_are_those_of_the_pack(self) -> None:
        catalog = load_catalog(ROOT / "mappings", deployment="soc")
        expected = set()
        for task in catalog.tasks.values():
            cadence = task.cadence.replace("-", " ") + (", as needed" if task.as_needed and task.schedule else "")
            shared = task.fan_out is FanOut.SINGLE
            expected.add((task.id, cadence, "all teams, one ticket" if shared else f"`{task.teams[0]}`"))
            assert shared or len(task.teams) == 1
        found = rows(self.PAGE.section("The eight tasks"))
        assert {(code(row[0])[0], row[1], row[2]) for row in found} == expected

    def test_the_keys_of_a_task_are_keys_of_the_file(self) -> None:
        keys = {name for row in rows(self.PAGE.section("A task of your own")) for name in code(row[0])}
        known = {info.alias or name for name, info in TaskEntry.model_fields.items()}
        assert keys <= known
        texts = {"id", "title", "summary", "priority", "checklist", "evidence", "done_when", "links"}
        assert known - keys - texts == {"weekday", "week", "day", "schedule"}, "all but those that `cadence` tells of"


class TestTheAudit:
    PAGE = page("docs/audit.md")

    def test_every_verdict_is_explained(self) -> None:
        assert {code(row[0])[0] for row in rows(self.PAGE.section("Verdicts"))} == {each.value for each in VerdictKind}

    @pytest.mark.parametrize("flag", Flag)
    def test_every_flag_is_named(self, flag: Flag) -> None:
        assert f"`{flag.value}`" in self.PAGE.text


class TestThePromises:
    PAGE = page("docs/architecture.md")

    def test_all_seventeen_are_listed(self) -> None:
        assert [row[0] for row in rows(self.PAGE.section("Promises"))] == [f"I{number}" for number in range(1, 18)]

    def test_the_modules_that_hold_them_exist(self) -> None:
        named = {name for row in rows(self.PAGE.text) for name in code(row[-1]) if name.endswith(".py")}
        missing = {name for name in named if not (ROOT / "src/watchkeeper" / name).exists()}
        assert missing == set()

    @pytest.mark.parametrize("number", range(1, 18))
    def test_each_has_a_test_that_names_it(self, number: int) -> None:
        files = (path for path in (ROOT / "tests").rglob("test_*.py") if path.parent.name != "docs")
        assert any(re.search(rf"\bI{number}\b", path.read_text(encoding="utf-8")) for path in files)

    def test_the_rooms_are_the_ones_that_are_there(self) -> None:
        listed = {name.removesuffix(".py") for row in rows(self.PAGE.section("Rooms")) for name in code(row[0])}
        assert _rooms() - listed == set()


class TestTheDemo:
    BLOCK = README.text.partition("<!-- demo:")[2].partition("<!-- end of demo -->")[0]

    def test_the_promises_in_the_readme_are_the_demos_own(self) -> None:
        table = self.BLOCK.partition(TEXTS["promises"]["en"])[2]
        held = re.findall(r"^ *✓ (.+?)(?: {2,}.*)?$", table, re.M)
        promises = {text["en"] for name, text in TEXTS.items() if name.startswith(("promise_", "fine"))}
        assert len(held) >= 8
        assert {line for line in held if not any(promise.startswith(line) for promise in promises)} == set()

    def test_its_steps_are_the_demos_own(self) -> None:
        told = re.findall(r"^\d+\. (.+)$", self.BLOCK, re.M)
        known = [re.split(r"\{", text["en"])[0].split(" ") for text in TEXTS.values()]
        assert len(told) >= 8
        unknown = [line for line in told if not any(line.split(" ")[: len(words) - 1] == words[:-1] for words in known)]
        assert unknown == []


class TestTheDemoAsItIs:
    """The README's shortened output is what the demo prints, line by line; only record numbers and column widths differ."""

    @pytest.mark.thorough
    def test_every_line_of_the_readme_is_printed_in_the_same_step(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with RunningWorld(build_world(frozen=True)) as running:
            tell(Stage(running, tmp_path / "watchkeeper.db", ROOT / "mappings", tmp_path / "site"), Narrator("en"))
        printed = _by_step(capsys.readouterr().out)
        shown = _by_step(TestTheDemo.BLOCK.partition("```text\n")[2].partition("```")[0])
        assert len(shown) >= 8
        strange = {step: lines - printed.get(step, set()) for step, lines in shown.items()}
        assert {step: lines for step, lines in strange.items() if lines} == {}


class TestSlowTests:
    PAGE = page("CONTRIBUTING.md")

    def test_it_says_how_to_run_them_and_which_folders_have_some(self) -> None:
        marked = {
            path for path in (ROOT / "tests").rglob("*.py") if "pytest.mark.slow" in path.read_text(encoding="utf-8")
        }
        folders = {path.relative_to(ROOT).parts[1] for path in marked} - {"docs"}
        assert "`./dev test -m slow`" in self.PAGE.text
        assert {folder for folder in folders if f"`tests/{folder}`" not in self.PAGE.text} == set()


class TestTroubleshooting:
    ROWS = tuple(row for row in rows(page("docs/troubleshooting.md").text) if code(row[0]))

    def test_every_message_that_it_quotes_is_one_of_the_program(self) -> None:
        told = _sources().replace("`", "")
        assert [code(row[0])[0] for row in self.ROWS if code(row[0])[0] not in told] == []


def _by_step(told: str) -> dict[str, set[str]]:
    """The lines of each step of the demo's output, without numbers of records."""
    steps: dict[str, set[str]] = {}
    step = ""
    for line in told.splitlines():
        plain = re.sub(r"\bINC\d{7}", "INC", " ".join(line.split()))
        plain = re.sub(r"\b(INC,?|incident|Sentinel) \d+(?!\S)", r"\1", plain)
        step = found[0] if (found := re.match(r"\d+\.", plain)) else step
        if plain not in {"", "…"}:
            steps.setdefault(step, set()).add(plain)
    return steps


def _every_trip() -> Iterator[Finding]:
    """A plan and a world at which every valve trips."""
    ref = RecordRef(SENTINEL, "incidents", "a")
    body = {"status": "Closed"}
    close = Action("k", "p", ref, Operation.CLOSE, body, "", expect=Revision("1", 1))
    create = Action("k", "p", ref, Operation.CREATE, body, "")
    import_ = Action("e", "q", ref, Operation.CREATE, body, "")
    world = World(
        identity_changes=(because(Because.OTHER_PLACE, side="sentinel", there="b", before="a"),),
        canary=because(Because.NOT_SHOWN, side="sentinel", number="1"),
        linked={SENTINEL: 1},
        vanished={SENTINEL: ("k",)},
        changed={(SENTINEL, "status"): ("k",)},
        first_imports=frozenset({"q"}),
        baseless=frozenset({"k"}),
        recent_writes={("k", SENTINEL, "status"): 9},
        meaning_changed={"p": 1},
    )
    strict = Limits(1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0)
    yield from guard((close, create, import_), world, strict)


def _rooms() -> set[str]:
    top = ROOT / "src/watchkeeper"
    packages = {path.parent.name for path in top.glob("*/__init__.py")}
    connectors = {path.parent.name for path in (ROOT / "connectors").glob("*/__init__.py")}
    modules = {path.stem for path in top.glob("*.py")} - {"__init__", "__main__"}
    return packages | connectors | modules


def _sources() -> str:
    if not _SOURCES:
        roots = (ROOT / "src", ROOT / "connectors")
        files = [path for root in roots for path in sorted(root.rglob("*.py")) if "emulators" not in path.parts]
        _SOURCES.append("\n".join(_joined(path) for path in files))
    return _SOURCES[0]


_SOURCES: list[str] = []


def _joined(path: Path) -> str:
    """The source with literals that are split over lines put together."""
    return re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8"))
