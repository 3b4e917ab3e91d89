from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.state.beside import Beside
from tests.state.examples import KEY, MONDAY, SetClock, a_link, a_report, a_result, an_intent

from watchkeeper.errors import StateUnusable
from watchkeeper.model.plan import Intent
from watchkeeper.state import SqlStateStore, open_store, tables
from watchkeeper.state.digests import digest_of

DIES_BETWEEN = """
import os, signal, sys
from tests.state.examples import MONDAY, SetClock, a_link, a_result, an_intent
from watchkeeper.state import open_store
store = open_store(sys.argv[1], "test", SetClock(), migrate=True)
store.start_run("run-1", "sync", MONDAY)
intent = an_intent()
store.intend(intent, MONDAY)
if sys.argv[2] == "inside settle":
    with store.transaction():
        store.settle(intent, a_result(intent), MONDAY, links=[a_link()])
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("moment", ["before settle", "inside settle"])
def test_a_process_killed_between_intent_and_outcome_leaves_the_intent_and_nothing_else(
    url: str, clock: SetClock, moment: str
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", DIES_BETWEEN, url, moment],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["src", "."])},
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    with open_store(url, "test", clock, migrate=False) as store:
        assert store.intents() == [an_intent()]
        assert [row.kind for row in store.write_log()] == ["intended"]
        assert store.links() == {}
        assert store.check_write_log().broken is None
        assert store.runs(1)[0]["ended_at"] is None
        store.settle(an_intent(), a_result(an_intent()), MONDAY, links=[a_link()])
        assert store.intents() == []


class TestLocked:
    @pytest.fixture
    def impatient(self, store: SqlStateStore, url: str, clock: SetClock) -> Iterator[SqlStateStore]:
        patience = "&options=-clock_timeout%3D20ms" if store.database.url.query else "?timeout=0.02"
        with open_store(url + patience, "test", clock, migrate=False) as opened:
            yield opened

    def test_a_lock_that_outlasts_our_patience_has_a_name_and_a_remedy(
        self, impatient: SqlStateStore, store: SqlStateStore
    ) -> None:
        with (
            store.transaction(),
            pytest.raises(StateUnusable, match=r"is locked by another process .*; wait for it") as refused,
        ):
            impatient.put_links([a_link()])
        assert refused.value.remedy
        impatient.put_links([a_link()])
        assert KEY in impatient.links()

    def test_reading_goes_on_while_another_process_writes(self, impatient: SqlStateStore, store: SqlStateStore) -> None:
        impatient.put_links([a_link()])
        with store.transaction():
            assert KEY in impatient.links()


class TestFull:
    def test_wherever_room_ends_an_outcome_is_stored_whole_or_not_at_all(
        self, url: str, file: Path, clock: SetClock
    ) -> None:
        assert not file.exists()
        with open_store(url, "test", clock, migrate=True) as store:
            intent = an_intent()
            store.intend(intent, MONDAY)
            with limited(store, 0):
                refusals = 0
                while not settled(store, intent):
                    refusals += 1
                    assert (store.intents(), store.links(), len(store.write_log())) == ([intent], {}, 1)
                    limit_pages(store, refusals)
            assert (store.intents(), list(store.links()), len(store.write_log())) == ([], [KEY], 2)
            assert store.check_write_log().broken is None
        assert 2 < refusals < 16

    def test_an_intent_that_cannot_be_stored_is_refused_before_any_call(self, store: SqlStateStore, file: Path) -> None:
        assert file.exists()
        with limited(store, 0), pytest.raises(StateUnusable, match="nothing was half-written"):
            store.intend(an_intent(body={"description": "x" * 100_000}), MONDAY)
        assert store.intents() == []
        assert store.write_log() == []


def settled(store: SqlStateStore, intent: Intent) -> bool:
    try:
        store.settle(intent, a_result(intent), MONDAY, links=[a_link(base={"description": "y" * 20_000})])
    except StateUnusable as error:
        if "no room left" not in error.message:
            raise
        return False
    return True


PAGES: dict[int, int] = {}


def limit_pages(store: SqlStateStore, extra: int) -> None:
    with store.database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    PAGES[id(store)] = pages + extra


@contextmanager
def limited(store: SqlStateStore, extra: int) -> Iterator[None]:
    """A disk with room for so many more pages."""

    def no_room(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {PAGES[id(store)]}")

    limit_pages(store, extra)
    event.listen(store.database.engine, "checkout", no_room)
    yield
    event.remove(store.database.engine, "checkout", no_room)
    PAGES.clear()
    store.database.engine.dispose()


def test_a_read_only_store_can_be_read_and_says_why_it_cannot_be_written(
    store: SqlStateStore, file: Path, clock: SetClock
) -> None:
    store.put_links([a_link()])
    with open_store(f"sqlite:///file:{file}?mode=ro&uri=true", "test", clock, migrate=False) as read_only:
        assert KEY in read_only.links()
        with pytest.raises(StateUnusable, match="is read-only"):
            read_only.put_links([a_link()])


class TestDamage:
    @pytest.mark.parametrize("column", [column.name for column in tables.link.columns if column.name != "deployment"])
    def test_a_flipped_value_in_a_link_row_is_refused_by_name(
        self, store: SqlStateStore, beside: Beside, column: str
    ) -> None:
        store.put_links([a_link()])
        beside.run(f"UPDATE link SET \"{column}\" = '1'")
        with pytest.raises(StateUnusable, match="does not match its digest"):
            store.links()

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", '{"action": {}}', '{"action": null, "run_id": 3, "started_at": "x"}']
    )
    def test_a_document_that_cannot_be_read_is_refused_by_name(
        self, store: SqlStateStore, beside: Beside, text: str
    ) -> None:
        store.intend(an_intent(), MONDAY)
        (found,) = beside.run(tables.intent.select())
        row = {**found._mapping, "document": text}
        beside.run(tables.intent.update().values(document=text, digest=digest_of(tables.intent, row)))
        with pytest.raises(StateUnusable, match="a stored Intent cannot be read"):
            store.intents()

    def test_every_single_flipped_bit_of_a_link_row_is_caught(self, store: SqlStateStore, file: Path) -> None:
        store.put_links([a_link()])
        with closing(sqlite3.connect(file)) as raw:
            (base,) = raw.execute("SELECT base FROM link").fetchone()
            for position in range(len(base) * 7):
                letters = bytearray(base, "ascii")
                letters[position // 7] ^= 1 << (position % 7)
                with raw:
                    raw.execute("UPDATE link SET base = ?", (letters.decode("ascii"),))
                with pytest.raises(StateUnusable):
                    store.links()

    def test_a_file_that_is_no_database_is_refused_with_the_way_back(
        self, url: str, file: Path, clock: SetClock
    ) -> None:
        file.write_bytes(b"\x00garbage" * 1000)
        with pytest.raises(StateUnusable, match="move the file aside"):
            open_store(url, "test", clock, migrate=True)

    @pytest.mark.parametrize("ended", [True, False])
    def test_the_whole_file_is_checked_only_after_a_run_that_did_not_end(
        self, store: SqlStateStore, url: str, file: Path, clock: SetClock, ended: bool
    ) -> None:
        store.start_run("run-1", "sync", MONDAY)
        store.put_links(a_link(f"key-{number}", number) for number in range(200))
        if ended:
            store.finish_run(a_report())
        store.close()
        unindex_a_link(file)
        if ended:
            open_store(url, "test", clock, migrate=False).close()
        else:
            with pytest.raises(StateUnusable, match="is corrupt"):
                open_store(url, "test", clock, migrate=False)

    def test_a_folder_that_does_not_exist_is_named(self, tmp_path: Path, clock: SetClock) -> None:
        with pytest.raises(StateUnusable, match="no/such/folder"):
            open_store(f"sqlite:///{tmp_path}/no/such/folder/watchkeeper.db", "test", clock, migrate=True)


def unindex_a_link(file: Path) -> None:
    """Make an index miss a row, as a lost page write would: the row is deleted while the schema does not show the index."""
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute("PRAGMA writable_schema = ON")
        row = raw.execute("SELECT * FROM sqlite_master WHERE name = 'ix_link_number'").fetchone()
        raw.execute("DELETE FROM sqlite_master WHERE name = 'ix_link_number'")
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute("DELETE FROM link WHERE key = 'key-7'")
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", row)


def test_text_that_is_none_any_more_is_a_corrupt_store(tmp_path: Path) -> None:
    """Bytes that turned over inside a row are no matter to SQLite, which hands them out as they are."""
    url = f"sqlite:///{tmp_path / 'damaged.db'}"
    with open_store(url, "test", SetClock(), migrate=True) as store:
        with closing(sqlite3.connect(tmp_path / "damaged.db")) as connection:
            connection.execute("UPDATE meta SET value = CAST(x'6199' AS TEXT) WHERE name = 'born'")
            connection.commit()
        with pytest.raises(StateUnusable, match="corrupt"):
            store.recall("born")
