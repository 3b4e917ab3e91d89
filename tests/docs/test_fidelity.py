"""The page about fidelity is true: each switch can be set in the emulators, and the test that is named sets it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, code, page, rows
from tests.docs.switches import switches

PAGE = page("docs/fidelity.md")
SECTIONS = tuple(title for title in re.findall(r"^## +(.+)$", PAGE.text, re.M) if title != "Not emulated")
ROWS = tuple((title, row) for title in SECTIONS for row in rows(PAGE.section(title)))
ALWAYS = "always"


@pytest.mark.parametrize("title", [*SECTIONS, "Not emulated"])
def test_every_section_says_something(title: str) -> None:
    assert rows(PAGE.section(title))


@pytest.mark.parametrize(("title", "row"), ROWS, ids=[row[0] for _, row in ROWS])
def test_a_row_names_a_switch_and_the_tests_that_prove_it(title: str, row: tuple[str, ...]) -> None:
    assert len(row) == 3, f"{title}: {row}"
    _, switch, proof = row
    assert switch == ALWAYS or code(switch), f"{title}: {row[0]}: no switch"
    assert code(proof), f"{title}: {row[0]}: no test"


@pytest.mark.parametrize("word", sorted({word for _, row in ROWS for word in code(row[1])}))
def test_a_switch_can_be_set_in_the_emulators(word: str) -> None:
    assert word in switches(), f"no seed, fault, deed, job, table or option is called {word}"


@pytest.mark.parametrize("row", [row for _, row in ROWS if row[1] != ALWAYS], ids=lambda row: row[0])
def test_a_row_and_its_tests_meet_in_the_switch(row: tuple[str, ...]) -> None:
    """The word stands where something is named: as a text, as a keyword, or in a command in a text."""
    sources = "\n".join(text for named in code(row[2]) for text in _texts(named.partition("::")[0]))
    unset = [word for word in code(row[1]) if not re.search(rf"""(["']{word}["'\[])|\b{word}=|\*\*{word}\b""", sources)]
    assert not unset, f"{row[2]} never sets {', '.join(unset)}"


@pytest.mark.parametrize("named", sorted({word for _, row in ROWS for word in code(row[2])}))
def test_a_test_that_is_named_exists(named: str) -> None:
    file, _, name = named.partition("::")
    *classes, function = name.split("::")
    source = (ROOT / file).read_text(encoding="utf-8")
    assert all(re.search(rf"^class {each}\b", source, re.M) for each in classes)
    assert re.search(rf"^ *def {function}\(", source, re.M), f"{file} has no {function}"


@cache
def _texts(file: str) -> tuple[str, ...]:
    """The sources of a test's module, of the modules below `tests` that it imports, and of the fixtures above it."""
    module = ROOT / file
    fixtures = (folder / "conftest.py" for folder in module.parents if folder.is_relative_to(ROOT / "tests"))
    beside = {*_imported(module), *(each for each in fixtures if each.exists())}
    return tuple(path.read_text(encoding="utf-8") for path in (module, *sorted(beside)))


def _imported(module: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests"):
            place = ROOT.joinpath(*str(node.module).split("."))
            yield from (
                path
                for path in (place.with_suffix(".py"), *(place / f"{name.name}.py" for name in node.names))
                if path.exists()
            )
