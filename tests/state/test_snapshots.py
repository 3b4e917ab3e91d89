"""Evidence that is kept from day to day, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text
from tests.state.examples import MONDAY

from watchkeeper.evidence.kept import (
    PROFILES,
    REMEDIATION,
    SCORES,
    ProfileDay,
    RemediationDay,
    gathering_of,
    kind_named,
    remediation_history,
)
from watchkeeper.model.evidence import (
    Comparison,
    ControlDecision,
    ControlPoints,
    ControlProfile,
    DailyScore,
    ExposureScore,
    RemediationTask,
)
from watchkeeper.model.gathering import BriefedFile, Found, Gathering, Piece
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.state import SqlStateStore
from watchkeeper.state.check import check_store
from watchkeeper.state.prune import prune

DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SCORE = DailyScore(
    "tenant_2026-11-23", NOON, 312.5, 540.0, 1200, 1100, ("EOP",), (Comparison("allTenants", 41.2),), (ControlPoints("mfa", "Identity", 9.0),)
)  # fmt: skip
PROFILE = ControlProfile(
    "mfa", "多要素認証 \x00", "Identity", "AzureAD", 10.0, 1, "Core", "low", "low", False, ("Account breach",), "<p>do</p>", "https://x.example",
    NOON, ControlDecision("planned", "", "", "keiko", NOON),
)  # fmt: skip
TASK = RemediationTask(
    "t1", "Update Edge", "edge", "", ("Servers",), "Update", "Software", "High", False, 40, 11, NOON, None, NOON, "liam", "", "", "131"
)  # fmt: skip
GATHERED = Gathering(
    "secure-score",
    NOON,
    (Piece("graph/secure-scores", Found.COLLECTED, NOON), Piece("graph/control-profiles", Found.MISSING, None, "403")),
    {"en": "58 %", "ja": "58 ％"},
    (BriefedFile("secure-score", "svg", "image/svg+xml", {"en": "<svg/>"}),),
)


def test_what_was_kept_comes_back_as_it_was(store: SqlStateStore) -> None:
    kept = [
        Snapshot(SCORES, DAY, MONDAY, SCORE),
        Snapshot(REMEDIATION, DAY, MONDAY, RemediationDay((TASK,), ExposureScore(NOON, 31.4))),
        Snapshot(gathering_of("secure-score"), DAY, MONDAY, GATHERED),
    ]
    store.keep_snapshots(kept)
    assert [store.latest_snapshot(each.kind, DAY) for each in kept] == kept


def test_a_later_document_of_a_day_takes_the_place_of_the_earlier(store: SqlStateStore) -> None:
    later = replace(SCORE, points=313.0)
    store.keep_snapshots([Snapshot(SCORES, DAY, MONDAY, SCORE)])
    store.keep_snapshots([Snapshot(SCORES, DAY, MONDAY, later)])
    assert [each.document for each in store.snapshots(SCORES, DAY, DAY)] == [later]


def test_days_come_in_order_and_only_those_asked_for(store: SqlStateStore) -> None:
    days = [DAY + timedelta(days=number) for number in (3, 0, 2, 1)]
    store.keep_snapshots([Snapshot(SCORES, day, MONDAY, SCORE) for day in days])
    assert [each.day for each in store.snapshots(SCORES, DAY, DAY + timedelta(days=2))] == sorted(days)[:3]


def test_the_days_alone_can_be_asked_for(store: SqlStateStore) -> None:
    days = [DAY + timedelta(days=number) for number in (3, 0, 2)]
    store.keep_snapshots([Snapshot(SCORES, day, MONDAY, SCORE) for day in days])
    store.keep_snapshots([Snapshot(PROFILES, DAY + timedelta(days=1), MONDAY, ProfileDay((PROFILE,)))])
    assert store.snapshot_days(SCORES, DAY, DAY + timedelta(days=2)) == sorted(days)[:2]


def test_the_history_of_many_months_holds_a_task_once_for_as_long_as_it_stays_the_same(store: SqlStateStore) -> None:
    days = [DAY + timedelta(days=2 * number) for number in range(70)]
    moved = [replace(TASK, fixed=TASK.fixed + (number >= 45)) for number in range(len(days))]
    kept = [
        Snapshot(REMEDIATION, day, MONDAY, RemediationDay((task,), ExposureScore(NOON, float(number))))
        for number, (day, task) in enumerate(zip(days, moved, strict=True))
    ]
    store.keep_snapshots(kept)
    history = remediation_history(store, date.min, date.max)
    tasks = [each.tasks["t1"] for each in history.days]
    assert ([each.day for each in history.days], tasks) == (days, moved)
    assert [each.points for each in history.exposure] == [float(number) for number in range(70)]
    assert len(set(map(id, tasks))) == 2


def test_the_latest_is_that_of_the_day_or_before(store: SqlStateStore) -> None:
    store.keep_snapshots([Snapshot(PROFILES, DAY, MONDAY, ProfileDay((PROFILE,)))])
    assert store.latest_snapshot(PROFILES, DAY - timedelta(days=1)) is None
    found = store.latest_snapshot(PROFILES, DAY + timedelta(days=40))
    assert found is not None
    assert found.document.by_id()["mfa"].title == "多要素認証 \x00"


def test_older_documents_of_a_name_are_dropped_and_no_others(store: SqlStateStore) -> None:
    store.keep_snapshots([Snapshot(PROFILES, DAY - timedelta(days=n), MONDAY, ProfileDay(())) for n in (0, 1)])
    store.keep_snapshots([Snapshot(SCORES, DAY - timedelta(days=1), MONDAY, SCORE)])
    store.drop_snapshots(PROFILES, DAY)
    assert [each.day for each in store.snapshots(PROFILES, DAY - timedelta(days=9), DAY)] == [DAY]
    assert store.latest_snapshot(SCORES, DAY) is not None


def test_pruning_keeps_the_scores_which_no_source_has_any_more(store: SqlStateStore) -> None:
    store.keep_snapshots([Snapshot(SCORES, DAY, MONDAY, SCORE), Snapshot(REMEDIATION, DAY, MONDAY, RemediationDay(()))])
    prune(store, MONDAY + timedelta(days=400), "run-2", MONDAY, apply=True)
    assert store.latest_snapshot(SCORES, DAY) is not None
    assert store.latest_snapshot(REMEDIATION, DAY) is None


def test_the_check_names_a_document_that_cannot_be_read_and_passes_over_unknown_names(
    store: SqlStateStore, url: str
) -> None:
    store.keep_snapshots([Snapshot(SCORES, DAY, MONDAY, SCORE), Snapshot(gathering_of("x"), DAY, MONDAY, GATHERED)])
    assert check_store(url).sound
    with store.database.write() as connection:
        connection.execute(text("UPDATE snapshot SET document = '[1]' WHERE name = 'evidence/secure-score'"))
        connection.execute(text("UPDATE snapshot SET name = 'evidence/of-later', document = '{}' WHERE name <> 'evidence/secure-score'"))  # fmt: skip
    assert not check_store(url).sound


def test_a_name_says_what_is_kept_under_it() -> None:
    assert kind_named("evidence/gathering/secure-score") == gathering_of("secure-score")
    assert kind_named("evidence/secure-score") is SCORES
    assert kind_named("audit/csirt") is None


def test_a_day_that_is_over_keeps_no_long_texts() -> None:
    slim = ProfileDay((PROFILE,)).slim().profiles[0]
    assert (slim.remediation, slim.address, slim.threats) == ("", "", ())
    assert slim.decision == PROFILE.decision


def test_a_gathering_says_what_it_lacks() -> None:
    assert [piece.subject for piece in GATHERED.missing] == ["graph/control-profiles"]
    assert not GATHERED.complete
    assert not replace(GATHERED, pieces=()).complete
    assert replace(GATHERED, pieces=GATHERED.pieces[:1]).complete


def test_a_file_is_named_after_the_period_and_falls_back_to_english() -> None:
    file = GATHERED.files[0].attached("2026-11-23", "ja")
    assert (file.name, file.content) == ("secure-score-2026-11-23.svg", b"<svg/>")
