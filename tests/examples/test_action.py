"""A runner that cancels a job sends a signal to the step's shell, and to nothing else (actions/runner, ProcessInvoker.cs)."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.examples.files import ACTION, documents

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("bash") is None, reason="the step is written for bash"
)
UNDER_WAY = r"""#!{python}
import os, signal, sys
def end(number, frame):
    os.write(1, f"ended by {{signal.Signals(number).name}}\n".encode())
    sys.exit(128 + number)
for each in (signal.SIGINT, signal.SIGTERM):
    signal.signal(each, end)
os.write(1, b"ready\n")
while True:
    signal.pause()
"""


HEARING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Becomes another program that hears Ctrl-C, also where a job in the background was begun deaf to it: no shell can change that."""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_the_step_hands_it_on_and_tells_how_the_run_ended(tmp_path: Path, sent: signal.Signals) -> None:
    (action,) = documents(ACTION)
    (step,) = (each for each in action["runs"]["steps"] if each.get("id") == "run")
    script, program = tmp_path / "step.sh", tmp_path / "dev"
    script.write_text(step["run"], encoding="utf-8")
    program.write_text(UNDER_WAY.format(python=sys.executable), encoding="utf-8")
    program.chmod(0o755)
    given = {f"INPUT_{name.upper()}": each["default"] for name, each in action["inputs"].items()}
    around = {
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_ACTION_PATH": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path),
    }
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    environment = {"PATH": "/usr/bin:/bin", **given, **around}
    with subprocess.Popen(
        [sys.executable, "-c", HEARING, *shell], env=environment, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout is not None
            assert running.stdout.readline() == "ready\n"
            running.send_signal(sent)
            assert running.stdout.read() == f"ended by {sent.name}\n"
            assert running.wait(60) == 128 + sent
        finally:
            running.kill()
    assert (tmp_path / "outputs").read_text(encoding="utf-8") == f"exit-code={128 + sent}\n"
