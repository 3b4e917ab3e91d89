"""When a profile is told nothing, and that all is told at once. What is told of each mistake stands in `tests/cases`."""

from __future__ import annotations

import re
import textwrap

import pytest
from tests.cases.broken import CASES

from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.kind_models import FieldOnSide
from watchkeeper.mapping.lint_rules import INCIDENT_WORDS
from watchkeeper.mapping.load import check_document
from watchkeeper_sentinel.records import INCIDENT_COLUMNS

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


def test_what_an_incident_is_known_to_have_is_what_the_connector_reads() -> None:
    read = {name: column.values for name, column in INCIDENT_COLUMNS.known.items()}
    assert {name: set(words) for name, words in INCIDENT_WORDS.items()} == {
        name: set(words) for name, words in read.items()
    }


README = (CASES.parents[2] / "mappings" / "README.md").read_text(encoding="utf-8")
KINDS = README.partition("## Kinds of translation")[2].partition("\n## ")[0]
KEPT = README.partition("## How a field is kept in step")[2].partition("\n## ")[0]
EXAMPLES = re.findall(r"```yaml\n(.*?)```", KEPT + KINDS, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_a_field_is_sound(example: str) -> None:
    text = SOUND.replace("  labels:\n    owner: create-once\n    sentinel: { labels: { field: labels } }\n", "")
    assert len(text) < len(SOUND)
    labels = (
        ""
        if example.startswith("labels:")
        else "labels: { owner: create-once, sentinel: { labels: { field: labels } } }\n"
    )
    fields = textwrap.indent(example + labels, "  ")
    assert complaints(text.replace("closure:\n", f"{fields}closure:\n")) == ""


def test_every_kind_of_translation_has_its_line() -> None:
    kinds = {name for name in FieldOnSide.model_fields if name != "default"}
    assert set(re.findall(r"^\| `(\w+)` \|", KINDS, re.MULTILINE)) == kinds
