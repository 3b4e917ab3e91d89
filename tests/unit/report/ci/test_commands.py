"""What a CI system is told: nothing but our own commands, one line each, as many as it shows."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.unit.report import examples
from tests.unit.report.ci.runners import azure_commands, github_commands, github_outputs, gitlab_commands

from watchkeeper.report.ci.commands import (
    LONGEST_LINE,
    MOST_LINES,
    annotated_events,
    output_commands,
    output_file,
    upload_summary,
)
from watchkeeper.report.ci.events import Event, Level
from watchkeeper.report.ci.systems import AZURE, GITHUB, GITLAB, SYSTEMS, CiSystem, detected
from watchkeeper.report.neutralise import guard_line, plain
from watchkeeper.report.texts import texts_in

ENGLISH = texts_in("en")
HOSTILE = (
    *examples.HOSTILE,
    "50%0Aoff%0D::error::x",
    "%AZP25 ;]##vso[task.complete result=Failed]",
    "a,title=b::c",
    "x\n::set-output name=a::b\n",
    "\x1b[0Ksection_start:1:x[collapsed=true]\r\x1b[0K",
    "EOF\nexit-code=0",
)
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.text("#:[]%;,=\r\nvso \x1bA0", max_size=30))


def inert(text: str) -> str:
    return guard_line(plain(text))


def told(events: list[Event], system: CiSystem) -> list[str]:
    return list(annotated_events(events, system, ENGLISH))


@pytest.mark.parametrize(
    ("variables", "system"),
    [
        ({"GITHUB_ACTIONS": "true"}, GITHUB),
        ({"TF_BUILD": "True"}, AZURE),
        ({"GITLAB_CI": "true"}, GITLAB),
        ({"GITHUB_ACTIONS": "false"}, None),
        ({"CI": "true"}, None),
        ({}, None),
    ],
)
def test_a_system_is_known_by_the_variable_that_it_documents(
    variables: dict[str, str], system: CiSystem | None
) -> None:
    assert detected(variables) is system


@tried(60)
@given(title=TEXTS, lines=st.lists(TEXTS, max_size=4), level=st.sampled_from(Level))
def test_a_hostile_text_is_the_value_of_one_command_of_ours(title: str, lines: list[str], level: Level) -> None:
    event = Event(level, title, tuple(lines))
    (line,) = told([event], GITHUB)
    assert len(line.splitlines()) == 1
    (command,) = github_commands(line)
    assert (command.name, set(command.properties)) == (level.value, {"title"})
    assert command.properties["title"] == inert(title)
    assert command.message == ("\n".join(map(inert, lines)) or inert(title))
    assert github_commands(command.message) == []
    assert azure_commands(line) == []

    for line in told([event], AZURE):
        assert len(line.splitlines()) == 1
        (command,) = azure_commands(line)
        assert (command.name, command.properties) == ("task.logissue", {"type": level.value})
        assert inert(title) in command.message
        assert azure_commands(command.message) == []
        assert github_commands(line) == []

    assert told([event], GITLAB) == []
    assert gitlab_commands(inert(title) + "\n".join(map(inert, lines))) == []


@tried(60)
@given(st.dictionaries(st.sampled_from(["sentence", "exit-code", "run-id"]), TEXTS, min_size=1))
def test_an_output_holds_what_it_was_given_and_makes_no_other(outputs: dict[str, str]) -> None:
    assert github_outputs(output_file(outputs, "watchkeeper_7f0c1d9e")) == {
        name: inert(value) for name, value in outputs.items()
    }
    commands = azure_commands("\n".join(output_commands(outputs, AZURE)))
    assert [(each.name, each.properties, each.message) for each in commands] == [
        (
            "task.setvariable",
            {"variable": f"watchkeeper_{name.replace('-', '_')}", "isOutput": "true"},
            inert(value),
        )
        for name, value in outputs.items()
    ]


def test_only_as_many_annotations_of_a_level_are_made_as_are_shown_and_the_last_counts_the_rest() -> None:
    events = [Event(Level.ERROR, f"error {number}") for number in range(25)] + [Event(Level.WARNING, "one warning")]
    commands = github_commands("\n".join(told(events, GITHUB)))
    assert [each.name for each in commands] == ["error"] * 10 + ["warning"]
    assert [each.message for each in commands[:9]] == [f"error {number}" for number in range(9)]
    assert commands[9].message == "16 more stand in the summary and in the log of this step"
    assert len(told(events[:10], GITHUB)) == 10
    assert len(told(events, AZURE)) == 11


def test_an_annotation_names_some_records_and_counts_the_others() -> None:
    event = Event(Level.WARNING, "CSIRT: 30 stale", tuple(f"INC{number:07}" for number in range(30)))
    (command,) = github_commands("\n".join(told([event], GITHUB)))
    named = command.message.splitlines()
    assert len(named) == MOST_LINES + 1
    assert named[-1] == "and 10 more"


def test_a_long_line_is_cut() -> None:
    (command,) = github_commands(told([Event(Level.ERROR, "x" * 1000, ("y" * 1000,))], GITHUB)[0])
    assert {len(command.properties["title"]), len(command.message)} == {LONGEST_LINE}
    assert command.message.endswith("…")


def test_azure_pipelines_knows_no_notices() -> None:
    assert told([Event(Level.NOTICE, "14 created")], AZURE) == []


def test_a_summary_is_named_by_its_path() -> None:
    (command,) = azure_commands(upload_summary(PurePosixPath("/agent/50%/a;b].md"), AZURE))
    assert (command.name, command.message) == ("task.uploadsummary", "/agent/50%/a;b].md")


def test_every_system_says_what_it_is_known_by() -> None:
    assert len({system.known_by for system in SYSTEMS}) == len(SYSTEMS)
