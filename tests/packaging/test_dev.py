from __future__ import annotations

import ast
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in programs are shell scripts")

Dev = Callable[..., subprocess.CompletedProcess[str]]


def loaded(script: Path) -> ModuleType:
    loader = SourceFileLoader("dev_script", str(script))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that is set up already, whose programs only say how they were called."""
    folder = tmp_path / "a checkout"
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("dev", "pyproject.toml", "uv.lock", "requirements.lock", "requirements-browser.lock"):
        shutil.copy2(ROOT / name, folder / name)
    for name in ("watchkeeper", "python", "ruff", "mypy", "lint-imports", "coverage"):
        program = folder / ".venv" / "bin" / name
        program.write_text(f'#!/bin/sh\necho "{name} $* in $PWD"\nexit ${{ENDS:-0}}\n', encoding="utf-8")
        program.chmod(0o755)
    stamp = folder / ".venv" / ".watchkeeper-stamp"
    stamp.write_text(loaded(folder / "dev").fingerprint(), encoding="utf-8")
    return folder


@pytest.fixture
def dev(checkout: Path, tmp_path: Path) -> Dev:
    def call(*arguments: str, folder: Path = tmp_path, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(checkout / "dev"), *arguments]
        given = {**os.environ, **environment}
        return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False)

    return call


def test_it_is_executable_and_needs_nothing_but_python() -> None:
    assert os.access(ROOT / "dev", os.X_OK)
    wanted = [
        line.split()[1] for line in (ROOT / "dev").read_text(encoding="utf-8").splitlines() if line[:7] == "import "
    ]
    assert set(wanted) <= sys.stdlib_module_names


def test_an_older_python_can_read_it_and_be_told() -> None:
    source = (ROOT / "dev").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))
    assert source.index("from __future__ import annotations") < source.index("def ")


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("help",), 0), (("--help",), 0), (("deploy",), 2)])
def test_help_names_every_verb(dev: Dev, arguments: tuple[str, ...], code: int) -> None:
    ended = dev(*arguments)
    assert ended.returncode == code
    for verb in ("demo", "test", "coverage", "lint", "bench", "chaos", "docs", "shell", "run", "lock"):
        assert f"./dev {verb}" in ended.stdout


def test_a_command_runs_where_its_user_stands(dev: Dev, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    assert (
        dev("run", "sync", "--task", "a b", folder=elsewhere).stdout == f"watchkeeper sync --task a b in {elsewhere}\n"
    )
    assert dev("demo", "--lang", "ja", folder=elsewhere).stdout == f"watchkeeper demo --lang ja in {elsewhere}\n"


def test_tests_docs_and_benchmarks_run_in_the_checkout(dev: Dev, checkout: Path) -> None:
    assert dev("test", "-k", "x or y").stdout == f"python -m pytest -k x or y in {checkout}\n"
    assert dev("docs").stdout == f"python -m pytest tests/docs in {checkout}\n"
    assert dev("bench", "--quick").stdout == f"python -m bench --quick in {checkout}\n"
    assert dev("chaos", "--seed", "7").stdout == f"python -m tests.chaos --seed 7 in {checkout}\n"


def test_the_thorough_suite_and_that_of_public_clients_have_names(dev: Dev, checkout: Path) -> None:
    assert dev("test", "thorough").stdout == f"python -m pytest -m thorough and not slow in {checkout}\n"
    assert dev("test", "interop").stdout == f"python -m pytest -m interop in {checkout}\n"
    assert dev("test", "interop", "-n", "0").stdout == f"python -m pytest -m interop -n 0 in {checkout}\n"
    assert dev("test", "-k", "interop").stdout == f"python -m pytest -k interop in {checkout}\n"


def put_uv(checkout: Path, ends: int) -> str:
    """PATH with a uv that says how it was called, in the lines of a file of its own."""
    uv = checkout / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(f'#!/bin/sh\necho "$*" >> "{checkout}/called"\nexit {ends}\n', encoding="utf-8")
    uv.chmod(0o755)
    return f"{uv.parent}{os.pathsep}/usr/bin:/bin"


def test_the_suite_of_browsers_fetches_what_drives_one_at_first(dev: Dev, checkout: Path) -> None:
    path = put_uv(checkout, 0)
    for _ in range(2):
        assert (
            dev("test", "browser", "-n", "0", PATH=path).stdout == f"python -m pytest -m browser -n 0 in {checkout}\n"
        )
    (called,) = (checkout / "called").read_text(encoding="utf-8").splitlines()
    assert called.endswith("--require-hashes --no-deps -r requirements-browser.lock")


def test_no_other_suite_fetches_it(dev: Dev, checkout: Path) -> None:
    path = put_uv(checkout, 0)
    for arguments in (("test",), ("test", "-m", "browser"), ("test", "interop")):
        assert dev(*arguments, PATH=path).returncode == 0
    assert not (checkout / "called").exists()


def test_where_it_cannot_be_had_the_suite_runs_all_the_same(dev: Dev, checkout: Path) -> None:
    nothing = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout / "nowhere"), "PIP_CONFIG_FILE": os.devnull}
    (checkout / ".tools" / f"uv-{loaded(checkout / 'dev').UV_VERSION}.dist-info").mkdir(parents=True)
    ended = dev("test", "browser", PATH=put_uv(checkout, 1), ENDS="1", **nothing)
    assert ended.stdout.splitlines()[-1] == f"python -m pytest -m browser in {checkout}"
    assert "dev: Playwright cannot be had; what needs it will be skipped" in ended.stderr


def test_exit_codes_pass_through(dev: Dev) -> None:
    for verb in ("run", "demo", "test", "lint"):
        assert dev(verb, ENDS="7").returncode == 7
        assert dev(verb).returncode == 0


def test_lint_goes_on_after_a_failure(dev: Dev) -> None:
    shown = dev("lint", ENDS="1").stdout
    assert [line.split()[0] for line in shown.splitlines()] == ["ruff", "ruff", "mypy", "lint-imports"]


def test_coverage_is_measured_in_one_process_and_then_judged(dev: Dev, checkout: Path) -> None:
    folders = "tests/connectors tests/contract tests/unit/transport tests/unit/doctor"
    assert dev("coverage").stdout.splitlines() == [
        f"coverage run -m pytest -n 0 --hypothesis-profile thorough -m not slow {folders} in {checkout}",
        f"coverage report in {checkout}",
    ]
    assert all((ROOT / folder).is_dir() for folder in folders.split())


def test_coverage_of_tests_that_fail_is_not_judged(dev: Dev) -> None:
    ended = dev("coverage", ENDS="1")
    assert (ended.returncode, "report" in ended.stdout) == (1, False)


def test_a_signal_reaches_the_command_itself(checkout: Path, tmp_path: Path) -> None:
    """The script has become the command: nothing stands between the two."""
    program = checkout / ".venv" / "bin" / "watchkeeper"
    program.write_text(
        "#!/bin/sh\ntrap 'echo stopped; exit 143' TERM\necho ready\nwhile :; do read -r _ || :; done\n",
        encoding="utf-8",
    )
    started = subprocess.Popen(
        [sys.executable, str(checkout / "dev"), "run"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    started.send_signal(signal.SIGTERM)
    assert started.communicate("\n")[0] == "stopped\n"
    assert started.returncode == 143


def test_what_python_compiles_is_kept_whatever_an_image_says(dev: Dev, checkout: Path) -> None:
    program = checkout / ".venv" / "bin" / "watchkeeper"
    program.write_text('#!/bin/sh\necho "${PYTHONDONTWRITEBYTECODE-kept}"\n', encoding="utf-8")
    assert dev("run", PYTHONDONTWRITEBYTECODE="1").stdout == "kept\n"


def test_it_sets_up_again_when_a_lock_changes(dev: Dev, checkout: Path) -> None:
    with (checkout / "uv.lock").open("a", encoding="utf-8") as lock:
        lock.write("# changed\n")
    uv = checkout / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text('#!/bin/sh\necho "uv $1 $2"\n', encoding="utf-8")
    uv.chmod(0o755)
    path = f"{uv.parent}{os.pathsep}{os.environ['PATH']}"
    assert dev("run", PATH=path).stdout.splitlines()[0] == "uv sync --frozen"
    assert dev("run", PATH=path).stdout.startswith("watchkeeper")


def test_where_nothing_can_be_had_it_says_what_failed_and_what_to_do(dev: Dev, checkout: Path) -> None:
    (checkout / ".venv" / ".watchkeeper-stamp").unlink()
    nothing = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout / "nowhere"), "PIP_CONFIG_FILE": os.devnull}
    ended = dev("run", PATH="/usr/bin:/bin", UV_OFFLINE="1", **nothing)
    assert ended.returncode == 1
    assert "dev: could not set up .venv; this failed: " in ended.stderr
    assert "PIP_FIND_LINKS" in ended.stderr
    assert "Traceback" not in ended.stderr
