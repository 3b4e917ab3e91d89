"""What is counted of the write log is what the log says, whatever happens to it, on both databases."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from tests.state.beside import Beside
from tests.state.examples import MONDAY, SetClock, a_link, a_report, a_result, an_intent

from watchkeeper.errors import Conflict
from watchkeeper.model.plan import Operation
from watchkeeper.model.run import Outcome
from watchkeeper.model.upkeep import Damage
from watchkeeper.state import SqlStateStore, open_copy, open_store, tally
from watchkeeper.state.anew import drop_damaged
from watchkeeper.state.check import check_store
from watchkeeper.state.prune import prune

UPDATED = ("servicenow", "update")
NUMBERS = count(1)


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few writes fill some, and leave a rest."""
    monkeypatch.setattr(tally, "PORTION", 3)


def write(
    store: SqlStateStore,
    outcome: Outcome = Outcome.DONE,
    days_ago: int = 0,
    operation: Operation = Operation.UPDATE,
    run: str = "run-1",
) -> None:
    at = MONDAY - timedelta(days=days_ago)
    intent = an_intent(run, key=f"key-{next(NUMBERS)}", operation=operation)
    store.intend(intent, at)
    store.settle(intent, a_result(intent, outcome), at)


def counted(store: SqlStateStore, days_ago: int = 400) -> tally.Ends:
    with store.database.read() as connection:
        return tally.since(connection, store.deployment, MONDAY - timedelta(days=days_ago))


def miscounted(store: SqlStateStore) -> int:
    with store.database.read() as connection:
        return tally.miscounted(connection)


class TestCounting:
    def test_every_outcome_counts_once_and_no_intent_does(self, store: SqlStateStore) -> None:
        for outcome in (Outcome.DONE, Outcome.DONE, Outcome.FAILED):
            write(store, outcome)
        write(store, operation=Operation.CLOSE)
        store.intend(an_intent(key="open"), MONDAY)
        assert counted(store) == {
            ("servicenow", "close", "done"): 1,
            (*UPDATED, "done"): 2,
            (*UPDATED, "failed"): 1,
        }
        assert miscounted(store) == 0

    def test_all_but_the_latest_rows_are_counted_beforehand(self, store: SqlStateStore, beside: Beside) -> None:
        for _ in range(5):
            write(store)
        assert [row.kind for row in store.write_log()][tally.PORTION * 3 :] == ["outcome"]
        assert beside.run("SELECT sum(writes) FROM tally") == [(4,)]
        assert counted(store) == {(*UPDATED, "done"): 5}

    def test_a_day_counts_from_its_first_instant_and_those_before_do_not(self, store: SqlStateStore) -> None:
        for days in (0, 1, 2, 9):
            write(store, days_ago=days)
        assert counted(store, days_ago=2) == {(*UPDATED, "done"): 3}

    def test_what_was_not_stored_does_not_count(self, store: SqlStateStore) -> None:
        store.put_links([a_link("another key")])
        intent = an_intent()
        store.intend(intent, MONDAY)
        with pytest.raises(Conflict):
            store.settle(intent, a_result(intent), MONDAY, links=[a_link()])
        assert counted(store) == {}

    def test_deployments_count_for_themselves(self, store: SqlStateStore, url: str, clock: SetClock) -> None:
        write(store)
        with open_store(url, "another", clock, migrate=False) as other:
            write(other, Outcome.SKIPPED)
            assert counted(other) == {(*UPDATED, "skipped"): 1}
        assert counted(store) == {(*UPDATED, "done"): 1}

    def test_a_copy_counts_as_the_store_does(self, store: SqlStateStore, url: str, clock: SetClock) -> None:
        write(store)
        with open_copy(url, "test", clock) as copy:
            assert counted(copy) == counted(store) == {(*UPDATED, "done"): 1}


class TestPruning:
    def test_what_leaves_the_log_leaves_the_counts(self, store: SqlStateStore) -> None:
        for name, days, outcome in (("old", 100, Outcome.DONE), ("young", 1, Outcome.FAILED)):
            store.start_run(name, "sync", MONDAY - timedelta(days=days))
            write(store, outcome, days, run=name)
            write(store, Outcome.ADOPTED, days, run=name)
            store.finish_run(a_report(name, at=MONDAY - timedelta(days=days)))
        before = counted(store)
        prune(store, MONDAY - timedelta(days=50), "pruning", MONDAY, apply=True)
        assert before == {(*UPDATED, "adopted"): 2, (*UPDATED, "done"): 1, (*UPDATED, "failed"): 1}
        assert counted(store) == {(*UPDATED, "adopted"): 1, (*UPDATED, "failed"): 1}
        assert miscounted(store) == 0
        assert store.check_write_log().broken is None


class TestWhenItIsWrong:
    @pytest.fixture
    def wrong(self, store: SqlStateStore, beside: Beside) -> SqlStateStore:
        for outcome in (Outcome.DONE, Outcome.FAILED, Outcome.DONE):
            write(store, outcome)
        beside.run("UPDATE tally SET writes = 7 WHERE outcome = 'done'", "DELETE FROM tally WHERE outcome = 'failed'")
        return store

    def test_the_check_says_how_many_counts_and_calls_it_no_harm(self, wrong: SqlStateStore, url: str) -> None:
        wrong.start_run("run-1", "sync", MONDAY)
        wrong.finish_run(a_report())
        [finding] = check_store(url).findings
        assert (finding.damage, finding.args, finding.harmful) == (Damage.MISCOUNTED, {"count": "2"}, False)

    def test_dropping_what_is_damaged_counts_anew(self, wrong: SqlStateStore) -> None:
        assert drop_damaged(wrong.database) == {}
        assert counted(wrong) == {(*UPDATED, "done"): 2, (*UPDATED, "failed"): 1}
