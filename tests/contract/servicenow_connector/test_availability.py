"""What the connector makes of an instance that is busy, rationed, asleep, or behind something that is."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contract.servicenow_connector.rig import ServiceNowRig

from watchkeeper.emulators.inprocess import in_process_session
from watchkeeper.errors import (
    Ambiguous,
    AuthFailed,
    Protocol,
    Throttled,
    Unavailable,
    WatchkeeperError,
)
from watchkeeper.model.population import Feed
from watchkeeper.model.record import SERVICENOW, Absent, Record
from watchkeeper.model.scan import Page, ScanEnd

MARKER = "availability/task/all@2026-11-16"


@pytest.fixture
def rig() -> ServiceNowRig:
    return ServiceNowRig()


def bears(rig: ServiceNowRig, **availability: Any) -> None:
    rig.servicenow.seed({"availability": availability})


def limited(rig: ServiceNowRig, limit: int, **more: Any) -> None:
    bears(rig, rate_limits=[{"limit": limit}], **more)


def statuses(rig: ServiceNowRig) -> list[int | None]:
    return [entry.status for entry in rig.requests()]


def read(rig: ServiceNowRig, times: int = 1) -> None:
    for _ in range(times):
        rig.connector.get([rig.foreign_ref], frozenset({"short_description"}))


def created(rig: ServiceNowRig) -> list[dict[str, Any]]:
    return [row for row in rig.servicenow.records() if row["correlation_id"].endswith(MARKER)]


# --- rationed ---


def test_a_rate_limit_is_kept_without_ever_meeting_it(rig: ServiceNowRig) -> None:
    limited(rig, 400)
    read(rig, 380)
    assert set(statuses(rig)) == {200}
    assert rig.slept
    assert all(seconds <= 60 for seconds in rig.slept)


def test_when_keeping_it_would_take_too_long_the_call_is_left_for_later(rig: ServiceNowRig) -> None:
    limited(rig, 40)
    with pytest.raises(Throttled) as caught:
        read(rig, 40)
    assert caught.value.retry_after is not None
    assert 429 not in statuses(rig)


def test_a_count_that_lags_and_then_says_no_ends_the_same_way(rig: ServiceNowRig) -> None:
    limited(rig, 5, count_lag=30, rate_headers=True)
    with pytest.raises(Throttled):
        read(rig, 40)


def test_a_limit_that_is_never_told_of_is_waited_for_a_little_and_then_left(rig: ServiceNowRig) -> None:
    limited(rig, 5, rate_headers=False)
    with pytest.raises(Throttled):
        read(rig, 6)
    assert statuses(rig) == [200] * 5 + [429] * 5
    assert len(set(rig.slept)) == 4


# --- busy ---


def test_one_shared_session_is_what_an_instance_drops_calls_of(rig: ServiceNowRig) -> None:
    """The mistake itself, so that the switch is known to bite: parallel calls with one cookie."""
    bears(rig, transaction_seconds=0.5)
    with in_process_session(rig.world) as shared:
        shared.auth = ("watchkeeper", "emulated-password")
        answers = [shared.get("https://servicenow.emulator/api/now/table/incident").status_code for _ in range(20)]
    assert answers.count(202) == 20 - 12


def test_calls_that_the_session_queue_drops_are_made_again(rig: ServiceNowRig) -> None:
    bears(rig, transaction_seconds=0.5, session_queue=4)
    read(rig, 30)
    written = rig.connector.create(rig.draft(MARKER, "Check the connectors"))
    assert isinstance(written.record, Record)
    assert 202 in statuses(rig)
    assert len(created(rig)) == 1


def test_a_full_queue_for_semaphores_is_waited_for_without_being_told_how_long(rig: ServiceNowRig) -> None:
    bears(rig, transaction_seconds=0.5, semaphores=1, semaphore_queue=0)
    read(rig, 4)
    rig.connector.create(rig.draft(MARKER, "Check the connectors"))
    assert 429 in statuses(rig)
    assert len(created(rig)) == 1


# --- asleep, signed out, or behind a proxy ---

BROKEN: dict[str, tuple[dict[str, Any], type[WatchkeeperError], type[WatchkeeperError]]] = {
    "hibernating": ({"kind": "page"}, Protocol, Ambiguous),
    "login page": ({"kind": "page", "page": "login"}, Protocol, Ambiguous),
    "maintenance": ({"kind": "page", "page": "maintenance"}, Unavailable, Ambiguous),
    "gateway": ({"kind": "page", "page": "gateway"}, Unavailable, Ambiguous),
    "redirect to login": ({"kind": "redirect"}, Protocol, Ambiguous),
    "waking with 401": ({"kind": "status", "status": 401}, AuthFailed, AuthFailed),
    "waking with 503": ({"kind": "status", "status": 503}, Unavailable, Ambiguous),
    "408": ({"kind": "status", "status": 408}, Unavailable, Ambiguous),
    "499": ({"kind": "status", "status": 499}, Unavailable, Ambiguous),
    "502": ({"kind": "status", "status": 502}, Unavailable, Ambiguous),
    "504": ({"kind": "status", "status": 504}, Unavailable, Ambiguous),
    "empty 200": ({"kind": "empty"}, Protocol, Ambiguous),
    "empty 204": ({"kind": "empty", "status": 204}, Protocol, Ambiguous),
    "close-delimited": ({"kind": "close_delimited"}, Unavailable, Ambiguous),
    "wrong content type": ({"kind": "content_type"}, Protocol, Ambiguous),
    "a number without end": ({"kind": "hostile", "shape": "big_number"}, Protocol, Ambiguous),
    "nested without end": ({"kind": "hostile", "shape": "deep"}, Protocol, Ambiguous),
    "repeated lists": ({"kind": "hostile", "shape": "repeated_keys"}, Protocol, Ambiguous),
    "not a number": ({"kind": "hostile", "shape": "nan"}, Protocol, Ambiguous),
    "dropped": ({"kind": "drop_before"}, Unavailable, Ambiguous),
}


@pytest.mark.parametrize(("rule", "reading"), [row[:2] for row in BROKEN.values()], ids=BROKEN)
def test_a_read_that_is_answered_with_something_else_is_never_taken_for_data(
    rig: ServiceNowRig, rule: dict[str, Any], reading: type[WatchkeeperError]
) -> None:
    rig.fault(**rule)
    with pytest.raises(reading):
        read(rig)
    rig.heal()
    read(rig)


WRITES = {
    name: (row[0], row[2]) for name, row in BROKEN.items() if row[0]["kind"] not in {"close_delimited", "hostile"}
}


@pytest.mark.parametrize(("rule", "writing"), WRITES.values(), ids=WRITES)
def test_a_write_that_is_answered_with_something_else_is_sent_once_and_found_out_about(
    rig: ServiceNowRig, rule: dict[str, Any], writing: type[WatchkeeperError]
) -> None:
    draft = rig.draft(MARKER, "Check the connectors")
    rig.fault(method="POST", **rule)
    with pytest.raises(writing):
        rig.connector.create(draft)
    rig.heal()
    sent = [entry for entry in rig.requests() if entry.method == "POST"]
    assert len(sent) == (2 if writing is AuthFailed else 1)
    found = rig.connector.get([draft.ref], frozenset({"short_description"}))[draft.ref]
    assert isinstance(found, Record) == bool(created(rig))


@pytest.mark.parametrize("kind", ["status_after", "empty_after", "page_after", "drop_after", "timeout_after"])
def test_an_error_that_was_committed_is_found_by_the_chosen_id(rig: ServiceNowRig, kind: str) -> None:
    draft = rig.draft(MARKER, "Check the connectors")
    rig.fault(kind, method="POST", times=1, status=500)
    with pytest.raises(Ambiguous):
        rig.connector.create(draft)
    found = rig.connector.get([draft.ref], frozenset({"short_description"}))[draft.ref]
    assert isinstance(found, Record)
    assert len(created(rig)) == 1


def test_a_create_that_a_proxy_delivers_twice_makes_one_record(rig: ServiceNowRig) -> None:
    draft = rig.draft(MARKER, "Check the connectors")
    rig.fault("duplicate", method="POST", times=1)
    with pytest.raises(WatchkeeperError):
        rig.connector.create(draft)
    found = rig.connector.get([draft.ref], frozenset({"short_description"}))[draft.ref]
    assert isinstance(found, Record)
    assert len(created(rig)) == 1


# --- cut and poisoned lists ---


def scanned(rig: ServiceNowRig, feed: Feed) -> tuple[list[Record], ScanEnd]:
    *pages, end = rig.connector.scan(feed, None)
    assert isinstance(end, ScanEnd)
    return [record for page in pages if isinstance(page, Page) for record in page.records], end


@pytest.mark.parametrize("shape", ["half", "error_row", "malformed", "fewer_rows", "empty_list"])
def test_a_list_that_is_cut_in_any_shape_never_passes_for_the_whole(rig: ServiceNowRig, shape: str) -> None:
    for number in range(6):
        rig.person_opens(f"Wave {number}")
    rig.fault("truncate", method="GET", shape=shape, times=1)
    try:
        records, end = scanned(rig, rig.feed())
    except WatchkeeperError:
        return
    assert len(records) == 6 or not end.complete


@pytest.mark.parametrize("shape", ["nul", "surrogate"])
def test_a_text_that_no_database_stores_spoils_neither_its_record_nor_the_others(
    rig: ServiceNowRig, shape: str
) -> None:
    for number in range(3):
        rig.person_opens(f"Wave {number}")
    rig.fault("hostile", method="GET", shape=shape)
    records, end = scanned(rig, rig.feed())
    titles = sorted(str(record.fields["short_description"]) for record in records)
    assert end.complete
    assert len(titles) == 3
    assert sum(title.startswith("\ufffd") for title in titles) == 1


# --- signing in ---


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"kind": "status", "status": 503}, Unavailable),
        ({"kind": "status", "status": 429, "retry_after": 3600}, Throttled),
        ({"kind": "page", "page": "login"}, Protocol),
        ({"kind": "timeout_before", "seconds": 600}, Unavailable),
        ({"kind": "drop_after"}, Unavailable),
        ({"kind": "status", "status": 401}, AuthFailed),
        ({"kind": "hostile", "shape": "big_number"}, Protocol),
    ],
    ids=["503", "429", "page", "slow", "lost", "401", "hostile"],
)
def test_an_endpoint_for_tokens_that_fails_or_is_slow_says_what_it_is(
    rig: ServiceNowRig, rule: dict[str, Any], error: type[WatchkeeperError]
) -> None:
    rig.fault(**{"path_prefix": "/oauth_token.do", **rule})
    with pytest.raises(error):
        read(rig)
    assert rig.requests() == []
    rig.heal()
    fresh = rig.open(rig.open_transport(writes_allowed=False))
    assert isinstance(fresh.get([rig.foreign_ref], frozenset())[rig.foreign_ref], Absent)
    assert fresh.side == SERVICENOW
