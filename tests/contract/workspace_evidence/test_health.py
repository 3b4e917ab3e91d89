"""Failed automation, as the workspace's health data tell it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.contract.workspace_evidence.rig import MONTH, WorkspaceRig

from watchkeeper.errors import Unavailable
from watchkeeper.model.evidence import Emptiness
from watchkeeper.model.workspace import AutomationFailure

DAY = datetime(2026, 11, 10, tzinfo=UTC)


def runs(rig: WorkspaceRig, *wanted: dict[str, Any]) -> tuple[AutomationFailure, ...]:
    rig.arm.seed({"system": "sentinel", "health": list(wanted)})
    return rig.evidence.automation_failures(rig.clock.now() - MONTH).rows


def run(name: str, hour: int, **more: Any) -> dict[str, Any]:
    return {"name": name, "at": (DAY + timedelta(hours=hour)).isoformat(), "reason": "PlaybookDisabled", **more}


def test_failures_are_counted_by_resource_and_reason_the_most_frequent_first(rig: WorkspaceRig) -> None:
    found = runs(
        rig,
        run("Reset", 9, type="Playbook"),
        *(run("Triage", hour) for hour in (3, 8, 5)),
        run("Triage", 4, status="Partial success", reason="WorkflowThrottled"),
    )
    assert found == (
        AutomationFailure(
            "Triage", "Automation rule", "Failure", "PlaybookDisabled", 3, datetime(2026, 11, 10, 8, tzinfo=UTC)
        ),
        AutomationFailure(
            "Reset", "Playbook", "Failure", "PlaybookDisabled", 1, datetime(2026, 11, 10, 9, tzinfo=UTC)
        ),
        AutomationFailure(
            "Triage", "Automation rule", "Partial success", "WorkflowThrottled", 1, datetime(2026, 11, 10, 4, tzinfo=UTC)
        ),
    )  # fmt: skip


def test_what_succeeded_what_is_no_automation_and_what_is_older_are_left_out(rig: WorkspaceRig) -> None:
    old = {**run("Long ago", 0), "at": (rig.clock.now() - MONTH - timedelta(hours=1)).isoformat()}
    fine, other = run("Fine", 1, status="Success"), run("Connector", 2, type="Data connector")
    assert runs(rig, old, fine, other) == ()


def test_a_workspace_without_health_data_is_told_from_one_where_nothing_failed(rig: WorkspaceRig) -> None:
    since = rig.clock.now() - MONTH
    assert rig.evidence.automation_failures(since).empty is Emptiness.NOTHING_LISTED
    rig.logs_told(options={"missing_tables": ["SentinelHealth"]})
    found = rig.evidence.automation_failures(since)
    assert (found.rows, found.empty) == ((), Emptiness.NOT_FOUND)


def test_half_an_answer_is_none(month: WorkspaceRig) -> None:
    month.logs_told(next=["partial"])
    with pytest.raises(Unavailable, match="did not tell all of automation-failures"):
        month.evidence.automation_failures(month.clock.now() - MONTH)
