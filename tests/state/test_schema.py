from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from tests import migrated_once
from tests.state.beside import Beside
from tests.state.examples import KEY, MONDAY, SetClock, a_link

from watchkeeper.errors import StateUnusable
from watchkeeper.evidence.kept import DEVICES, devices_of
from watchkeeper.model.evidence import ExposedDevice
from watchkeeper.model.snapshot import SnapshotKind
from watchkeeper.model.task_devices import DeviceList, DeviceLists, GroupCount, NotRead, TaskDevices
from watchkeeper.state import SqlStateStore, open_copy, open_store, schema, tally, upgrade
from watchkeeper.state.codec import instant_text
from watchkeeper.state.database import Database
from watchkeeper.state.opening import is_empty
from watchkeeper.state.pairing import row_of
from watchkeeper.state.tables import metadata, snapshot, write_log

T = TypeVar("T")

pytestmark = pytest.mark.usefixtures("migrations")


def tables_of(file: Path) -> dict[str, str]:
    """Every table and index as SQLite keeps it, without white space and quotes (it puts some around what it renames)."""
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: "".join(sql.replace('"', "").split()) for name, sql in rows if name != "alembic_version"}


def test_migrating_from_nothing_gives_the_tables_that_the_program_describes(tmp_path: Path) -> None:
    migrated, described = tmp_path / "migrated.db", tmp_path / "described.db"
    upgrade(f"sqlite:///{migrated}")
    engine = create_engine(f"sqlite:///{described}")
    metadata.create_all(engine)
    engine.dispose()
    assert tables_of(migrated) == tables_of(described)


def test_what_tests_tell_a_new_store_makes_what_the_migrations_make(tmp_path: Path) -> None:
    migrated, told = tmp_path / "migrated.db", tmp_path / "told.db"
    upgrade(f"sqlite:///{migrated}")
    migrated_once.install()
    upgrade(f"sqlite:///{told}")
    dumps = []
    for file in (migrated, told):
        with closing(sqlite3.connect(file)) as connection:
            dumps.append(list(connection.iterdump()))
    assert dumps[0] == dumps[1]
    assert len(dumps[0]) > len(metadata.tables)


def test_alembic_finds_nothing_left_to_migrate(empty_url: str) -> None:
    upgrade(empty_url)
    engine = create_engine(empty_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_the_versions_that_the_program_knows_are_the_migrations_it_ships() -> None:
    scripts = ScriptDirectory.from_config(schema.configuration())
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == schema.REVISIONS
    assert scripts.get_current_head() == schema.HEAD


def test_upgrading_says_what_it_did_and_doing_it_again_changes_nothing(empty_url: str) -> None:
    assert is_empty(empty_url)
    assert upgrade(empty_url) == (None, schema.HEAD)
    assert upgrade(empty_url) == (schema.HEAD, schema.HEAD)
    assert not is_empty(empty_url)


def test_links_of_the_first_schema_keep_their_digests_and_count_as_open(url: str, file: Path, clock: SetClock) -> None:
    database = Database(url)
    with database.write() as connection:
        configuration = schema.configuration()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0001")
    database.close()
    row = {name: value for name, value in row_of("test", a_link()).items() if name != "closed"}
    with closing(sqlite3.connect(file)) as connection, connection:
        names = ", ".join(f'"{name}"' for name in row)
        connection.execute(f"INSERT INTO link ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
        connection.execute(
            "INSERT INTO observed VALUES ('test', 'run', 'sentinel', 'incidents', '1', NULL, '', '', 0, '{}')"
        )
    assert upgrade(url) == ("0001", schema.HEAD)
    with open_store(url, "test", clock, migrate=False) as store:
        assert store.links() == {KEY: {"servicenow": a_link()}}
        assert store.unclosed_keys(()) == {KEY}


def test_the_writes_of_a_store_from_before_they_were_counted_are_counted(empty_url: str, clock: SetClock) -> None:
    database = Database(empty_url)
    schema.migrate(database, to="0004")
    with database.write() as connection:
        connection.execute(write_log.insert(), [a_logged_row(number) for number in range(1, tally.PORTION + 4)])
    database.close()
    assert upgrade(empty_url) == ("0004", schema.HEAD)
    updated = ("servicenow", "update")
    with open_store(empty_url, "test", clock, migrate=False) as store, store.database.read() as connection:
        assert tally.since(connection, "test", MONDAY) == {(*updated, "done"): 84, (*updated, "failed"): 84}
        assert tally.since(connection, "test", MONDAY - timedelta(days=1)) == {
            (*updated, "done"): 168,
            (*updated, "failed"): 168,
        }
        assert tally.miscounted(connection) == 0


def test_lists_of_devices_from_before_they_lost_their_counts_can_be_read_after(empty_url: str, clock: SetClock) -> None:
    at, device = instant_text(MONDAY), ["d1", "host-1", "Linux", "Tier 1"]
    listed = {
        DEVICES.name: [[["t1", at, 7, None], ["t2", None, 0, "later", at], ["t3", at, None, at]]],
        devices_of("t1").name: ["t1", at, 7, [device], [["Tier 1", 7]]],
        devices_of("t3").name: ["t3", at, [device], [["Tier 1", 7]]],
        f"{DEVICES.name}/broken": {"not": "a row"},
        **{f"{DEVICES.name}/broken-{number}": each for number, each in enumerate(([], None, 7, "text", [1, 2]))},
    }
    fixed = {"day": MONDAY.date().isoformat(), "taken_at": at}
    elsewhere = {
        "other": {devices_of("t1").name: ["t1", at, 2, [], []]},
        **{f"broken-{number}": {DEVICES.name: each} for number, each in enumerate(([], None, {}, [None], [[None, 7]]))},
    }
    database = Database(empty_url)
    schema.migrate(database, to="0005")
    with database.write() as connection:
        for of, documents in (("test", listed), *elsewhere.items()):
            rows = [
                {**fixed, "deployment": of, "name": name, "document": json.dumps(each)}
                for name, each in documents.items()
            ]
            connection.execute(snapshot.insert(), rows)
    database.close()
    assert upgrade(empty_url) == ("0005", schema.HEAD)
    later = DeviceList("t2", None, NotRead.LATER, MONDAY)
    lists = DeviceLists((DeviceList("t1", MONDAY, None), later, DeviceList("t3", MONDAY, None, MONDAY)))
    kept = (ExposedDevice("d1", "host-1", "Linux", "Tier 1"),)
    first, third = (TaskDevices(task, MONDAY, kept, (GroupCount("Tier 1", 7),)) for task in ("t1", "t3"))
    with open_store(empty_url, "test", clock, migrate=False) as store:
        assert latest_of(store, DEVICES) == lists
        assert latest_of(store, devices_of("t1")) == first
        assert latest_of(store, devices_of("t3")) == third
    with open_store(empty_url, "other", clock, migrate=False) as store:
        assert latest_of(store, devices_of("t1")) == TaskDevices("t1", MONDAY, (), ())
    with open_store(empty_url, "broken-0", clock, migrate=False) as store, pytest.raises(StateUnusable):
        latest_of(store, DEVICES)


def latest_of(store: SqlStateStore, kind: SnapshotKind[T]) -> T | None:
    kept = store.latest_snapshot(kind, MONDAY.date())
    return None if kept is None else kept.document


def a_logged_row(number: int) -> dict[str, object]:
    """In turn an intent, a write that was done and one that failed, by turns of this day and the day before."""
    kind, outcome = (("intended", ""), ("outcome", "done"), ("outcome", "failed"))[number % 3]
    blank = dict.fromkeys((column.name for column in write_log.columns), "")
    at = instant_text(MONDAY - timedelta(days=number % 2))
    named = {"deployment": "test", "side": "servicenow", "operation": "update", "sequence": number, "at": at}
    return {**blank, **named, "kind": kind, "outcome": outcome}


def test_a_newer_schema_is_refused_whether_to_be_migrated_or_not(url: str, beside: Beside, clock: SetClock) -> None:
    upgrade(url)
    beside.run("UPDATE alembic_version SET version_num = '9999'")
    for attempt in (
        lambda: open_store(url, "test", clock, migrate=True),
        lambda: open_store(url, "test", clock, migrate=False),
        lambda: open_copy(url, "test", clock),
        lambda: upgrade(url),
    ):
        with pytest.raises(StateUnusable, match="9999, which is newer than this program"):
            attempt()


def test_a_store_without_tables_is_refused_unless_it_may_be_made(empty_url: str, clock: SetClock) -> None:
    with pytest.raises(StateUnusable, match="db upgrade"):
        open_store(empty_url, "test", clock, migrate=False)
    open_store(empty_url, "test", clock, migrate=True).close()
    open_store(empty_url, "test", clock, migrate=False).close()


def test_an_interrupted_migration_leaves_nothing_behind(url: str, file: Path) -> None:
    database = Database(url)

    def no_room(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 20")

    event.listen(database.engine, "connect", no_room)
    with pytest.raises(StateUnusable, match="no room"):
        schema.migrate(database)
    database.close()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    assert upgrade(url) == (None, schema.HEAD)


class TestCopies:
    def test_a_copy_starts_as_the_store_and_leaves_it_untouched(
        self, store: SqlStateStore, url: str, file: Path, clock: SetClock
    ) -> None:
        store.put_links([a_link()])
        before = file.read_bytes(), file.with_name(file.name + "-wal").read_bytes()
        with open_copy(url, "test", clock) as copy:
            assert copy.links() == store.links()
            assert (copy.lineage, copy.born) == (store.lineage, store.born)
            copy.put_links([a_link("another", 2)])
            assert len(copy.links()) == 2
        assert (file.read_bytes(), file.with_name(file.name + "-wal").read_bytes()) == before
        assert set(store.links()) == {KEY}

    def test_a_copy_of_nothing_is_an_empty_store_and_makes_no_file(self, url: str, file: Path, clock: SetClock) -> None:
        with open_copy(url, "test", clock) as copy:
            assert copy.links() == {}
            copy.put_links([a_link()])
        assert not file.exists()

    def test_a_file_that_is_no_database_cannot_be_copied(self, url: str, file: Path, clock: SetClock) -> None:
        file.write_bytes(b"not a database, only long enough to look like one" * 100)
        with pytest.raises(StateUnusable, match="not a database"):
            open_copy(url, "test", clock)


@pytest.mark.parametrize("url", ["", "watchkeeper.db", "mysql://host/db", "sqlite3:///x", "nonsense://"])
def test_an_address_that_is_no_supported_database_is_refused(url: str) -> None:
    with pytest.raises(StateUnusable, match="WATCHKEEPER_STATE_URL"):
        Database(url)


def test_a_password_in_the_address_is_never_shown() -> None:
    assert "hunter2" not in str(Database.parse("postgresql+psycopg://u:hunter2@host/db"))
