from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from watchkeeper.emulators.servicenow.cast import sys_id

Instance = Any


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [
        ("1", "1", "1"),
        ("1", "2", "2"),
        ("1", "3", "3"),
        ("2", "1", "2"),
        ("2", "2", "3"),
        ("2", "3", "4"),
        ("3", "1", "3"),
        ("3", "2", "4"),
        ("3", "3", "5"),
    ],
)
def test_priority_is_looked_up_and_never_taken(instance: Instance, impact: str, urgency: str, priority: str) -> None:
    row = instance.new(impact=impact, urgency=urgency, priority="1")
    assert row["priority"] == priority
    assert instance.patch(row["sys_id"], priority="1", description="x").result["priority"] == priority


@pytest.mark.parametrize(
    ("sent", "labels"),
    [
        ({}, "Resolution code, Close notes"),
        ({"close_code": "Solution provided"}, "Close notes"),
        ({"close_notes": "done"}, "Resolution code"),
        ({"close_code": "Solution provided", "close_notes": "  "}, "Close notes"),
        ({"close_code": "Solved (Permanently)", "close_notes": "done"}, "Resolution code"),
    ],
)
def test_resolving_without_code_and_notes_is_refused_and_changes_nothing(
    instance: Instance, sent: dict[str, str], labels: str
) -> None:
    row = instance.new()
    answer = instance.patch(row["sys_id"], state="6", **sent)
    assert answer.status == 403
    assert answer.body["error"] == {
        "message": "Operation Failed",
        "detail": f"Data Policy Exception: The following fields are mandatory: {labels}",
    }
    assert instance.get(row["sys_id"]).result == row


def test_resolving_stamps_who_and_when(instance: Instance) -> None:
    row = instance.new()
    instance.clock.advance(timedelta(hours=1))
    resolved = instance.by("liam.byrne").resolve(row["sys_id"]).result
    assert (resolved["state"], resolved["incident_state"], resolved["active"]) == ("6", "6", "true")
    assert resolved["resolved_at"] == "2026-11-16 01:30:00"
    assert resolved["resolved_by"]["value"] == sys_id("sys_user", "liam.byrne")
    assert resolved["calendar_stc"] == "3600"
    assert resolved["closed_at"] == ""


def test_a_resolved_record_cannot_lose_its_code(instance: Instance) -> None:
    row = instance.new()
    instance.resolve(row["sys_id"])
    assert instance.patch(row["sys_id"], close_notes="").status == 403


@pytest.mark.parametrize("state", ["1", "2", "3"])
def test_reopening_counts_stamps_and_takes_the_resolution_back(instance: Instance, state: str) -> None:
    row = instance.new()
    instance.resolve(row["sys_id"])
    reopened = instance.by("niamh.kelly").patch(row["sys_id"], state=state).result
    assert (reopened["state"], reopened["reopen_count"], reopened["resolved_at"], reopened["resolved_by"]) == (
        state,
        "1",
        "",
        "",
    )
    assert reopened["reopened_by"]["value"] == sys_id("sys_user", "niamh.kelly")
    assert reopened["reopened_time"] == "2026-11-16 00:30:00"
    assert reopened["close_code"] == "Solution provided"


def test_closing_needs_a_role_that_itil_is_not(instance: Instance) -> None:
    row = instance.new()
    instance.resolve(row["sys_id"])
    refused = instance.patch(row["sys_id"], state="7")
    assert (refused.status, refused.detail) == (403, "ACL Exception Update Failed due to security constraints")
    closed = instance.by("aoife.murphy").patch(row["sys_id"], state="7").result
    assert (closed["state"], closed["active"]) == ("7", "false")
    assert (closed["closed_at"], closed["closed_by"]["value"]) == (
        "2026-11-16 00:30:00",
        sys_id("sys_user", "aoife.murphy"),
    )


def test_a_record_cannot_be_created_closed_by_itil(instance: Instance) -> None:
    answer = instance.create(state="7", close_code="Solution provided", close_notes="x")
    assert (answer.status, answer.detail) == (403, "ACL Exception Insert Failed due to security constraints")


@pytest.mark.parametrize("end", ["7", "8"])
def test_an_ended_record_is_read_only_for_itil(instance: Instance, end: str) -> None:
    row = instance.new(close_code="Solution provided", close_notes="x")
    assert instance.by("aoife.murphy").patch(row["sys_id"], state=end).status == 200
    for change in ({"state": "2"}, {"work_notes": "late"}, {"description": "late"}):
        assert instance.patch(row["sys_id"], **change).status == 403
    assert instance.by("aoife.murphy").patch(row["sys_id"], state="2").result["reopen_count"] == "1"


def test_itil_may_cancel(instance: Instance) -> None:
    canceled = instance.patch(instance.new()["sys_id"], state="8").result
    assert (canceled["state"], canceled["active"]) == ("8", "false")


def test_a_hold_reason_lasts_as_long_as_the_hold(instance: Instance) -> None:
    row = instance.new()
    assert instance.patch(row["sys_id"], state="3", hold_reason="4").result["hold_reason"] == "4"
    assert instance.patch(row["sys_id"], state="2").result["hold_reason"] == ""


def test_the_legacy_state_field_follows_and_may_lead(instance: Instance) -> None:
    row = instance.new()
    assert instance.patch(row["sys_id"], state="2").result["incident_state"] == "2"
    assert instance.patch(row["sys_id"], incident_state="3").result["state"] == "3"


def test_handing_over_between_groups_is_counted(instance: Instance) -> None:
    row = instance.new(assignment_group="SOC Monitoring")
    assert instance.patch(row["sys_id"], assignment_group="CSIRT").result["reassignment_count"] == "1"
    assert instance.new()["reassignment_count"] == "0"
