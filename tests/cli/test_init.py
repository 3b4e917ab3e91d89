"""`watchkeeper init` without a terminal: from flags and the environment to a folder that every other command accepts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.acceptance.worlds import writes
from tests.cli.fixtures import PLAIN, WORKERS
from tests.cli.program import Ended, Program, wait_until
from tests.engine import MONDAY

from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World, build_world

pytestmark = pytest.mark.thorough

SHIPPED = Path(__file__).parents[2] / "mappings"
SOC = (
    "--zone", "Europe/Dublin", "--go-live", "2026-11-16", "--group", "SOC Oversight", "--group", "monitoring=SOC Monitoring",
    "--people", "liam.byrne", "--people", "monitoring=keiko.tanaka,haruto.sato", "--zone", "monitoring=Asia/Tokyo",
    "--calendar", "monitoring=japan-company", "--ticket-language", "monitoring=ja",
)  # fmt: skip
GUID = "11111111-2222-3333-4444-555555555555"
TENANT = (
    "--instance", "acme", "--servicenow-client-id", "watchkeeper", "--azure-tenant-id", "contoso.onmicrosoft.com", "--azure-client-id",
    GUID, "--subscription-id", GUID, "--resource-group", "rg-soc", "--workspace", "law-soc",
)  # fmt: skip
SECRETS = ("SERVICENOW_CLIENT_SECRET", "AZURE_CLIENT_SECRET", "WATCHKEEPER_EMULATOR_TOKEN")


@dataclass(frozen=True, slots=True)
class Begun:
    """A deployment that began with `--ci github`, and where it was begun. To be looked at."""

    soc: Program
    world: World
    ended: Ended

    @property
    def folder(self) -> Path:
        return self.soc.folder / "ours"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    with RunningWorld(build_world(MONDAY, frozen=True), workers=WORKERS) as running:
        soc = Program(tmp_path_factory.mktemp("begun"), {**PLAIN, **running.environment()})
        yield Begun(soc, running.world, begin(soc, "--ci", "github", "--json", "-vv"))


@pytest.fixture
def folder(soc: Program) -> Path:
    """Where a deployment may begin."""
    return soc.folder / "ours"


@pytest.fixture
def copied(begun: Begun, tmp_path: Path) -> Program:
    """A shell beside a copy of the deployment that has begun, to be changed."""
    shutil.copytree(begun.folder, tmp_path / "ours")
    return Program(tmp_path, begun.soc.environment)


def begin(soc: Program, *more: str, **environment: str | None) -> Ended:
    return soc.run("init", "--folder", "ours", *SOC, *more, **environment)


def contents(folder: Path) -> Mapping[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sourced(folder: Path) -> dict[str, str]:
    """What `set -a; . ./.env; set +a` adds to an empty environment."""
    script = "set -a; . ./.env; set +a; env -0"
    told = subprocess.run(["sh", "-c", script], cwd=folder, env={}, capture_output=True, check=True, text=True).stdout
    pairs = (line.partition("=") for line in told.split("\0") if line)
    return {name: value for name, _, value in pairs if name not in {"PWD", "OLDPWD", "SHLVL", "_"}}


def nothing_written(folder: Path) -> bool:
    """Whether a folder has nothing in it but what the tests themselves keep there."""
    return not [path for path in folder.iterdir() if not path.name.endswith((".out", ".err"))]


def test_an_empty_folder_becomes_one_that_every_other_command_accepts(begun: Begun) -> None:
    began = begun.ended.json("init")
    assert {file["state"] for file in began["files"]} == {"new"}
    assert (set(began["seen"]), began["unseen"], began["unchecked"]) == ({"servicenow", "sentinel"}, {}, [])
    secrets = {name: begun.soc.environment[name] for name in SECRETS}
    there = Program(begun.folder, {**PLAIN, **sourced(begun.folder), **secrets})
    assert there.run("mappings", "check", "--live").out.startswith(f"{begun.folder / 'mappings'}: fine")
    assert there.run("mappings", "test").code == 0
    assert there.run("doctor").code == 0
    plan = there.run("plan", "--json").json("plan")
    assert {action["operation"] for action in plan["actions"]} == {"create"}
    assert "【SOC】" in str(plan["actions"])
    assert writes(begun.world) == []


def test_the_settings_are_those_that_were_given_for_their_owner_alone(begun: Begun) -> None:
    written = sourced(begun.folder)
    assert written.pop("WATCHKEEPER_MODE") == "observe"
    kept = {*PLAIN, *SECRETS, "WATCHKEEPER_MODE"}
    assert written == {name: value for name, value in begun.soc.environment.items() if name not in kept}
    assert (begun.folder / ".env").stat().st_mode & 0o777 == 0o600


def test_secrets_of_the_environment_go_into_no_file(begun: Begun) -> None:
    kept = b"".join(contents(begun.folder).values()).decode() + begun.ended.out + begun.ended.err
    assert [name for name in SECRETS if begun.soc.environment[name] in kept] == []
    assert "# AZURE_CLIENT_SECRET=\n" in (begun.folder / ".env").read_text(encoding="utf-8")
    assert begun.ended.json("init")["ci_secrets"] == ["SERVICENOW_CLIENT_SECRET"]


def test_a_secret_that_its_owner_put_into_the_settings_stays_there(copied: Program) -> None:
    file, secret = copied.folder / "ours" / ".env", copied.environment["AZURE_CLIENT_SECRET"]
    filled = file.read_text(encoding="utf-8").replace("# AZURE_CLIENT_SECRET=\n", f"AZURE_CLIENT_SECRET={secret}\n")
    file.write_text(filled, encoding="utf-8")
    assert begin(copied, "--ci", "github", "--json").json("init")["changed"] == 0
    assert file.read_text(encoding="utf-8") == filled


def test_the_same_answers_again_change_nothing_and_say_so(copied: Program) -> None:
    before = {path: path.stat().st_mtime_ns for path in (copied.folder / "ours").rglob("*")}
    again = begin(copied, "--ci", "github")
    assert (again.code, again.err) == (0, "")
    assert again.out.startswith("Nothing has changed")
    assert {path: path.stat().st_mtime_ns for path in (copied.folder / "ours").rglob("*")} == before
    assert begin(copied, "--ci", "github", "--quiet").out == ""


def test_every_answer_that_lacks_is_named_by_its_flag_before_anything_is_asked(program: Program) -> None:
    ended = program.run("init", "--without", "csirtt", "--zone", "monitring=Asia/Tokyo")
    assert (ended.code, ended.out) == (3, "")
    lacking = ("instance", "azure-tenant-id", "azure-client-id", "subscription-id", "resource-group", "workspace", "zone", "go-live",
               "calendar", "group", "people")  # fmt: skip
    assert [name for name in lacking if f"watchkeeper: --{name}: is not given" not in ended.err] == []
    assert "--without: `csirtt` is no team" in ended.err
    assert "--zone: `monitring` is no team" in ended.err
    assert ended.err.count("did you mean") == 2
    assert nothing_written(program.folder)


def test_answers_that_cannot_be_right_are_refused_at_once_with_what_would_be(program: Program) -> None:
    wrong = {
        "--instance": ("http://acme", "is no instance"),
        "--servicenow-client-id": ("a b", "is no client id"),
        "--azure-tenant-id": ("contoso", "is no tenant"),
        "--azure-client-id": ("42", "is no application id"),
        "--azure-certificate": ("/nowhere.pem", "is no file"),
        "--subscription-id": ("42", "is no subscription"),
        "--resource-group": ("${{ secrets.X }}", "cannot be a resource group"),
        "--workspace": ("x", "cannot be a workspace"),
        "--go-live": ("1.12.2026", "is no day"),
        "--calendar": ("DE-XX", "no public holidays"),
        "--ticket-language": ("fr", "is not en or ja"),
        "--people": ("keiko tanaka", "cannot be user names"),
        "--group": ("x\u202ey", "cannot be a group here"),
    }
    given = [word for flag, (value, _) in wrong.items() for word in (flag, value)]
    ended = program.run(
        "init", "--azure-credential", "certificate", "--zone", "Asia/Tokio", "--zone", "csirt=Mars/Base", *given
    )
    assert (ended.code, ended.out) == (3, "")
    for flag, (_, words) in wrong.items():
        assert re.search(rf"watchkeeper: {flag}: .*{words}", ended.err), flag
    assert "did you mean Asia/Tokyo?" in ended.err
    assert "--zone csirt: There is no time zone `Mars/Base`" in ended.err
    assert "\u202e" not in ended.err
    assert nothing_written(program.folder)


def test_a_group_or_a_person_that_the_instance_lacks_is_refused_with_a_near_name(soc: Program, folder: Path) -> None:
    ended = begin(soc, "--group", "csirt=CSIRTT", "--people", "csirt=niamh.kely")
    assert (ended.code, ended.out) == (3, "")
    assert "--group: The instance has no active group `CSIRTT`; did you mean CSIRT?" in ended.err
    assert "--people: The instance has no active user `niamh.kely`; did you mean niamh.kelly?" in ended.err
    assert not folder.exists()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("SERVICENOW_CLIENT_SECRET", "wrong", 5),
        ("AZURE_CLIENT_SECRET", "wrong", 5),
        ("SENTINEL_WORKSPACE_NAME", "other", 3),
    ],
)
def test_a_system_that_does_not_let_us_in_is_told_and_nothing_is_written(
    soc: Program, folder: Path, name: str, value: str, code: int
) -> None:
    assert begin(soc, **{name: value}).code == code
    assert not folder.exists()
    assert begin(soc, "--offline", **{name: value}).code == 0


def test_names_that_our_account_may_not_look_up_are_taken_and_said(soc: Program, folder: Path, world: World) -> None:
    hidden = {"table": "sys_user_group", "operation": "api", "deny": ["watchkeeper"]}
    world.systems["servicenow"].seed({"acl": [hidden]})
    began = begin(soc, "--json").json("init")
    assert began["unchecked"] == ["SOC Monitoring", "SOC Oversight"]
    assert (folder / ".env").exists()


def test_offline_nobody_is_asked_and_what_could_not_be_checked_is_said(
    soc: Program, folder: Path, world: World
) -> None:
    told = begin(soc, "--offline", "--group", "No such group").out
    assert not [each for each in world.log.entries() if each.system != "control"]
    assert "ServiceNow was not asked" in told
    assert "Whether the groups and people exist is not known" in told
    assert "No such group" in (folder / "mappings" / "teams.yaml").read_text(encoding="utf-8")


def test_without_credentials_the_settings_that_lack_are_named(program: Program) -> None:
    began = program.run("init", *TENANT, *SOC, "--json").json("init")
    assert began["unseen"] == {"servicenow": ["SERVICENOW_CLIENT_SECRET"], "sentinel": ["AZURE_CLIENT_SECRET"]}
    assert began["missing_secrets"] == ["SERVICENOW_CLIENT_SECRET", "AZURE_CLIENT_SECRET"]


def test_a_file_that_says_something_else_is_never_overwritten_unasked(copied: Program) -> None:
    folder = copied.folder / "ours"
    teams, own = folder / "mappings" / "teams.yaml", folder / "mappings" / "profiles" / "mine.txt"
    own.write_text("kept", encoding="utf-8")
    teams.write_text(teams.read_text(encoding="utf-8") + "# ours\n", encoding="utf-8")
    before = contents(folder)
    ended = begin(copied, "--ci", "gitlab")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.count("is there already and says something else") == 1
    assert "ours/mappings/teams.yaml" in ended.err
    assert contents(folder) == before
    states = {
        each["path"]: each["state"]
        for each in begin(copied, "--ci", "github", "--force", "--json").json("init")["files"]
    }
    assert {path for path, state in states.items() if state != "same"} == {"mappings/teams.yaml"}
    assert "# ours" not in teams.read_text(encoding="utf-8")
    assert own.exists()


def test_what_git_ignores_already_is_kept(soc: Program, folder: Path) -> None:
    folder.mkdir()
    (folder / ".gitignore").write_text("*.db\n/build/", encoding="utf-8")
    assert begin(soc).code == 0
    lines = (folder / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["*.db", "/build/"]
    assert ".env" in lines
    assert lines.count("*.db") == 1


def test_a_dry_run_shows_the_files_and_writes_none(soc: Program, folder: Path) -> None:
    told = begin(soc, "--dry-run", "--ci", "github").out
    assert "Nothing has been written" in " ".join(told.split())
    assert f"SERVICENOW_INSTANCE={soc.environment['SERVICENOW_INSTANCE']}\n" in told
    assert "--- .github/workflows/watchkeeper.yml\nname: watchkeeper\n" in told
    assert "packs/defender-xdr.yaml" not in told
    assert "--- mappings/profiles/escalation.yaml\n@@" in told
    assert "\n+go_live: 2026-11-16\n" in told
    files = begin(soc, "--dry-run", "--json").json("init")["files"]
    assert next(file["content"] for file in files if file["path"] == ".env").startswith("# Settings of this deployment")
    assert not folder.exists()


def test_when_one_file_cannot_be_written_none_is(soc: Program, folder: Path) -> None:
    folder.mkdir()
    (folder / ".github").write_text("no folder", encoding="utf-8")
    (folder / ".gitignore").write_text("/build/\n", encoding="utf-8")
    before = contents(folder)
    ended = begin(soc, "--ci", "github")
    assert (ended.code, ended.out) == (3, "")
    assert "cannot be written" in ended.err
    assert contents(folder) == before
    assert sorted(path.name for path in folder.iterdir()) == [".github", ".gitignore"]


def test_after_a_kill_at_any_time_the_same_command_completes_the_folder(program: Program) -> None:
    given = ("init", "--folder", "ours", *TENANT, *SOC, "--ci", "azure")
    killed = program.start(*given)
    wait_until((program.folder / "ours" / ".gitignore").exists, killed)
    killed.kill()
    assert program.run(*given).code == 0
    folder = program.folder / "ours"
    assert {".env", ".gitignore", "azure-pipelines.yml", "mappings/teams.yaml"} <= set(contents(folder))
    assert not (folder / ".watchkeeper-init").exists()


def test_a_team_without_a_part_gets_no_duties(soc: Program, folder: Path) -> None:
    begin(soc, "--without", "csirt")
    listed = Program(folder, dict(PLAIN)).run("tasks", "list", "--json").json("tasks-list")
    assert not [task for task in listed["tasks"] if "csirt" in task["teams"]]
    refused = soc.run("init", "--folder", "other", *SOC, "--without", "monitoring")
    assert refused.code == 3
    assert "watchkeeper: other/mappings/packs/defender-xdr.yaml:" in refused.err
    assert "names only teams that are not enabled" in refused.err
    assert not (soc.folder / "other").exists()


def test_where_all_teams_share_a_calendar_the_shipped_file_stays_as_it_is(program: Program) -> None:
    ended = program.run(
        "init", *TENANT, "--zone", "Asia/Tokyo", "--go-live", "2026-12-01", "--group", "SOC", "--people", "keiko.tanaka"
    )
    assert ended.code == 0, ended.err
    written = program.folder / "mappings"
    assert (written / "calendars.yaml").read_bytes() == (SHIPPED / "calendars.yaml").read_bytes()
    assert "\n  calendar: japan\n" in (written / "teams.yaml").read_text(encoding="utf-8")


def test_any_name_of_a_group_that_can_be_seen_comes_through_as_it_is(program: Program) -> None:
    name = """]- "no" #1: 'x', 日本 {{ 7*7 }}"""
    ended = program.run("init", *TENANT, *SOC, "--group", f"monitoring={name}")
    assert ended.code == 0, ended.err
    assert program.run("mappings", "test").code == 0
    exported = program.run("mappings", "export", "--format", "json").json()
    assert {team["id"]: team["group"] for team in exported["teams"]["teams"]}["monitoring"] == name


def test_a_folder_that_may_not_be_written_is_an_error_with_its_name(soc: Program) -> None:
    (soc.folder / "taken").write_text("a file", encoding="utf-8")
    ended = soc.run("init", "--folder", "taken", *SOC)
    assert (ended.code, ended.out) == (3, "")
    assert "watchkeeper: taken" in ended.err


def test_the_report_is_told_in_japanese(soc: Program, folder: Path) -> None:
    told = begin(soc, "--lang", "ja").out
    assert "に33個のファイルを書き込みました。" in "".join(told.split())
    assert "ServiceNow が応答しました" in told
    ended = soc.run("init", "--folder", "ours", "--lang", "ja", "--zone", "Asia/Tokio")
    assert "タイム ゾーン `Asia/Tokio` はありません。" in ended.err


def test_it_works_in_the_folder_where_it_is_called(program: Program) -> None:
    assert program.run("init", *TENANT, *SOC).code == 0
    assert os.access(program.folder / ".env", os.R_OK)
    assert program.run("mappings", "check").out.startswith(f"{program.folder / 'mappings'}: fine")
