"""The image's own steps without a container: built from what it copies, run as its user on a root that is read-only.

No image is built here, because the base would have to be fetched; the base's own Python is stood in for by the one that runs
the tests.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.worlds import writes
from tests.cli.fixtures import WORKERS
from tests.engine import MONDAY
from tests.examples.container_file import read
from tests.examples.files import CONTAINERFILE, ROOT
from tests.packaging.test_distribution import uv

from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import build_world

_, (BUILD, FINAL) = read(CONTAINERFILE)
AS_IN_A_CONTAINER = """
set -eu
while read -r _ place _; do mount -o remount,bind,ro "$place" 2>/dev/null || true; done < /proc/self/mounts
mount -t tmpfs -o uid=10001,gid=10001,mode=0700 tmpfs "$STATE"
cd "$STATE"
exec setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --inh-caps=-all "$@"
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0, reason="needs Linux, and root to become another user"
    ),
]


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """A folder with what the build stage leaves in /opt/watchkeeper, readable for everybody."""
    builder = uv()
    if builder is None:
        pytest.skip("no uv to build with: neither on PATH nor in .tools")
    with tempfile.TemporaryDirectory(prefix="watchkeeper-image-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        source = root / "source"
        for name in BUILD.copied():
            place = source / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(ROOT / name, place) if (ROOT / name).is_dir() else shutil.copy(ROOT / name, place)
        given = {**BUILD.environment(), "UV_PROJECT_ENVIRONMENT": str(root / "opt")}
        given.pop("UV_NO_CACHE")
        _, sync = BUILD.all("RUN")
        command = [builder, *shlex.split(sync)[1:], "--python", sys.executable]
        ended = subprocess.run(
            command, cwd=source, env={**os.environ, **given}, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        (root / "state").mkdir()
        yield root


def run(image: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command as the image's user, on a root that nobody can write to, with a state folder in memory."""
    given = {
        **FINAL.environment(),
        "PATH": f"{image}/opt/bin:/usr/bin:/bin",
        "WATCHKEEPER_MAPPINGS": str(ROOT / "mappings"),
    }
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", AS_IN_A_CONTAINER, "sh", *command],
        env={**given, "STATE": str(image / "state"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_but_the_state_can_be_written(image: Path) -> None:
    assert run(image, "sh", "-c", "touch here && ! touch /tmp/there /anywhere").returncode == 0


def test_it_holds_the_program_with_both_extras_and_nothing_to_develop_or_install_with(image: Path) -> None:
    assert run(image, "watchkeeper", "--version").stdout.startswith("watchkeeper ")
    python = f"{image}/opt/bin/python"
    assert run(image, python, "-c", "import psycopg, opentelemetry.sdk, tzdata").returncode == 0
    for absent in ("pytest", "pip", "mypy", "uv"):
        assert run(image, python, "-c", f"import {absent}").returncode == 1
    assert not list((image / "source").rglob("watchkeeper.egg-link"))


@pytest.mark.parametrize("command", ["plan", "sync", "audit"])
def test_it_does_its_work_there(image: Path, command: str) -> None:
    with RunningWorld(build_world(MONDAY, frozen=True), workers=WORKERS) as running:
        readable = _readable(image, running.environment())
        ended = run(image, "watchkeeper", command, **readable)
        assert ended.returncode == 0, ended.stderr
        assert "Traceback" not in ended.stderr
        assert bool(writes(running.world)) is (command == "sync")


def _readable(image: Path, environment: dict[str, str]) -> dict[str, str]:
    """The emulators' settings with their certificates where the image's user can read them."""
    given = dict(environment)
    for name, value in environment.items():
        if name.endswith("_CA_FILE"):
            given[name] = str(shutil.copy(value, image / f"{name}.pem"))
            Path(given[name]).chmod(0o644)
    return given
