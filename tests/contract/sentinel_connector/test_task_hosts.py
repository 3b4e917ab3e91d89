"""The standing incidents behind the tasks: closed when their week is over, and left alone where a person has decided."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.contract.sentinel_connector.test_incident_tasks import FIELDS, MARKER, TaskRig

from watchkeeper.errors import Unavailable
from watchkeeper.model.record import Absent, Record, RecordRef
from watchkeeper_sentinel.host_names import CLOSED_LABEL

THIS_WEEK, NEXT_WEEK = "SOC duties 2026-W47", "SOC duties 2026-W48"
OF_NEXT_WEEK = MARKER.replace("2026-11-16", "2026-11-23")
DONE = {"status": "Completed"}
WEEK = timedelta(days=7)


@pytest.fixture
def rig() -> TaskRig:
    return TaskRig()


def created(rig: TaskRig, marker: str = MARKER) -> Record:
    """A task written by a run of its own."""
    return rig.open(rig.transport).create(rig.draft(marker, "Check licences")).record


def hosts(rig: TaskRig) -> dict[str, dict[str, Any]]:
    return {item["properties"]["title"]: item["properties"] for item in rig.arm.records() if not item["deleted"]}


def statuses(rig: TaskRig) -> dict[str, str]:
    return {title: properties["status"] for title, properties in hosts(rig).items()}


def labels(rig: TaskRig, title: str) -> set[str]:
    return {label["labelName"] for label in hosts(rig)[title]["labels"]}


def complete_by_hand(rig: TaskRig, ref: RecordRef) -> None:
    host, task = ref.id.split("/")
    rig.people("complete-task", incident=host, task=task)


# --- closing ---


def test_the_last_task_of_a_past_week_closes_its_host(rig: TaskRig) -> None:
    record = created(rig)
    rig.advance(WEEK)

    rig.open(rig.transport).close(record.ref, DONE, record.revision)

    host = hosts(rig)[THIS_WEEK]
    assert (host["status"], host["classification"]) == ("Closed", "Undetermined")
    assert "all tasks are completed" in host["classificationComment"]
    assert CLOSED_LABEL in labels(rig, THIS_WEEK)


def test_the_last_task_of_a_running_week_leaves_its_host_open(rig: TaskRig) -> None:
    record = created(rig)
    rig.connector.close(record.ref, DONE, record.revision)
    assert statuses(rig) == {THIS_WEEK: "New"}


def test_a_past_week_with_an_open_task_stays_open(rig: TaskRig) -> None:
    record = created(rig)
    created(rig, f"{MARKER}~0")
    rig.advance(WEEK)
    rig.connector.close(record.ref, DONE, record.revision)
    assert statuses(rig) == {THIS_WEEK: "New"}


def test_a_host_that_is_opened_closes_those_of_earlier_weeks_whose_tasks_people_completed(rig: TaskRig) -> None:
    complete_by_hand(rig, created(rig).ref)
    rig.advance(WEEK)
    created(rig, OF_NEXT_WEEK)
    assert statuses(rig) == {THIS_WEEK: "Closed", NEXT_WEEK: "New"}


def test_a_host_of_another_deployment_is_not_ours_to_close(rig: TaskRig) -> None:
    complete_by_hand(rig, created(rig, f"another{MARKER}").ref)
    rig.advance(WEEK)
    created(rig, OF_NEXT_WEEK)
    assert statuses(rig) == {THIS_WEEK: "New", NEXT_WEEK: "New"}


def test_a_host_that_a_person_reopened_stays_open(rig: TaskRig) -> None:
    record = created(rig)
    rig.advance(WEEK)
    rig.connector.close(record.ref, DONE, record.revision)
    rig.people("reopen", incident=record.ref.id.split("/")[0])

    created(rig, OF_NEXT_WEEK)

    assert statuses(rig) == {THIS_WEEK: "Active", NEXT_WEEK: "New"}


def test_a_last_task_that_a_person_completes_in_a_later_week_closes_its_host_with_the_next_duty(rig: TaskRig) -> None:
    record = created(rig)
    rig.advance(WEEK)
    created(rig, OF_NEXT_WEEK)
    complete_by_hand(rig, record.ref)

    connector = rig.open(rig.transport)
    list(connector.scan(rig.feed(), None))
    connector.create(rig.draft(f"{OF_NEXT_WEEK}~0", "Check licences"))

    assert statuses(rig) == {THIS_WEEK: "Closed", NEXT_WEEK: "New"}


def test_of_what_a_scan_has_shown_only_our_own_past_weeks_without_work_are_closed(rig: TaskRig) -> None:
    unfinished = created(rig)
    complete_by_hand(rig, created(rig, f"another{MARKER}").ref)
    rig.advance(WEEK)
    complete_by_hand(rig, created(rig, OF_NEXT_WEEK).ref)

    connector = rig.open(rig.transport)
    list(connector.scan(rig.feed(), None))
    connector.create(rig.draft(f"{OF_NEXT_WEEK}~0", "Check licences"))

    found = [(item["name"], item["properties"]["status"]) for item in rig.arm.records()]
    assert (unfinished.ref.id.split("/")[0], "New") in found
    assert {status for _, status in found} == {"New"}


@pytest.mark.parametrize(
    "refusal",
    [
        {"status": 404},
        {"status": 409},
        {"status": 503},
        {"status": 403},
        {"status": 429, "retry_after": 3600},
    ],
    ids=lambda refusal: str(refusal["status"]),
)
def test_a_host_that_cannot_be_closed_now_stops_no_duty_and_is_closed_later(
    rig: TaskRig, caplog: pytest.LogCaptureFixture, refusal: dict[str, int]
) -> None:
    record = created(rig)
    rig.advance(WEEK)
    rig.fault("status", method="PUT", regex="/incidents/[^/]+$", **refusal)

    written = rig.open(rig.transport).close(record.ref, DONE, record.revision)

    assert written.record.fields["status"] == "Completed"
    assert (statuses(rig), caplog.messages[-1]) == ({THIS_WEEK: "New"}, "host not closed")
    rig.heal()
    rig.advance(timedelta(hours=2))
    created(rig, OF_NEXT_WEEK)
    assert statuses(rig) == {THIS_WEEK: "Closed", NEXT_WEEK: "New"}


def test_a_week_begins_although_earlier_ones_cannot_be_looked_at(
    rig: TaskRig, caplog: pytest.LogCaptureFixture
) -> None:
    complete_by_hand(rig, created(rig).ref)
    rig.advance(WEEK)
    rig.fault("status", method="GET", regex="/incidents$", status=429, retry_after=3600)
    created(rig, OF_NEXT_WEEK)
    assert (statuses(rig), caplog.messages[-1]) == ({THIS_WEEK: "New", NEXT_WEEK: "New"}, "host not closed")


# --- what people do to hosts ---


def test_a_deleted_host_is_passed_over_and_never_made_anew(rig: TaskRig) -> None:
    host = created(rig).ref.id.split("/")[0]
    rig.people("delete", incident=host)
    rig.advance(timedelta(minutes=30))

    second = created(rig, f"{MARKER}~0")

    assert second.ref.id.split("/")[0] != host
    assert list(hosts(rig)) == [f"{THIS_WEEK} (2)"]
    found = rig.open(rig.transport).get([rig.draft(f"{MARKER}~0", "").ref], FIELDS)
    assert [answer.ref for answer in found.values()] == [second.ref]


def test_a_host_whose_labels_people_took_away_still_shows_the_tasks_that_it_holds(rig: TaskRig) -> None:
    ref = created(rig).ref
    rig.people("edit", incident=ref.id.split("/")[0], fields={"labels": []})
    fresh = rig.open(rig.transport)
    missing = rig.draft(f"{MARKER}~0", "").ref

    found = fresh.get([ref, missing], FIELDS)

    assert isinstance(found[ref], Record)
    assert isinstance(found[missing], Absent)


# --- the listing, and what tasks do not have ---


def test_what_keeps_the_first_call_from_being_answered_is_raised(rig: TaskRig) -> None:
    rig.fault("status", method="GET", regex="/incidents$", status=503)
    with pytest.raises(Unavailable):
        list(rig.connector.scan(rig.feed(), None))


def test_tasks_have_no_history_that_could_prove_silence(rig: TaskRig) -> None:
    created(rig)
    report = rig.connector.activity(rig.table, datetime(2026, 11, 16, tzinfo=UTC), rig.clock.now())
    assert (report.activities, report.readable, bool(report.reason)) == ((), False, True)


def test_values_of_incidents_and_tasks_are_the_apis_own_and_cost_no_call(rig: TaskRig) -> None:
    calls = rig.requests_made()
    orientation = rig.connector.orient(["SOC"], {rig.table: frozenset({"status"})}, None)
    assert list(orientation.groups) == ["SOC"]
    assert (orientation.choices, rig.requests_made()) == ({}, calls)
