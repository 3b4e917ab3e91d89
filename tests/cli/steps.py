"""Steps of a CI job as its runner does them, one after the other, in a workspace with a checkout, against emulators."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.cli.stand_in import stand_in
from tests.examples.files import ACTION, ROOT, documents
from tests.unit.report.ci.runners import github_outputs

_EXPRESSION = re.compile(r"\$\{\{ ([\w.-]+) \}\}")
_COMPARISON = re.compile(r"([\w.-]+) == '([^']*)'")
_EVEN_THEN = re.compile(r"\$\{\{ !cancelled\(\) && (.*) \}\}")
"""A condition that also holds after a step that failed."""
_PATIENCE = 100
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Step:
    code: int
    log: str
    summary: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A runner's folder for one job, with a checkout in it whose program is the one under test."""

    folder: Path
    environment: Mapping[str, str]

    @classmethod
    def fresh(cls, folder: Path, environment: Mapping[str, str]) -> Workspace:
        folder.mkdir()
        for name in ("deploy", "examples"):
            (folder / name).symlink_to(ROOT / name)
        program = stand_in(folder / ".watchkeeper")
        shim = folder / "dev"
        shim.write_text(f'#!/bin/sh\nshift\nexec "{program}" "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
        return cls(folder, environment)

    def shell(self, script: str, *shell: str, **environment: str) -> Step:
        """A script in a shell, which is given the file's path."""
        file = self.folder / "step.sh"
        file.write_text(script, encoding="utf-8")
        ended = subprocess.run(
            [*shell, str(file)],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        return Step(ended.returncode, ended.stdout + ended.stderr)

    def github_step(self, step: Mapping[str, Any], contexts: Mapping[str, str]) -> Step:
        """A step with a script; `contexts` are values by their whole name, such as `steps.sync.outputs.written`."""
        summary, outputs = self.folder / "summary.md", self.folder / "outputs"
        for file in (summary, outputs):
            file.unlink(missing_ok=True)
        given = {
            **filled(step.get("env", {}), contexts),
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_ACTION_PATH": str(self.folder),
            "RUNNER_TEMP": str(self.folder),
        }
        # What `shell: bash` stands for (github/docs, workflow syntax).
        ended = self.shell(step["run"], "bash", "--noprofile", "--norc", "-eo", "pipefail", **given)
        read = [file.read_text(encoding="utf-8") if file.exists() else "" for file in (summary, outputs)]
        return replace(ended, summary=read[0], outputs=github_outputs(read[1]))

    def github_job(self, job: Mapping[str, Any], contexts: Mapping[str, str]) -> Iterator[Step]:
        """The steps of a job that a runner comes to, actions of others left out: what they bring is there."""
        if not _comes_to(job.get("if", ""), contexts):
            return
        at_work = replace(self, environment={**self.environment, **filled(job["env"], contexts)})
        known, failed = dict(contexts), False
        for step in job["steps"]:
            if ("run" not in step and step["uses"] != "./") or not _comes_to(step.get("if", ""), known, failed):
                continue
            ended = at_work.github_step(step, known) if "run" in step else at_work.action(step["with"], contexts)
            failed = failed or ended.code != 0
            known |= {f"steps.{step.get('id')}.outputs.{name}": value for name, value in ended.outputs.items()}
            yield ended

    def action(self, inputs: Mapping[str, str], contexts: Mapping[str, str] = MappingProxyType({})) -> Step:
        """Our own action with these inputs, and its defaults: what its steps say, and the outputs that it passes on."""
        (action,) = documents(ACTION)
        given = {name: each["default"] for name, each in action["inputs"].items()} | dict(inputs)
        known = {**contexts, **{f"inputs.{name}": value for name, value in given.items()}}
        steps: list[Step] = []
        for step in action["runs"]["steps"]:
            if "run" in step and _comes_to(step.get("if", ""), known, any(each.code for each in steps)):
                steps.append(self.github_step(step, known))
                known |= {f"steps.{step['id']}.outputs.{name}": value for name, value in steps[-1].outputs.items()}
        outputs = filled({name: each["value"] for name, each in action["outputs"].items()}, known)
        return Step(
            next((each.code for each in steps if each.code), 0),
            "".join(each.log for each in steps),
            "".join(each.summary for each in steps),
            {name: value for name, value in outputs.items() if value},
        )


def filled(environment: Mapping[str, Any], contexts: Mapping[str, str]) -> dict[str, str]:
    """The values of variables with every expression in them replaced; one that is not known is empty."""
    return {
        name: _EXPRESSION.sub(lambda found: contexts.get(found[1], ""), str(value))
        for name, value in environment.items()
    }


def _comes_to(condition: str, contexts: Mapping[str, str], failed: bool = False) -> bool:
    """The forms of a condition that our files use, and none. Raises AssertionError for another one."""
    if condition == "always()":
        return True
    if even_then := _EVEN_THEN.fullmatch(condition):
        condition, failed = even_then[1], False
    compared = _COMPARISON.fullmatch(condition)
    if compared is None:
        name, equal, other = condition.partition(" == ")
        assert not condition or (equal and {name, other} <= contexts.keys()), condition
        return not failed and contexts.get(name, "") == contexts.get(other, "")
    return not failed and contexts.get(compared[1], "") == compared[2]
