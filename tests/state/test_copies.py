"""A backup is one whole file, made while others write, or nothing; an upgrade keeps one, and is done whole or not at all."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import event
from tests.state.examples import KEY, MONDAY, SetClock, a_link, an_intent

from watchkeeper.errors import StateUnusable
from watchkeeper.model.link import Dirty
from watchkeeper.model.upkeep import Damage
from watchkeeper.state import SqlStateStore, open_store, schema, upgrade
from watchkeeper.state.check import check_store
from watchkeeper.state.copies import back_up
from watchkeeper.state.database import Database


class TestBackup:
    def test_it_is_a_store_of_its_own_with_everything_in_it(
        self, store: SqlStateStore, url: str, file: Path, clock: SetClock
    ) -> None:
        store.put_links([a_link()])
        folder = file.parent
        target = folder / "backup.db"
        made = back_up(url, target)
        assert (made.size, made.schema) == (target.stat().st_size, schema.HEAD)
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert [each.name for each in folder.iterdir() if "backup" in each.name] == ["backup.db"]
        with open_store(f"sqlite:///{target}", "test", clock, migrate=False) as copy:
            assert copy.links() == store.links()
            assert copy.lineage == store.lineage

    def test_it_is_of_one_moment_while_a_run_writes(self, store: SqlStateStore, url: str, file: Path) -> None:
        """Each transaction writes an intent and its row in the log: a copy from the middle of one would hold one of the two."""
        folder = file.parent
        stop, begun = Event(), Event()

        def busy() -> None:
            number = 0
            while not stop.is_set():
                store.intend(an_intent(key=f"key-{number}"), MONDAY)
                number += 1
                begun.set()

        writer = Thread(target=busy)
        writer.start()
        try:
            begun.wait(30)
            for copy in range(3):
                back_up(url, folder / f"{copy}.db")
        finally:
            stop.set()
            writer.join()
        for copy in range(3):
            report = check_store(f"sqlite:///{folder / f'{copy}.db'}")
            assert report.sound
            assert report.rows["intent"] == report.rows["write_log"] > 0

    def test_a_damaged_store_is_not_copied_over_a_good_backup(
        self, store: SqlStateStore, url: str, file: Path, tmp_path: Path
    ) -> None:
        store.put_links([a_link(f"{KEY}-{number}", number) for number in range(200)])
        target = tmp_path / "backup.db"
        back_up(url, target)
        good = target.read_bytes()
        store.close()
        content = bytearray(file.read_bytes())
        middle = len(content) // 2 // 4096 * 4096
        content[middle : middle + 4096] = b"\x05" * 4096
        file.write_bytes(content)
        with pytest.raises(StateUnusable, match="corrupt"):
            back_up(url, target)
        assert target.read_bytes() == good

    def test_the_store_itself_is_no_target(self, store: SqlStateStore, url: str, file: Path) -> None:
        assert store.links() == {}
        with pytest.raises(StateUnusable, match="the state store itself"):
            back_up(url, file)

    def test_of_nothing_there_is_no_copy(self, url: str, file: Path) -> None:
        with pytest.raises(StateUnusable, match="there is no state store"):
            back_up(url, file.with_name("backup.db"))

    def test_a_server_has_means_of_its_own(self, tmp_path: Path) -> None:
        with pytest.raises(StateUnusable) as refused:
            back_up("postgresql+psycopg://u:hunter2@host/db", tmp_path / "backup.db")
        assert "pg_dump" in refused.value.remedy


@pytest.fixture
def of_the_second_version(url: str, file: Path, clock: SetClock) -> Path:
    """A store of schema 0002 with something in it."""
    with open_store(url, "test", clock, migrate=True) as store:
        store.put_links([a_link()])
        store.intend(an_intent(), MONDAY)
        store.put_dirty([Dirty(KEY, "maintenance", "why", MONDAY)])
        store.advance("servicenow", "incident", "2026", None)
    with closing(sqlite3.connect(file)) as raw, raw:
        for table in ("meta", "comment", "intent", "cursor", "dirty", "occurrence", "raised"):
            raw.execute(f"ALTER TABLE {table} DROP COLUMN digest")
        then, now = things_of_the_second_version(file.with_name("second.db")), things_in(raw)
        for kind, name in sorted(now.keys() - then.keys()):
            raw.execute(f"DROP {kind} {name}")
        for thing in then.keys() - now.keys():
            raw.execute(then[thing])
        raw.execute("UPDATE alembic_version SET version_num = '0002'")
    return file


def things_of_the_second_version(file: Path) -> dict[tuple[str, str], str]:
    database = Database(f"sqlite:///{file}")
    schema.migrate(database, to="0002")
    database.close()
    with closing(sqlite3.connect(file)) as raw:
        return things_in(raw)


def things_in(raw: sqlite3.Connection) -> dict[tuple[str, str], str]:
    """The tables, and the indexes that were made by name, with how each is made."""
    rows = raw.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {(kind, name): sql for kind, name, sql in rows}


@pytest.mark.usefixtures("migrations")
class TestUpgrade:
    def test_rows_of_the_second_version_get_their_digests(
        self, url: str, of_the_second_version: Path, clock: SetClock
    ) -> None:
        assert of_the_second_version.exists()
        assert upgrade(url) == ("0002", schema.HEAD)
        assert check_store(url).sound
        with open_store(url, "test", clock, migrate=False) as store:
            assert store.intents() == [an_intent()]
            assert store.watermark("servicenow", "incident") == ("2026", None)
            assert [row.key for row in store.dirty()] == [KEY]

    def test_it_keeps_a_copy_of_what_was_there(self, url: str, of_the_second_version: Path) -> None:
        upgrade(url)
        kept = of_the_second_version.with_name(f"{of_the_second_version.name}-before-{schema.HEAD}")
        with closing(sqlite3.connect(kept)) as raw:
            assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("0002",)
            assert raw.execute("SELECT count(*) FROM link").fetchone() == (1,)
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600

    def test_where_no_copy_can_be_made_nothing_changes(self, url: str, of_the_second_version: Path) -> None:
        of_the_second_version.with_name(f"{of_the_second_version.name}-before-{schema.HEAD}").mkdir()
        with pytest.raises(StateUnusable, match="cannot be written"):
            upgrade(url)
        assert [each.damage for each in check_store(url).findings] == [Damage.OLDER]

    @pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
    @pytest.mark.parametrize("start", ["0002", pytest.param(None, marks=pytest.mark.slow)])
    def test_killed_at_any_statement_it_is_done_whole_or_not_at_all(
        self, url: str, file: Path, request: pytest.FixtureRequest, start: str | None
    ) -> None:
        if start is not None:
            request.getfixturevalue("of_the_second_version")
        before = file.read_bytes() if file.exists() else b""
        deaths = 0
        while upgrade_killed_at(url, deaths + 1):
            deaths += 1
            with closing(sqlite3.connect(file)) as raw:
                tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
                found = raw.execute("SELECT version_num FROM alembic_version").fetchone() if tables else None
            assert (found[0] if found else None) in {start, schema.HEAD}
            for each in file.parent.glob(f"{file.name}*"):
                each.unlink()
            file.write_bytes(before)
        assert deaths > 10
        assert check_store(url).sound


def upgrade_killed_at(url: str, statement: int) -> bool:
    """Upgrade in a process of its own that is killed before its n-th statement; False when it came to its end."""
    child = os.fork()
    if child == 0:
        database, seen = Database(url), 0

        def die(*_: object) -> None:
            nonlocal seen
            seen += 1
            if seen == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(database.engine, "before_cursor_execute", die)
        schema.migrate(database)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)
