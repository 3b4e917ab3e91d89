from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.fixtures import PLAIN
from tests.cli.program import Program, wait_until
from tests.cli.stand_in import stand_in
from tests.invariants import story

pytestmark = pytest.mark.thorough

SCRIPT = Path(sys.executable).with_name("watchkeeper")


@pytest.mark.skipif(sys.platform == "win32", reason="as a POSIX shell would")
def test_two_shells_as_the_documentation_tells_it(tmp_path: Path) -> None:
    """`watchkeeper emulate --env-file E &`, and in a clean shell: source E, plan, sync, sync, forget, sync. The
    script itself twice, then what stands for it."""
    again = stand_in(tmp_path / "again")
    program = Program(tmp_path, {**PLAIN, "SCRIPT": str(SCRIPT), "AGAIN": str(again)})
    emulators = program.start("emulate", "--env-file", "E")
    wait_until((tmp_path / "E").is_file, emulators)
    assert (tmp_path / "E").stat().st_mode & 0o777 == 0o600
    script = """
        . ./E
        "$SCRIPT" plan --detailed-exitcode > plan.txt; test $? = 8 || exit 11
        "$SCRIPT" sync > first.txt || exit 12
        "$AGAIN" sync > second.txt || exit 13
        rm watchkeeper.db*
        "$AGAIN" sync > third.txt || exit 14
    """
    shell = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=dict(program.environment), capture_output=True, text=True, check=False
    )
    emulators.signal(signal.SIGTERM)
    ended = emulators.wait()
    assert (shell.returncode, shell.stdout, shell.stderr) == (0, "", "")
    assert "14 records to create" in (tmp_path / "plan.txt").read_text(encoding="utf-8")
    assert "14 written" in (tmp_path / "first.txt").read_text(encoding="utf-8")
    for name in ("second.txt", "third.txt"):
        assert "nothing to do; both systems agree" in (tmp_path / name).read_text(encoding="utf-8")
    assert ended.code == 0


def test_it_prints_what_it_writes(program: Program) -> None:
    emulators = program.start("emulate", "--env-file", "E", "--start", "2026-11-18T09:00:00+09:00", "--frozen")
    wait_until(lambda: "stop with Ctrl-C" in emulators.err, emulators)
    written = (program.folder / "E").read_text(encoding="utf-8")
    for line in emulators.out.splitlines():
        name, _, value = line.partition("=")
        assert f"export {name}=" in written
        assert value in written
    assert "2026-11-18T00:00:00+00:00" in emulators.err
    emulators.signal(signal.SIGINT)
    assert emulators.wait().code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_which_signal_ended_it(program: Program, number: signal.Signals) -> None:
    emulators = program.start("emulate")
    wait_until(lambda: "stop with Ctrl-C" in emulators.err, emulators)
    emulators.signal(number)
    ended = emulators.wait()
    assert (ended.code, ended.err.splitlines()[-1]) == (0, f"# stopped by {number.name}")


@pytest.mark.skipif(sys.platform == "win32", reason="as a POSIX shell would")
@pytest.mark.parametrize(
    "credential",
    [
        "certificate",
        "managed-identity",
        *story.also_slowly("workload-identity", "app-service", "github-oidc", "azure-pipelines"),
    ],
)
def test_what_a_way_to_sign_in_needs_is_in_the_environment_and_no_secret_beside_it(
    tmp_path: Path, credential: str
) -> None:
    program = Program(tmp_path, {**PLAIN, "SCRIPT": str(stand_in(tmp_path / "watchkeeper"))})
    emulators = program.start("emulate", "--env-file", "E", "--credential", credential)
    wait_until((tmp_path / "E").is_file, emulators)
    shell = subprocess.run(
        ["sh", "-c", '. ./E; "$SCRIPT" plan'],
        cwd=tmp_path,
        env=dict(program.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    emulators.signal(signal.SIGTERM)
    assert emulators.wait().code == 0
    assert (shell.returncode, shell.stderr) == (0, "")
    assert "14 records to create" in shell.stdout
    assert "AZURE_CLIENT_SECRET" not in (tmp_path / "E").read_text(encoding="utf-8")


def test_an_environment_file_that_cannot_be_written_is_said(program: Program) -> None:
    ended = program.run("emulate", "--env-file", "nowhere/E")
    assert ended.code == 3
    assert "nowhere/E" in ended.err
