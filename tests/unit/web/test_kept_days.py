"""Days of evidence that were read once are not read again, and what is shown is what the store has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from bench.plans import heard
from tests.state.examples import SetClock
from tests.unit.web.boards import NOW, a_store

from watchkeeper.evidence.kept import REMEDIATION, RemediationDay
from watchkeeper.model.evidence import ExposureScore
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.state.library import Library
from watchkeeper.state.store import SqlStateStore
from watchkeeper.web.estates import Estates
from watchkeeper.web.reading import kept_days
from watchkeeper.web.reading.kept_days import KeptDays
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.rules import Rules

TODAY = NOW.date()
FIRST = TODAY - timedelta(days=30)


def day(ago: int, points: float = 1.0, taken: int = 0) -> Snapshot[Any]:
    taken_at = NOW - timedelta(days=ago) + timedelta(minutes=taken)
    return Snapshot(
        REMEDIATION, TODAY - timedelta(days=ago), taken_at, RemediationDay((), ExposureScore(taken_at, points))
    )


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library.open(a_store(tmp_path), SetClock(NOW))
    assert library is not None
    yield library
    library.close()


@pytest.fixture
def store(library: Library) -> SqlStateStore:
    store = library.store("soc")
    store.keep_snapshots([day(3), day(2)])
    return store


def read(days: KeptDays, store: SqlStateStore, since: date = FIRST) -> list[Snapshot[RemediationDay]]:
    return days.between(store, "soc", REMEDIATION, since, TODAY)


def test_only_the_new_day_is_read_after_a_collection(store: SqlStateStore) -> None:
    days = KeptDays()
    before = read(days, store)
    store.keep_snapshots([day(1)])
    with heard() as statements:
        after = read(days, store)
    assert [each.day for each in after] == [TODAY - timedelta(days=ago) for ago in (3, 2, 1)]
    assert [one is other for one, other in zip(before, after, strict=False)] == [True, True]
    [documents] = [each.parameters for each in statements if "document" in each.text]
    assert documents[-2:] == ((TODAY - timedelta(days=1)).isoformat(),) * 2


def test_nothing_is_read_where_nothing_was_kept_since(store: SqlStateStore) -> None:
    days = KeptDays()
    read(days, store)
    with heard() as statements:
        read(days, store)
    assert [each.text for each in statements if "document" in each.text] == []


def test_a_day_that_was_collected_anew_is_shown_as_it_is_now(store: SqlStateStore) -> None:
    days = KeptDays()
    read(days, store)
    store.keep_snapshots([day(3, points=2.0, taken=1)])
    assert [each.document.exposure.points for each in read(days, store) if each.document.exposure] == [2.0, 1.0]


def test_days_that_were_let_go_are_not_shown(store: SqlStateStore) -> None:
    days = KeptDays()
    read(days, store)
    store.drop_snapshots(REMEDIATION, TODAY - timedelta(days=2))
    assert [each.day for each in read(days, store)] == [TODAY - timedelta(days=2)]


def test_a_shorter_period_is_a_part_of_it(store: SqlStateStore) -> None:
    days = KeptDays()
    read(days, store)
    assert [each.day for each in read(days, store, TODAY - timedelta(days=2))] == [TODAY - timedelta(days=2)]


def test_deployments_are_told_apart(library: Library, store: SqlStateStore) -> None:
    days = KeptDays()
    read(days, store)
    assert days.between(library.store("test"), "test", REMEDIATION, FIRST, TODAY) == []


def test_few_are_held(store: SqlStateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_days, "MOST", 1)
    days = KeptDays()
    assert len(read(days, store)) == 2
    with heard() as statements:
        read(days, store)
    assert [each.parameters[-1] for each in statements if "document" in each.text] == [
        (TODAY - timedelta(days=3)).isoformat()
    ]


class Counting:
    """A lock that notes how many connections are in use when it is taken."""

    def __init__(self, store: SqlStateStore) -> None:
        self._pool: Any = store.database.engine.pool
        self.in_use: list[int] = []

    def __enter__(self) -> None:
        self.in_use.append(self._pool.checkedout())

    def __exit__(self, *_: object) -> None:
        pass


def test_who_waits_for_what_another_one_reads_has_a_connection_already(library: Library, store: SqlStateStore) -> None:
    """Else one could wait for a connection with the lock, and those who have the connections for the lock."""
    lock = Counting(store)
    days = KeptDays()
    read(days, store)
    for kind in days._kinds.values():
        kind.lock = lock  # type: ignore[assignment]
    read(days, store)
    reader = Reader(library, "soc", NOW, {}, rules=Rules(folder=Path("mappings")))
    Estates(_lock=lock).of(reader)  # type: ignore[arg-type]
    assert lock.in_use == [1, 1]
