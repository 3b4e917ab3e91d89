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


def test_a_row_names_a_switch_and_the_tests_that_prove_it() -> None:
    assert [(title, row) for title, row in ROWS if len(row) != 3] == []
    assert [(title, row[0]) for title, row in ROWS if row[1] != ALWAYS and not code(row[1])] == [], "no switch"
    assert [(title, row[0]) for title, row in ROWS if not code(row[2])] == [], "no test"


def test_a_switch_can_be_set_in_the_emulators() -> None:
    """A seed, fault, deed, job, table or option is called like that."""
    assert sorted({word for _, row in ROWS for word in code(row[1])} - set(switches())) == []


def test_a_row_and_its_tests_meet_in_the_switch() -> None:
    """The word stands where something is named: as a text, as a keyword, or in a command in a text."""
    switched = [row for _, row in ROWS if row[1] != ALWAYS]
    unset = [(row[2], word) for row in switched for word in code(row[1]) if not _is_set(word, row)]
    assert len(switched) > 100
    assert unset == []


def test_a_test_that_is_named_exists() -> None:
    named = {word for _, row in ROWS for word in code(row[2])}
    assert len(named) > 100
    assert sorted(each for each in named if not _exists(each)) == []


def _is_set(word: str, row: tuple[str, ...]) -> bool:
    sources = "\n".join(text for named in code(row[2]) for text in _texts(named.partition("::")[0]))
    return re.search(rf"""(["']{word}["'\[])|\b{word}=|\*\*{word}\b""", sources) is not None


def _exists(named: str) -> bool:
    file, _, name = named.partition("::")
    *classes, function = name.split("::")
    source = _source(ROOT / file)
    headers = (*(rf"^class {each}\b" for each in classes), rf"^ *def {function}\(")
    return all(re.search(each, source, re.M) for each in headers)


@cache
def _source(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


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
