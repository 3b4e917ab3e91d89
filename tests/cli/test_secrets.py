from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.cli.fixtures import PLAIN, WORKERS
from tests.cli.program import Ended, Program
from tests.engine import MONDAY

from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import build_world

pytestmark = pytest.mark.thorough

CANARIES = {
    "SERVICENOW_CLIENT_SECRET": 'canary-"servicenow"+secret/1 &=',
    "AZURE_CLIENT_SECRET": "canary~entra~secret~2",
    "WATCHKEEPER_EMULATOR_TOKEN": "canary-control-token-3",
}
WRONG = {name: f"{value}-wrong" for name, value in CANARIES.items() if name != "WATCHKEEPER_EMULATOR_TOKEN"}


@pytest.fixture(scope="module")
def soc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Everything that opens a door is a canary here."""
    options = replace(
        WorldOptions(),
        servicenow_client_secret=CANARIES["SERVICENOW_CLIENT_SECRET"],
        client_secret=CANARIES["AZURE_CLIENT_SECRET"],
    )
    world = build_world(MONDAY, frozen=True, options=options)
    token = CANARIES["WATCHKEEPER_EMULATOR_TOKEN"]
    with RunningWorld(world, workers=WORKERS, token=token) as running:
        program = Program(tmp_path_factory.mktemp("soc"), {**PLAIN, **running.environment()})
        assert program.run("sync").code == 0
        yield program


def leaks(ended: Ended, *more: str) -> list[str]:
    """Canaries, or the beginnings of one in any spelling, in what a command said."""
    said = ended.out + ended.err
    spellings = [text for value in (*CANARIES.values(), *more) for text in (value, json.dumps(value)[1:-1], value[:12])]
    return [text for text in spellings if text in said]


@pytest.mark.parametrize(
    "command",
    [
        ("plan",), ("sync",), ("sync", "--json"), ("audit",), ("audit", "--authors"), ("doctor",), ("status",), ("history",),
        ("show", "INC0010001"), ("link", "INC0010001", "1"), ("adopt", "--vendor"), ("tasks", "due"), ("mappings", "check"),
        ("db", "upgrade"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_command_tells_a_secret_however_verbose_it_is(soc: Program, command: tuple[str, ...]) -> None:
    for log_format in ("text", "json"):
        ended = soc.run(*command, "-vv", WATCHKEEPER_LOG_FORMAT=log_format)
        assert ended.code in {0, 2, 4}
        assert leaks(ended) == []


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("command", [("plan",), ("sync", "--json"), ("audit",), ("doctor",)], ids=" ".join)
def test_no_refused_sign_in_tells_what_was_tried(soc: Program, command: tuple[str, ...], name: str) -> None:
    ended = soc.run(*command, "-vv", **{name: WRONG[name]})
    assert ended.code == 5
    assert leaks(ended, WRONG[name]) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WATCHKEEPER_STATE_URL", "postgresql+psycopg://watch:canary-db-password@127.0.0.1:1/x"),
        ("WATCHKEEPER_STATE_URL", "mysql://watch:canary-db-password@db/x"),
        pytest.param("WATCHKEEPER_PROXY", "http://u:canary-db-password@127.0.0.1:1", marks=pytest.mark.slow),
        ("WATCHKEEPER_PROXY", "canary-db-password"),
        ("SERVICENOW_INSTANCE", "https://canary-db-password@acme.service-now.com"),
        ("AZURE_CLIENT_ID", CANARIES["AZURE_CLIENT_SECRET"]),
    ],
)
def test_no_failure_tells_a_secret_that_stands_in_an_address_or_in_the_wrong_place(
    soc: Program, name: str, value: str
) -> None:
    ended = soc.run("sync", "-vv", "--json", **{name: value})
    assert ended.code not in {0, 1}
    assert leaks(ended, "canary-db-password") == []


def test_what_a_system_echoes_in_an_error_is_hidden(soc: Program) -> None:
    """The emulated authority quotes nothing; a real one may, so the words of a secret are planted in an unknown name."""
    ended = soc.run("plan", "--json", "--task", CANARIES["AZURE_CLIENT_SECRET"])
    assert ended.code == 2
    assert leaks(Ended(ended.code, ended.out, "")) == []


def test_nothing_that_is_kept_holds_a_secret(soc: Program) -> None:
    soc.run("sync")
    soc.run("plan", "--out", "plan.json")
    with sqlite3.connect(soc.folder / "watchkeeper.db") as database:
        kept = "\n".join(database.iterdump())
    database.close()
    kept += (soc.folder / "plan.json").read_text(encoding="utf-8")
    assert "soc-oversight" in kept
    assert [value for value in CANARIES.values() if value in kept or value[:12] in kept] == []


def test_a_traceback_is_shown_on_demand_and_tells_no_secret(soc: Program) -> None:
    quiet = soc.run("sync", "--plan", soc.folder)
    assert quiet.code == 3
    assert "Traceback" not in quiet.out + quiet.err
    loud = soc.run("sync", "--plan", soc.folder, "-v")
    assert "Traceback" in loud.err
    assert leaks(quiet) == leaks(loud) == []
