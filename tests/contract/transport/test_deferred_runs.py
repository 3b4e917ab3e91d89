"""A run that a system or its own budget stops ends as deferred, says where it goes on, and the next one goes on there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.engine import Deployment, make_deployment
from tests.invariants.story import (
    escalate,
    fault,
    heal,
    import_all,
    later,
    mappings_with,
    pairs,
    seed_servicenow,
    settle,
    tickets,
)
from tests.kept_worlds import done_once

from watchkeeper.model.run import Outcome, RunReport
from watchkeeper.report.machine import run_json
from watchkeeper.report.run import plan_run_document, run_document
from watchkeeper.report.text import render

pytestmark = pytest.mark.thorough

HOUR = {"status": 429, "retry_after": 3600, "times": None}


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    """Six incidents are waiting to be mirrored; the mirror of the first import is open already."""
    deployment = make_deployment(tmp_path, mappings=mappings_with())
    escalate(deployment, "The first")
    import_all(deployment)
    later(deployment)
    for number in range(6):
        escalate(deployment, f"Wave {number}")
    later(deployment)
    return deployment


def unfinished(deployment: Deployment) -> set[str]:
    with deployment.store() as store:
        return {row.key for row in store.dirty()}


def outcomes(report: RunReport, outcome: Outcome) -> int:
    return sum(result.outcome is outcome for result in report.results)


def throttle_writes(deployment: Deployment, after: int) -> None:
    fault(deployment, "status", "servicenow", "POST", path_prefix="/api/now/table", after=after, **HOUR)


def test_a_long_retry_after_in_the_middle_of_the_writes_ends_the_run_as_deferred(deployment: Deployment) -> None:
    throttle_writes(deployment, after=2)
    report = deployment.sync()
    assert report.exit_code == 75, report.reasons
    assert report.resume is not None
    assert report.resume.done == outcomes(report, Outcome.DONE)
    assert report.resume.left == len(unfinished(deployment)) == 4
    assert report.resume.key in unfinished(deployment)
    assert report.resume.not_before == deployment.world.clock.now() + timedelta(hours=1)
    assert not any("unfinished" in reason for reason in report.reasons)
    assert outcomes(report, Outcome.FAILED) == 0


def test_the_next_run_goes_on_where_the_deferred_one_ended(deployment: Deployment) -> None:
    throttle_writes(deployment, after=2)
    deployment.sync()
    heal(deployment)
    later(deployment, minutes=60)
    report = deployment.sync()
    assert (report.exit_code, report.resume) == (0, None)
    assert unfinished(deployment) == set()
    settle(deployment, runs=1)
    assert len(pairs(deployment)) == len(tickets(deployment)) == 7
    assert all(pair.agrees for pair in pairs(deployment).values())


def test_what_failed_for_another_reason_is_still_a_partial_run(deployment: Deployment) -> None:
    fault(deployment, "status", "servicenow", "POST", path_prefix="/api/now/table", status=400)
    throttle_writes(deployment, after=1)
    report = deployment.sync()
    assert report.exit_code == 4
    assert report.resume is not None
    assert [reason[:3] for reason in report.reasons] == ["4: ", "75:"]


def test_a_long_retry_after_while_reading_defers_everything(deployment: Deployment) -> None:
    fault(deployment, "status", "servicenow", "GET", path_prefix="/api/now/table/incident", **HOUR)
    report = deployment.sync()
    assert (report.exit_code, report.results) == (75, ())
    assert report.resume is not None
    assert (report.resume.done, report.resume.left, report.resume.key) == (0, 0, "")
    assert "what is left could not be looked at" in render(run_document(report))
    heal(deployment)
    later(deployment, minutes=60)
    assert deployment.sync().exit_code == 0
    assert len(pairs(deployment)) == 7


def test_what_an_earlier_run_left_is_still_left_after_one_that_could_look_at_nothing(deployment: Deployment) -> None:
    throttle_writes(deployment, after=2)
    deployment.sync()
    left = unfinished(deployment)
    fault(deployment, "status", "servicenow", "GET", path_prefix="/api/now/table/incident", **HOUR)
    report = deployment.sync()
    assert report.resume is not None
    assert (report.resume.done, report.resume.left, report.resume.key) == (0, 4, min(left))


def test_a_long_retry_after_before_anything_is_known_is_a_report_as_well(tmp_path: Path) -> None:
    fresh = make_deployment(tmp_path, mappings=mappings_with())
    fault(fresh, "status", "servicenow", "GET", path_prefix="/api/now/table/sys_properties", **HOUR)
    report = fresh.sync()
    assert report.exit_code == 75
    assert report.resume is not None
    assert report.resume.not_before is not None
    heal(fresh)
    later(fresh, minutes=60)
    assert fresh.sync().exit_code == 0


def test_a_plan_is_deferred_likewise(deployment: Deployment) -> None:
    fault(deployment, "status", "servicenow", "GET", **HOUR)
    report = deployment.plan()
    assert report.exit_code == 75
    assert "Deferred: the next run goes on" in render(plan_run_document(report))


def test_a_used_up_budget_of_calls_defers_what_is_left(deployment: Deployment) -> None:
    free = deployment.plan()
    reading = next(side.traffic.total for side in free.sides if side.side == "servicenow")
    deployment.policy = {"call_budget": {"servicenow": reading + 3}}
    report = deployment.sync()
    assert report.exit_code == 75, report.reasons
    assert outcomes(report, Outcome.DONE) > 0
    assert report.resume is not None
    assert report.resume.not_before is None
    deployment.policy = {}
    settle(deployment, runs=2)
    assert len(pairs(deployment)) == len(tickets(deployment)) == 7


def test_a_used_up_time_defers_what_is_left(deployment: Deployment) -> None:
    deployment.policy = {"run_time": timedelta(seconds=100)}
    fault(deployment, "status", "servicenow", "POST", path_prefix="/api/now/table", status=429, retry_after=40, times=4)
    report = deployment.sync()
    assert report.exit_code == 75, report.reasons
    assert report.resume is not None
    assert report.resume.left > 0
    deployment.policy = {}
    heal(deployment)
    settle(deployment, runs=2)
    assert len(pairs(deployment)) == len(tickets(deployment)) == 7


@pytest.mark.parametrize("seconds", range(2, 82, 8))
def test_wherever_a_runs_time_ends_it_is_a_deferred_run_that_ended(deployment: Deployment, seconds: int) -> None:
    """Every answer takes four seconds, so that the time ends in the middle of a call."""
    deployment.waits, deployment.world.faults.latency = True, 4.0
    deployment.policy = {"run_time": timedelta(seconds=seconds)}
    report = deployment.sync()
    assert report.exit_code == 75, report.reasons
    assert report.resume is not None
    assert any("the run's time is used up" in reason for reason in report.reasons)
    with deployment.store() as store:
        assert store.runs(1)[0]["exit_code"] == 75
    deployment.world.faults.latency, deployment.policy = 0.0, {}
    settle(deployment, runs=2)
    assert len(pairs(deployment)) == len(tickets(deployment)) == 7


def test_a_run_slows_down_and_ends_before_a_rate_limit_is_met(deployment: Deployment) -> None:
    reading = len(deployment.world.log.entries())
    deployment.plan()
    asked = [entry for entry in deployment.world.log.entries(reading) if "/table/" in entry.path]
    seed_servicenow(deployment, availability={"rate_limits": [{"limit": len(asked) + 3}]})
    report = deployment.sync()
    assert report.exit_code == 75, report.reasons
    assert [entry for entry in deployment.world.log.entries() if entry.status == 429] == []
    seed_servicenow(deployment, availability={})
    settle(deployment, runs=2)
    assert len(pairs(deployment)) == 7


def test_the_report_says_where_and_when_it_goes_on(deployment: Deployment) -> None:
    throttle_writes(deployment, after=2)
    report = deployment.sync()
    assert report.resume is not None
    english, japanese = (render(run_document(report, lang)) for lang in ("en", "ja"))
    assert "Left: 4 items, which the next run looks at first" in english
    assert f"It goes on with {report.resume.key}" in english
    assert "残り 4 件" in japanese
    assert run_json(report)["resume"]["left"] == 4
