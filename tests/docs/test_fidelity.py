"""The page about fidelity is true: each switch is a word of the emulators, each test that it names exists."""

from __future__ import annotations

import re
from functools import cache

import pytest
from tests.docs.pages import ROOT, code, page, rows

PAGE = page("docs/fidelity.md")
SECTIONS = tuple(title for title in re.findall(r"^## +(.+)$", PAGE.text, re.M) if title != "Not emulated")
ROWS = tuple((title, row) for title in SECTIONS for row in rows(PAGE.section(title)))


@cache
def _emulators() -> str:
    sources = sorted((ROOT / "src" / "watchkeeper" / "emulators").rglob("*.py"))
    return "\n".join(source.read_text(encoding="utf-8") for source in sources)


@pytest.mark.parametrize("title", [*SECTIONS, "Not emulated"])
def test_every_section_says_something(title: str) -> None:
    assert rows(PAGE.section(title))


@pytest.mark.parametrize(("title", "row"), ROWS, ids=[row[0] for _, row in ROWS])
def test_a_row_names_a_switch_and_the_tests_that_prove_it(title: str, row: tuple[str, ...]) -> None:
    assert len(row) == 3, f"{title}: {row}"
    _, switch, proof = row
    assert switch == "always" or code(switch), f"{title}: {row[0]}: no switch"
    assert code(proof), f"{title}: {row[0]}: no test"


@pytest.mark.parametrize("word", sorted({word for _, row in ROWS for word in code(row[1])}))
def test_a_switch_is_a_word_of_the_emulators(word: str) -> None:
    assert re.search(rf"\b{re.escape(word)}\b", _emulators()), f"no emulator knows {word}"


@pytest.mark.parametrize("named", sorted({word for _, row in ROWS for word in code(row[2])}))
def test_a_test_that_is_named_exists(named: str) -> None:
    file, _, name = named.partition("::")
    *classes, function = name.split("::")
    source = (ROOT / file).read_text(encoding="utf-8")
    assert all(re.search(rf"^class {each}\b", source, re.M) for each in classes)
    assert re.search(rf"^ *def {function}\(", source, re.M), f"{file} has no {function}"
