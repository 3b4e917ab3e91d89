"""A profile file that names only what it changes of a shipped one."""

from __future__ import annotations

import json
import shutil
import textwrap
from pathlib import Path
from typing import Any

import pytest
from tests.schemas import validator

from watchkeeper.doctor.standing_place import Places
from watchkeeper.mapping.documents import ProblemList, load_document
from watchkeeper.mapping.extends import load_profile_document
from watchkeeper.mapping.lens import TableLens
from watchkeeper.mapping.load import load_profiles, profile_files
from watchkeeper.mapping.locate import shipped_mappings
from watchkeeper.mapping.profile import Profile
from watchkeeper.mapping.schema import PROFILE_SCHEMA, schemas
from watchkeeper.model.record import SENTINEL, SERVICENOW

MAPPINGS = Path(__file__).parents[3] / "mappings"
HEAD = "version: 1\nextends: default\n"


def own(folder: Path, text: str, name: str = "escalation") -> Path:
    """A folder whose only profile is this."""
    (folder / "profiles").mkdir(exist_ok=True)
    path = folder / "profiles" / f"{name}.yaml"
    path.write_text(HEAD + textwrap.dedent(text), encoding="utf-8")
    return path


def profile(folder: Path, text: str) -> Profile:
    path = own(folder, text)
    validator(schemas()[PROFILE_SCHEMA]).validate(load_document(path).data)
    return load_profiles(folder)["escalation"]


def told(folder: Path, text: str, name: str = "escalation") -> list[str]:
    problems = ProblemList()
    assert load_profile_document(own(folder, text, name), problems) is None
    return [str(each).partition("profiles/")[2] for each in problems.in_order()]


def test_a_file_that_changes_nothing_means_what_is_shipped(tmp_path: Path) -> None:
    shipped = load_profiles(MAPPINGS)["escalation"]
    same = profile(tmp_path, "")
    assert (same.fingerprint, same.fields, same.sides) == (shipped.fingerprint, shipped.fields, shipped.sides)


def test_what_is_named_takes_the_place_of_what_is_shipped_and_all_else_stays(tmp_path: Path) -> None:
    shipped = load_profiles(MAPPINGS)["escalation"]
    changed = profile(
        tmp_path, "sides: { servicenow: { constants: { assignment_group: Night Watch } } }\ncomments: off\n"
    )
    before, after = shipped.sides[SERVICENOW].constants, changed.sides[SERVICENOW].constants
    assert after == {**before, "assignment_group": "Night Watch"}
    assert (changed.comments, changed.sides[SENTINEL]) == ((), shipped.sides[SENTINEL])


def test_a_null_takes_away_what_is_shipped(tmp_path: Path) -> None:
    changed = profile(tmp_path, "sides: { servicenow: { constants: { contact_type: null }, pair_by: null } }\n")
    assert "contact_type" not in changed.sides[SERVICENOW].constants
    assert changed.sides[SERVICENOW].pair_by is None


def test_a_list_is_replaced_and_a_table_is_changed_row_by_row(tmp_path: Path) -> None:
    text = """
    sides: { sentinel: { labels: [soc] } }
    fields:
      status:
        servicenow:
          table:
            rows:
              - { is: 8, means: null }
              - { is: 6, means: resolved, writes: [resolved] }
              - { is: 7, means: closed, writes: [closed] }
              - { is: 9, means: cancelled }
            transitions: { 1: [2, 3, 6, 9], 2: [1, 3, 6, 9], 3: [1, 2, 6, 9], 6: [1, 2, 3, 7], 8: null, 9: [] }
    closure: { servicenow: { demands: { 8: null, 9: [] } } }
    """
    changed = profile(tmp_path, text)
    table = changed.field("status").lenses[SERVICENOW]
    assert isinstance(table, TableLens)
    assert {row.raw[0]: row.writes for row in table.rows} == {
        "1": ("new",),
        "2": ("active",),
        "3": ("on-hold",),
        "6": ("resolved",),
        "7": ("closed",),
        "9": ("cancelled",),
    }
    assert changed.sides[SENTINEL].labels == ("soc",)


def test_the_example_of_the_readme_does_what_it_says(tmp_path: Path) -> None:
    readme = (MAPPINGS / "README.md").read_text(encoding="utf-8")
    example = readme.partition("## Changing part of a shipped profile")[2].partition("```yaml\n")[2].partition("```")[0]
    changed = profile(tmp_path, example.replace("version: 1\n", "").replace("extends: default", "# extends"))
    table = changed.field("status").lenses[SERVICENOW]
    assert isinstance(table, TableLens)
    assert [row.raw[0] for row in table.rows] == ["1", "2", "3", "6", "7", "9"]
    assert changed.sides[SERVICENOW].constants == {"category": "security", "assignment_group": "SOC Night Watch"}


def test_another_kind_of_translation_and_another_first_value_replace_the_shipped_ones(tmp_path: Path) -> None:
    text = """
    fields:
      title:
        on_create: { from: ticket.title }
        servicenow: { constant: { field: short_description, value: Escalation } }
        sentinel: null
    sides: { sentinel: { creates: false, population: [{ labels: { has_any: [never] } }] } }
    """
    rule = profile(tmp_path, text).field("title")
    assert list(rule.lenses) == [SERVICENOW]
    assert type(rule.lenses[SERVICENOW]).__name__ == "ConstantLens"


def test_a_profile_of_another_name_extends_a_shipped_one_by_its_name(tmp_path: Path) -> None:
    own(tmp_path, "name: night\n", "night").write_text(
        "version: 1\nextends: escalation\nname: night\n", encoding="utf-8"
    )
    assert list(load_profiles(tmp_path)) == ["night"]


def test_every_value_knows_the_file_and_line_that_says_it(tmp_path: Path) -> None:
    path = own(tmp_path, "fields:\n  severity:\n    may_lower: true\n")
    ((document, file),) = profile_files(tmp_path)
    assert document.position(("fields", "severity", "may_lower")) == f"{path.as_posix()}:5:5"
    shipped = shipped_mappings() / "profiles" / "escalation.yaml"
    line = shipped.read_text(encoding="utf-8").splitlines().index("    owner: shared") + 1
    assert document.position(("fields", "status", "owner")) == f"{shipped.as_posix()}:{line}:5"
    assert file.extends is None


def test_only_a_shipped_profile_can_be_extended(tmp_path: Path) -> None:
    known = "default, catalog-task, escalation, maintenance, maintenance-task, security-incident"
    assert told(tmp_path, "", "night") == [
        f"night.yaml:2:1: extends: is default, and no shipped profile has this file's name; allowed: {known}"
    ]
    own(tmp_path, "", "night").write_text("version: 1\nextends: escalatoin\nname: night\n", encoding="utf-8")
    problems = ProblemList()
    load_profile_document(tmp_path / "profiles" / "night.yaml", problems)
    assert str(problems.problems[0]).endswith(f"is 'escalatoin'; allowed: {known}; did you mean escalation?")


def test_a_shipped_file_does_not_extend_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(MAPPINGS / "profiles", tmp_path / "profiles")
    own(tmp_path, "")
    monkeypatch.setattr("watchkeeper.mapping.extends.shipped_mappings", lambda: tmp_path)
    problems = ProblemList()
    assert load_profile_document(tmp_path / "profiles" / "escalation.yaml", problems) is None
    assert "is this very file" in str(problems.problems[0])


BAD: list[dict[str, Any]] = [
    {"fields": {"status": {"onwer": "shared"}}},
    {"sides": {"servicenow": {"creates": "yes"}}},
    {"fields": {"status": {"sentinel": {"table": {"rows": [{"means": "new"}]}}}}},
    {"comments": "sideways"},
]


@pytest.mark.parametrize("change", BAD)
def test_an_editor_marks_mistakes_in_what_is_changed(change: dict[str, Any]) -> None:
    schema = validator(schemas()[PROFILE_SCHEMA])
    assert schema.is_valid(json.loads(json.dumps({"extends": "default"})))
    assert not schema.is_valid({"extends": "default", **change})


def test_a_word_of_the_shipped_file_is_found_where_it_stands(tmp_path: Path) -> None:
    path = own(tmp_path, "comments: off\n")
    place, steps = Places().of("short_description", f"{path.as_posix()}:1:1", ("fields", "title", SERVICENOW))
    assert steps == "fields.title.servicenow.text.field"
    assert place.startswith((shipped_mappings() / "profiles" / "escalation.yaml").as_posix())


@pytest.mark.parametrize("word", ["[default]", "{ a: b }", "null", "x" * 100_000])
def test_whatever_is_extended_is_told_in_bounded_words(tmp_path: Path, word: str) -> None:
    path = own(tmp_path, "")
    path.write_text(f"version: 1\nextends: {word}\n", encoding="utf-8")
    problems = ProblemList()
    assert load_profile_document(path, problems) is None
    assert len(str(problems.problems[0])) < 400
