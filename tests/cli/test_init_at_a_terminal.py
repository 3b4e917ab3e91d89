"""`watchkeeper init` with a person in front of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.cli.conversation import CTRL_C, CTRL_D, Conversation, Unseen
from tests.cli.fixtures import PLAIN
from tests.cli.program import Program
from tests.cli.test_init import GUID, TENANT, nothing_written, sourced

from watchkeeper.emulators.world import World

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX"), pytest.mark.thorough]

Dialogue = Sequence[tuple[str, str]]
HELD = ("CA_FILE", "HOST", "ENDPOINT", "AUDIENCE", "EMULATOR_URL", "EMULATOR_TOKEN")
"""Ends of settings that nobody is asked for."""

NO_SECRETS = {
    "SERVICENOW_CLIENT_SECRET": "emulated",
    "AZURE_CLIENT_SECRET": "emulated",
    "WATCHKEEPER_AZURE_CREDENTIAL": "client-secret",
}
"""So that nobody is asked for one."""

FLAGS = ("--zone", "Asia/Tokyo", "--go-live", "2026-11-16", "--people", "keiko.tanaka")
BESIDES: Dialogue = (("How to sign in", ""), ("secret, not shown", Unseen()), ("public holidays", ""), ("Language", ""))
"""What is asked besides before the first team, with FLAGS and ServiceNow's settings given."""


@pytest.fixture
def newcomer(soc: Program) -> Program:
    """A shell with what leads to the emulators, and nothing that a person would type."""
    held = {name: value for name, value in soc.environment.items() if name in PLAIN or name.endswith(HELD)}
    return Program(soc.folder, held)


def servicenow(soc: Program, secret: str = "") -> Dialogue:
    given = soc.environment
    return (
        ("ServiceNow instance", given["SERVICENOW_INSTANCE"]),
        ("OAuth client id", given["SERVICENOW_CLIENT_ID"]),
        ("secret, not shown", Unseen(secret or given["SERVICENOW_CLIENT_SECRET"])),
    )


def sentinel(soc: Program) -> Dialogue:
    given = soc.environment
    return (
        ("How to sign in to Entra ID", ""),
        ("Entra ID tenant", given["AZURE_TENANT_ID"]),
        ("Application (client) id", given["AZURE_CLIENT_ID"]),
        ("secret, not shown", Unseen(given["AZURE_CLIENT_SECRET"])),
        ("Azure subscription", given["SENTINEL_SUBSCRIPTION_ID"]),
        ("Resource group", given["SENTINEL_RESOURCE_GROUP"]),
        ("Name of the workspace", given["SENTINEL_WORKSPACE_NAME"]),
    )


TEAMS: Dialogue = (
    ("Time zone", "Asia/Tokio"),
    ("Did you mean Asia/Tokyo?", ""),
    ("An answer is needed", "Asia/Tokyo"),
    ("First day on which duties are opened (as 2026-12-01) [2026-11-16]", ""),
    ("public holidays: a country (JP, US-WA), or a shipped calendar (around-the-clock) [JP]", ""),
    ("Language of the tickets (en or ja) [en]", "ja"),
    ("Team SOC Oversight (soc-oversight): its assignment group", "soc"),
    ("  3. SOC Oversight\n", "3"),
    ("Team SOC Oversight (soc-oversight): its people", "liam.byrn"),
    ("The instance has no active user `liam.byrn`.\n  1. liam.byrne\n", "liam.byrne, aoife.murphy"),
    ("(threat-intelligence): its assignment group in ServiceNow, or a part of the name [SOC Threat Intelligence]", ""),
    (
        "(threat-intelligence): its people's ServiceNow user names with commas, the lead first [liam.byrne, aoife.murphy]",
        "",
    ),
    ("(monitoring): its assignment group", "nothing like it"),
    ("The instance has no active group `nothing like it`.", ""),
    ("(monitoring): its people", "keiko.tanaka,haruto.sato"),
    ("(engineering-secops): its assignment group", ""),
    ("(engineering-secops): its people", ""),
    ("(csirt): its assignment group in ServiceNow, or a part of the name; - if it takes no part [CSIRT]", "-"),
    ("What will call Watchkeeper", "gitlab"),
)


def test_questions_lead_to_a_folder_whose_plan_can_be_looked_at(soc: Program, newcomer: Program) -> None:
    with Conversation(newcomer, "init", "--folder", "ours") as person:
        person.hears("Taken from the environment: AZURE_AUTHORITY_HOST")
        person.answers((("ServiceNow instance", "no such/instance"), ("is no instance: a name such as acme", "")))
        person.answers(servicenow(soc))
        person.answers(sentinel(soc))
        person.answers(TEAMS)
        assert person.ends() == 0
        assert "✓ ServiceNow answers" in person.shown
        for secret in ("SERVICENOW_CLIENT_SECRET", "AZURE_CLIENT_SECRET"):
            assert soc.environment[secret] not in person.shown
    folder = soc.folder / "ours"
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    token = {"WATCHKEEPER_EMULATOR_TOKEN": soc.environment["WATCHKEEPER_EMULATOR_TOKEN"]}
    there = Program(folder, {**PLAIN, **sourced(folder), **token})
    assert there.environment["AZURE_CLIENT_SECRET"] == soc.environment["AZURE_CLIENT_SECRET"]
    teams = (folder / "mappings" / "teams.yaml").read_text(encoding="utf-8")
    assert [line.split(": ")[1] for line in teams.splitlines() if line.startswith("    group: ")] == [
        "SOC Oversight", "SOC Threat Intelligence", "SOC Monitoring", "SOC Engineering", "SOC Oversight",
    ]  # fmt: skip
    assert "    members: [keiko.tanaka, haruto.sato]\n" in teams
    assert teams.count("enabled: false") == 1
    planned = there.run("plan", "--json").json("plan")
    assert {action["operation"] for action in planned["actions"]} == {"create"}


def test_a_refused_sign_in_can_be_corrected_or_left_for_later(soc: Program, newcomer: Program) -> None:
    with Conversation(newcomer, "init") as person:
        person.answers(servicenow(soc, secret="mistyped-secret"))
        person.hears("Answer these questions again (y)")
        person.types("y")
        secret = Unseen(soc.environment["SERVICENOW_CLIENT_SECRET"])
        person.answers((("ServiceNow instance", ""), ("OAuth client id", ""), ("secret, not shown", secret)))
        person.answers(sentinel(soc)[:-1])
        person.answers((("Name of the workspace", "another-workspace"), ("Answer these questions again", "n")))
        person.hears("Time zone")
        assert "mistyped-secret" not in person.shown


@pytest.mark.parametrize(("key", "code"), [(CTRL_C, 130), (CTRL_D, 3)], ids=["ctrl-c", "ctrl-d"])
def test_whoever_stops_answering_leaves_nothing_behind(newcomer: Program, key: str, code: int) -> None:
    with Conversation(newcomer, "init", *TENANT, "--offline", "--zone", "Asia/Tokyo", **NO_SECRETS) as person:
        person.answers((("First day", ""), ("public holidays", ""), ("Language", "")))
        person.hears("its assignment group")
        person.types(key)
        assert person.ends() == code
    assert nothing_written(newcomer.folder)


def test_a_kill_while_somebody_thinks_leaves_nothing_behind(newcomer: Program) -> None:
    with Conversation(newcomer, "init", *TENANT, "--offline", "--zone", "Asia/Tokyo", **NO_SECRETS) as person:
        person.hears("First day")
        person.killed()
    assert nothing_written(newcomer.folder)


def test_of_several_groups_with_one_name_a_person_chooses(soc: Program, newcomer: Program, world: World) -> None:
    twin = {"table": "sys_user_group", "sys_id": "0" * 32, "fields": {"name": "CSIRT", "active": "true"}}
    world.systems["servicenow"].seed({"rows": [twin]})
    given = {name: value for name, value in soc.environment.items() if name.startswith("SERVICENOW_")}
    with Conversation(newcomer, "init", *TENANT[4:], *FLAGS, **given) as person:
        person.answers(BESIDES)
        person.answers(
            (("its assignment group", "CSIRT"), (f"called `CSIRT`. These are their ids:\n  1. {'0' * 32}\n", "1"))
        )
        person.hears(
            "(threat-intelligence): its assignment group in ServiceNow, or a part of the name [SOC Threat Intelligence]"
        )


def test_names_that_others_chose_are_shown_and_never_obeyed(soc: Program, newcomer: Program, world: World) -> None:
    name = "Night \x1b]0;owned\x07\x1b[2J\u202edesk ##[error]"
    hostile = {"table": "sys_user_group", "sys_id": "e" * 32, "fields": {"name": name, "active": "true"}}
    world.systems["servicenow"].seed({"rows": [hostile]})
    given = {name: value for name, value in soc.environment.items() if name.startswith("SERVICENOW_")}
    with Conversation(newcomer, "init", *TENANT[4:], *FLAGS, **given) as person:
        person.answers((*BESIDES, ("its assignment group", "night")))
        person.hears("  1. Night \\x1b]0;owned\\x07\\x1b[2J\\u202edesk # #[error]\n")
        person.types("1")
        person.hears("cannot be a group here")
        person.types("e" * 32)
        person.hears("(threat-intelligence): its assignment group")
        assert [sign for sign in ("\x1b", "\x07", "\u202e", "##[") if sign in person.shown] == []


def test_the_questions_are_asked_in_japanese(newcomer: Program) -> None:
    flags = ("--instance", "acme", "--servicenow-client-id", "watchkeeper", "--offline", "--lang", "ja")
    dialogue = (
        ("そのシークレット（表示されません", Unseen()),
        ("Entra ID にサインインする方法", ""),
        ("Entra ID テナント", "contoso"),
        ("`contoso` はテナントではありません。", "contoso.onmicrosoft.com"),
        ("アプリケーション", GUID),
        ("そのシークレット", Unseen()),
        ("サブスクリプション", GUID),
        ("リソース グループ", "rg-soc"),
        ("ワークスペース名", "law-soc"),
        ("タイム ゾーン", "Asia/Tokio"),
        ("Asia/Tokyo のことですか。", "Asia/Tokyo"),
        ("起票を始める日", "2026-12-01"),
        ("どの国の祝日か", "japan-company"),
        ("チケットの言語（en または ja） [ja]", ""),
        *[
            (f"チーム {name}", answer)
            for name in (
                "SOC 統括",
                "脅威インテリジェンス・分析",
                "監視",
                "エンジニアリング・SecOps",
                "CSIRT（インシデント対応）",
            )
            for answer in ("SOC", "keiko.tanaka")
        ],
        ("定期的に呼び出すもの", ""),
        ("個のファイル", ""),
    )
    with Conversation(newcomer, "init", *flags) as person:
        person.answers(dialogue)
        assert person.ends() == 0
    assert "  language: ja\n" in (newcomer.folder / "mappings" / "teams.yaml").read_text(encoding="utf-8")
    assert Path(newcomer.folder / ".env").is_file()
