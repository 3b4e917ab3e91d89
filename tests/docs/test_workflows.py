"""The action and the workflows for GitHub: pinned, least in rights, and with nothing from outside in a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.docs.pages import ROOT
from tests.unit.report.examples import a_report, an_audit

from watchkeeper.cli.commands import COMMANDS
from watchkeeper.report.audit import audit_document
from watchkeeper.report.ci.outputs import outputs_of_audit, outputs_of_evidence, outputs_of_run
from watchkeeper.report.document import Document
from watchkeeper.report.run import run_document
from watchkeeper.settings import VARIABLES

WORKFLOWS = [ROOT / "deploy/ci/github.yml", *sorted((ROOT / "examples").glob("github-*.yml"))]
ACTION = ROOT / "action.yml"
PINNED = re.compile(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}")
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
GIVEN_BY_GITHUB = {"contents", "id-token", "pull-requests"}
GIVEN_TO_THE_COMMENT = {"github.token", "github.event.pull_request.number", "github.event.pull_request.head.sha"}


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def steps(path: Path) -> Iterator[dict[str, Any]]:
    document = read(path)
    if path == ACTION:
        yield from document["runs"]["steps"]
    else:
        for job in document["jobs"].values():
            yield from job["steps"]


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda path: path.name)
def test_each_step_is_pinned_or_a_script_without_expressions(path: Path) -> None:
    for step in steps(path):
        assert ("uses" in step) != ("run" in step)
        assert set(step) <= {"uses", "with", "run", "env", "id", "name", "if", "shell"}
        if "uses" in step:
            assert step["uses"] == "./" or PINNED.fullmatch(step["uses"])
        else:
            assert "${{" not in step["run"]


def test_a_pin_says_which_version_it_is_and_each_action_is_pinned_once() -> None:
    pins: dict[str, set[str]] = {}
    for path in (ACTION, *WORKFLOWS, *(ROOT / "docs").glob("*.md")):
        for line in re.findall(r"(?m)^ *(?:- )?uses: (.*)$", path.read_text(encoding="utf-8")):
            if line != "./":
                found = re.fullmatch(r"([\w.-]+/[\w.-]+)(?:/[\w.-]+)*@([0-9a-f]{40} # v\d+\.\d+\.\d+)", line)
                assert found, line
                pins.setdefault(found[1], set()).add(found[2])
    assert pins.keys() == {"actions/checkout", "actions/setup-python", "actions/cache", "actions/upload-artifact"}
    assert all(len(versions) == 1 for versions in pins.values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_the_least_rights_an_end_and_settings_that_exist(path: Path) -> None:
    document = read(path)
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert set(job["permissions"]) <= GIVEN_BY_GITHUB
        assert job["timeout-minutes"] <= 20
        assert {name.removesuffix("_FILE") for name in job["env"]} <= set(VARIABLES.values())
        for name, value in job["env"].items():
            found = EXPRESSION.fullmatch(str(value))
            assert found is None or found[1] in {f"vars.{name}", f"secrets.{name}"}
        checkout = next(step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))
        assert checkout["with"]["persist-credentials"] is False


def test_the_action_takes_and_gives_what_it_says() -> None:
    document = read(ACTION)
    assert document["runs"]["using"] == "composite"
    run = next(step for step in document["runs"]["steps"] if "run" in step)
    used = set(re.findall(r"\b(?:inputs|github|secrets|vars|env)\.[\w.-]*\w", str(document["runs"])))
    assert used == {f"inputs.{name}" for name in document["inputs"]} | GIVEN_TO_THE_COMMENT
    assert all("default" in each and each["description"] for each in document["inputs"].values())
    report, audit = a_report(), an_audit()
    told = {
        **outputs_of_run(report, run_document(report), 0),
        **outputs_of_audit(audit, audit_document(audit), 0),
        **outputs_of_evidence((), (), Document("", ""), 0),
    }
    assert document["outputs"].keys() == told.keys()
    for name, output in document["outputs"].items():
        assert EXPRESSION.fullmatch(output["value"])[1] == f"steps.{run['id']}.outputs.{name}"
        assert f"`{name}`" in (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    commands = re.search(r"^ *(.+?)\) ;;$", run["run"], re.MULTILINE)
    assert commands is not None
    assert set(commands[1].split(" | ")) <= set(COMMANDS)


def test_a_plan_that_did_not_end_well_is_commented_as_well_and_an_older_one_is_not() -> None:
    comment = read(ACTION)["runs"]["steps"][-1]
    assert comment["if"] == "${{ !cancelled() && inputs.comment == 'true' }}"
    plan = read(ROOT / "examples/github-plan.yml")
    assert plan["jobs"]["plan"]["steps"][-1]["with"] == {"command": "plan", "comment": "true"}
    assert plan["jobs"]["plan"]["permissions"]["pull-requests"] == "write"
    assert plan["concurrency"] == {
        "group": "watchkeeper-plan-${{ github.event.pull_request.number }}",
        "cancel-in-progress": True,
    }


def test_a_plan_on_a_pull_request_observes_and_is_not_for_forks() -> None:
    job = read(ROOT / "examples/github-plan.yml")["jobs"]["plan"]
    assert job["env"]["WATCHKEEPER_MODE"] == "observe"
    assert "head.repo.full_name == github.repository" in job["if"]


def test_a_state_that_a_cache_carries_along_is_the_newest_also_for_a_job_that_is_run_again() -> None:
    """Every key that is asked for is the beginning of those it finds, the newest first (actions/toolkit, cache.ts)."""
    caches = [
        each for each in steps(ROOT / "deploy/ci/github.yml") if each.get("uses", "").startswith("actions/cache/")
    ]
    restored, saved = (each["with"] for each in caches)
    assert not saved["key"].startswith(restored["key"])
    assert saved["key"].startswith(restored["restore-keys"])
    assert {"github.run_id", "github.run_attempt"} <= set(EXPRESSION.findall(saved["key"]))
    assert saved["path"] == restored["path"]
