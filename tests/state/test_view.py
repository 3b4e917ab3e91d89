"""What is read inside a view is of one moment, on both databases, and whoever reads fails as himself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.state.examples import KEY, a_link

from watchkeeper.errors import StateUnusable
from watchkeeper.ports import Clock
from watchkeeper.state import SqlStateStore
from watchkeeper.state.database import Database
from watchkeeper.state.library import Library


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
        with database.write() as writer:
            writer.exec_driver_sql("DELETE FROM link")
        assert links(database) == 1
    assert links(database) == 0


def test_one_inside_a_write_sees_what_it_writes(store: SqlStateStore, database: Database) -> None:
    store.put_links([a_link()])
    with database.write() as writer, database.view():
        writer.exec_driver_sql("DELETE FROM link")
        assert links(database) == 0


def test_a_failure_of_the_store_is_told_as_such_and_ends_with_the_view(database: Database) -> None:
    with database.view(), pytest.raises(StateUnusable), database.read() as reader:
        reader.exec_driver_sql("SELECT * FROM nowhere")
    with database.read() as reader:
        assert reader.exec_driver_sql("SELECT 1").scalar_one() == 1
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("failure", [OSError("the mappings folder is gone"), TimeoutError(), UnicodeError()])
def test_one_of_whoever_reads_is_his_own(database: Database, failure: Exception) -> None:
    with pytest.raises(type(failure)) as found, database.view():
        raise failure
    assert found.value is failure
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
