from __future__ import annotations

import inspect
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.state.examples import (
    KEY,
    MONDAY,
    SetClock,
    a_decision,
    a_link,
    a_record,
    a_ref,
    a_report,
    a_verdict,
    an_occurrence,
)

from watchkeeper.errors import Conflict
from watchkeeper.model.link import ConflictRow, Dirty, LedgerEntry, LinkState
from watchkeeper.model.occurrence import Decision
from watchkeeper.model.record import Revision
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.state import SqlStateStore, open_copy, open_store, tables
from watchkeeper.state_ports import StateStore


def reopened(url: str, clock: SetClock, deployment: str = "test") -> SqlStateStore:
    return open_store(url, deployment, clock, migrate=False)


PROMISED = [name for name in vars(StateStore) if not name.startswith("_")]


@pytest.mark.parametrize("name", PROMISED)
def test_every_promise_of_the_port_is_kept_under_the_same_signature(name: str) -> None:
    promised, kept = vars(StateStore)[name], getattr(SqlStateStore, name)
    if isinstance(promised, property):
        assert isinstance(kept, property)
    else:
        positional = inspect.signature(kept).parameters.values()
        expected = inspect.signature(promised).parameters.values()
        assert [(each.kind, each.default) for each in positional] == [(each.kind, each.default) for each in expected]


def test_every_table_carries_the_deployment_in_its_key() -> None:
    for table in tables.metadata.tables.values():
        assert next(iter(table.primary_key)).name == "deployment"
        for index in table.indexes:
            assert next(iter(index.columns)).name == "deployment"


def test_two_deployments_in_one_store_do_not_see_each_other(store: SqlStateStore, url: str, clock: SetClock) -> None:
    store.put_links([a_link()])
    store.put_dirty([Dirty(KEY, "maintenance", "because", MONDAY)])
    with reopened(url, clock, "production") as other:
        other.put_links([a_link(number=1, reason="theirs")])
        assert other.links()[KEY]["servicenow"].reason == "theirs"
        assert other.dirty() == []
        assert other.lineage != store.lineage
    assert store.links()[KEY]["servicenow"] == a_link()


class TestMeta:
    def test_lineage_and_birth_are_chosen_once_and_kept(self, store: SqlStateStore, url: str, clock: SetClock) -> None:
        clock.advance(timedelta(days=3))
        with reopened(url, clock) as again:
            assert (again.lineage, again.born) == (store.lineage, MONDAY)
        assert len(store.lineage) == 32

    def test_what_is_remembered_replaces_what_was(self, store: SqlStateStore) -> None:
        store.remember({"identity:servicenow": "one", "identity:sentinel": "two"})
        store.remember({"identity:servicenow": "three"})
        assert store.recall("identity:servicenow") == "three"
        assert store.recall("identity:sentinel") == "two"
        assert store.recall("never said") is None

    def test_many_are_recalled_at_once_by_the_names_that_they_were_asked_for(self, store: SqlStateStore) -> None:
        names = [f"name {number}" for number in range(1_200)]
        store.remember({name: name.upper() for name in names[:-1]} | {"na\x00me": "cleaned"})
        told = store.recall_many(["na\x00me", *names])
        assert told == {name: name.upper() for name in names[:-1]} | {"na\x00me": "cleaned"}
        assert store.recall_many([]) == {}

    def test_nul_and_lone_surrogates_are_stored_cleaned(self, store: SqlStateStore) -> None:
        store.remember({"na\x00me": "va\ud800lue"})
        assert store.recall("na\x00me") == "va�lue"
        assert store.recall("na�me") == "va�lue"


class TestRuns:
    def test_a_started_run_has_no_end(self, store: SqlStateStore) -> None:
        store.start_run("run-1", "sync", MONDAY)
        (row,) = store.runs(5)
        assert (row["run_id"], row["command"], row["started_at"]) == ("run-1", "sync", MONDAY)
        assert (row["ended_at"], row["exit_code"], row["counts"]) == (None, None, {})

    def test_a_finished_run_tells_how_it_went_and_raises_the_serial(self, store: SqlStateStore) -> None:
        store.start_run("run-1", "sync", MONDAY)
        store.finish_run(a_report())
        (row,) = store.runs(5)
        assert row["ended_at"] == MONDAY + timedelta(seconds=3)
        assert row["counts"] == {"planned": 0, "parked": 1, "conflicts": 0}
        assert row["valves"] == ["creates"]
        assert store.serial == 1

    def test_the_latest_runs_come_first(self, store: SqlStateStore) -> None:
        for hour in (2, 3, 1):
            store.start_run(f"run-{hour}", "sync", MONDAY + timedelta(hours=hour))
        assert [row["run_id"] for row in store.runs(2)] == ["run-3", "run-2"]

    def test_a_run_cannot_start_twice(self, store: SqlStateStore) -> None:
        store.start_run("run-1", "sync", MONDAY)
        with pytest.raises(Conflict):
            store.start_run("run-1", "sync", MONDAY)


class TestLinks:
    def test_a_link_comes_back_as_it_was_put(self, store: SqlStateStore) -> None:
        servicenow = a_link(comments=3, state=LinkState.MISSING, reason="not found once")
        sentinel = a_link(side="sentinel", revision=Revision('"etag"', None))
        store.put_links([servicenow, sentinel])
        assert store.links() == {KEY: {"servicenow": servicenow, "sentinel": sentinel}}
        assert store.links([KEY]) == store.links()
        assert store.links(["another"]) == {}

    def test_a_revision_beyond_64_bits_is_kept_as_a_token_only(self, store: SqlStateStore) -> None:
        store.put_links([a_link(revision=Revision("9" * 30, int("9" * 30)))])
        assert store.links()[KEY]["servicenow"].revision == Revision("9" * 30, None)

    def test_a_key_has_one_record_per_side_and_a_later_one_replaces_it(self, store: SqlStateStore) -> None:
        store.put_links([a_link(number=1)])
        store.put_links([a_link(number=2)])
        assert store.links()[KEY]["servicenow"].ref == a_ref(2)
        assert store.links_of([a_ref(1), a_ref(2)]) == {a_ref(2): a_link(number=2)}

    def test_a_record_belongs_to_one_key(self, store: SqlStateStore) -> None:
        store.put_links([a_link("key-1", number=1)])
        with pytest.raises(Conflict):
            store.put_links([a_link("key-2", number=2), a_link("key-3", number=1)])
        assert set(store.links()) == {"key-1"}

    def test_thousands_of_keys_can_be_asked_for_at_once(self, store: SqlStateStore) -> None:
        store.put_links(a_link(f"key-{number}", number=number) for number in range(1200))
        assert len(store.links(f"key-{number}" for number in range(1200))) == 1200
        assert len(store.links_of(a_ref(number) for number in range(1200))) == 1200


class TestStaging:
    def stage(self, store: SqlStateStore, *records: object, key: str | None = None) -> None:
        store.observe("run-1", [(record, key, "ab" * 16) for record in records])  # type: ignore[misc]

    def test_what_is_linked_as_it_was_seen_is_no_news(self, store: SqlStateStore) -> None:
        store.put_links([a_link()])
        self.stage(store, a_record())
        assert store.differing("run-1") == []

    @pytest.mark.parametrize(
        "link",
        [
            a_link(revision=Revision("6", 6)),
            a_link(fingerprint="cd" * 16),
            a_link(state=LinkState.MISSING),
            a_link(state=LinkState.GONE),
            a_link(comments=1),
        ],
        ids=["revision", "fingerprint", "was missing", "was gone", "comments"],
    )
    def test_a_difference_to_the_link_is_news(self, store: SqlStateStore, link: object) -> None:
        store.put_links([link])  # type: ignore[list-item]
        record = a_record(comments=2)
        self.stage(store, record)
        assert store.differing("run-1") == [(record, KEY)]

    def test_a_record_without_a_link_is_news_under_its_own_key_or_none(self, store: SqlStateStore) -> None:
        self.stage(store, a_record(1))
        self.stage(store, a_record(2), key="marked")
        assert store.differing("run-1") == [(a_record(1), None), (a_record(2), "marked")]

    def test_a_later_row_of_a_record_replaces_the_earlier(self, store: SqlStateStore) -> None:
        newer = a_record(revision=Revision("8", 8))
        self.stage(store, a_record())
        self.stage(store, newer)
        assert [record for record, _ in store.differing("run-1")] == [newer]

    def test_unseen_are_the_live_and_missing_links_of_the_table_without_a_staged_record(
        self, store: SqlStateStore
    ) -> None:
        missing = a_link("missing", 2, state=LinkState.MISSING)
        live = a_link("live", 3)
        other_table = a_link("other table", 4)
        other_table = replace(other_table, ref=replace(other_table.ref, table="sn_si_incident"))
        store.put_links([a_link("seen", 1), missing, live, other_table, a_link("gone", 5, state=LinkState.GONE)])
        store.put_links([a_link("live", 3, "sentinel")])
        self.stage(store, a_record(1))
        assert store.unseen("run-1", "servicenow", "incident") == ["live", "missing"]

    def test_staging_of_another_run_proves_nothing(self, store: SqlStateStore) -> None:
        store.put_links([a_link()])
        store.observe("run-0", [(a_record(), None, "ab" * 16)])
        assert store.unseen("run-1", "servicenow", "incident") == [KEY]
        assert store.differing("run-1") == []

    def test_forgetting_drops_this_and_earlier_stagings(self, store: SqlStateStore) -> None:
        store.observe("run-0", [(a_record(1), None, "00")])
        store.observe("run-1", [(a_record(1), None, "00")])
        store.forget_observed("run-1")
        assert store.differing("run-0") == store.differing("run-1") == []

    def test_the_sweep_asks_the_database_one_question(self, store: SqlStateStore) -> None:
        self.stage(store, *(a_record(number) for number in range(30)))
        assert count_statements(store, lambda: store.differing("run-1")) == 1
        assert count_statements(store, lambda: store.unseen("run-1", "servicenow", "incident")) == 1


def count_statements(store: SqlStateStore, work: object) -> int:
    from sqlalchemy import event

    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    work()  # type: ignore[operator]
    event.remove(store.database.engine, "before_cursor_execute", note)
    return len(seen)


class TestCursors:
    def test_a_feed_starts_without_a_watermark(self, store: SqlStateStore) -> None:
        assert store.watermark("servicenow", "incident") == (None, None)

    def test_an_advance_without_a_sweep_keeps_the_time_of_the_last_one(self, store: SqlStateStore) -> None:
        store.advance("servicenow", "incident", "one", MONDAY)
        store.advance("servicenow", "incident", "two", None)
        assert store.watermark("servicenow", "incident") == ("two", MONDAY)
        assert store.watermark("sentinel", "incidents") == (None, None)


class TestFollowUp:
    def test_ledger_entries_are_kept_per_origin_comment(self, store: SqlStateStore) -> None:
        entry = LedgerEntry(KEY, a_ref(), "note-1", "mirrored", "comment-1", MONDAY)
        store.put_ledger([replace(entry, outcome="pending", mirror_id="", at=None)])
        store.put_ledger([entry, replace(entry, comment_id="note-2"), replace(entry, key="other")])
        assert store.ledger([KEY]) == [entry, replace(entry, comment_id="note-2")]

    def test_dirty_keys_wait_in_order_until_cleared(self, store: SqlStateStore) -> None:
        late = Dirty("late", "maintenance", "failed", MONDAY + timedelta(hours=1), 2)
        early = Dirty("early", "escalation", "conflict", MONDAY)
        store.put_dirty([late, early])
        assert store.dirty() == [early, late]
        store.put_dirty([replace(late, attempts=3)])
        store.clear_dirty(["early"])
        assert store.dirty() == [replace(late, attempts=3)]

    def test_conflicts_are_kept_run_by_run(self, store: SqlStateStore) -> None:
        first = ConflictRow(KEY, "status", "sentinel", "closed", "on-hold", "furthest", "run-1", MONDAY)
        second = replace(first, run_id="run-2", at=MONDAY + timedelta(days=1))
        store.put_conflicts([second, first])
        assert store.conflicts() == [first, second]
        assert store.conflicts([KEY]) == [first, second]
        assert store.conflicts(["another"]) == []

    def test_the_latest_decision_on_an_occurrence_counts(self, store: SqlStateStore) -> None:
        store.put_decisions([a_decision(Decision.CREATE)])
        store.put_decisions([a_decision(Decision.MISSED), a_decision(Decision.CARRIED, "2026-11-24")])
        assert store.decisions([KEY]) == {KEY: a_decision(Decision.MISSED)}
        assert len(store.decisions()) == 2

    def test_an_occurrence_is_raised_once(self, store: SqlStateStore) -> None:
        raised = an_occurrence("2026-11-23~0123456789", "a new campaign")
        assert store.raise_occurrence(raised, MONDAY)
        assert not store.raise_occurrence(raised, MONDAY)
        assert store.raised() == [raised]

    @pytest.mark.parametrize("decision", [Decision.MISSED, Decision.SKIPPED])
    def test_a_raised_occurrence_that_was_decided_against_is_over(
        self, store: SqlStateStore, decision: Decision
    ) -> None:
        raised = an_occurrence("2026-11-23~0123456789")
        store.raise_occurrence(raised, MONDAY)
        store.put_decisions([replace(a_decision(decision), occurrence=raised)])
        assert store.raised() == []

    def test_a_raised_occurrence_is_open_while_its_record_is_linked(self, store: SqlStateStore) -> None:
        raised = an_occurrence("2026-11-23~0123456789")
        store.raise_occurrence(raised, MONDAY)
        store.put_decisions([replace(a_decision(), occurrence=raised)])
        store.put_links([a_link(raised.key)])
        assert store.raised() == [raised]
        store.put_links([a_link(raised.key, state=LinkState.GONE)])
        assert store.raised() == []


class TestAudit:
    def test_a_provisional_verdict_is_replaced_and_a_final_one_never(self, store: SqlStateStore) -> None:
        store.put_verdicts([a_verdict(VerdictKind.DUE)], "run-1")
        store.put_verdicts([a_verdict(VerdictKind.STALE, final=True)], "run-2")
        store.put_verdicts([a_verdict(VerdictKind.FRESH, final=True)], "run-3")
        store.put_verdicts([a_verdict(VerdictKind.UNKNOWN)], "run-4")
        assert store.verdicts("2026-11-23", "2026-11-23") == [a_verdict(VerdictKind.STALE, final=True)]

    def test_which_tickets_were_judged_is_told_without_what_the_verdicts_say(self, store: SqlStateStore) -> None:
        verdict = a_verdict(VerdictKind.STALE, final=True)
        store.put_verdicts([verdict], "run-1")
        assert store.judged("2026-11-23", "2026-11-23") == [(verdict.key, verdict.day, True)]
        assert store.judged("2026-11-24", "2026-11-24") == []

    def test_verdicts_of_named_tickets_alone(self, store: SqlStateStore) -> None:
        verdict = a_verdict(VerdictKind.STALE, final=True)
        store.put_verdicts([verdict], "run-1")
        assert store.verdicts("2026-11-23", "2026-11-23", {verdict.key}) == [verdict]
        assert store.verdicts("2026-11-23", "2026-11-23", {"another"}) == []
        assert store.verdicts("2026-11-23", "2026-11-23", set()) == []

    def test_verdicts_are_found_by_day_both_ends_included(self, store: SqlStateStore) -> None:
        days = [date(2026, 11, day) for day in (20, 23, 24, 25)]
        store.put_verdicts([a_verdict(day=day) for day in days], "run-1")
        assert [verdict.day for verdict in store.verdicts("2026-11-23", "2026-11-24")] == days[1:3]

    def test_the_last_update_is_that_of_the_latest_verdict_of_an_earlier_day(self, store: SqlStateStore) -> None:
        days = [date(2026, 11, day) for day in (20, 23, 24)]
        told = [replace(a_verdict(day=day), last_human_update=MONDAY + timedelta(days=day.day)) for day in days]
        store.put_verdicts(told, "run-1")
        silent = replace(a_verdict(day=days[1]), key="silent", last_human_update=None)
        store.put_verdicts([silent], "run-1")
        keys = ["another", silent.key, told[0].key]
        assert store.last_updates_known(keys, days[2]) == {told[0].key: told[1].last_human_update}
        assert store.last_updates_known(keys, days[0]) == {}

    def test_a_confirmed_author_can_be_confirmed_differently_later(self, store: SqlStateStore) -> None:
        store.confirm_authors({("servicenow", "aiko"): "bot", ("sentinel", "aiko"): "human"}, MONDAY)
        store.confirm_authors({("servicenow", "aiko"): "human"}, MONDAY)
        assert store.confirmed_authors() == {("servicenow", "aiko"): "human", ("sentinel", "aiko"): "human"}


class TestTransactions:
    def test_all_calls_inside_one_happen_or_none(self, store: SqlStateStore) -> None:
        def fail_halfway() -> None:
            with store.transaction():
                store.put_links([a_link()])
                store.put_dirty([Dirty(KEY, "maintenance", "because", MONDAY)])
                assert store.links() != {}
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail_halfway()
        assert store.links() == {}
        assert store.dirty() == []

    def test_readers_see_nothing_of_another_thread_s_open_transaction(self, store: SqlStateStore) -> None:
        with ThreadPoolExecutor(1) as elsewhere, store.transaction():
            store.put_links([a_link()])
            assert elsewhere.submit(store.links).result() == {}
        assert KEY in store.links()

    def test_what_was_committed_is_there_after_reopening(self, store: SqlStateStore, url: str, clock: SetClock) -> None:
        store.put_links([a_link()])
        store.close()
        with reopened(url, clock) as again:
            assert again.links() == {KEY: {"servicenow": a_link()}}


def test_the_files_are_for_this_account_only(store: SqlStateStore, file: Path) -> None:
    store.put_links([a_link()])
    modes = {path.name: path.stat().st_mode & 0o777 for path in file.parent.iterdir()}
    assert modes == dict.fromkeys(("watchkeeper.db", "watchkeeper.db-wal", "watchkeeper.db-shm"), 384)


def test_a_file_that_others_could_read_is_made_private(
    store: SqlStateStore, url: str, file: Path, clock: SetClock
) -> None:
    store.close()
    file.chmod(0o644)
    reopened(url, clock).close()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_copy_of_a_store_that_does_not_exist_belongs_to_no_lineage(tmp_path: Path, clock: SetClock) -> None:
    with open_copy(f"sqlite:///{tmp_path / 'none.db'}", "soc", clock) as copy:
        assert copy.lineage == ""
        assert list(tmp_path.iterdir()) == []
