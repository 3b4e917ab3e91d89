"""What the calls of runs and days were about, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.state.examples import MONDAY, SetClock, a_report

from watchkeeper.model.calls import (
    DAY_CALLS,
    EACH_END,
    CallRecord,
    CallSum,
    Failure,
    TroubledCall,
    calls_of_run,
    traffic_in,
)
from watchkeeper.model.run import RunReport
from watchkeeper.model.sync_day import SYNC_DAYS
from watchkeeper.model.upkeep import Damage
from watchkeeper.state import SqlStateStore, tables
from watchkeeper.state.damage import damage_of
from watchkeeper.state.opening import open_store
from watchkeeper.state.prune import prune

DAY = MONDAY.date()
LATER = MONDAY + timedelta(days=1)
READ = CallSum("servicenow", "GET", "incident", calls=3, errors=1, retries=1, waited=1.5)
LISTED = CallSum("sentinel", "GET", "incidents", calls=1)
REFUSED = TroubledCall(MONDAY, "servicenow", "GET", "incident", 500, Failure.REFUSED, 1, 1.5, "0a1b2c3d4e5f")
RECORD = CallRecord((LISTED, READ), (REFUSED,))


def a_run(run_id: str = "run-1", calls: CallRecord = RECORD) -> RunReport:
    return replace(a_report(run_id), calls=calls)


def of_day(store: SqlStateStore) -> CallRecord:
    return store.snapshots(DAY_CALLS, DAY, DAY)[0].document


def of_run(store: SqlStateStore, run_id: str) -> CallRecord | None:
    kept = store.snapshots(calls_of_run(run_id), DAY, DAY)
    return kept[0].document if kept else None


def test_a_runs_calls_are_kept_as_they_were(store: SqlStateStore) -> None:
    store.finish_run(a_run())
    assert of_run(store, "run-1") == RECORD


def test_a_run_without_calls_keeps_nothing(store: SqlStateStore) -> None:
    store.finish_run(a_run(calls=CallRecord()))
    assert of_run(store, "run-1") is None
    assert not store.snapshots(DAY_CALLS, DAY, DAY)


def test_a_days_calls_are_those_of_its_runs_and_of_what_is_no_run_each_named(store: SqlStateStore) -> None:
    store.finish_run(a_run("run-1"))
    store.finish_run(a_run("run-2"))
    store.count_calls(RECORD, MONDAY, "audit")
    found = of_day(store)
    assert [(each.calls, each.errors, each.waited) for each in found.sums] == [(3, 0, 0), (9, 3, 4.5)]
    assert [(each.command, each.run_id) for each in found.troubled] == [
        ("sync", "run-1"),
        ("sync", "run-2"),
        ("audit", ""),
    ]


def test_the_sums_of_what_is_no_run_are_those_of_its_calls(store: SqlStateStore) -> None:
    store.count_calls(RECORD, MONDAY, "audit")
    assert store.snapshots(SYNC_DAYS, DAY, DAY)[0].document.traffic == traffic_in(RECORD)


def test_a_day_keeps_a_bounded_list_of_troubled_calls_and_says_how_many_it_lacks(store: SqlStateStore) -> None:
    rough = CallRecord((READ,), (REFUSED,) * (2 * EACH_END), left_out=7)
    for number in range(3):
        store.finish_run(a_run(f"run-{number}", rough))
    found = of_day(store)
    assert (len(found.troubled), found.left_out) == (2 * EACH_END, 3 * 107 - 2 * EACH_END)
    assert {each.run_id for each in found.troubled[:EACH_END]} == {"run-0"}
    assert {each.run_id for each in found.troubled[EACH_END:]} == {"run-2"}


def test_runs_that_end_at_the_same_time_lose_no_count(store: SqlStateStore) -> None:
    url = store.database.url.render_as_string(hide_password=False)

    def end(number: int) -> None:
        with open_store(url, store.deployment, SetClock(MONDAY), migrate=False) as another:
            for part in range(5):
                another.finish_run(a_run(f"run-{number}-{part}"))
                another.count_calls(RECORD, MONDAY, "audit")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(end, range(4)))
    assert [each.calls for each in of_day(store).sums] == [40, 120]
    assert len(of_day(store).troubled) == 40


def test_they_go_when_the_runs_go(store: SqlStateStore) -> None:
    store.finish_run(a_run("old"))
    store.finish_run(replace(a_report("young", at=LATER), calls=RECORD))
    prune(store, LATER, "prune", LATER, apply=True)
    assert of_run(store, "old") is None
    assert not store.snapshots(DAY_CALLS, DAY, DAY)
    assert store.snapshots(calls_of_run("young"), LATER.date(), LATER.date())


def test_damaged_ones_cost_no_run_its_end(store: SqlStateStore) -> None:
    store.finish_run(a_run("run-1"))
    with store.database.write(fenced=False) as connection:
        connection.exec_driver_sql("UPDATE snapshot SET document = '[1]x' WHERE name = 'calls/day'")
    store.finish_run(a_run("run-2"))
    assert {run["run_id"] for run in store.runs(9)} == {"run-1", "run-2"}
    assert of_run(store, "run-2") == RECORD


@pytest.mark.parametrize("name", ["calls/day", "calls/run/run-1"])
def test_the_check_finds_one_that_cannot_be_read(store: SqlStateStore, name: str) -> None:
    store.finish_run(a_run("run-1"))
    with store.database.write(fenced=False) as connection:
        chosen = tables.snapshot.c.name == name
        connection.execute(tables.snapshot.update().where(chosen).values(document='[[["servicenow"]],[],0]'))
        rows = connection.execute(select(tables.snapshot)).mappings().all()
    damaged = {row["name"]: damage_of(tables.snapshot, row) for row in rows}
    assert damaged.pop(name) is Damage.DOCUMENT
    assert set(damaged.values()) == {None}
