"""Lists, page by page, on every database that a store may be in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from tests.state.examples import KEY, MONDAY, a_link, a_ref, a_report, a_result, a_verdict, an_intent

from watchkeeper.model.link import ConflictRow, Dirty, LinkState
from watchkeeper.model.plan import Intent
from watchkeeper.model.run import Outcome
from watchkeeper.state.link_lists import WantedLinks
from watchkeeper.state.listings import Listings
from watchkeeper.state.store import SqlStateStore
from watchkeeper.state.write_lists import Wanted

T = TypeVar("T")


@pytest.fixture
def listings(store: SqlStateStore) -> Listings:
    return Listings(store.database, "test")


def write(store: SqlStateStore, run_id: str, key: str, number: int, outcome: Outcome | None = Outcome.DONE) -> None:
    intent: Intent = an_intent(run_id, key=key, number=number)
    at = MONDAY + timedelta(minutes=number)
    store.intend(intent, at)
    if outcome is not None:
        store.settle(intent, a_result(intent, outcome), at)


def every(page: Callable[[T | None], Sequence[object]], after: Callable[[object], T], most: int = 2) -> list[object]:
    """All pages of a list, so many rows each."""
    found: list[object] = []
    place: T | None = None
    while True:
        rows = page(place)
        found += rows[:most]
        if len(rows) <= most:
            return found
        place = after(rows[most - 1])


class TestWrites:
    def test_of_a_run_come_in_the_order_in_which_they_were_begun(
        self, store: SqlStateStore, listings: Listings
    ) -> None:
        for number in range(1, 6):
            write(store, "run-1", f"k/{9 - number}", number, Outcome.FAILED if number == 4 else Outcome.DONE)
            write(store, "run-2", "other", number)
        write(store, "run-1", "k/0", 6, None)
        pages = [listings.intended_in("run-1", after, 3) for after in (0, 9, 21)]
        assert [[row.key for row in begun] for begun, _ in pages] == [["k/8", "k/7", "k/6"], ["k/5", "k/4", "k/0"], []]
        assert [[row.outcome for row in ended] for _, ended in pages] == [["done"] * 3, ["failed", "done"], []]
        assert [row.key for row in listings.exceptions_in("run-1", 10)] == ["k/5"]
        assert listings.exceptions_in("run-2", 10) == listings.exceptions_in("none", 10) == []

    def test_of_a_key_come_newest_first_with_what_became_of_them(
        self, store: SqlStateStore, listings: Listings
    ) -> None:
        for run in range(4):
            write(store, f"run-{run}", "k", 1, Outcome.FAILED if run == 1 else Outcome.DONE)
            write(store, f"run-{run}", "other", 2)
        begun, ended = listings.writes_of("k", None, 3)
        assert [row.run_id for row in begun] == ["run-3", "run-2", "run-1"]
        assert {row.run_id: row.outcome for row in ended} == {"run-3": "done", "run-2": "done", "run-1": "failed"}
        assert [row.run_id for row in listings.writes_of("k", begun[-1].sequence, 3)[0]] == ["run-0"]

    @pytest.mark.parametrize(
        ("wanted", "keys"),
        [
            (Wanted(), ["d", "c", "b", "a"]),
            (Wanted(outcome="failed"), ["c"]),
            (Wanted(outcome="done"), ["d", "b", "a"]),
            (Wanted(run_id="run-1"), ["b", "a"]),
            (Wanted(key="b", outcome="done"), ["b"]),
            (Wanted(side="sentinel"), []),
            (Wanted(since=MONDAY + timedelta(minutes=3)), ["d", "c"]),
        ],
    )
    def test_are_found_by_how_they_ended(
        self, store: SqlStateStore, listings: Listings, wanted: Wanted, keys: list[str]
    ) -> None:
        for number, key in enumerate("abcd", start=1):
            write(
                store, "run-1" if number < 3 else "run-2", key, number, Outcome.FAILED if key == "c" else Outcome.DONE
            )
        found = listings.ended(wanted, None, 10)
        assert ([row.key for row in found.rows], found.goes_on) == (keys, None)
        if len(keys) > 1:
            first = listings.ended(wanted, None, 1)
            assert [row.key for row in first.rows] == keys[:1]
            assert [row.key for row in listings.ended(wanted, first.goes_on, 10).rows] == keys[1:]


def test_runs_come_newest_first_by_how_they_ended(store: SqlStateStore, listings: Listings) -> None:
    for number in range(7):
        at = MONDAY - timedelta(minutes=number // 2)
        store.start_run(f"run-{number}", "sync" if number % 2 else "audit", at)
        store.finish_run(
            replace(a_report(f"run-{number}", at=at), command="sync" if number % 2 else "audit", exit_code=number)
        )
    seen: list[object] = []
    after = ""
    while True:
        found = listings.runs("sync", lambda code: code != 3, after, 1)
        seen += (run["run_id"] for run in found.runs)
        if not found.goes_on:
            break
        after = found.goes_on
    assert seen == ["run-1", "run-5"]
    assert listings.run("run-3") is not None
    assert listings.run("none") is None


def test_links_come_by_when_they_were_confirmed_and_those_with_a_reason_by_key(
    store: SqlStateStore, listings: Listings
) -> None:
    for number in range(7):
        at = MONDAY - timedelta(minutes=number // 3)
        closed, reason = number == 4, "why" if number > 4 else ""
        link = a_link(f"k/{number}", number, profile=f"p{number % 2}", confirmed_at=at, closed=closed, reason=reason)
        store.put_links([link, a_link(f"k/{number}", number, "sentinel", confirmed_at=at)])
    store.put_links([a_link("k/gone", 9, state=LinkState.GONE)])
    both = WantedLinks(closed=None)
    found = every(
        lambda after: listings.confirmed(both, after, 3),
        lambda link: (link.confirmed_at, link.key),  # type: ignore[attr-defined]
    )
    assert [link.key for link in found] == [f"k/{each}" for each in (2, 1, 0, 5, 4, 3, 6)]  # type: ignore[attr-defined]
    assert [link.key for link in listings.confirmed(WantedLinks(closed=True), None, 9)] == ["k/4"]
    assert [link.key for link in listings.confirmed(WantedLinks(profile="p0"), None, 9)] == ["k/2", "k/0", "k/6"]
    assert [link.key for link in listings.confirmed(WantedLinks(state=LinkState.GONE), None, 9)] == ["k/gone"]
    assert [link.key for link in listings.with_a_reason(both, "", 9)] == ["k/5", "k/6"]
    assert [link.key for link in listings.with_a_reason(WantedLinks(profile="p0"), "k/5", 9)] == ["k/6"]


def test_what_waits_and_what_was_overtaken_is_paged_whole(store: SqlStateStore, listings: Listings) -> None:
    store.put_dirty(Dirty(f"k/{each}", "p", "why", MONDAY - timedelta(minutes=each // 2), 1) for each in range(5))
    waiting = every(
        lambda after: listings.waiting(after, 3),
        lambda row: (row.since, row.key),  # type: ignore[attr-defined]
    )
    assert [row.key for row in waiting] == ["k/4", "k/2", "k/3", "k/0", "k/1"]  # type: ignore[attr-defined]
    waits = listings.waits("k/3")
    assert waits is not None
    assert waits.reason == "why"
    assert listings.waits("none") is None
    rows = [
        ConflictRow(f"k/{each % 2}", f"f{each % 3}", "sentinel", "1", "2", "latest", f"run-{each}", at_of(each))
        for each in range(7)
    ]
    store.put_conflicts(rows)
    overtaken = every(
        lambda after: listings.overtaken(after, 3),
        lambda row: (row.at, row.key, row.field, row.run_id),  # type: ignore[attr-defined]
    )
    assert overtaken == sorted(rows, key=lambda row: (-row.at.timestamp(), row.key, row.field, row.run_id))
    assert [row.run_id for row in listings.overtaken_in("run-6", at_of(6), at_of(0), 9)] == ["run-6"]


def at_of(number: int) -> datetime:
    return MONDAY - timedelta(minutes=number // 4)


def test_days_that_an_audit_judged_come_newest_first(store: SqlStateStore, listings: Listings) -> None:
    days = [MONDAY.date() - timedelta(days=each) for each in range(3)]
    store.put_verdicts([a_verdict(key=KEY, day=day) for day in days], "run-1")
    store.put_verdicts([replace(a_verdict(key="other"), refs=(a_ref(2),))], "run-1")
    assert [verdict.day for verdict in listings.verdicts_of(KEY, 2)] == days[:2]


def test_runs_are_known_in_their_own_deployment_alone(store: SqlStateStore, listings: Listings) -> None:
    store.finish_run(a_report("run-1"))
    assert listings.known_runs(["run-1", "run-2", ""]) == {"run-1"}
    assert listings.known_runs([]) == frozenset()
    assert Listings(store.database, "other").known_runs(["run-1"]) == frozenset()
