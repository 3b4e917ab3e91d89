"""The workflow and the action for GitHub, step by step as a runner does it, against the emulators."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.acceptance.worlds import tickets, writes
from tests.cli.fixtures import PLAIN
from tests.unit.report.ci.runners import github_commands, github_outputs

from watchkeeper.emulators.server import RunningWorld

ROOT = Path(__file__).parents[2]
EXPRESSION = re.compile(r"\$\{\{ (\w+)\.([\w-]+) \}\}")
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="steps are written for bash")


@dataclass(frozen=True, slots=True)
class Step:
    code: int
    log: str
    summary: str
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Runner:
    """A runner's workspace with a checkout in it, whose program is the one under test."""

    workspace: Path
    environment: Mapping[str, str]

    def run(self, step: Mapping[str, Any], contexts: Mapping[str, Mapping[str, str]]) -> Step:
        script, summary, outputs = (self.workspace / name for name in ("step.sh", "summary.md", "outputs"))
        script.write_text(step["run"], encoding="utf-8")
        summary.unlink(missing_ok=True)
        outputs.unlink(missing_ok=True)
        given = {
            **self.environment,
            **_filled(step.get("env", {}), contexts),
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_ACTION_PATH": str(self.workspace),
        }
        # What `shell: bash` stands for (github/docs, workflow syntax).
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        ended = subprocess.run(
            command, cwd=self.workspace, env=given, capture_output=True, text=True, timeout=100, check=False
        )
        read = [file.read_text(encoding="utf-8") if file.exists() else "" for file in (summary, outputs)]
        return Step(ended.returncode, ended.stdout + ended.stderr, read[0], github_outputs(read[1]))


def _filled(environment: Mapping[str, str], contexts: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {
        name: EXPRESSION.sub(lambda found: contexts[found[1]].get(found[2], ""), str(value))
        for name, value in environment.items()
    }


@pytest.fixture
def runner(tmp_path: Path, running: RunningWorld) -> Runner:
    shim = tmp_path / "dev"
    shim.write_text(
        f'#!/bin/sh\nshift\nexec "{Path(sys.executable).with_name("watchkeeper")}" "$@"\n', encoding="utf-8"
    )
    shim.chmod(0o755)
    return Runner(tmp_path, {**PLAIN, **running.environment()})


def read(path: str) -> Any:
    return YAML(typ="safe").load((ROOT / path).read_text(encoding="utf-8"))


def test_the_scheduled_workflow_observes_and_tells_what_it_would_write(runner: Runner, running: RunningWorld) -> None:
    job = read("deploy/ci/github.yml")["jobs"]["sync"]
    variables = {"vars": runner.environment, "secrets": runner.environment}
    # The emulated Entra ID takes a secret where a runner of GitHub's would bring its own token.
    kept = {name: value for name, value in job["env"].items() if name != "WATCHKEEPER_AZURE_CREDENTIAL"}
    at_work = Runner(runner.workspace, {**runner.environment, **_filled(kept, variables)})
    made, synced = (at_work.run(step, {}) for step in job["steps"] if "run" in step)
    assert made.code == 0
    assert (synced.code, synced.outputs["exit-code"], synced.outputs["changes"]) == (0, "0", "14")
    assert synced.summary.startswith("# ")
    assert [each.name for each in github_commands(synced.log)] == ["notice"]
    assert writes(running.world) == []


def test_the_action_runs_a_command_with_its_arguments_and_gives_its_outputs(
    runner: Runner, running: RunningWorld
) -> None:
    action = read("action.yml")
    step = next(each for each in action["runs"]["steps"] if "run" in each)
    defaults = {name: each["default"] for name, each in action["inputs"].items()}

    def run(**inputs: str) -> Step:
        return runner.run(step, {"inputs": {**defaults, **inputs}})

    synced = run(command="sync", arguments="--task\nsecure-score\n")
    assert (synced.code, synced.outputs["written"]) == (0, "2")
    assert len(tickets(running.world)) == 1
    detailed = run(arguments="--detailed-exitcode", amber="75 8")
    assert (detailed.code, detailed.outputs["exit-code"], detailed.outputs["changes"]) == (0, "8", "12")

    hostile = '"; touch owned; echo "$(touch owned)`touch owned`'
    for wrong in ({"command": hostile}, {"arguments": f"--task\n{hostile}"}):
        assert run(**wrong).code == 2
    assert not (runner.workspace / "owned").exists()
