"""The sums of each day's runs: what a run adds itself to as it ends, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.state.examples import MONDAY, a_report

from watchkeeper.model.calls import CallRecord, CallSum
from watchkeeper.model.sync_day import SYNC_DAYS, SyncDay
from watchkeeper.model.traffic import Traffic
from watchkeeper.state import SqlStateStore
from watchkeeper.state.prune import prune

DAY = MONDAY.date()
LATER = MONDAY + timedelta(days=1)


def days(store: SqlStateStore) -> dict[date, SyncDay]:
    kept = store.snapshots(SYNC_DAYS, DAY - timedelta(days=9), DAY + timedelta(days=9))
    return {each.day: each.document for each in kept}


def test_runs_of_a_day_are_added_up(store: SqlStateStore) -> None:
    for number in range(3):
        store.finish_run(a_report(f"run-{number}"))
    store.finish_run(a_report("next", at=LATER))
    found = days(store)
    assert {day: each.runs for day, each in found.items()} == {DAY: 3, LATER.date(): 1}
    assert found[DAY].traffic == {"servicenow": Traffic({"GET": 6})}
    assert found[DAY].lengths.total == 3
    assert found[DAY].lengths.quantile(1) == 3


def test_only_syncs_are_compared_by_their_length(store: SqlStateStore) -> None:
    store.finish_run(replace(a_report(), command="undo"))
    assert (days(store)[DAY].runs, days(store)[DAY].lengths.total) == (1, 0)


def test_a_run_counts_on_the_day_of_utc_on_which_it_ended(store: SqlStateStore) -> None:
    midnight = MONDAY.replace(hour=0, minute=0) + timedelta(days=1)
    store.finish_run(a_report(at=midnight - timedelta(seconds=1)))
    assert list(days(store)) == [midnight.date()]


def test_they_outlive_the_runs(store: SqlStateStore) -> None:
    store.finish_run(a_report("old"))
    store.finish_run(a_report("young", at=LATER))
    prune(store, LATER, "prune", LATER, apply=True)
    assert [run["run_id"] for run in store.runs(9)] == ["young"]
    assert list(days(store)) == [DAY, LATER.date()]


def test_damaged_sums_cost_no_run_its_end_and_stay_to_be_found(
    store: SqlStateStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.finish_run(a_report("run-1"))
    with store.database.write(fenced=False) as connection:
        connection.exec_driver_sql("UPDATE snapshot SET document = '[1]x'")
    store.finish_run(a_report("run-2"))
    assert {run["run_id"] for run in store.runs(9)} == {"run-1", "run-2"}
    assert "cannot be gone on with" in caplog.text


def test_calls_of_what_is_no_run_of_the_store_are_added_and_counted_as_no_run(store: SqlStateStore) -> None:
    store.finish_run(a_report())
    incidents = CallSum("servicenow", "GET", "incident", calls=5, errors=1)
    licences = CallSum("graph", "GET", "licences", calls=3, throttled=2)
    store.count_calls(CallRecord((licences, incidents)), MONDAY, "audit")
    store.count_calls(CallRecord(), LATER, "audit")
    found = days(store)
    assert list(found) == [DAY]
    assert found[DAY].runs == 1
    assert found[DAY].traffic == {
        "servicenow": Traffic({"GET": 7}, errors=1),
        "graph": Traffic({"GET": 3}, throttled=2),
    }
