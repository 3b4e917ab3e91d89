"""A store of which some weeks of runs are known: some with errors, throttled answers and changes that waited long."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.state.examples import SetClock, a_ref, a_report, a_result, an_action, an_intent
from tests.unit.web.boards import NOW

from watchkeeper.model.calls import CallRecord, CallSum, Failure, TroubledCall, added, traffic_in
from watchkeeper.model.link import ConflictRow
from watchkeeper.model.plan import Carried
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.model.run import ActionResult, RunReport, SideReport
from watchkeeper.state.opening import open_store

DAYS = 12
RUNS_A_DAY = 3


def after_some_weeks(url: str) -> str:
    """The store of `soc` after `DAYS` days, today included: on each three syncs, of which the last takes longest. On every fourth day
    ServiceNow was slow and Sentinel throttled us. Two values were overtaken, and one write has no answer."""
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        for back in reversed(range(DAYS)):
            for number in range(RUNS_A_DAY):
                at = NOW - timedelta(days=back, hours=RUNS_A_DAY - number)
                store.start_run(f"run-{back}-{number}", "sync", at)
                store.finish_run(_a_run(back, number, at))
        store.put_conflicts([_overtaken("a", NOW - timedelta(days=9)), _overtaken("b", NOW - timedelta(days=1))])
        store.intend(replace(an_intent("run-0-2"), started_at=NOW - timedelta(hours=1)), NOW)
    return url


def _a_run(back: int, number: int, at: datetime) -> RunReport:
    rough = back % 4 == 0
    slow = 25 if rough else 4
    results = (carried(SERVICENOW, SENTINEL, 60.0 * slow), carried(SENTINEL, SERVICENOW, 40.0 + number))
    ended = at + timedelta(seconds=3 + number * slow)
    return replace(a_report(f"run-{back}-{number}", at=at, results=results), ended_at=ended, **asked(at, rough=rough))


def asked(at: datetime, *, rough: bool = True) -> dict[str, Any]:
    """What a run reports of its calls, some of which did not go well where it was `rough`."""
    slow = TroubledCall(at, SERVICENOW, "PATCH", "incident", 500, Failure.REFUSED, 1, reference="0a1b2c3d4e5f")
    busy = TroubledCall(at, SENTINEL, "PUT", "incidents", 429, Failure.THROTTLED, 2, 20.75)
    calls = CallRecord(
        added(
            (
                CallSum(SERVICENOW, "GET", "incident", 1),
                CallSum(SERVICENOW, "PATCH", "incident", 2, errors=4 * rough, retries=3 * rough),
                CallSum(SENTINEL, "GET", "incidents", 1),
                CallSum(SENTINEL, "PUT", "incidents", 2, throttled=2 * rough, waited=41.5 * rough),
            )
        ),
        (slow,) * (4 * rough) + (busy,) * (2 * rough),
    )
    sides = tuple(SideReport(side, True, True, traffic) for side, traffic in traffic_in(calls).items())
    return {"sides": sides, "calls": calls}


def carried(source: str, target: str, waited: float) -> ActionResult:
    """What became of a change on one side that waited so many seconds."""
    action = replace(an_action(), ref=a_ref(1, target), carries=Carried(source, NOW))
    return replace(a_result(an_intent()), action=action, waited=waited)


def _overtaken(key: str, at: datetime) -> ConflictRow:
    return ConflictRow(key, "title", SERVICENOW, '"<b>kept</b>"', '"b"', "latest", "run-1-0", at)
