"""What the board asks of its store costs as much in a large one as in a small one: every day no statement goes through a whole
table, and the thorough suite counts steps. `./dev bench board` measures it in a store of millions of rows, and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bench.board import SMALL_TABLES, make, parts_of, scanned
from bench.estate import DEPLOYMENT, NOW
from bench.filled import MAPPINGS
from bench.history import Size
from tests.unit.web.steps import counting

from watchkeeper.clock import FixedClock
from watchkeeper.report.texts import texts_in
from watchkeeper.state.library import Library
from watchkeeper.web.access import Person, Role
from watchkeeper.web.asked import Asked
from watchkeeper.web.page import Page
from watchkeeper.web.reading.metrics import read_samples
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.registry import PAGES, TODAY
from watchkeeper.web.rules import Rules

YOUNG = Size(
    pairs=300, writes=950, days=95, runs_a_day=2, verdicts_a_day=8, conflicts_a_day=4, waiting=120, evidence_days=3
)
OLD = replace(YOUNG, pairs=1_500, writes=1_900, days=190)
"""Twice as many days, none of which has more, and many more pairs."""
FIRST = 10
"""Rows of a list: fewer than even the young store has."""
RULES = Rules(folder=MAPPINGS)


@pytest.fixture(scope="module")
def young(tmp_path_factory: pytest.TempPathFactory) -> str:
    return made(tmp_path_factory.mktemp("young"), YOUNG)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> str:
    return made(tmp_path_factory.mktemp("old"), OLD)


def made(folder: Path, size: Size) -> str:
    make(folder / "watchkeeper.db", size)
    return f"sqlite:///{folder / 'watchkeeper.db'}"


def readers(url: str, size: Size, page: Page[Any]) -> Iterator[tuple[str, Reader]]:
    """The page as it is, and with some of the choices that it offers, by what was chosen."""
    library = Library.open(url, FixedClock(NOW))
    assert library is not None
    parts = {name: parts_of(size).get(name, [f"bench.board.parts_of says nothing of {name}"])[0] for name in page.parts}
    person = Person("keiko.tanaka", frozenset(Role))
    plain = Reader(library, DEPLOYMENT, NOW, {}, Asked(parts, FIRST, person), RULES)
    yield page.name, plain
    for choice in page.choices(page.found(plain), texts_in("en")) if page.choices is not None else ():
        for value, _ in choice.options[:2]:
            chosen = Asked({**parts, choice.name: value}, FIRST, person)
            yield f"{page.name}?{choice.name}={value}", replace(plain, asked=chosen)
    library.close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_statement_of_a_page_goes_through_a_whole_table(young: str, page: Page[Any]) -> None:
    found = {name: scanned(partial(page.found, reader), young) for name, reader in readers(young, YOUNG, page)}
    assert {name: steps for name, steps in found.items() if steps} == {}


@pytest.mark.thorough
def test_nor_does_one_that_prometheus_asks_again_and_again(young: str, old: str) -> None:
    reader = next(readers(young, YOUNG, TODAY))[1]
    assert scanned(lambda: list(read_samples(reader)), young) == []
    assert scraped(old, OLD) <= 1.25 * scraped(young, YOUNG)


def scraped(url: str, size: Size) -> int:
    with counting() as steps:
        _, reader = next(readers(url, size, TODAY))
        before = steps.taken
        list(read_samples(reader))
        reader.library.close()
        return steps.taken - before


def test_a_statement_that_does_is_found(young: str) -> None:
    library = Library.open(young, FixedClock(NOW))
    assert library is not None
    assert scanned(library.deployments, young) == []
    [step] = scanned(library.deployments, young, SMALL_TABLES - {"meta"})
    assert step.startswith("SCAN meta")
    library.close()


@pytest.mark.thorough
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_takes_no_more_steps_in_a_store_of_twice_the_age(young: str, old: str, page: Page[Any]) -> None:
    before, after = (steps_of(url, size, page) for url, size in ((young, YOUNG), (old, OLD)))
    assert after <= 1.25 * before


def steps_of(url: str, size: Size, page: Page[Any]) -> int:
    """How many steps SQLite's virtual machine takes for a page."""
    with counting() as steps:
        _, reader = next(readers(url, size, page))
        before = steps.taken
        page.found(reader)
        reader.library.close()
        return steps.taken - before
