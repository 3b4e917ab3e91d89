"""The state store's accidents, and the way back from each, as whoever runs the program meets them."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.worlds import people, writes
from tests.cli.fixtures import PLAIN, WORKERS, open_all_valves
from tests.cli.program import Program
from tests.engine import MONDAY
from typer import BadParameter

from watchkeeper.cli.db import _limit
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World, build_world

pytestmark = pytest.mark.thorough


@dataclass(frozen=True, slots=True)
class Shared:
    """A deployment in step: the duties of a day and an escalation, in both systems; `kept` is a backup of its store."""

    soc: Program
    world: World
    kept: Path


def in_step(soc: Program, world: World) -> Shared:
    fields = {"title": "Mailbox rule", "severity": "Medium", "status": "New", "labels": ["escalation"]}
    people(world, "arm", "niamh.kelly", "create", fields=fields)
    open_all_valves(soc)
    world.clock.advance(timedelta(hours=1))
    assert soc.run("sync").code == 0
    assert soc.run("db", "backup", "kept.db").code == 0
    return Shared(soc, world, soc.folder / "kept.db")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """For tests in which nobody changes anything in the two systems."""
    with RunningWorld(build_world(MONDAY, frozen=True), workers=WORKERS) as started:
        yield in_step(Program(tmp_path_factory.mktemp("shared"), {**PLAIN, **started.environment()}), started.world)


@pytest.fixture
def soc(shared: Shared) -> Program:
    return shared.soc


@pytest.fixture
def world(shared: Shared) -> World:
    return shared.world


@pytest.fixture
def store(shared: Shared) -> Path:
    """The shared deployment's store as it was in the beginning."""
    store = shared.soc.folder / "watchkeeper.db"
    lose(store)
    shutil.copy(shared.kept, store)
    return store


@pytest.fixture
def own(tmp_path: Path, running: RunningWorld) -> Shared:
    """A deployment of the test's own, in which people go on working."""
    return in_step(Program(tmp_path, {**PLAIN, **running.environment()}), running.world)


def edit(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as raw, raw:
        for statement in statements:
            raw.execute(statement)


def lose(store: Path) -> None:
    for file in store.parent.glob(f"{store.name}*"):
        file.unlink()


def link_rows(store: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(store)) as raw:
        return raw.execute("SELECT key, side, record_id, number FROM link ORDER BY key, side").fetchall()


class TestTheFiveAccidents:
    def test_the_store_is_gone(self, soc: Program, world: World, store: Path) -> None:
        lose(store)
        before = writes(world)
        ended = soc.run("sync")
        assert ended.code == 0
        assert "an earlier one was lost" in ended.out
        assert writes(world) == before

    def test_an_older_copy_is_in_its_place(self, own: Shared) -> None:
        soc, world, store = own.soc, own.world, own.soc.folder / "watchkeeper.db"
        world.clock.advance(timedelta(hours=1))
        people(world, "arm", "niamh.kelly", "edit", incident=1, fields={"status": "Active"})
        world.clock.advance(timedelta(minutes=10))
        assert soc.run("sync").code == 0
        shutil.copy(own.kept, store)
        for rest in ("-wal", "-shm"):
            store.with_name(store.name + rest).unlink(missing_ok=True)
        before = writes(world)
        world.clock.advance(timedelta(minutes=15))

        ended = soc.run("sync", "--lang", "ja")

        assert ended.code == 0
        assert "以前のコピーに戻されました" in ended.out
        assert writes(world) == before

    def test_a_newer_schema(self, soc: Program, store: Path) -> None:
        edit(store, "UPDATE alembic_version SET version_num = '9999'")
        assert soc.run("sync").code == 9
        checked = soc.run("db", "check", "--json")
        assert checked.code == 9
        (finding,) = checked.json("db-check")["findings"]
        assert (finding["code"], finding["args"]["found"]) == ("newer", "9999")

    def test_a_flipped_bit(self, soc: Program, world: World, store: Path) -> None:
        """It is found by the check, and by the run that would act on the row before that run writes anything."""
        rows = link_rows(store)
        edit(
            store,
            "UPDATE link SET number = number || '0' WHERE rowid = 2",
            "UPDATE link SET revision_token = 'x' WHERE rowid = 2",
        )
        before = writes(world)
        refused = soc.run("sync", "--full")
        assert (refused.code, writes(world)) == (9, before)
        assert "watchkeeper db rebuild" in refused.err
        checked = soc.run("db", "check")
        assert checked.code == 9
        assert "does not match its digest" in checked.out

        shown = soc.run("db", "rebuild", "--json").json("db-rebuild")
        assert (shown["stored"], shown["mended"]) == (False, {"link": 1})
        assert soc.run("sync", "--full").code == 9
        assert soc.run("db", "rebuild", "--confirm").code == 0
        runs = soc.run("history", "--json").json("history")["runs"]
        assert [run["exit_code"] for run in runs if run["command"] == "db rebuild"] == [0]

        assert link_rows(store) == rows
        assert soc.run("db", "check").code == 0
        assert soc.run("sync").code == 0
        assert writes(world) == before

    def test_the_address_of_another_instance(self, soc: Program, world: World, store: Path) -> None:
        rows = link_rows(store)
        with RunningWorld(build_world(MONDAY, frozen=True), workers=WORKERS) as elsewhere:
            seed: Any = elsewhere.world.systems["servicenow"]
            seed.seed({"properties": {"instance_id": "f" * 32}})
            elsewhere.world.clock.set(world.clock.now())
            moved = ("SERVICENOW_", "WATCHKEEPER_EMULATOR_")
            there = {name: text for name, text in elsewhere.environment().items() if name.startswith(moved)}
            before = writes(world)
            stopped = soc.run("sync", **there)
            assert stopped.code == 7
            assert "identity" in stopped.out
            rebuilt = soc.run("db", "rebuild", "--confirm", "--json", **there)
            assert rebuilt.code == 7
            assert rebuilt.json("db-rebuild")["stored"] is False
            assert writes(elsewhere.world) == []
        assert (link_rows(store), writes(world)) == (rows, before)


def test_a_run_under_way_is_not_disturbed(soc: Program, store: Path) -> None:
    edit(
        store,
        "UPDATE lease SET run_id = 'somebody', host = 'elsewhere', expires_at = '2099-01-01T00:00:00.000000Z'",
    )
    for command in (("db", "rebuild", "--confirm"), ("db", "prune", "--keep", "40", "--confirm")):
        assert soc.run(*command).code == 75


class TestTheWriteLog:
    def test_a_row_that_was_edited_is_named(self, soc: Program, store: Path) -> None:
        edit(store, "UPDATE write_log SET after = '{}' WHERE sequence = 3")
        ended = soc.run("history", "verify", "--json")
        assert ended.code == 9
        broken = ended.json("history-verify")["broken"]
        assert (broken["sequence"], broken["flaw"]) == (3, "changed")
        assert broken["run_id"]
        assert broken["key"]

    def test_a_head_that_never_was_is_not_in_it(self, soc: Program, store: Path) -> None:
        assert store.exists()
        ended = soc.run("history", "verify", "--head", f"3:{'0' * 64}")
        assert ended.code == 9
        assert "is not in it" in ended.out

    def test_the_head_of_a_report_is_in_it_later_and_after_old_rows_were_let_go(self, own: Shared) -> None:
        soc, world = own.soc, own.world
        head = soc.run("sync", "--json").json("run")["write_log_head"]
        assert head in soc.run("sync").out
        people(world, "arm", "niamh.kelly", "edit", incident=1, fields={"status": "Active"})
        world.clock.advance(timedelta(minutes=10))
        assert soc.run("sync", "--json").json("run")["write_log_head"] != head
        assert soc.run("history", "verify", "--head", head).code == 0
        world.clock.advance(timedelta(days=60))
        assert soc.run("db", "prune", "--keep", "31").out.count("--confirm") == 1
        pruned = soc.run("db", "prune", "--keep", "31", "--confirm", "--json").json("db-prune")
        assert pruned["rows"]["write_log"] > 0
        verified = soc.run("history", "verify", "--head", head, "--json").json("history-verify")
        assert (verified["broken"], verified["wanted_found"]) == (None, None)
        assert verified["checkpoint"]["count"] == pruned["rows"]["write_log"]
        assert soc.run("db", "check").code == 0


class TestBackup:
    def test_it_replaces_nothing_unasked(self, soc: Program, store: Path) -> None:
        assert store.exists()
        assert soc.run("db", "backup", "copy.db").code == 0
        kept = soc.folder / "copy.db"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        before = kept.read_bytes()
        refused = soc.run("db", "backup", "copy.db")
        assert (refused.code, kept.read_bytes()) == (2, before)
        assert "--force" in refused.err
        assert soc.run("db", "backup", "copy.db", "--force").code == 0

    def test_a_folder_that_is_not_there_is_named(self, soc: Program, store: Path) -> None:
        assert store.exists()
        ended = soc.run("db", "backup", "nowhere/copy.db")
        assert ended.code == 3
        assert "nowhere/copy.db" in ended.err


def test_prune_wants_one_limit_that_the_valves_can_live_with(soc: Program) -> None:
    for asked in ((), ("--keep", "99999999"), ("--keep", "-5"), ("--before", "2026-99-01")):
        assert soc.run("db", "prune", *asked).code == 2
    for before, keep in ((None, None), (date(2026, 1, 1), 40), (None, 3), (date(2026, 11, 15), None)):
        with pytest.raises(BadParameter):
            _limit(before, keep, MONDAY)
    assert _limit(None, 40, MONDAY) == _limit((MONDAY - timedelta(days=40)).date(), None, MONDAY)
