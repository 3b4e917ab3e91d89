from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def uv() -> str | None:
    """uv from PATH, or the one that `./dev` fetched."""
    fetched = ROOT / ".tools" / "bin" / "uv"
    return shutil.which("uv") or (str(fetched) if fetched.is_file() else None)


def run(*command: object, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(each) for each in command],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it."""
    builder = uv()
    if builder is None:
        pytest.skip("no uv to build with: neither on PATH nor in .tools")
    folder = tmp_path_factory.mktemp("dist")
    ended = run(builder, "build", "--quiet", "--python", sys.executable, "--out-dir", folder, ROOT, folder=folder)
    if "hatchling" in ended.stderr and ended.returncode != 0:
        pytest.skip(f"no hatchling to build with: {ended.stderr.splitlines()[-1]}")
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> list[str]:
    (file,) = built.glob("*.whl")
    with zipfile.ZipFile(file) as opened:
        return opened.namelist()


@pytest.fixture(scope="module")
def source(built: Path) -> list[str]:
    (file,) = built.glob("*.tar.gz")
    with tarfile.open(file) as opened:
        return [name.split("/", 1)[1] for name in opened.getnames() if "/" in name]


def tracked(folder: str, pattern: str) -> set[str]:
    return {path.relative_to(ROOT / folder).as_posix() for path in (ROOT / folder).glob(pattern)}


def test_the_wheel_holds_every_module_of_all_source_roots(wheel: list[str]) -> None:
    packed = {name for name in wheel if name.endswith(".py")}
    assert packed == tracked("src", "**/*.py") | tracked("connectors", "**/*.py")


CONNECTORS = [
    "watchkeeper_servicenow",
    "watchkeeper_sentinel",
    "watchkeeper_graph",
    "watchkeeper_defender",
    "watchkeeper_scripts",
]


@pytest.mark.parametrize("package", ["watchkeeper", *CONNECTORS])
def test_every_package_says_that_it_is_typed(wheel: list[str], package: str) -> None:
    assert f"{package}/py.typed" in wheel


def test_the_wheel_holds_the_shipped_mappings_with_their_schemas(wheel: list[str]) -> None:
    packed = {name.removeprefix("watchkeeper/default_mappings/") for name in wheel if "/default_mappings/" in name}
    assert packed == {name for name in tracked("mappings", "**/*") if (ROOT / "mappings" / name).is_file()}
    assert {"teams.yaml", "packs/defender-xdr.yaml", "profiles/maintenance.yaml", "schema/pack.schema.json"} <= packed


def test_the_wheel_holds_the_lists_of_rights_that_doctor_reads(wheel: list[str]) -> None:
    packed = {name.removeprefix("watchkeeper/permissions/") for name in wheel if "watchkeeper/permissions/" in name}
    assert packed == {
        name for name in tracked("deploy/permissions", "**/*") if (ROOT / "deploy/permissions" / name).is_file()
    }


def test_the_wheel_holds_what_init_fills_in(wheel: list[str]) -> None:
    packed = {name.removeprefix("watchkeeper/ci/") for name in wheel if name.startswith("watchkeeper/ci/")}
    assert packed == {path.name for path in (ROOT / "deploy/ci").iterdir()}
    assert "watchkeeper/env.example" in wheel


def test_the_wheel_holds_what_is_no_python(wheel: list[str]) -> None:
    schemas = {f"watchkeeper/{name}" for name in tracked("src/watchkeeper", "report/schemas/*.json")}
    assert schemas
    assert schemas <= set(wheel)
    assert "watchkeeper/state/migrations/versions/v0001_first_tables.py" in wheel
    assert "watchkeeper/report/texts/ja.py" in wheel
    assert {"watchkeeper/report/page/page.html", "watchkeeper/report/page/style.css"} <= set(wheel)


def test_the_wheel_holds_what_the_board_loads_with_its_licences(wheel: list[str]) -> None:
    files = {f"watchkeeper/web/assets/{name}" for name in tracked("src/watchkeeper/web/assets", "**/*.*")}
    assert {each for each in files if "__pycache__" not in each} <= set(wheel)
    licences = {name.rpartition("/")[2] for name in wheel if "/licenses/" in name}
    assert licences == {"LICENSE", "LICENSE-htmx.txt", "LICENSE-uPlot.txt"}


def test_the_wheel_holds_nothing_else(wheel: list[str]) -> None:
    roots = {name.split("/", 1)[0] for name in wheel}
    packages = {"watchkeeper", *CONNECTORS}
    assert {root for root in roots if not root.endswith(".dist-info")} == packages
    assert not [name for name in wheel if "__pycache__" in name or name.endswith((".pyc", ".db", ".env"))]


def test_the_wheel_registers_the_command_and_the_connectors(built: Path) -> None:
    (file,) = built.glob("*.whl")
    with zipfile.ZipFile(file) as opened:
        name = next(name for name in opened.namelist() if name.endswith("entry_points.txt"))
        text = opened.read(name).decode()
    assert "[console_scripts]\nwatchkeeper = watchkeeper.cli.app:main" in text
    assert "servicenow = watchkeeper_servicenow:open_connector" in text
    assert "sentinel = watchkeeper_sentinel:open_connector" in text
    assert "graph = watchkeeper_graph:open_source" in text
    assert "defender = watchkeeper_defender:open_source" in text


def test_the_sdist_holds_what_a_packager_needs(source: list[str]) -> None:
    wanted = {"pyproject.toml", "LICENSE", "README.md", "uv.lock", "requirements.lock", "dev", ".env.example"}
    assert wanted <= set(source)
    for folder in ("src/watchkeeper", "connectors/watchkeeper_servicenow", "mappings/packs", "tests/packaging", "docs"):
        assert [name for name in source if name.startswith(f"{folder}/")], folder
    assert not [name for name in source if name.startswith((".venv", ".tools", ".git/"))]


@pytest.mark.slow
def test_the_wheel_works_alone_in_a_clean_environment(built: Path, tmp_path: Path) -> None:
    builder = uv()
    assert builder is not None
    environment = tmp_path / "env"
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    assert run(builder, "venv", "--quiet", "--python", sys.executable, environment, folder=tmp_path).returncode == 0
    (file,) = built.glob("*.whl")
    installed = run(builder, "pip", "install", "--quiet", "--python", python, file, folder=tmp_path)
    if installed.returncode != 0:
        pytest.skip(f"the dependencies cannot be had: {installed.stderr.splitlines()[-1]}")
    command = python.with_name("watchkeeper.exe" if os.name == "nt" else "watchkeeper")
    empty = tmp_path / "empty"
    empty.mkdir()
    alone = {"PYTHONPATH": "", "HOME": str(tmp_path)}

    checked = run(command, "mappings", "check", folder=empty, **alone)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "8 tasks, 5 teams" in checked.stdout
    assert str(environment) in checked.stdout

    guid = "11111111-2222-3333-4444-555555555555"
    settings = {
        "SERVICENOW_INSTANCE": "acme",
        "AZURE_TENANT_ID": guid,
        "AZURE_CLIENT_ID": guid,
        "SENTINEL_SUBSCRIPTION_ID": guid,
        "SENTINEL_RESOURCE_GROUP": "rg-soc",
        "SENTINEL_WORKSPACE_NAME": "law-soc",
    }
    answers = (
        "--zone",
        "Asia/Tokyo",
        "--go-live",
        "2026-12-01",
        "--group",
        "SOC",
        "--people",
        "keiko.tanaka",
        "--ci",
        "gitlab",
    )
    begun = run(command, "init", "--folder", tmp_path / "soc", *answers, folder=tmp_path, **alone, **settings)
    assert (begun.returncode, begun.stderr) == (0, "")
    assert "8 tasks, 5 teams" in run(command, "mappings", "check", folder=tmp_path / "soc", **alone).stdout

    told = run(command, "demo", folder=empty, **alone)
    assert (told.returncode, told.stderr) == (0, ""), told.stdout
    assert "Every promise held" in told.stdout
    assert list(empty.iterdir()) == []


def test_the_version_is_written_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" not in project
    assert project["dynamic"] == ["version"]
