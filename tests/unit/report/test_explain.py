"""What is told of a field whose translation is no value table, for people in both languages and for programs."""

from __future__ import annotations

import pytest
from tests.acceptance.own_table import PROFILE
from tests.schemas import validator

from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.explain import FieldStory, explain
from watchkeeper.mapping.explain_settings import setting_names, settings_of
from watchkeeper.mapping.load import check_document
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.report import machine, text
from watchkeeper.report.explain import explain_document, explain_json


def story(field: str, *edits: tuple[str, str]) -> FieldStory:
    document, file = profile_file(*edits)
    return explain(document, file, field)


def profile_file(*edits: tuple[str, str]) -> tuple[Document, ProfileFile]:
    profile = PROFILE
    for old, new in edits:
        assert profile.count(old) == 1
        profile = profile.replace(old, new)
    problems = ProblemList()
    document = problems.parse(profile, name="soc-task.yaml")
    assert document is not None
    file = check_document(document, problems)
    assert file is not None, problems.in_order()
    return document, file


def line(part: str) -> int:
    """Where a part of the profile stands."""
    (found,) = [number for number, each in enumerate(PROFILE.splitlines(), 1) if part in each]
    return found


def told(field: str, lang: str = "en", *edits: tuple[str, str]) -> list[str]:
    lines = text.render(explain_document(field, [story(field, *edits)], lang), columns=120).splitlines()
    return [each.strip() for each in lines]


@pytest.mark.parametrize(
    ("field", "lines"),
    [
        ("title", ["Done to the text: collapse-spaces", "Begins with “[SOC] ” here"]),
        (
            "urgency",
            [
                "An empty field stands for normal.",
                f"in: High, Medium  urgent        {line('lookup: { field: severity')}",
            ],
        ),
        ("urgency", ["Everything else is read as normal.", "It is only read: nothing is ever written here."]),
        ("vip", [f"True (true) or false (false) (soc-task.yaml:{line('boolean:')}:19)"]),
        ("verdict", [f"The texts one after the other, with “ / ” between them (soc-task.yaml:{line('join:')}:17)"]),
        ("review", [f"A calendar date as %d.%m.%Y, the same day everywhere (soc-task.yaml:{line('%d.%m.%Y')}:17)"]),
        ("tags", [f"Several values with “, ” between them (soc-task.yaml:{line('list:')}:19)"]),
    ],
)
def test_each_kind_says_what_it_does(field: str, lines: list[str]) -> None:
    said = told(field)
    assert [line for line in lines if line not in said] == []


def test_a_direction_and_a_condition_are_told() -> None:
    remark, review = ([" ".join(each.split()) for each in told(field)] for field in ("remark", "review"))
    assert "Direction Sentinel is never written; what changes in ServiceNow stays there (to-servicenow)" in remark
    assert "Only while ServiceNow: u_vip in true" in review


def test_a_raw_field_that_no_rule_keeps_is_told_by_what_it_is_used_for() -> None:
    document, file = profile_file()
    settings = settings_of(document, file, "assignment_group")
    shown = explain_document("assignment_group", [], "en", settings)
    said = [each.strip() for each in text.render(shown, columns=120).splitlines()]
    constants, population = line("constants: "), line("population: [{ assignment_group")
    assert f"Every record that is created there gets SOC Monitoring (soc-task.yaml:{constants}:18)" in said
    condition = f"A condition for a record to belong to the profile: in: $soc_groups (soc-task.yaml:{population}:20)"
    assert condition in said
    assert "It is the profile's `group_field`" in " ".join(said)
    assert set(setting_names([file])) == {"assignment_group", "short_description", "labels", "title"}


def test_japanese_has_words_of_its_own() -> None:
    said = told("urgency", "ja")
    assert "空のフィールドは normal とみなします。" in said
    assert "読み取り専用です。ここには何も書き込みません。" in said


def test_what_is_as_usual_is_not_told() -> None:
    assert not any("order of the values" in line for line in told("tags"))
    ordered = ('separator: ", "', 'in_order: true, separator: ", "')
    assert "The order of the values counts." in told("tags", "en", ordered)


def test_programs_get_every_setting() -> None:
    payload = explain_json("urgency", [story("urgency")])
    validator(machine.schema("mappings-explain")).validate(payload)
    servicenow, sentinel = payload["rules"][0]["sides"]
    assert (servicenow["default"], servicenow["only_read"]) == ("normal", False)
    assert (sentinel["told"], sentinel["only_read"]) == ({"otherwise": "normal"}, True)
