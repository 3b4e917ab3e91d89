"""What is read inside a view is of one moment, on both databases, and whoever reads fails as himself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from tests.postgres import Server, name_of
from tests.state.examples import KEY, a_link

from watchkeeper.errors import StateUnusable
from watchkeeper.ports import Clock
from watchkeeper.state import SqlStateStore
from watchkeeper.state.database import Database, among
from watchkeeper.state.library import Library
from watchkeeper.state.read_limit import ReadLimit
from watchkeeper.state.tables import meta


@pytest.fixture
def library(url: str, store: SqlStateStore, clock: Clock) -> Iterator[Library]:
    opened = Library.open(url, clock)
    assert opened is not None
    yield opened
    opened.close()


@pytest.fixture
def database(url: str, store: SqlStateStore) -> Iterator[Database]:
    opened = Database(url)
    yield opened
    opened.close()


def tickets(library: Library) -> int:
    return len(library.store("test").links()[KEY])


def links(database: Database) -> int:
    with database.read() as reader:
        return int(reader.exec_driver_sql("SELECT count(*) FROM link").scalar_one())


def in_use(database: Database) -> int:
    pool: Any = database.engine.pool
    return int(pool.checkedout())


def test_what_a_run_stores_meanwhile_is_seen_by_the_next_one(library: Library, store: SqlStateStore) -> None:
    store.put_links([a_link()])
    with library.store("test").view():
        assert tickets(library) == 1
        store.put_links([a_link(number=2, side="sentinel")])
        assert tickets(library) == 1
        with library.store("test").view():
            assert tickets(library) == 1
        assert tickets(library) == 1
    assert tickets(library) == 2


def test_a_write_of_the_same_thread_is_none_of_the_view(store: SqlStateStore, database: Database) -> None:
    store.put_links([a_link()])
    with database.view():
        assert links(database) == 1
        assert in_use(database) == 1
        with database.write() as writer:
            writer.exec_driver_sql("DELETE FROM link")
        assert links(database) == 1
    assert links(database) == 0


def test_one_inside_a_write_sees_what_it_writes(store: SqlStateStore, database: Database) -> None:
    store.put_links([a_link()])
    with database.write() as writer, database.view():
        writer.exec_driver_sql("DELETE FROM link")
        assert links(database) == 0
        assert in_use(database) == 1


def test_one_of_a_database_in_memory_sees_what_is_written_meanwhile(file: Path) -> None:
    with closing(Database("sqlite://")) as database, database.view():
        with database.write() as writer:
            writer.exec_driver_sql("CREATE TABLE kept (number)")
        with database.read() as reader:
            assert reader.exec_driver_sql("SELECT count(*) FROM kept").scalar_one() == 0


def test_a_failure_of_the_store_is_told_as_such_and_ends_with_the_view(database: Database) -> None:
    with database.view(), pytest.raises(StateUnusable), database.read() as reader:
        reader.exec_driver_sql("SELECT * FROM nowhere")
    assert links(database) == 0
    assert in_use(database) == 0


def test_one_that_cannot_be_opened_is_told_as_such(url: str, postgres: Server) -> None:
    with closing(Database(url.replace(name_of(url), "nowhere"))) as database:
        with pytest.raises(StateUnusable), database.view():
            pytest.fail("nothing is read")
        assert in_use(database) == 0


@pytest.mark.parametrize("failure", [OSError("the mappings folder is gone"), TimeoutError(), UnicodeError()])
def test_one_of_whoever_reads_is_his_own(database: Database, failure: Exception) -> None:
    with pytest.raises(type(failure)) as found, database.view():
        raise failure
    assert found.value is failure
    assert links(database) == 0
    assert in_use(database) == 0


class TestAServerThatEndsTheConnection:
    def test_is_told_as_such_and_asked_again(self, database: Database, postgres: Server, url: str) -> None:
        with database.view():
            end_connections(postgres, url)
            with pytest.raises(StateUnusable, match="connection"):
                links(database)
        assert links(database) == 0
        assert in_use(database) == 0

    def test_hides_no_failure_of_whoever_reads(self, database: Database, postgres: Server, url: str) -> None:
        def fail() -> None:
            with database.view():
                end_connections(postgres, url)
                raise KeyError

        with pytest.raises(KeyError):
            fail()
        assert links(database) == 0
        assert in_use(database) == 0

    def test_is_nothing_to_whoever_has_read_already(self, database: Database, postgres: Server, url: str) -> None:
        with database.view():
            links(database)
            end_connections(postgres, url)
        assert links(database) == 0
        assert in_use(database) == 0


def end_connections(postgres: Server, url: str) -> None:
    assert postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name_of(url)}'")


class Stepping:
    """A clock that goes on when somebody says so."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


LONG = (
    "WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 100000) SELECT count(*) FROM more"
)
"""A question that takes SQLite more steps than it takes between two looks at the clock."""


def test_the_limit_is_of_each_question_and_not_of_what_is_done_between(file: Path, store: SqlStateStore) -> None:
    clock = Stepping()
    assert store.database.file == file
    with closing(Database(f"sqlite:///{file}", reading=ReadLimit(15, clock))) as database, database.view():
        for _ in range(3):
            with database.read() as reader:
                assert reader.exec_driver_sql(LONG).scalar_one() == 100_000
            clock.at += 20
        with database.read() as reader:
            clock.at += 20
            with pytest.raises(OperationalError, match="interrupted"):
                reader.exec_driver_sql(LONG)


def test_a_question_inside_that_takes_a_server_too_long_is_given_up(url: str, postgres: Server) -> None:
    assert postgres.run("SELECT 1")
    with (
        closing(Database(url, reading=ReadLimit(0.1, Stepping()))) as database,
        database.view(),
        pytest.raises(StateUnusable, match="took too long"),
        database.read() as reader,
    ):
        reader.exec_driver_sql("SELECT pg_sleep(10)")


class TestAmong:
    def test_all_values_are_looked_for_however_many_they_are(self, database: Database) -> None:
        wanted = [f"name-{number}" for number in range(1_200)]
        with database.write() as writer:
            rows = [{"deployment": "test", "name": each, "value": "x"} for each in (*wanted, "other")]
            writer.execute(meta.insert(), rows)
        with database.read() as reader:
            chosen = list(among(reader, meta.c.name, iter(wanted)))
            found = [row.name for each in chosen for row in reader.execute(select(meta.c.name).where(each))]
        assert sorted(found) == sorted(wanted)
        assert len(chosen) == (3 if database.is_sqlite else 1)

    def test_nothing_is_asked_where_nothing_is_wanted(self, database: Database) -> None:
        with database.read() as reader:
            assert list(among(reader, meta.c.name, [])) == []
