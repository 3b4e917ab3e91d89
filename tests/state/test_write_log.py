from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.state.beside import Beside
from tests.state.examples import KEY, MONDAY, a_link, a_ref, a_report, a_result, an_action, an_intent

from watchkeeper.errors import Conflict
from watchkeeper.model.link import Dirty, LedgerEntry
from watchkeeper.model.plan import FieldChange, Intent, Operation
from watchkeeper.model.run import Outcome
from watchkeeper.state import SqlStateStore


def write(store: SqlStateStore, intent: Intent, outcome: Outcome = Outcome.DONE, keep: bool = False) -> None:
    store.intend(intent, intent.started_at)
    store.settle(intent, a_result(intent, outcome), intent.started_at, keep=keep)


def first_broken(store: SqlStateStore) -> int | None:
    broken = store.check_write_log().broken
    return None if broken is None else broken.sequence


class TestIntents:
    def test_an_intent_is_open_with_its_exact_body_until_it_is_settled(self, store: SqlStateStore) -> None:
        intent = an_intent(body={"short_description": "スコア\x00\ud800", "labels": ("a",), "state": None})
        store.intend(intent, MONDAY)
        assert store.intents() == [intent]
        store.settle(intent, a_result(intent), MONDAY)
        assert store.intents() == []

    def test_every_intent_has_an_intended_row_before_its_outcome(self, store: SqlStateStore) -> None:
        intent = an_intent()
        store.intend(intent, MONDAY)
        (intended,) = store.write_log()
        store.settle(intent, a_result(intent, Outcome.FAILED, error="403"), MONDAY)
        before, after = store.write_log()
        assert before == intended
        assert (intended.kind, intended.outcome, intended.before, intended.after) == (
            "intended",
            "",
            '{"state":"2"}',
            '{"state":"6"}',
        )
        assert (after.kind, after.outcome, after.reason) == ("outcome", "failed", "INC0000001; 403")
        assert after.action_id == intended.action_id == intent.action.id

    def test_settling_stores_the_links_and_comments_that_it_proves(self, store: SqlStateStore) -> None:
        intent = an_intent()
        entry = LedgerEntry(KEY, a_ref(), "note-1", "mirrored", "comment-1", MONDAY)
        store.intend(intent, MONDAY)
        store.settle(intent, a_result(intent), MONDAY, links=[a_link()], ledger=[entry])
        assert store.links() == {KEY: {"servicenow": a_link()}}
        assert store.ledger([KEY]) == [entry]

    def test_settling_is_one_transaction(self, store: SqlStateStore) -> None:
        intent = an_intent()
        store.put_links([a_link("another key")])
        store.intend(intent, MONDAY)
        with pytest.raises(Conflict):
            store.settle(intent, a_result(intent, Outcome.FAILED), MONDAY, links=[a_link()])
        assert store.intents() == [intent]
        assert [row.kind for row in store.write_log()] == ["intended"]
        assert store.dirty() == []

    def test_an_intent_whose_effect_nobody_knows_stays_open(self, store: SqlStateStore) -> None:
        intent = an_intent()
        write(store, intent, Outcome.UNKNOWN, keep=True)
        assert store.intents() == [intent]
        assert [row.outcome for row in store.write_log()] == ["", "unknown"]

    def test_the_same_write_intended_again_is_one_open_intent(self, store: SqlStateStore) -> None:
        store.intend(an_intent("run-1"), MONDAY)
        store.intend(an_intent("run-2"), MONDAY)
        assert [intent.run_id for intent in store.intents()] == ["run-2"]
        assert len(store.write_log()) == 2

    @pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.CONFLICT, Outcome.UNKNOWN])
    def test_a_key_with_work_left_is_dirty_since_the_first_time(self, store: SqlStateStore, outcome: Outcome) -> None:
        write(store, an_intent(), outcome)
        later = Intent(an_action(), "run-2", MONDAY + timedelta(hours=1))
        write(store, later, outcome)
        assert store.dirty() == [Dirty(KEY, "maintenance", outcome.value, MONDAY, 2)]

    @pytest.mark.parametrize("outcome", [Outcome.DONE, Outcome.ADOPTED])
    def test_a_finished_action_neither_marks_nor_clears_its_key(self, store: SqlStateStore, outcome: Outcome) -> None:
        waiting = Dirty("another", "maintenance", "failed", MONDAY)
        store.put_dirty([waiting])
        write(store, an_intent(), outcome)
        assert store.dirty() == [waiting]


def test_a_write_costs_two_commits_and_seven_statements(store: SqlStateStore, backend: str) -> None:
    """Hundreds of workers' worth of writes go through one file: what each of them costs is kept in sight here. On a server
    each of the two waits its turn with a statement of its own."""
    intent, seen = an_intent(), list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    store.intend(intent, MONDAY)
    store.settle(intent, a_result(intent), MONDAY, links=[a_link()])
    event.remove(store.database.engine, "before_cursor_execute", note)
    assert len(seen) == {"sqlite": 7, "postgresql": 7 + 2}[backend]


class TestContent:
    def test_the_text_of_a_note_is_never_in_the_log(self, store: SqlStateStore, file: Path) -> None:
        write(store, an_intent(operation=Operation.COMMENT, body={"text": "the password is hunter2"}))
        write(store, an_intent(body={"work_notes": "the password is hunter2", "state": "6"}))
        logged = " ".join(row.before + row.after + row.reason for row in store.write_log())
        assert "hunter2" not in logged
        assert "sha256:" in logged
        assert "(23 characters)" in logged
        store.close()
        assert b"hunter2" not in file.read_bytes()

    def test_the_rule_behind_each_raw_field_is_on_record_beside_what_it_held(self, store: SqlStateStore) -> None:
        change = FieldChange("status", "active", "resolved", "profiles/maintenance.yaml:47:3", raw=("state",))
        write(store, an_intent(changes=(change,), was={"servicenow": {"state": "2"}}))
        intended = store.write_log()[0]
        assert json.loads(intended.before) == {"state": "2"}
        assert json.loads(intended.agreed) == {"servicenow": {"state": "2"}}
        assert json.loads(intended.rules) == {"state": ["status", "profiles/maintenance.yaml:47:3"]}

    def test_fields_that_the_side_did_not_take_are_named(self, store: SqlStateStore) -> None:
        intent = an_intent()
        store.intend(intent, MONDAY)
        store.settle(intent, a_result(intent, refused=("state",)), MONDAY)
        assert json.loads(store.write_log()[-1].after) == {"refused": ["state"]}

    def test_the_log_is_read_by_run_by_key_and_from_its_end(self, store: SqlStateStore) -> None:
        write(store, an_intent("run-1", key="one"))
        write(store, an_intent("run-2", key="two"))
        write(store, an_intent("run-2", key="one"))
        assert [row.sequence for row in store.write_log(run_id="run-2")] == [3, 4, 5, 6]
        assert [row.sequence for row in store.write_log(key="one")] == [1, 2, 5, 6]
        assert [row.sequence for row in store.write_log(run_id="run-2", key="one", limit=1)] == [6]


class TestChain:
    @pytest.fixture
    def filled(self, store: SqlStateStore) -> SqlStateStore:
        for number in range(4):
            write(store, an_intent(number=number))
        store.start_run("run-1", "sync", MONDAY)
        store.finish_run(a_report())
        assert store.check_write_log().broken is None
        return store

    @pytest.mark.parametrize(
        "column",
        ["run_id", "at", "kind", "action_id", "key", "side", "record_id", "operation", "after", "outcome", "hash"],
    )
    def test_an_edited_row_is_found(self, filled: SqlStateStore, beside: Beside, column: str) -> None:
        beside.run(f"UPDATE write_log SET \"{column}\" = 'edited' WHERE sequence = 3")
        assert first_broken(filled) == 3

    def test_a_deleted_row_is_found(self, filled: SqlStateStore, beside: Beside) -> None:
        beside.run("DELETE FROM write_log WHERE sequence = 4")
        assert first_broken(filled) == 4

    def test_two_rows_in_another_order_are_found(self, filled: SqlStateStore, beside: Beside) -> None:
        beside.run(
            "UPDATE write_log SET sequence = 99 WHERE sequence = 2",
            "UPDATE write_log SET sequence = 2 WHERE sequence = 3",
            "UPDATE write_log SET sequence = 3 WHERE sequence = 99",
        )
        assert first_broken(filled) == 2

    def test_a_log_cut_at_its_end_is_found_by_the_anchor_of_the_last_run(
        self, filled: SqlStateStore, beside: Beside
    ) -> None:
        beside.run("DELETE FROM write_log WHERE sequence > 5")
        assert first_broken(filled) == 6

    def test_an_emptied_log_is_found(self, filled: SqlStateStore, beside: Beside) -> None:
        beside.run("DELETE FROM write_log")
        assert first_broken(filled) == 1

    def test_the_chain_holds_when_twelve_threads_write(self, store: SqlStateStore) -> None:
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda number: write(store, an_intent(number=number, key=f"key-{number}")), range(60)))
        assert [row.sequence for row in store.write_log()] == list(range(1, 121))
        assert store.check_write_log().broken is None


class TestCounts:
    def test_closes_are_counted_per_run_those_without_any_included(self, store: SqlStateStore) -> None:
        for run, hour in (("before", -1), ("none", 1), ("two", 2)):
            store.start_run(run, "sync", MONDAY + timedelta(hours=hour))
        for number in range(2):
            write(store, an_intent("two", number=number, operation=Operation.CLOSE))
        write(store, an_intent("two", number=3, operation=Operation.CLOSE), Outcome.FAILED)
        write(store, an_intent("before", number=4, operation=Operation.CLOSE))
        assert store.closes_per_run(MONDAY) == [0, 2]

    def test_writes_that_happened_are_counted_per_field(self, store: SqlStateStore) -> None:
        write(store, an_intent("run-1"))
        write(store, an_intent("run-2", body={"state": "2", "impact": "3"}))
        write(store, an_intent("run-3"), Outcome.UNKNOWN, keep=True)
        write(store, an_intent("run-4"), Outcome.CONFLICT)
        write(store, an_intent("run-5", operation=Operation.COMMENT, body={"text": "hello"}))
        assert store.recent_writes(MONDAY) == {(KEY, "servicenow", "state"): 2, (KEY, "servicenow", "impact"): 1}

    def test_a_write_tried_several_times_in_one_run_counts_once(self, store: SqlStateStore) -> None:
        for _ in range(3):
            write(store, an_intent("run-1"), Outcome.UNKNOWN, keep=True)
        assert store.recent_writes(MONDAY) == {}
        write(store, an_intent("run-1"), Outcome.ADOPTED)
        assert store.recent_writes(MONDAY) == {(KEY, "servicenow", "state"): 1}

    def test_writes_before_the_window_do_not_count(self, store: SqlStateStore) -> None:
        write(store, an_intent())
        assert store.recent_writes(MONDAY + timedelta(seconds=1)) == {}


class TestUnanswered:
    def test_a_write_is_answered_by_what_its_own_run_was_told(self, store: SqlStateStore) -> None:
        for number, outcome in enumerate((Outcome.DONE, Outcome.FAILED, Outcome.SKIPPED)):
            write(store, an_intent(number=number), outcome)
        assert store.unanswered(MONDAY) == frozenset()

    @pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.CONFLICT, Outcome.ADOPTED])
    def test_what_a_later_look_has_told_is_no_answer(self, store: SqlStateStore, outcome: Outcome) -> None:
        write(store, an_intent(), outcome)
        assert store.unanswered(MONDAY) == {KEY}

    def test_nor_is_that_another_run_made_the_same_write(self, store: SqlStateStore) -> None:
        store.intend(an_intent("run-1"), MONDAY)
        write(store, an_intent("run-2"))
        assert store.unanswered(MONDAY) == {KEY}

    def test_notes_and_what_is_older_are_left_out(self, store: SqlStateStore) -> None:
        store.intend(an_intent("run-1"), MONDAY)
        store.intend(an_intent("run-2", key="note", operation=Operation.COMMENT, body={"text": "hello"}), MONDAY)
        assert store.unanswered(MONDAY) == {KEY}
        assert store.unanswered(MONDAY + timedelta(seconds=1)) == frozenset()
