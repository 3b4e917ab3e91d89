"""The image: pinned, built from what is in the checkout, run by nobody in particular; and the little program in it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.examples.container_file import read
from tests.examples.files import AMBER, CONTAINERFILE, EXAMPLES, ROOT, documents, pods

from watchkeeper.settings import VARIABLES

ARGUMENTS, (BUILD, FINAL) = read(CONTAINERFILE)
PINNED = re.compile(r"docker\.io/library/python:3\.\d+-slim-\w+@sha256:[0-9a-f]{64}")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the program is written for a POSIX shell")


def test_both_stages_stand_on_one_base_that_cannot_move() -> None:
    assert PINNED.fullmatch(ARGUMENTS["PYTHON"])
    assert {BUILD.base, FINAL.base} == {"${PYTHON}"}
    (gitlab,) = documents(EXAMPLES / "gitlab-ci.yml")
    assert {job["image"] for job in gitlab.values() if "image" in job} == {ARGUMENTS["PYTHON"]}


def test_the_build_has_the_uv_of_dev_and_takes_only_what_is_locked() -> None:
    version = re.search(r'^UV_VERSION = "(.+)"$', (ROOT / "dev").read_text(encoding="utf-8"), re.M)
    assert version is not None
    install, sync = BUILD.all("RUN")
    assert install.split()[-1] == f"uv=={version[1]}"
    assert {"uv", "sync", "--frozen", "--no-default-groups", "--no-editable"} <= set(sync.split())
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(re.findall(r"--extra (\w+)", sync)) == set(extras)


def test_the_build_has_every_file_that_the_package_is_made_of() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [
        *wheel["packages"],
        *wheel["force-include"],
        project["project"]["readme"],
        *project["project"]["license-files"],
    ]
    copied = {Path(each) for each in BUILD.copied()}
    assert [each for each in needed if not copied & {Path(each), *Path(each).parents}] == []
    assert all((ROOT / each).exists() for each in [*BUILD.copied(), *FINAL.copied()])


def test_it_runs_as_a_number_that_kubernetes_can_tell_from_root() -> None:
    assert FINAL.all("USER") == ["10001:10001"]
    users = {
        pod["securityContext"]["runAsUser"]
        for path in (EXAMPLES / "kubernetes").glob("*.yaml")
        for _, pod in pods(path)
    }
    assert users == {10001}


def test_it_starts_the_program_and_sets_what_the_program_knows() -> None:
    assert (FINAL.words("ENTRYPOINT"), FINAL.words("CMD")) == (["watchkeeper"], ["--help"])
    environment = FINAL.environment()
    assert {name for name in environment if name.startswith("WATCHKEEPER_")} <= set(VARIABLES.values())
    assert environment["PATH"].startswith("/opt/watchkeeper/bin:")


def test_nothing_can_be_installed_in_it_any_more() -> None:
    (prepared,) = FINAL.all("RUN")
    assert "pip uninstall" in prepared
    assert "ensurepip" in prepared
    assert not any("install --" in word for word in FINAL.all("RUN")[1:])


@POSIX
@pytest.mark.parametrize(("ended", "told"), [(0, 0), (75, 0), (6, 0), (7, 7), (5, 5), (1, 1), (143, 143)])
def test_amber_tells_the_codes_that_it_was_given_as_success_and_no_others(ended: int, told: int) -> None:
    assert subprocess.run([AMBER, "6,75", "sh", "-c", f"exit {ended}"], check=False).returncode == told


@POSIX
@pytest.mark.parametrize(("ends", "told"), [("sys.exit(75)", 0), ("sys.exit(4)", 4), ("sys.exit(143)", 143)])
def test_amber_hands_a_signal_on_and_waits_for_what_becomes_of_it(ends: str, told: int) -> None:
    program = f"""
import signal, sys
def end(*_):
    {ends}
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
signal.pause()
"""
    with subprocess.Popen([AMBER, "75", sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == told
