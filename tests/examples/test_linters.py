"""Workflows, shell and the container file under the linters of their kind: zizmor, ShellCheck and hadolint, without a network."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.examples.files import ACTION, AMBER, CONTAINERFILE, ROOT, WORKFLOWS, Job, jobs

ZIZMOR = ("zizmor", "--offline", "--no-progress", "--color=never", f"--config={Path(__file__).with_name('zizmor.yml')}")
SCRIPTS = [job for job in jobs() if job.system != "systemd"]


def lint(tool: str, *arguments: object, given: str | None = None) -> subprocess.CompletedProcess[str]:
    beside = shutil.which(tool, path=str(Path(sys.executable).parent))
    command = [beside or tool, *map(str, arguments)]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False, cwd=ROOT)


def test_the_workflows_and_the_action_hold_nothing_that_zizmor_finds() -> None:
    ended = lint(*ZIZMOR, ACTION, *WORKFLOWS)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_zizmor_would_find_a_title_in_a_script(tmp_path: Path) -> None:
    workflow = tmp_path / ".github/workflows/wrong.yml"
    workflow.parent.mkdir(parents=True)
    sound = (ROOT / "examples/github-plan.yml").read_text(encoding="utf-8")
    wrong = f'{sound}      - run: echo "${{{{ github.event.pull_request.title }}}}"\n'
    workflow.write_text(wrong, encoding="utf-8")
    ended = lint(*ZIZMOR, workflow)
    assert ended.returncode != 0
    assert "template-injection" in ended.stdout


@pytest.mark.parametrize("job", SCRIPTS, ids=str)
def test_a_script_is_sound_shell(job: Job) -> None:
    # SC1091: what a crontab reads is on the machine where it runs. SC2154: GitLab gives a later job those variables.
    ended = lint("shellcheck", f"--shell={job.shell}", "--exclude=SC1091,SC2154", "-", given=f"{job.script}\n")
    assert ended.returncode == 0, ended.stdout


def test_the_program_of_the_image_is_sound_shell() -> None:
    ended = lint("shellcheck", "--enable=all", "--exclude=SC2250,SC2248", AMBER)
    assert ended.returncode == 0, ended.stdout


def test_unsound_shell_is_noticed() -> None:
    assert lint("shellcheck", "--shell=sh", "-", given="rm $1/*\n").returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="hadolint is not packaged for Windows")
def test_the_container_file_is_sound() -> None:
    ended = lint("hadolint", "--failure-threshold", "style", CONTAINERFILE)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="hadolint is not packaged for Windows")
def test_a_container_file_with_a_moving_base_is_noticed(tmp_path: Path) -> None:
    wrong = tmp_path / "Containerfile"
    wrong.write_text("FROM debian:latest\nRUN cd /srv && apt-get install curl\n", encoding="utf-8")
    assert lint("hadolint", wrong).returncode == 1
