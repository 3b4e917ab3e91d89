"""Cases beside the mappings: what the shipped ones promise, that they fail when a promise is broken, what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.schemas import validator

from watchkeeper.catalog.load import load_catalog
from watchkeeper.mapping.case_file import CASES_SCHEMA
from watchkeeper.mapping.cases import collect_cases
from watchkeeper.mapping.documents import ProblemList, load_document
from watchkeeper.mapping.load import every_profile
from watchkeeper.mapping.schema import schema_text, schemas
from watchkeeper.mapping.templates import TemplateComposer
from watchkeeper.model.rehearsal import Rehearsed
from watchkeeper.report.mapping_test import TrialView
from watchkeeper.sync.exercised import rows_of
from watchkeeper.sync.rehearse import Rehearsal, rehearse

MAPPINGS = Path(__file__).parents[3] / "mappings"
CATALOG = load_catalog(MAPPINGS, deployment="soc")
GROUPS = tuple(sorted({team.group for team in CATALOG.teams.values()}))
HEAD = "version: 1\nprofile: escalation\ncases:\n"


def trial(folder: Path) -> TrialView:
    """Every case of a folder, run."""
    problems = ProblemList()
    profiles = every_profile(folder, problems, groups=GROUPS)
    cases = collect_cases(folder, profiles, problems)
    problems.raise_if_any()
    with_ = Rehearsal(CATALOG, profiles, TemplateComposer())
    done = tuple(rehearse(case, with_) for case in cases)
    names = {case.profile for case in cases}
    return TrialView(done, frozenset(row for name in names for row in rows_of(profiles[name])))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MAPPINGS, tmp_path / "mappings"))


def change(folder: Path, profile: str, *edits: tuple[str, str]) -> None:
    path = folder / "profiles" / f"{profile}.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def alone(folder: Path, cases: str) -> Rehearsed:
    """One case in place of the shipped ones, run."""
    shutil.rmtree(folder / "cases")
    (folder / "cases").mkdir()
    (folder / "cases" / "mine.yaml").write_text(HEAD + cases, encoding="utf-8")
    (done,) = trial(folder).rehearsed
    return done


def test_the_shipped_cases_pass_and_exercise_every_row_of_every_shipped_profile() -> None:
    view = trial(MAPPINGS)
    assert {each.case.profile for each in view.rehearsed} == {
        path.stem for path in (MAPPINGS / "profiles").glob("*.yaml")
    }
    assert view.failed == ()
    assert sorted(view.rows - view.exercised) == []


@pytest.mark.parametrize(
    ("profile", "edits", "broken"),
    [
        (
            "escalation",
            [("close_from: soc-teams", "close_from: anyone")],
            "A ticket that somebody outside of the SOC resolved does not close the incident",
        ),
        (
            "escalation",
            [("may_lower: false", "may_lower: true")],
            "A severity is never lowered by the other side",
        ),
        (
            "escalation",
            [('      # A cancelled ticket has no code.\n      - { is: "", write: { classification: Undetermined, classificationReason: "" } }\n', "")],
            "A cancelled ticket has no code, and closes the incident without a verdict",
        ),
        (
            "escalation",
            [("clear_on_reopen: [classification, classificationReason, classificationComment]", "clear_on_reopen: []")],
            "A reopened ticket reopens the incident and takes its classification back",
        ),
        (
            "maintenance",
            [("category: soc_maintenance", "category: inquiry")],
            "A duty that becomes due is a quiet, new record on both sides",
        ),
        (
            "maintenance",
            [("on_create: { value: informational }", "on_create: { value: high }")],
            "A duty that becomes due is a quiet, new record on both sides",
        ),
        (
            "security-incident",
            [("{ is: 19, means: active }", "{ is: 19, means: closed }"), ("write: { close_code: Not resolved }", "write: { close_code: Not resolved }")],
            "A phase of the response stays what it is while the incident is worked on",
        ),
    ],
)  # fmt: skip
def test_a_broken_promise_fails_its_case(folder: Path, profile: str, edits: list[tuple[str, str]], broken: str) -> None:
    change(folder, profile, *edits)
    failed = trial(folder).failed
    assert broken in {each.case.name for each in failed}
    assert {each.case.profile for each in failed} == {profile}


def test_each_row_that_is_taken_out_of_the_closure_table_fails_a_case(folder: Path) -> None:
    text = (folder / "profiles" / "escalation.yaml").read_text(encoding="utf-8")
    start = text.index("    # Only a code that names a verdict")
    rows = [line for line in text[start:].splitlines() if line.startswith("      - { is: ")]
    assert len(rows) == 18
    for row in (rows[0], rows[-2]):
        assert text.count(f"{row}\n") == 1
        (folder / "profiles" / "escalation.yaml").write_text(text.replace(f"{row}\n", ""), encoding="utf-8")
        (failed,) = trial(folder).failed
        assert any("close_code" in miss.parked or "close_code" in str(miss.actual) for miss in failed.misses)


def test_a_failure_names_the_place_of_the_expectation_and_of_the_rule(folder: Path) -> None:
    done = alone(
        folder,
        "  - name: wrong\n"
        "    given: {servicenow: {state: 3}, sentinel: {status: New}, base: {servicenow: {state: 1}}}\n"
        "    expect:\n"
        "      sentinel:\n"
        "        status: Closed\n",
    )
    (miss,) = done.misses
    assert (miss.side, miss.field, miss.expected, miss.actual) == ("sentinel", "status", "Closed", "Active")
    assert miss.place.endswith("cases/mine.yaml:8:9")
    assert "profiles/escalation.yaml:76:" in miss.rule


@pytest.mark.parametrize(
    "expect",
    ["{ sentinel: { status: New } }", "{ parked: { severity: state } }", "{ parked: { status: close_code } }"],
)
def test_what_is_parked_must_be_expected_by_its_field_and_reason(folder: Path, expect: str) -> None:
    given = "{ servicenow: { state: 42 }, sentinel: { status: New }, base: { servicenow: { state: 1 } } }"
    done = alone(folder, f"  - {{ name: odd, given: {given}, expect: {expect} }}\n")
    assert "" in {miss.side for miss in done.misses}


def test_a_case_that_fails_exercises_nothing(folder: Path) -> None:
    done = alone(
        folder,
        "  - { name: no, given: { servicenow: { state: 1 }, sentinel: { status: New } }, expect: { sentinel: { status: Closed } } }\n",
    )
    assert (done.passed, done.exercised) == (False, frozenset())


def test_a_row_counts_only_where_its_field_is_expected(folder: Path) -> None:
    done = alone(
        folder,
        "  - { name: idle, given: { servicenow: { state: 1, impact: 2, urgency: 3 }, sentinel: { status: New, severity: Low } }, expect: { sentinel: { severity: Low } } }\n",
    )
    assert {(row.field, row.value) for row in done.exercised} == {("severity", "Low"), ("severity", "2, 3")}


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ("  - { name: x, given: { servicenow: { stat: 1 } } }\n", "mine.yaml:4:39: cases.0.given.servicenow.stat: profile escalation has no field 'stat'"),
        ("  - { name: x, given: { servicenow: { state: 1 } }, expect: { parked: { statos: a } } }\n", "did you mean status?"),
        ("  - { name: x, given: { servicenow: { state: [[1]] } } }\n", "mine.yaml:4:"),
        ("  - { name: x, expect: { sentinel: { status: New } } }\n", "gives nothing"),
        ("  - { name: x, givn: { servicenow: { state: 1 } } }\n", "did you mean given?"),
        ("  - { name: x, given: &a { servicenow: { state: 1 } } }\n", "mine.yaml:4:"),
        ("  - { name: x, given: { servicenow: { state: 1, state: 2 } } }\n", "mine.yaml:4:"),
        ("  - { name: x, given: { servicenow: !!python/object { state: 1 } } }\n", "mine.yaml:4:"),
        ("  - { name: x, given: { servicenow: { state: 1.5 } } }\n", "mine.yaml:4:"),
        ("  " + "[" * 40 + "]" * 40 + "\n", "mine.yaml:4:"),
        ("  []\n", "mine.yaml:"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_of_cases_is_told_with_its_place(folder: Path, cases: str, said: str) -> None:
    (folder / "cases" / "mine.yaml").write_text(HEAD + cases, encoding="utf-8")
    problems = ProblemList()
    collect_cases(folder, every_profile(folder, problems), problems)
    assert any(said in str(problem) for problem in problems.in_order()), problems.problems


def test_a_truth_is_no_version(folder: Path) -> None:
    (folder / "cases" / "mine.yaml").write_text(
        HEAD.replace("version: 1", "version: true") + "  - { name: x, given: { task: y } }\n", encoding="utf-8"
    )
    problems = ProblemList()
    collect_cases(folder, every_profile(folder, problems), problems)
    assert [problem.path for problem in problems.problems] == ["version"]


def test_a_profile_that_is_not_there_is_named_with_a_near_one(folder: Path) -> None:
    (folder / "cases" / "mine.yaml").write_text(
        HEAD.replace("escalation", "escalations") + "  - { name: x, given: { task: y } }\n", encoding="utf-8"
    )
    problems = ProblemList()
    collect_cases(folder, every_profile(folder, problems), problems)
    assert [problem.suggestion for problem in problems.problems] == ["escalation"]


def test_the_shipped_schema_is_the_generated_one_and_takes_the_shipped_cases() -> None:
    shipped = (MAPPINGS / "schema" / CASES_SCHEMA).read_text(encoding="utf-8")
    assert shipped == schema_text(schemas()[CASES_SCHEMA])
    for path in sorted((MAPPINGS / "cases").glob("*.yaml")):
        validator(json.loads(shipped)).validate(load_document(path).data)
        assert path.read_text(encoding="utf-8").startswith(
            f"# yaml-language-server: $schema=../schema/{CASES_SCHEMA}\n"
        )
