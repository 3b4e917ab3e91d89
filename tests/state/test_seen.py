"""What the links of one profile show lately, however many there are."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.state.examples import MONDAY, a_link
from tests.state.test_lookups import put, steps

from watchkeeper.model.link import Link, LinkState
from watchkeeper.state import seen
from watchkeeper.state.seen import Explained
from watchkeeper.state.store import SqlStateStore

FOREIGN = "another integration made this pair"


def explained(store: SqlStateStore, profile: str = "escalation", limit: int = 10) -> tuple[list[Explained], bool]:
    with store.database.read() as connection:
        rows, more = seen.explained(connection, store.deployment, profile, FOREIGN, limit)
    return list(rows), more


def latest(store: SqlStateStore, limit: int = 10) -> list[str]:
    with store.database.read() as connection:
        since = MONDAY - timedelta(days=30)
        rows = seen.latest_values(connection, store.deployment, "escalation", "servicenow", since, limit)
    return [key for key, _, _ in rows]


def a_row(number: int, reason: str = "", days: int = 0, **changes: object) -> Link:
    at = MONDAY - timedelta(days=days)
    given = {"profile": "escalation", "reason": reason, "confirmed_at": at, **changes}
    return a_link(f"key-{number:02}", number, **given)  # type: ignore[arg-type]


def test_live_links_that_give_a_reason_are_told_by_key(store: SqlStateStore) -> None:
    put(
        store,
        a_row(3, "status: why"),
        a_row(1, "status: why"),
        a_row(2),
        a_row(4, FOREIGN),
        a_row(5, "gone", state=LinkState.GONE),
        a_row(6, "status: why", profile="maintenance"),
    )
    rows, more = explained(store)
    assert rows == [
        Explained("key-01", "servicenow", "INC0000001", "status: why"),
        Explained("key-03", "servicenow", "INC0000003", "status: why"),
    ]
    assert not more


def test_no_more_of_them_than_asked_for_and_that_there_are_more(store: SqlStateStore) -> None:
    put(store, *(a_row(number, "status: why") for number in range(5)))
    rows, more = explained(store, limit=4)
    assert (len(rows), more) == (4, True)
    assert explained(store, limit=5)[1] is False


def test_values_are_those_of_the_latest_open_and_closed_links(store: SqlStateStore) -> None:
    put(
        store,
        *(a_row(number, days=number) for number in (1, 2, 3, 40)),
        *(a_row(number, days=number, closed=True) for number in (11, 12, 13, 41)),
        a_row(20, side="sentinel"),
        a_row(21, state=LinkState.MISSING),
    )
    assert latest(store, limit=2) == ["key-01", "key-02", "key-11", "key-12"]
    assert latest(store) == ["key-01", "key-02", "key-03", "key-11", "key-12", "key-13"]


def test_each_is_one_walk_along_an_index(store: SqlStateStore, file: Path) -> None:
    assert file.exists()
    put(store, *(a_row(number, "status: why" if number % 7 else "") for number in range(50)))
    with steps(store) as found:
        explained(store)
    assert [step.split("(")[0] for step in found] == ["SEARCH link USING INDEX ix_link_left_alone "]
    with steps(store) as found:
        latest(store)
    assert [step.split("(")[0] for step in found] == ["SEARCH link USING INDEX ix_link_age "] * 2
