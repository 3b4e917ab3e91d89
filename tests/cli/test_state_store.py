from __future__ import annotations

import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.acceptance.worlds import writes
from tests.cli.program import Program

from watchkeeper.emulators.world import World

USING = [
    ("plan",),
    ("sync",),
    ("audit",),
    ("tasks", "due"),
    ("status",),
    ("history",),
    ("show", "x"),
    ("db", "upgrade"),
]


@pytest.fixture
def database(soc: Program) -> Path:
    assert soc.run("db", "upgrade").code == 0
    return soc.folder / "watchkeeper.db"


@pytest.mark.parametrize("command", USING, ids=" ".join)
def test_a_newer_store_is_refused_and_left_as_it_is(
    soc: Program, world: World, database: Path, command: tuple[str, ...]
) -> None:
    with closing(sqlite3.connect(database)) as opened, opened:
        opened.execute("update alembic_version set version_num = '9999'")
    ended = soc.run(*command)
    assert (ended.code, ended.out) == (9, "")
    assert "9999" in ended.err
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("select version_num from alembic_version").fetchall() == [("9999",)]
    assert writes(world) == []


@pytest.mark.parametrize("command", USING, ids=" ".join)
def test_a_corrupt_store_is_refused_with_the_way_back(
    soc: Program, world: World, database: Path, command: tuple[str, ...]
) -> None:
    for rest in soc.folder.glob("watchkeeper.db-*"):
        rest.unlink()
    database.write_bytes(b"This is no database, and it is longer than a header of one hundred bytes. " * 4)
    ended = soc.run(*command)
    assert (ended.code, ended.out) == (9, "")
    assert "move the file aside and run `watchkeeper sync`" in ended.err
    assert writes(world) == []


@pytest.mark.parametrize("command", USING, ids=" ".join)
@pytest.mark.skipif(sys.platform == "win32", reason="a folder that nobody can write to, by its path")
def test_a_store_that_cannot_be_written_is_refused(soc: Program, world: World, command: tuple[str, ...]) -> None:
    ended = soc.run(*command, WATCHKEEPER_STATE_URL="sqlite:////proc/self/watchkeeper.db")
    if command[0] in {"sync", "db", "audit"}:
        assert (ended.code, ended.out) == (9, "")
        assert "/proc/self/watchkeeper.db" in ended.err
    else:
        # There is nothing to read there, and nothing has to be written to say so.
        assert ended.code in {0, 2}
    assert writes(world) == []


def test_the_store_is_for_its_owner_only(database: Path) -> None:
    assert stat.S_IMODE(database.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "command", [("status",), ("history",), ("show", "x"), ("tasks", "due"), ("plan",)], ids=" ".join
)
def test_looking_at_an_empty_memory_creates_none(soc: Program, command: tuple[str, ...]) -> None:
    assert soc.run(*command).code in {0, 2}
    assert not list(soc.folder.glob("*.db*"))


def test_an_upgrade_says_what_it_did(soc: Program) -> None:
    assert soc.run("db", "upgrade", "--json").json("db-upgrade")["before"] is None
    again = soc.run("db", "upgrade", "--json").json("db-upgrade")
    assert again["before"] == again["after"]
    assert soc.run("db", "upgrade", "-q").out == ""


def test_an_unknown_name_is_exit_2(soc: Program, database: Path) -> None:
    assert database.exists()
    ended = soc.run("show", "INC9999999")
    assert (ended.code, ended.out) == (2, "")
    assert "INC9999999" in ended.err
