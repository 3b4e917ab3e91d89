from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
from tests.acceptance.worlds import MAPPINGS, mark, writes
from tests.cli.program import Program

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.world import Exchange, Seedable, World

pytestmark = pytest.mark.thorough

CALLING = [("plan",), ("sync",), ("audit",), ("doctor",), ("link", "INC0010001", "1")]
WRONG = {
    "SERVICENOW_CLIENT_SECRET": "a-wrong-secret",
    "AZURE_CLIENT_SECRET": "another-wrong-secret",
}


@pytest.mark.parametrize("setting", WRONG)
@pytest.mark.parametrize("command", CALLING, ids=" ".join)
def test_a_refused_sign_in_names_system_and_setting(
    soc: Program, world: World, command: tuple[str, ...], setting: str
) -> None:
    ended = soc.run(*command, **{setting: WRONG[setting]})
    said = ended.out + ended.err
    assert ended.code == 5
    assert ("servicenow" if setting.startswith("SERVICENOW") else "entra id") in said.lower()
    assert setting in "".join(said.split())
    assert WRONG[setting] not in said
    assert writes(world) == []


def test_the_clock_of_an_emulator_that_is_not_trusted_names_the_file_and_is_not_waited_for(soc: Program) -> None:
    ended = soc.run("plan", SERVICENOW_CA_FILE="")
    said = " ".join((ended.out + ended.err).split())
    assert ended.code == 5
    assert "the emulator's TLS certificate is not trusted" in said
    assert "SERVICENOW_CA_FILE" in said


@pytest.mark.parametrize("setting", ["AZURE_CA_FILE", "SERVICENOW_CA_FILE"])
def test_a_certificate_that_is_not_trusted_is_not_a_wrong_secret(soc: Program, world: World, setting: str) -> None:
    ended = soc.run("plan", **{setting: "", "WATCHKEEPER_EMULATOR_URL": ""})
    said = " ".join((ended.out + ended.err).split())
    assert ended.code == 5
    assert "the server's TLS certificate is not trusted" in said
    assert setting in said
    assert ({"AZURE_CA_FILE", "SERVICENOW_CA_FILE"} - {setting}).pop() not in said
    assert "SECRET" not in said
    assert writes(world) == []


@pytest.mark.parametrize("setting", ["SENTINEL_WORKSPACE_NAME", "SENTINEL_RESOURCE_GROUP", "SENTINEL_SUBSCRIPTION_ID"])
def test_a_workspace_that_is_not_there_names_the_settings(soc: Program, world: World, setting: str) -> None:
    wrong = "00000000-0000-4000-8000-000000000000" if setting.endswith("_ID") else "nope"
    ended = soc.run("sync", "--json", **{setting: wrong})
    assert ended.code == 3
    assert setting in ended.err
    assert [setting in problem["place"] for problem in ended.json()["problems"]] == [True]
    assert writes(world) == []


def test_a_table_that_is_not_there_names_its_profile(soc: Program, world: World, tmp_path: Path) -> None:
    mappings = Path(shutil.copytree(MAPPINGS, tmp_path / "mappings"))
    profile = mappings / "profiles" / "escalation.yaml"
    profile.write_text(
        profile.read_text(encoding="utf-8").replace("table: incident\n", "table: incidentt\n"), encoding="utf-8"
    )
    ended = soc.run("sync", "--json", "--mappings", mappings)
    assert ended.code == 3
    [reason] = ended.json("run")["reasons"]
    assert "Invalid table incidentt" in reason
    assert "escalation.yaml" in reason
    assert [side["reachable"] for side in ended.json()["sides"]] == [True, True]
    assert writes(world) == []


@pytest.mark.parametrize("setting", WRONG)
def test_a_refused_sign_in_later_on_is_the_same(soc: Program, world: World, setting: str) -> None:
    """With a memory of earlier runs the sign-in fails while the feeds are read, in worker threads."""
    soc.run("sync")
    seen = mark(world)
    for command in ("plan", "sync"):
        ended = soc.run(command, "--json", **{setting: WRONG[setting]})
        assert ended.code == 5
        assert setting in ended.json()["reasons"][0]
        assert setting in ended.err
    text = soc.run("plan", **{setting: WRONG[setting]}).out
    assert "both systems agree" not in text
    assert writes(world, seen) == []


@pytest.fixture
def dead() -> str:
    """An address on this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"https://localhost:{probe.getsockname()[1]}"


@pytest.mark.parametrize(
    "setting",
    [
        "SERVICENOW_INSTANCE",
        pytest.param("SENTINEL_ARM_ENDPOINT", marks=pytest.mark.slow),
        pytest.param("AZURE_AUTHORITY_HOST", marks=pytest.mark.slow),
    ],
)
def test_an_unreachable_side_is_exit_75_and_leaves_the_lease_free(
    soc: Program, world: World, dead: str, setting: str
) -> None:
    soc.run("db", "upgrade")
    ended = soc.run("sync", **{setting: dead})
    assert ended.code == 75
    assert "cannot connect" in ended.err + ended.out
    assert writes(world) == []
    assert soc.run("status", "--json").json("status")["lease"] is None
    assert soc.run("sync").code == 0


def test_a_side_that_fails_only_for_a_moment_is_asked_again(soc: Program, world: World) -> None:
    world.faults.add(FaultRule("status", system="servicenow", method="GET", status=503, times=2))
    ended = soc.run("sync")
    assert ended.code == 0
    assert ended.err.count("waiting to try again") == 2


def test_a_listing_that_is_a_web_page_is_never_taken_for_agreement(soc: Program, world: World) -> None:
    soc.run("sync")
    seen = mark(world)
    world.faults.add(FaultRule("html200", system="servicenow", method="GET"))
    for command in ("plan", "sync"):
        ended = soc.run(command)
        assert ended.code == 75
        assert "ServiceNow" in ended.out
        assert "not JSON (HTML page: Instance Hibernating page)" in " ".join(ended.out.split())
    assert writes(world, seen) == []
    world.faults.clear()
    assert soc.run("sync").code == 0


def test_an_emulator_that_is_gone_is_said_to_be_gone(soc: Program, dead: str) -> None:
    ended = soc.run("sync", WATCHKEEPER_EMULATOR_URL=dead)
    assert ended.code == 75
    assert "watchkeeper emulate" in ended.err


@pytest.mark.parametrize("how", ["expired", "claims"])
def test_a_token_that_is_revoked_in_mid_run_is_renewed_once_for_all_workers(
    soc: Program, world: World, how: str
) -> None:
    written = []

    def revoke(exchange: Exchange) -> None:
        if (exchange.phase, exchange.system, exchange.request.method) == ("after", "arm", "PUT"):
            written.append(exchange)
            if len(written) == 3:
                seeded(world, revoke=how)

    world.listen(revoke)
    ended = soc.run("sync")

    assert ended.code == 0, ended.out
    fetched = [entry for entry in world.log.entries() if entry.system == "entra" and entry.path.endswith("/token")]
    assert len(fetched) == 3, "one for ARM, one for Log Analytics, and the new one"
    assert "both systems agree" in soc.run("sync").out


def test_a_token_that_is_refused_for_good_ends_the_run_and_the_next_one_goes_on(soc: Program, world: World) -> None:
    def refuse(exchange: Exchange) -> None:
        if (exchange.phase, exchange.system, exchange.request.method) == ("after", "arm", "PUT"):
            seeded(world, options={"token_calls": 0})

    stop = world.listen(refuse)
    ended = soc.run("sync")
    stop()
    seeded(world, options={"token_calls": None})

    assert ended.code == 5
    assert "a fresh one as well" in " ".join(ended.out.split())
    assert soc.run("sync").code == 0
    names = [record["properties"]["title"] for record in world.systems["arm"].records()]
    assert len(names) == len(set(names))
    assert "both systems agree" in soc.run("sync").out


def seeded(world: World, **command: object) -> None:
    entra = world.systems["entra"]
    assert isinstance(entra, Seedable)
    entra.seed({"system": "entra", **command})
