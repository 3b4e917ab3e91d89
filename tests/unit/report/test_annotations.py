"""Problems beside the lines of a pull request: GitHub is told what it shows, and obeys nothing that a file says."""

from __future__ import annotations

import re
from pathlib import PurePath

import pytest
from tests.unit.report import examples

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.report.annotations import MOST, annotated

HERE = PurePath("/checkout")
COMMAND = re.compile(r"^::error(?: (?P<properties>[^:\r\n]*))?::(?P<message>[^\r\n]*)$")
"""What the runner takes for a command (actions/runner, ActionCommand.cs), in the form that we may print."""


def a_problem(**changed: str) -> Problem:
    given = {"place": "mappings/teams.yaml:7:3", "path": "teams.0.zone", "message": "there is no time zone"} | changed
    return Problem(**given)  # type: ignore[arg-type]


def read(line: str) -> tuple[dict[str, str], str]:
    """A command as the runner reads it."""
    found = COMMAND.fullmatch(line)
    assert found, line
    pairs = (each.split("=", 1) for each in (found["properties"] or "").split(",") if each)
    return {name: _unescaped(value) for name, value in pairs}, _unescaped(found["message"])


def _unescaped(text: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_a_problem_is_an_annotation_at_its_line_and_column() -> None:
    problem = Problem("mappings/teams.yaml:7:3", "teams.0.zone", "there is no 'Tokio'", "an IANA name", "Asia/Tokyo")
    (line,) = annotated([problem], HERE)
    assert read(line) == (
        {"file": "mappings/teams.yaml", "line": "7", "col": "3", "title": "mappings: meaning"},
        "teams.0.zone: there is no 'Tokio'; allowed: an IANA name; did you mean Asia/Tokyo?",
    )


def test_a_file_is_named_from_the_checkout() -> None:
    (line,) = annotated([a_problem(place="/checkout/soc/teams.yaml:1:2")], HERE)
    assert read(line)[0]["file"] == "soc/teams.yaml"
    (line,) = annotated([a_problem(place="/elsewhere/teams.yaml:1:2")], HERE)
    assert read(line)[0]["file"] == "/elsewhere/teams.yaml"


def test_what_is_in_no_file_is_told_with_its_place() -> None:
    (line,) = annotated([Problem("--mappings", "", "x is no folder", kind=ProblemKind.SETTING)], HERE)
    assert read(line) == ({"title": "mappings: setting"}, "--mappings: x is no folder")


@pytest.mark.parametrize(
    "text", [*examples.HOSTILE, "a,line=1::b", "50%0Aoff", "x\r\n::warning::y", "::stop-commands::a"]
)
def test_a_file_cannot_say_anything_to_the_runner(text: str) -> None:
    (line,) = annotated([a_problem(path=text, message=text, allowed=text, suggestion=text)], HERE)
    properties, message = read(line)
    assert properties == {"file": "mappings/teams.yaml", "line": "7", "col": "3", "title": "mappings: meaning"}
    assert message.startswith(": " if not text else "")
    assert not re.search(r"##\[|##vso\[|[\x00-\x1f\x7f-\x9f]", line, re.IGNORECASE)


def test_a_file_s_name_cannot_either() -> None:
    (line,) = annotated([a_problem(place="a,line=9::b\n::error::c.yaml:7:3")], HERE)
    assert read(line)[0] == {
        "file": "a,line=9::b ::error::c.yaml",
        "line": "7",
        "col": "3",
        "title": "mappings: meaning",
    }


def test_as_many_as_github_shows_are_annotations_and_the_rest_stands_in_the_log() -> None:
    whole = list(annotated([a_problem() for _ in range(MOST)], HERE))
    assert [line for line in whole if not COMMAND.fullmatch(line)] == []
    more = list(annotated([a_problem(message="::error::") for _ in range(MOST + 5)], HERE))
    assert [bool(COMMAND.fullmatch(line)) for line in more] == [True] * MOST + [False] * 6
    assert read(more[MOST - 1]) == ({}, "6 more problems stand in the log of this step")
    assert {line.partition(":")[0] for line in more[MOST:]} == {"mappings/teams.yaml"}
