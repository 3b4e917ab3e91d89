"""What the calls of runs asked for, as the store keeps it: of a rough day and its runs, as many troubled calls as it takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from bench.estate import NOW
from bench.logged import Written, run_id
from watchkeeper.model.calls import (
    DAY_CALLS,
    EACH_END,
    CallRecord,
    CallSum,
    Failure,
    TroubledCall,
    added,
    calls_of_run,
)
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.model.snapshot import Snapshot

_TABLES: Final = ("incident", "sys_audit", "sys_choice", "sys_dictionary", "sys_journal_field", "sys_user", "task")
_COLLECTIONS: Final = ("incidents", "incident-comments", "incident-alerts", "automation-rules", "query")
_ASKED: Final = added(
    CallSum(side, method, asked, calls=9, errors=1, retries=1, throttled=1, waited=2.5)
    for side, all_asked in ((SERVICENOW, _TABLES), (SENTINEL, _COLLECTIONS))
    for asked in all_asked
    for method in ("GET", "PUT")
)
_TROUBLED: Final = TroubledCall(
    NOW, SENTINEL, "PUT", "incidents", 429, Failure.THROTTLED, 2, 7.0, "00000000-0000-4000-8000-000000000000"
)
_CALM: Final = CallRecord(_ASKED)
_ROUGH: Final = CallRecord(_ASKED, (_TROUBLED,) * (2 * EACH_END), 12_345)
_ONE_IN: Final = 80
"""One run in so many is rough, the one that wrote most among them; every day is."""


def calls_kept(written: Written) -> Iterator[Snapshot[Any]]:
    """Of every run, and of every day."""
    for number in range(written.runs):
        ended = written.ended(number)
        record = _ROUGH if number % _ONE_IN == 0 else _CALM
        yield Snapshot(calls_of_run(run_id(number)), ended.date(), ended, record)
    for number in range(written.days):
        yield Snapshot(DAY_CALLS, _day(number), NOW, _ROUGH.of("sync", run_id(0)))


def _day(number: int) -> date:
    return NOW.date() - timedelta(days=number)
