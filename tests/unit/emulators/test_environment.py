from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from watchkeeper.emulators.environment import environment, write_env_file
from watchkeeper.emulators.options import WorldOptions

PORTS = {
    "servicenow": 1001,
    "entra": 1002,
    "arm": 1003,
    "loganalytics": 1004,
    "control": 1005,
    "graph": 1006,
    "defender": 1007,
}


@pytest.fixture
def variables() -> dict[str, str]:
    return environment(WorldOptions(), PORTS, Path("/tmp/it's here/ca.pem"), "t$ken")


def test_names_every_setting_that_points_at_the_world(variables: dict[str, str]) -> None:
    assert variables["SERVICENOW_INSTANCE"] == "https://localhost:1001"
    assert variables["AZURE_AUTHORITY_HOST"] == "https://localhost:1002"
    assert variables["SENTINEL_ARM_ENDPOINT"] == "https://localhost:1003"
    assert variables["SENTINEL_LOGS_ENDPOINT"] == "https://localhost:1004"
    assert variables["WATCHKEEPER_EMULATOR_URL"] == "https://localhost:1005"
    assert variables["GRAPH_ENDPOINT"] == "https://localhost:1006"
    assert variables["DEFENDER_ENDPOINT"] == "https://localhost:1007"
    assert variables["WATCHKEEPER_MODE"] == "full"
    assert variables["SENTINEL_LOGS_AUDIENCE"] == "https://api.loganalytics.io"
    assert variables["WATCHKEEPER_AZURE_CREDENTIAL"] == "client-secret"
    assert all(variables.values())


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX")
def test_the_file_is_for_its_owner_only_and_replaces_an_older_one(tmp_path: Path, variables: dict[str, str]) -> None:
    path = tmp_path / "E"
    path.write_text("old")
    write_env_file(path, variables)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["E"]
    assert "old" not in path.read_text()


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")
def test_a_clean_shell_that_sources_the_file_passes_every_value_on(tmp_path: Path, variables: dict[str, str]) -> None:
    path = tmp_path / "E"
    write_env_file(path, variables)
    printed = subprocess.run(
        ["env", "-i", "/bin/sh", "-c", f". {path}; /usr/bin/env"], capture_output=True, text=True, check=True
    )
    exported = dict(line.split("=", 1) for line in printed.stdout.splitlines())
    assert exported.items() >= variables.items()


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, variables: dict[str, str]) -> None:
    folder = tmp_path / "E"
    folder.mkdir()
    (folder / "inside").touch()
    with pytest.raises(OSError):
        write_env_file(folder, variables)
    assert [each.name for each in tmp_path.iterdir()] == ["E"]
