"""What is wrong with a profile, told with its place, what is allowed, and what was probably meant.

One file in `lint_cases` is one case: a piece of `sound.yaml`, what it becomes, and what is then told.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.load import check_document

CASES = Path(__file__).parent / "lint_cases"
SOUND = (CASES / "sound.yaml").read_text(encoding="utf-8")


def complaints(text: str) -> str:
    problems = ProblemList()
    document = problems.parse(text, name="p.yaml")
    assert document is not None, problems.problems
    file = check_document(document, problems)
    assert (file is None) == bool(problems.problems)
    return "\n".join(str(problem) for problem in problems.in_order())


def test_the_profile_that_these_cases_break_is_sound() -> None:
    assert complaints(SOUND) == ""


@pytest.mark.parametrize("case", sorted(path.stem for path in CASES.glob("*.txt")))
def test_a_broken_profile_is_told(case: str) -> None:
    text = (CASES / f"{case}.txt").read_text(encoding="utf-8")
    before, rest = text.split("\n===== becomes\n")
    after, told = rest.split("\n===== told\n")
    assert SOUND.count(before) == 1, before
    assert complaints(SOUND.replace(before, after)) == told.rstrip("\n")


def test_a_sound_change_is_told_nothing() -> None:
    """Without `writes`, 7 is the row that means closed and is written for it."""
    assert complaints(SOUND.replace(", writes: [resolved, closed]", "")) == ""


def test_what_is_wrong_in_several_places_is_told_at_once() -> None:
    text = SOUND.replace("means: on-hold", "means: onhold").replace("has_any: [escalation]", "has_any: [$x]")
    assert [line.split(": ")[0] for line in complaints(text).splitlines()] == ["p.yaml:17:9", "p.yaml:36:22"]
