"""When a profile is told nothing, and that all is told at once. What is told of each mistake stands in `tests/cases`."""

from __future__ import annotations

from tests.cases.broken import CASES

from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.load import check_document

SOUND = (CASES / "profile.yaml").read_text(encoding="utf-8")


def complaints(text: str) -> str:
    problems = ProblemList()
    document = problems.parse(text, name="p.yaml")
    assert document is not None, problems.problems
    file = check_document(document, problems)
    assert (file is None) == bool(problems.problems)
    return "\n".join(str(problem) for problem in problems.in_order())


def test_a_sound_profile_is_told_nothing() -> None:
    assert complaints(SOUND) == ""


def test_a_sound_change_is_told_nothing() -> None:
    """Without `writes`, 7 is the row that means closed and is written for it."""
    change = SOUND.replace(", writes: [resolved, closed]", "").replace("3: [2], 6: [2]", "3: [2], 6: [2, 7]")
    assert complaints(change) == ""


def test_what_is_wrong_in_several_places_is_told_at_once() -> None:
    text = SOUND.replace("means: on-hold", "means: onhold").replace("has_any: [escalation]", "has_any: [$x]")
    assert [line.split(": ")[0] for line in complaints(text).splitlines()] == ["p.yaml:17:9", "p.yaml:36:22"]
