"""What waits for the disk, and what may be lost with the power because something durable stands before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from tests.state.examples import MONDAY, a_link, a_result, an_intent

from watchkeeper.state import SqlStateStore

NORMAL, FULL = {"1", "off"}, {"2", "on"}
"""The values of SQLite's `synchronous`, and of PostgreSQL's `synchronous_commit`."""
ASK = {"sqlite": "PRAGMA synchronous", "postgresql": "SHOW synchronous_commit"}


@contextmanager
def levels_of_log_rows(store: SqlStateStore) -> Iterator[list[str]]:
    """The durability of every transaction that adds to the write log."""
    seen: list[str] = []
    ask = ASK[store.database.url.get_backend_name()]

    def look(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO write_log"):
            seen.append(str(cursor.connection.execute(ask).fetchone()[0]))

    event.listen(store.database.engine, "after_cursor_execute", look)
    yield seen
    event.remove(store.database.engine, "after_cursor_execute", look)


def test_an_intent_waits_for_the_disk_and_its_outcome_does_not(store: SqlStateStore) -> None:
    intent = an_intent()
    with levels_of_log_rows(store) as seen:
        store.intend(intent, MONDAY)
        store.settle(intent, a_result(intent), MONDAY, links=[a_link()])
    intended, settled = seen
    assert intended in FULL
    assert settled in NORMAL


def test_an_outcome_inside_a_durable_transaction_is_durable(store: SqlStateStore) -> None:
    intent = an_intent()
    store.intend(intent, MONDAY)
    with levels_of_log_rows(store) as seen, store.transaction():
        store.settle(intent, a_result(intent), MONDAY)
    (settled,) = seen
    assert settled in FULL


@pytest.mark.parametrize("before", [True, False])
def test_a_connection_does_not_keep_the_durability_of_its_last_user(store: SqlStateStore, before: bool) -> None:
    with store.database.write(durable=before):
        pass
    with store.database.write() as connection:
        assert str(connection.exec_driver_sql(ASK[connection.dialect.name]).scalar()) in FULL
