"""Pruning takes what is old and leaves what a later run could miss."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.state.examples import (
    MONDAY,
    a_decision,
    a_link,
    a_ref,
    a_report,
    a_result,
    a_verdict,
    an_intent,
    an_occurrence,
)

from watchkeeper.model.chain import ChainBreak, Flaw
from watchkeeper.model.link import ConflictRow, Dirty, LedgerEntry, LinkState
from watchkeeper.model.occurrence import Decided
from watchkeeper.model.run import Outcome
from watchkeeper.model.upkeep import Pruning
from watchkeeper.state import SqlStateStore
from watchkeeper.state.check import check_store
from watchkeeper.state.prune import prune

OLD = MONDAY - timedelta(days=100)
LIMIT = MONDAY - timedelta(days=50)
"""Everything before it is to go."""


def write(store: SqlStateStore, run: str, at: datetime, number: int, *, keep: bool = False) -> None:
    intent = an_intent(run, key=f"{run}-{number}")
    store.intend(replace(intent, started_at=at), at)
    store.settle(intent, a_result(intent, Outcome.UNKNOWN if keep else Outcome.DONE), at, keep=keep)


def run(store: SqlStateStore, name: str, at: datetime, writes: int = 2) -> None:
    store.start_run(name, "sync", at)
    for number in range(writes):
        write(store, name, at, number)
    store.finish_run(replace(a_report(name, at=at), started_at=at, ended_at=at))


def decided(month: int) -> Decided:
    day = date(2026, month, 2)
    due = datetime(2026, month, 2, 9, tzinfo=UTC)
    occurrence = replace(an_occurrence(day.isoformat()), nominal=day, due=due)
    return replace(a_decision(), occurrence=occurrence)


def cut(store: SqlStateStore, limit: datetime = LIMIT) -> Pruning:
    return prune(store, limit, "pruning", MONDAY, apply=True)


def rows(file: Path, table: str) -> int:
    with closing(sqlite3.connect(file)) as raw:
        return int(raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.fixture
def aged(store: SqlStateStore) -> SqlStateStore:
    """Two old runs (rows 1 to 4 and 5 to 8) and a young one (9 to 12)."""
    run(store, "oldest", OLD)
    run(store, "old", OLD + timedelta(days=1))
    run(store, "young", MONDAY)
    return store


class TestTheWriteLog:
    def test_it_is_cut_at_the_end_of_a_run_and_goes_on_from_a_checkpoint(self, aged: SqlStateStore) -> None:
        head = aged.write_log_head()
        pruning = cut(aged)
        assert (pruning.rows["write_log"], pruning.rows["run"]) == (8, 2)
        assert [row.sequence for row in aged.write_log()] == [9, 10, 11, 12, 13]
        assert aged.write_log()[-1].kind == "pruned"
        report = aged.check_write_log()
        assert (report.broken, report.rows) == (None, 5)
        assert report.checkpoint is not None
        assert (report.checkpoint.last, report.checkpoint.count) == (pruning.checkpoint, 8)
        assert head is not None
        assert aged.write_log_has(head) is True

    def test_it_can_be_cut_again(self, aged: SqlStateStore) -> None:
        cut(aged)
        pruning = cut(aged, MONDAY + timedelta(days=1))
        report = aged.check_write_log()
        assert pruning.rows["write_log"] == 5
        assert (report.broken, report.rows) == (None, 1)
        assert report.checkpoint is not None
        assert report.checkpoint.count == 13
        run(aged, "after", MONDAY + timedelta(days=2))
        assert aged.check_write_log().broken is None

    def test_a_run_with_an_open_write_keeps_all_of_its_rows(self, store: SqlStateStore) -> None:
        run(store, "oldest", OLD)
        store.start_run("killed", "sync", OLD + timedelta(days=1))
        write(store, "killed", OLD + timedelta(days=1), 50)
        write(store, "killed", OLD + timedelta(days=1), 51, keep=True)
        run(store, "young", MONDAY)
        cut(store)
        assert [row.run_id for row in store.write_log()][:4] == ["killed"] * 4
        assert len(store.intents()) == 1
        assert store.check_write_log().broken is None

    def test_no_run_is_cut_in_two(self, store: SqlStateStore) -> None:
        """The outcome of an old run's write was only found out by a young one."""
        store.start_run("old", "sync", OLD)
        write(store, "old", OLD, 1)
        intent = an_intent("old", key="another")
        store.intend(intent, OLD)
        run(store, "young", MONDAY)
        store.settle(intent, a_result(intent, Outcome.ADOPTED), MONDAY)
        assert cut(store).checkpoint is None
        assert store.write_log()[0].sequence == 1

    @pytest.mark.parametrize(
        ("statement", "broken"),
        [
            ("DELETE FROM write_log WHERE sequence = 9", ChainBreak(9, Flaw.MISSING)),
            ("UPDATE write_log SET after = '{}' WHERE kind = 'pruned'", ChainBreak(13, Flaw.CHANGED, "pruning", "")),
        ],
    )
    def test_tampering_with_what_is_left_is_found(
        self, aged: SqlStateStore, file: Path, statement: str, broken: ChainBreak
    ) -> None:
        cut(aged)
        with closing(sqlite3.connect(file)) as raw, raw:
            raw.execute(statement)
        assert aged.check_write_log().broken == broken

    def test_a_checkpoint_that_was_lost_is_told_by_its_row(self, aged: SqlStateStore) -> None:
        cut(aged)
        with aged.database.write() as connection:
            connection.exec_driver_sql("DELETE FROM meta WHERE name = 'write_log_checkpoint'")
        assert aged.check_write_log().broken is None
        assert aged.check_write_log().checkpoint is not None

    def test_a_checkpoint_that_no_row_names_is_found(self, aged: SqlStateStore) -> None:
        """Rows cut off by hand, and a checkpoint made up for them."""
        cut(aged)
        with aged.database.write() as connection:
            gone = connection.exec_driver_sql("SELECT hash FROM write_log WHERE sequence = 10").scalar_one()
            connection.exec_driver_sql("DELETE FROM write_log WHERE sequence <= 10")
        facts = f'{{"count": 10, "hash": "{gone}", "sequence": 10, "until": "2026-08-15T09:00:00.000000Z"}}'
        aged.remember({"write_log_checkpoint": facts})
        assert aged.check_write_log().broken == ChainBreak(10, Flaw.PRUNED)


class TestWhatGoes:
    def test_nothing_goes_unless_it_is_applied(self, aged: SqlStateStore, file: Path) -> None:
        before = rows(file, "write_log"), rows(file, "run")
        pruning = prune(aged, LIMIT, "", MONDAY, apply=False)
        assert (pruning.done, pruning.rows["write_log"]) == (False, 8)
        assert (rows(file, "write_log"), rows(file, "run")) == before

    def test_old_conflicts_verdicts_and_shown_sets_go_and_young_ones_stay(
        self, store: SqlStateStore, file: Path
    ) -> None:
        for at, run_id in ((OLD, "a"), (MONDAY, "b")):
            store.put_conflicts([ConflictRow("key", "status", "sentinel", "1", "2", "furthest", run_id, at)])
        young = a_verdict()
        store.put_verdicts([young, replace(young, day=OLD.date())], "run")
        store.remember({"valve:abc": "[]", "lineage-of": "kept"})
        pruning = cut(store)
        assert {name: count for name, count in pruning.rows.items() if count} == {
            "conflict": 1,
            "verdict": 1,
            "meta": 1,
        }
        assert [row.run_id for row in store.conflicts()] == ["b"]
        assert store.verdicts("0001-01-01", "9999-12-31") == [young]

    def test_of_decisions_the_newest_of_a_task_and_team_stays(self, store: SqlStateStore) -> None:
        """What lies before the newest decision is settled: nothing of it is opened or called missed again."""
        old = [decided(month) for month in (2, 3, 4)]
        store.put_decisions(old)
        for each in old:
            store.raise_occurrence(each.occurrence, OLD)
        assert cut(store).rows["occurrence"] == 2
        assert list(store.decisions()) == [old[-1].occurrence.key]
        assert [each.key for each in store.raised()] == [old[-1].occurrence.key]


class TestWhatStays:
    @pytest.mark.parametrize("state", [LinkState.LIVE, LinkState.MISSING])
    def test_what_is_remembered_of_a_record_that_is_there(self, store: SqlStateStore, state: LinkState) -> None:
        key = decided(2).occurrence.key
        link = a_link(key, state=state, confirmed_at=OLD)
        entry = LedgerEntry(key, a_ref(), "note-1", "mirrored", "comment-1", OLD)
        store.put_links([link])
        store.put_ledger([entry])
        store.put_decisions([decided(2), decided(3)])
        cut(store)
        assert store.links() == {key: {"servicenow": link}}
        assert store.ledger([key]) == [entry]
        assert key in store.decisions()

    def test_of_a_pair_that_is_gone_only_that_it_is_gone(self, store: SqlStateStore, url: str) -> None:
        link = a_link("key", state=LinkState.GONE, confirmed_at=OLD)
        store.put_links([link])
        store.put_ledger([LedgerEntry("key", a_ref(), "note-1", "mirrored", "comment-1", OLD)])
        assert cut(store).emptied == 1
        assert store.links() == {"key": {"servicenow": replace(link, base={}, asked={})}}
        assert store.ledger(["key"]) == []
        assert check_store(url).sound

    @pytest.mark.parametrize("which", ["one side is there", "gone lately", "a later run looks at it"])
    def test_the_values_of_a_pair_that_may_be_needed(self, store: SqlStateStore, which: str) -> None:
        gone = a_link("key", state=LinkState.GONE, confirmed_at=MONDAY if which == "gone lately" else OLD)
        store.put_links([gone])
        if which == "one side is there":
            store.put_links([a_link("key", side="sentinel", confirmed_at=OLD)])
        if which == "a later run looks at it":
            store.put_dirty([Dirty("key", "maintenance", "why", OLD)])
        assert cut(store).emptied == 0
        assert store.links()["key"]["servicenow"] == gone

    def test_the_last_run_whatever_its_age(self, store: SqlStateStore, file: Path) -> None:
        run(store, "only", OLD, writes=0)
        cut(store)
        assert rows(file, "run") == 1

    def test_another_deployment_in_the_same_store(self, aged: SqlStateStore, url: str, clock: object) -> None:
        from watchkeeper.state import open_store

        with open_store(url, "another", aged._clock, migrate=False) as another:
            run(another, "theirs", OLD)
            run(another, "theirs too", MONDAY)
            cut(aged)
            assert len(another.write_log()) == 8
            assert another.check_write_log().broken is None


def test_what_went_is_not_in_the_file_any_more(store: SqlStateStore, file: Path) -> None:
    store.put_conflicts([ConflictRow("key", "title", "sentinel", "1", "Mr Tanaka's laptop", "furthest", "a", OLD)])
    cut(store)
    store.close()
    held = b"".join(each.read_bytes() for each in file.parent.glob("watchkeeper.db*"))
    assert b"Tanaka" not in held
