"""`mappings test` as its user meets it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.acceptance.worlds import MAPPINGS
from tests.cli.program import Program
from tests.cli.test_bad_mappings import change

pytestmark = pytest.mark.thorough


@pytest.fixture
def mappings(program: Program) -> Path:
    return Path(shutil.copytree(MAPPINGS, program.folder / "mappings"))


def test_the_shipped_cases_pass_without_any_setting(program: Program, mappings: Path) -> None:
    ended = program.run("mappings", "test", mappings, "--min-coverage", "100")
    assert (ended.code, ended.err) == (0, "")
    assert program.run("mappings", "test", "--quiet").out == ""


def test_a_failing_case_shows_expected_and_actual_with_both_places_and_ends_with_4(
    program: Program, mappings: Path
) -> None:
    change(mappings / "profiles/escalation.yaml", "may_lower: false", "may_lower: true")
    ended = program.run("mappings", "test")
    assert ended.code == 4
    told = "".join(ended.out.split())
    assert "Aseverityisneverloweredbytheotherside" in told
    assert "cases/escalation.yaml:" in told
    assert "profiles/escalation.yaml:108:3" in told
    payload = program.run("mappings", "test", "--json").json("mappings-test")
    (failed,) = (case for case in payload["cases"] if not case["passed"])
    assert any(miss["field"] == "severity" and miss["actual"] is None for miss in failed["misses"])


def test_too_little_coverage_ends_with_4_and_names_what_is_missing(program: Program, mappings: Path) -> None:
    change(mappings / "cases/escalation.yaml", "      - { given: { servicenow: { close_code: Known error } } }\n", "")
    assert program.run("mappings", "test").code == 0
    ended = program.run("mappings", "test", "--min-coverage", "100")
    assert ended.code == 4
    assert "Known error" in ended.out
    assert program.run("mappings", "test", "--coverage", "--json").json("mappings-test")["missing"] == [
        {"profile": "escalation", "kind": "close", "side": "sentinel", "field": "close_code", "value": "Known error"}
    ]


def test_a_folder_without_cases_and_a_file_that_is_wrong_end_with_3(program: Program, mappings: Path) -> None:
    change(mappings / "cases/maintenance.yaml", "profile: maintenance", "profile: maintenence")
    ended = program.run("mappings", "test")
    assert (ended.code, ended.out) == (3, "")
    assert "did you mean maintenance?" in ended.err
    shutil.rmtree(mappings / "cases")
    assert "has no cases" in program.run("mappings", "test").err


def test_what_a_case_says_is_shown_and_never_obeyed(program: Program, mappings: Path) -> None:
    hostile = "version: 1\nprofile: escalation\ncases:\n  - name: '::error::pwned ##vso[task.x]'\n    given: { servicenow: { state: 1 }, sentinel: { status: New } }\n    expect: { sentinel: { status: '##[error]x' } }\n"
    (mappings / "cases/hostile.yaml").write_text(hostile, encoding="utf-8")
    ended = program.run("mappings", "test")
    assert ended.code == 4
    assert not any(line.lstrip().startswith(("::", "##[", "##vso[")) for line in ended.out.splitlines())
    assert "##vso[" not in ended.out
