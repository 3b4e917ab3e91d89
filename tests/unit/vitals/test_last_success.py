"""When a scheduled command last succeeded, as the store remembers it and `status` tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.engine import make_deployment
from tests.unit.report.examples import a_status

from watchkeeper.model.exit_code import ExitCode, Upshot, upshot_of
from watchkeeper.model.success import LastSuccess
from watchkeeper.report import text
from watchkeeper.report.document import Mark
from watchkeeper.report.freshness import Freshness, age
from watchkeeper.report.machine import status_json
from watchkeeper.report.status import status_document
from watchkeeper.report.texts import texts_in
from watchkeeper.vitals import last_successes, note_success

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SYNC = LastSuccess("sync", NOON - timedelta(hours=2, minutes=5), "run-1")
NEVER = LastSuccess("audit")


def seen(**limits: timedelta) -> Freshness:
    return Freshness(NOON, (SYNC, NEVER), limits)


def test_what_every_exit_code_means_to_a_schedule() -> None:
    told = {code: upshot_of(code) for code in ExitCode}
    assert {code for code, upshot in told.items() if upshot is Upshot.SUCCESS} == {0, 6, 8}
    assert {code for code, upshot in told.items() if upshot is Upshot.LATER} == {75, 130, 141, 143}
    assert {code for code, upshot in told.items() if upshot is Upshot.FAILURE} == {1, 2, 3, 4, 5, 7, 9}


def test_the_store_remembers_the_last_success_of_each_command(tmp_path: Path) -> None:
    with make_deployment(tmp_path).store() as store:
        assert last_successes(store) == (LastSuccess("sync"), LastSuccess("audit"))
        note_success(store, "sync", "run-0", NOON - timedelta(days=1))
        note_success(store, "sync", "run-1", NOON)
        assert last_successes(store) == (LastSuccess("sync", NOON, "run-1"), LastSuccess("audit"))


def test_evidence_is_told_of_where_it_was_collected_once_or_somebody_asks(tmp_path: Path) -> None:
    with make_deployment(tmp_path).store() as store:
        assert last_successes(store, {"evidence"})[2:] == (LastSuccess("evidence"),)
        note_success(store, "evidence", "", NOON)
        told = last_successes(store)
    assert told[2:] == (LastSuccess("evidence", NOON),)
    shown = text.render(status_document(replace(a_status(), fresh=Freshness(NOON, told))))
    assert "Last success of evidence  2026-11-23 12:00 UTC (0 min ago)" in shown
    late = Freshness(NOON + timedelta(days=2), told, {"evidence": timedelta(hours=26)})
    assert "at `watchkeeper evidence show`" in text.render(status_document(replace(a_status(), fresh=late)))


def test_what_cannot_be_read_counts_as_no_success(tmp_path: Path) -> None:
    with make_deployment(tmp_path).store() as store:
        store.remember({"last-success-sync": "yesterday"})
        assert last_successes(store)[0] == LastSuccess("sync")


@pytest.mark.parametrize(
    ("limit", "overdue"),
    [(timedelta(hours=2), True), (timedelta(hours=2, minutes=5), False), (timedelta(days=1), False)],
)
def test_a_success_is_overdue_beyond_its_limit(limit: timedelta, overdue: bool) -> None:
    assert [each.command for each in seen(sync=limit).overdue] == ["sync"] * overdue


def test_one_that_never_was_is_overdue_and_one_from_the_future_is_not() -> None:
    assert seen(audit=timedelta(days=300)).overdue == (NEVER,)
    ahead = Freshness(NOON, (LastSuccess("sync", NOON + timedelta(hours=1)),), {"sync": timedelta(minutes=1)})
    assert ahead.overdue == ()


def test_status_tells_the_ages_and_minds_none_that_nobody_asked_about() -> None:
    document = status_document(replace(a_status(), fresh=seen()))
    shown = text.render(document)
    assert "Last success of sync   2026-11-23 09:55 UTC (2 h 5 min ago, run run-1)" in shown
    assert "Last success of audit  none on record" in shown
    assert document.mark is Mark.NONE


def test_status_says_first_what_is_overdue() -> None:
    document = status_document(replace(a_status(), fresh=seen(sync=timedelta(hours=2), audit=timedelta(days=4))))
    assert document.sentence.endswith(
        "Overdue: no sync succeeded within 2 h 0 min and no audit succeeded within 4 d 0 h."
    )
    assert document.mark is Mark.BAD
    assert "at `watchkeeper history`" in text.render(document)
    japanese = status_document(replace(a_status(), fresh=seen(sync=timedelta(hours=2))), "ja")
    assert "2 時間 0 分 以内に成功した sync がありません" in japanese.sentence


def test_status_says_so_without_a_store_too() -> None:
    nothing = replace(a_status(), born=None, fresh=Freshness(NOON, (NEVER,), {"audit": timedelta(days=1)}))
    assert "no audit succeeded within 1 d 0 h" in status_document(nothing).sentence


def test_programs_get_ages_limits_and_the_exit_code() -> None:
    payload = status_json(replace(a_status(), fresh=seen(sync=timedelta(hours=2))))
    assert (payload["exit_code"], payload["reasons"]) == (6, ["no sync succeeded within 2 h 0 min"])
    assert payload["successes"] == [
        {
            "command": "sync",
            "at": "2026-11-23T09:55:00Z",
            "run_id": "run-1",
            "age_seconds": 7500,
            "limit_seconds": 7200,
            "overdue": True,
        },
        {
            "command": "audit",
            "at": None,
            "run_id": "",
            "age_seconds": None,
            "limit_seconds": None,
            "overdue": False,
        },
    ]


@pytest.mark.parametrize(
    ("past", "said"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=23, minutes=59), "23 h 59 min"),
        (timedelta(days=1200, hours=5), "1,200 d 5 h"),
    ],
)
def test_ages_are_told_in_two_units(past: timedelta, said: str) -> None:
    assert age(past, texts_in("en")) == said
