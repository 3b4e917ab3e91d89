"""What is told of mapping files that are broken: every case that we know of, its words, and what they cost.

A case is a file and its output, both in `mappings/AREA/`; `broken.py` says how they are run and written anew.
"""

from __future__ import annotations

import re

import pytest
from tests.cases.broken import CASES, MADE, PLACES, Case, cases, told_by_a_process
from tests.effort import thoroughly

EVERY_DAY = 5
"""One case in so many, of every area."""
SECONDS = 1.0
MEBIBYTES = 200.0
PROBLEM = re.compile(r"mappings/[a-z/-]+\.yaml(:\d+:\d+)?: .+")


@pytest.mark.parametrize("each", [EVERY_DAY, *thoroughly(1)], ids=["some", "all"])
def test_every_case_is_told_in_its_words_at_its_place_in_bounded_time_and_memory(each: int) -> None:
    """Other words on purpose? `python -m tests.cases.broken`"""
    told = told_by_a_process(each)
    assert list(told) == list(cases())[::each]
    other = {f"{case.area}/{case.name}": each.out for case, each in told.items() if each.out != _golden(case)}
    assert other == {}
    assert {each.code for each in told.values()} == {3}
    assert [out for each in told.values() for out in _without_a_place(each.out)] == []
    assert {case: each.seconds for case, each in told.items() if each.seconds > SECONDS} == {}
    assert {case: each.mebibytes for case, each in told.items() if each.mebibytes > MEBIBYTES} == {}


def _golden(case: Case) -> str:
    return case.golden.read_text(encoding="utf-8")


def _without_a_place(out: str) -> list[str]:
    """Lines that are no problem with its file; the last one counts the others."""
    *problems, count = out.splitlines()
    assert re.fullmatch(rf"{len(problems)} problems?", count)
    return [line for line in problems if not PROBLEM.fullmatch(line)]


def test_there_are_enough_of_every_area_and_each_has_its_words() -> None:
    known = list(cases())
    assert len(known) >= 60
    assert {case.area for case in known} == set(PLACES)
    words = {path for area in PLACES for path in (CASES / area).glob("*.txt")}
    assert words == {case.golden for case in known}
    assert len(MADE) == len({case for case in known if case.area == "large"})
