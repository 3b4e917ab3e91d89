"""What a run asks about all links, without loading them: the answers, and the way to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.state.examples import KEY, MONDAY, a_decision, a_link, a_record, a_ref

from watchkeeper.model.link import Link, LinkState
from watchkeeper.state import SqlStateStore


def put(store: SqlStateStore, *links: Link) -> None:
    store.put_links(links)


class TestClosedLinks:
    def test_a_link_that_is_known_to_be_closed_comes_back_so(self, store: SqlStateStore) -> None:
        put(store, a_link(closed=True))
        assert store.links()[KEY]["servicenow"].closed

    def test_unclosed_are_live_links_of_which_nobody_knows_that_they_are_closed(self, store: SqlStateStore) -> None:
        put(
            store,
            a_link("open", 1),
            a_link("closed", 2, closed=True),
            a_link("missing", 3, state=LinkState.MISSING),
            a_link("half open", 4, closed=True),
            a_link("half open", 5, "sentinel"),
            a_link("escalation", 6, profile="escalation"),
            a_link("of an older profile", 7, profile="weekly"),
        )
        assert store.unclosed_keys({"escalation"}) == {"open", "half open", "of an older profile"}
        assert store.unclosed_keys({"escalation", "maintenance", "weekly"}) == set()

    def test_the_oldest_come_first_whatever_their_profile_and_the_next_ones_after_them(
        self, store: SqlStateStore
    ) -> None:
        links = [
            a_link(f"key-{number}", number, profile=f"profile-{number % 3}", confirmed_at=MONDAY - timedelta(days=age))
            for number, age in enumerate([3, 9, 1, 9, 5])
        ]
        put(store, *links, a_link("closed", 9, closed=True), a_link("elsewhere", 9, "sentinel"))
        first = store.oldest_links("servicenow", closed=False, limit=3)
        assert [link.key for link in first] == ["key-1", "key-3", "key-4"]
        after = (first[-1].confirmed_at, first[-1].key)
        assert [link.key for link in store.oldest_links("servicenow", closed=False, after=after)] == ["key-0", "key-2"]
        assert [link.key for link in store.oldest_links("servicenow", closed=True)] == ["closed"]


class TestCounts:
    def test_records_that_are_there_count_per_side(self, store: SqlStateStore) -> None:
        put(store, a_link("a", 1), a_link("a", 1, "sentinel"), a_link("b", 2, state=LinkState.MISSING))
        put(store, a_link("c", 3, state=LinkState.GONE))
        assert store.count_records() == {"servicenow": 2, "sentinel": 1}

    def test_a_pair_counts_once_whatever_its_sides(self, store: SqlStateStore) -> None:
        put(store, a_link("a", 1), a_link("a", 1, "sentinel"), a_link("b", 2, profile="escalation"))
        put(store, a_link("c", 3, state=LinkState.GONE))
        assert (store.count_pairs(), store.count_pairs("maintenance"), store.count_pairs("none")) == (3, 2, 0)
        assert store.count_pairs(state=LinkState.LIVE) == 2

    def test_a_profile_whose_pairs_were_only_made_by_hand_was_not_processed(self, store: SqlStateStore) -> None:
        by_hand = a_link("a", 1, revision=type(a_link().revision)(""))
        put(store, by_hand, a_link("b", 2, profile="escalation"))
        assert (store.was_processed("maintenance"), store.was_processed("escalation")) == (False, True)
        assert store.linked_profiles() == ["escalation", "maintenance"]


class TestKeys:
    def test_keys_of_live_records_of_a_profile_on_a_side(self, store: SqlStateStore) -> None:
        put(store, a_link("a", 1, "sentinel"), a_link("b", 2), a_link("c", 3, "sentinel", state=LinkState.GONE))
        put(store, a_link("d", 4, "sentinel", profile="escalation"))
        assert store.live_keys("maintenance", "sentinel") == ["a"]

    def test_links_of_a_profile_come_in_portions_of_whole_keys(self, store: SqlStateStore) -> None:
        put(store, *(a_link(f"key-{number}", number) for number in range(5)), a_link("key-1", 1, "sentinel"))
        put(store, a_link("key-2", 2, "sentinel", profile="escalation"))
        first = store.links_of_profile("maintenance", "", limit=2)
        assert [(link.key, link.ref.side) for link in first] == [
            ("key-0", "servicenow"),
            ("key-1", "sentinel"),
            ("key-1", "servicenow"),
        ]
        assert [link.key for link in store.links_of_profile("maintenance", "key-1")] == ["key-2", "key-3", "key-4"]

    def test_keys_with_a_reason_are_those_of_live_links_apart_from_one_reason(self, store: SqlStateStore) -> None:
        put(store, a_link("b", 2, reason="parked"), a_link("b", 2, "sentinel", reason="parked"))
        put(store, a_link("a", 1, reason="unmapped"), a_link("silent", 3), a_link("foreign", 4, reason="foreign"))
        put(store, a_link("gone", 5, state=LinkState.GONE, reason="not found"))
        assert store.keys_with_reason("foreign") == ["a", "b"]

    def test_keys_by_the_numbers_that_people_know(self, store: SqlStateStore) -> None:
        put(store, a_link("a", 1), replace(a_link("a", 1, "sentinel"), number="17"), a_link("b", 2))
        assert store.keys_by_number(["INC0000001", "17", "INC0000009"]) == {
            "INC0000001": {"servicenow": "a"},
            "17": {"sentinel": "a"},
        }

    def test_keys_of_linked_records_by_the_table_that_they_are_in(self, store: SqlStateStore) -> None:
        put(store, a_link("a", 1), a_link("b", 2))
        elsewhere = type(a_ref())("servicenow", "sn_si_incident", a_ref(2).id)
        assert store.keys_of([a_ref(1), elsewhere, a_ref(7)]) == {a_ref(1): "a"}


class TestDuties:
    STEM = "secure-score/monitoring@"

    def keys(self, *periods: str) -> list[str]:
        return [f"{self.STEM}{period}" for period in periods]

    def test_a_duty_is_known_by_its_decisions_and_its_links_from_a_day_on_and_by_the_newest_before(
        self, store: SqlStateStore
    ) -> None:
        store.put_decisions([a_decision(period=day) for day in ("2026-11-02", "2026-11-09", "2026-11-16")])
        put(store, *(a_link(key, number) for number, key in enumerate(self.keys("2026-11-03", "2026-11-17"))))
        found = store.duty_keys(self.STEM, date(2026, 11, 10))
        assert sorted(found) == self.keys("2026-11-03", "2026-11-09", "2026-11-16", "2026-11-17")

    def test_a_raised_one_is_known_from_a_day_on_and_never_the_newest_before(self, store: SqlStateStore) -> None:
        put(
            store, *(a_link(key, number) for number, key in enumerate(self.keys("2026-11-03", "2026-11-09~0123456789")))
        )
        assert store.duty_keys(self.STEM, date(2026, 11, 10)) == self.keys("2026-11-03")
        assert sorted(store.duty_keys(self.STEM, date(2026, 11, 9))) == self.keys("2026-11-03", "2026-11-09~0123456789")

    def test_other_teams_and_tasks_are_others(self, store: SqlStateStore) -> None:
        others = (
            "secure-score/monitoring-2@2026-11-16",
            "secure-score-2/monitoring@2026-11-16",
            "secure-score/all@2026-11-16",
        )
        put(store, *(a_link(key, number) for number, key in enumerate(others)))
        assert store.duty_keys(self.STEM, date(2026, 11, 10)) == []


QUESTIONS: dict[str, Callable[[SqlStateStore], object]] = {
    "links": lambda store: store.links([KEY]),
    "links_of": lambda store: store.links_of([a_ref()]),
    "keys_of": lambda store: store.keys_of([a_ref()]),
    "linked_profiles": lambda store: store.linked_profiles(),
    "unclosed_keys": lambda store: store.unclosed_keys({"escalation"}),
    "oldest_links": lambda store: store.oldest_links("servicenow", closed=False, after=(MONDAY, "")),
    "was_processed": lambda store: store.was_processed("maintenance"),
    "live_keys": lambda store: store.live_keys("maintenance", "sentinel"),
    "keys_with_reason": lambda store: store.keys_with_reason("foreign"),
    "keys_by_number": lambda store: store.keys_by_number(["INC0000001"]),
    "duty_keys": lambda store: store.duty_keys("secure-score/monitoring@", date(2026, 11, 10)),
    "duty_rows": lambda store: store.duty_rows("owner."),
    "latest_duties": lambda store: store.latest_duties([("secure-score", "monitoring")], date(2026, 11, 23), 8),
    "past_duties": lambda store: store.past_duties(("secure-score", "monitoring"), "2026-11-23", 8),
    "observe": lambda store: store.observe("run-1", [(a_record(), None, "00")]),
    "decisions": lambda store: store.decisions([KEY]),
}
"""Everything that a run asks about links and decisions although nothing has happened, and what the board asks of duties."""


@contextmanager
def steps(store: SqlStateStore) -> Iterator[list[str]]:
    """How SQLite goes about the statements that are executed meanwhile."""
    found: list[str] = []

    def explain(connection, _cursor, statement, parameters, _context, many):  # type: ignore[no-untyped-def]
        if not many:
            driver = connection.connection.driver_connection
            found.extend(str(row[3]) for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(store.database.engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(store.database.engine, "before_cursor_execute", explain)


@pytest.mark.parametrize("asked", QUESTIONS)
def test_no_question_of_a_run_walks_along_all_links_or_sorts_them(store: SqlStateStore, file: Path, asked: str) -> None:
    assert file.exists()
    put(store, *(a_link(f"key-{number}", number, profile=f"profile-{number % 3}") for number in range(50)))
    with steps(store) as found:
        QUESTIONS[asked](store)
    assert found
    assert not [
        step for step in found if step.startswith(("SCAN link", "SCAN occurrence", "SCAN observed", "USE TEMP"))
    ]
    assert not [step for step in found if step.endswith("(deployment=?)")]


def test_a_sweep_compares_along_an_index_that_holds_all_that_is_compared(store: SqlStateStore, file: Path) -> None:
    assert file.exists()
    with steps(store) as found:
        store.unseen("run-1", "servicenow", "incident")
        store.differing("run-1")
    assert [step for step in found if "SEARCH link" in step and "USING COVERING INDEX ix_link_sweep" not in step] == []
    assert any("SEARCH link" in step for step in found)
