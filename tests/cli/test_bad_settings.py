from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.program import Program

from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough

CALLING = [
    ("plan",),
    ("sync",),
    ("audit",),
    ("doctor",),
    ("link", "INC0010001", "1"),
    ("adopt", "--vendor"),
]


def nothing_was_asked(world: World) -> bool:
    return not world.log.entries()


@pytest.mark.parametrize("command", CALLING, ids=" ".join)
def test_every_missing_setting_is_named_at_once_before_any_call(
    soc: Program, world: World, command: tuple[str, ...]
) -> None:
    missing = ("SERVICENOW_INSTANCE", "AZURE_TENANT_ID", "SENTINEL_WORKSPACE_NAME")
    ended = soc.run(*command, **dict.fromkeys(missing))
    assert (ended.code, ended.out) == (3, "")
    assert [name for name in missing if f"{name}: is not set" not in ended.err] == []
    assert nothing_was_asked(world)


def test_malformed_settings_and_mappings_are_told_together(soc: Program, world: World, tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "teams.yaml").write_text("teams: 7\n", encoding="utf-8")
    ended = soc.run("sync", SERVICENOW_CLIENT_SECRET=None, SENTINEL_RESOURCE_GROUP="")
    assert ended.code == 3
    for place in ("SERVICENOW_CLIENT_SECRET", "SENTINEL_RESOURCE_GROUP", "teams.yaml:1:"):
        assert place in ended.err
    assert nothing_was_asked(world)


def test_a_wrong_setting_hides_no_problem_of_the_mappings(soc: Program, world: World, tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "teams.yaml").write_text("teams: 7\n", encoding="utf-8")
    ended = soc.run("sync", WATCHKEEPER_MODE="ful", WATCHKEEPER_MAPPINGS=str(folder))
    assert ended.code == 3
    assert "WATCHKEEPER_MODE: " in ended.err
    assert "teams.yaml:1:" in ended.err
    assert nothing_was_asked(world)


def test_mappings_are_checked_whatever_the_settings_of_the_systems_are(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "teams.yaml").write_text("teams: 7\n", encoding="utf-8")
    ended = program.run("mappings", "check", folder, SERVICENOW_CA_FILE="/nowhere.pem", WATCHKEEPER_MAPPNGS="x")
    assert ended.code == 3
    assert "teams.yaml:1:" in ended.out
    assert "did you mean WATCHKEEPER_MAPPINGS?" in ended.out
    assert "SERVICENOW_CA_FILE" not in ended.out
    assert program.run("mappings", "check", SERVICENOW_CA_FILE="/nowhere.pem").code == 0


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SERVICENOW_INSTANCE", "http://acme.service-now.com", "an https origin"),
        ("AZURE_TENANT_ID", "contoso", "a GUID or a domain"),
        ("SENTINEL_SUBSCRIPTION_ID", "42", "a GUID"),
        ("SENTINEL_ARM_ENDPOINT", "management.azure.com", "an https origin"),
        ("SERVICENOW_CA_FILE", "/nowhere.pem", "the path of an existing file"),
        ("WATCHKEEPER_MODE", "ful", "did you mean full?"),
        ("WATCHKEEPER_STATE_URL", "mysql://db", "sqlite:///FILE"),
        ("WATCHKEEPER_DEPLOYMENT", "My SOC", "lower-case"),
        ("WATCHKEEPER_LOG_FORMAT", "xml", "text, json"),
        ("WATCHKEEPER_MAPPINGS", "/nowhere", "the path of an existing folder"),
        ("WATCHKEEPER_PROXY", "proxy", "http://HOST:PORT"),
        ("WATCHKEEPER_STAT_URL", "x", "did you mean WATCHKEEPER_STATE_URL?"),
        ("WATCHKEEPER_EMULATOR_URL", "https://soc.example", "on loopback"),
    ],
)
def test_a_malformed_setting_is_refused_with_what_is_allowed(
    soc: Program, world: World, name: str, value: str, words: str
) -> None:
    ended = soc.run("plan", **{name: value})
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith(f"watchkeeper: {name}: ")
    assert words in ended.err
    assert len(ended.err.splitlines()) == 1
    assert nothing_was_asked(world)


def test_the_problems_are_a_list_in_json(soc: Program) -> None:
    ended = soc.run("sync", "--json", WATCHKEEPER_MODE="ful", AZURE_CLIENT_ID=None)
    error = ended.json("error")
    assert error["error"]["kind"] == "Config"
    assert [problem["place"] for problem in error["problems"]] == ["AZURE_CLIENT_ID", "WATCHKEEPER_MODE"]


@pytest.mark.parametrize("command", [("plan",), ("sync",)], ids=" ".join)
def test_another_time_is_refused_unless_everything_is_emulated(
    soc: Program, world: World, command: tuple[str, ...]
) -> None:
    ended = soc.run(*command, "--as-of", "2026-11-17T00:00:00Z", SERVICENOW_INSTANCE="acme")
    assert (ended.code, ended.out) == (3, "")
    assert "--as-of: is only possible against emulators on this machine" in ended.err
    assert nothing_was_asked(world)


def test_another_time_is_taken_where_everything_is_emulated(soc: Program) -> None:
    planned = soc.run("plan", "--json", "--as-of", "2026-11-18T09:30:00+09:00").json("plan")
    assert planned["made_at"].startswith("2026-11-18T00:30:0")


def test_commands_that_call_no_system_need_no_setting(program: Program) -> None:
    for command in (
        ("tasks", "list"),
        ("tasks", "due"),
        ("mappings", "check"),
        ("db", "upgrade"),
        ("status",),
        ("history",),
    ):
        assert program.run(*command).code == 0, command


def test_a_secret_in_a_file_serves_as_well(soc: Program, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(soc.environment["AZURE_CLIENT_SECRET"] + "\n", encoding="utf-8")
    file.chmod(0o600)
    assert soc.run("plan", AZURE_CLIENT_SECRET=None, AZURE_CLIENT_SECRET_FILE=str(file)).code == 0
