"""What a plan says that it will cost is what its writes cost, under the limits that the systems told of."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants.story import (
    escalate,
    escalated_ticket,
    import_all,
    in_sentinel,
    in_servicenow,
    later,
    mappings_with,
    seed_servicenow,
)

from watchkeeper.model.budget import Allowance, AllowanceKind, Forecast
from watchkeeper.model.capabilities import Capabilities
from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.record import RecordRef
from watchkeeper.model.run import RunReport
from watchkeeper.report.run import plan_run_document
from watchkeeper.report.text import render
from watchkeeper.sync import apply
from watchkeeper.sync.forecast import forecast


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return make_deployment(tmp_path, mappings=mappings_with())


def busy(deployment: Deployment) -> None:
    """One record that is linked, one that changes, one note each way, one that is closed."""
    incident, ticket, closing = escalate(deployment), escalated_ticket(deployment), escalate(deployment, "Malware")
    import_all(deployment)
    later(deployment)
    in_sentinel(deployment, "keiko.tanaka", "comment", incident, text="contained")
    in_servicenow(deployment, "keiko.tanaka", "note", ticket, text="called the user")
    in_servicenow(deployment, "keiko.tanaka", "edit", ticket, fields={"impact": "1", "urgency": "1"})
    in_sentinel(
        deployment,
        "keiko.tanaka",
        "close",
        closing,
        text="done",
        fields={"classification": "BenignPositive", "classificationReason": "SuspiciousButExpected"},
    )
    escalate(deployment, "Ransomware")
    later(deployment)


def lines(report: RunReport, side: str) -> dict[AllowanceKind | None, Forecast]:
    return {each.allowance.kind if each.allowance else None: each for each in report.forecast if each.side == side}


def test_the_calls_of_the_writes_are_those_that_were_foretold(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy(deployment)
    made: dict[str, int] = {}
    perform = apply.Applier._perform

    def counting(self: apply.Applier, key: str, index: int) -> object:
        watch = Watch.of(deployment.world)
        done = perform(self, key, index)
        for entry in watch.entries():
            made[entry.system] = made.get(entry.system, 0) + 1
        return done

    monkeypatch.setattr(apply.Applier, "_perform", counting)
    planned = deployment.plan()
    assert {action.operation for action in planned.plan.actions} >= {
        Operation.COMMENT,
        Operation.UPDATE,
        Operation.CLOSE,
    }
    deployment.sync()
    sentinel = sum(each.calls for each in planned.forecast if each.side == "sentinel")
    assert lines(planned, "servicenow")[None].calls == made["servicenow"]
    assert sentinel == sum(action.ref.side == "sentinel" for action in planned.plan.actions)


def test_a_rate_limit_that_the_instance_told_of_is_the_measure(deployment: Deployment) -> None:
    seed_servicenow(deployment, availability={"rate_limits": [{"limit": 500}]})
    escalate(deployment)
    line = lines(deployment.plan(), "servicenow")[AllowanceKind.RATE_LIMIT]
    allowance = line.allowance
    assert allowance is not None
    assert (line.calls, line.fits, allowance.limit, allowance.seconds) == (1, True, 500, 1800.0)
    asked = [entry for entry in deployment.world.log.entries() if "/table/" in entry.path]
    assert allowance.used == len(asked)


@pytest.mark.parametrize(("incidents", "fits"), [(5, True), (6, False)])
def test_what_is_said_to_fit_is_written_and_what_is_not_is_deferred(
    deployment: Deployment, incidents: int, fits: bool
) -> None:
    """Of ten calls the run itself takes four, and the last one of the hour is held back."""
    escalate(deployment, "The first")
    import_all(deployment)
    for number in range(incidents):
        escalate(deployment, f"Wave {number}")
    later(deployment)
    seed_servicenow(deployment, availability={"rate_limits": [{"limit": 10}]})
    report = deployment.sync()
    line = lines(report, "servicenow")[AllowanceKind.RATE_LIMIT]
    assert (line.calls, line.fits) == (incidents, fits)
    assert report.exit_code == (0 if fits else 75)
    assert any("is held back for" in reason for reason in report.reasons) is not fits
    english, japanese = (" ".join(render(plan_run_document(report, lang)).split()) for lang in ("en", "ja"))
    assert ("more than a run may make at once" in english) is not fits
    assert ("（最後の 1 回は" in japanese) is not fits


def test_a_plan_says_so_in_words_and_in_both_languages(deployment: Deployment) -> None:
    seed_servicenow(deployment, availability={"rate_limits": [{"limit": 500}]})
    escalate(deployment)
    report = deployment.plan()
    english, japanese = (render(plan_run_document(report, lang)) for lang in ("en", "ja"))
    assert "ServiceNow: needs 1 of 500 calls this hour" in english
    assert "1 時間に許された 500 回のうち 1 回が必要です" in japanese


def test_writes_to_incidents_are_measured_by_what_the_service_publishes(deployment: Deployment) -> None:
    escalated_ticket(deployment)
    line = lines(deployment.plan(), "sentinel")[AllowanceKind.RECORD_WRITES]
    assert line.allowance is not None
    assert (line.calls, line.allowance.limit, line.allowance.seconds) == (1, 75, 300.0)


def test_a_limit_on_writes_to_incidents_does_not_count_writes_to_their_tasks() -> None:
    tasks = [
        Action(f"k{number}", "maintenance", RecordRef("sentinel", table, str(number)), Operation.CREATE, {}, "due")
        for number, table in enumerate(["incident-tasks"] * 8 + ["incidents"] * 2)
    ]
    known = Allowance("sentinel", AllowanceKind.RECORD_WRITES, 75, seconds=300.0, table="incidents")
    can = {"sentinel": Capabilities("sentinel", timedelta(0), 1, 1, None)}
    assert forecast(tasks[:8], can, [known]) == (Forecast("sentinel", 8),)
    assert forecast(tasks, can, [known]) == (Forecast("sentinel", 2, known),)


def test_the_runs_own_budget_is_a_limit_too(deployment: Deployment) -> None:
    deployment.policy = {"call_budget": {"servicenow": 9}}
    escalate(deployment)
    line = lines(deployment.plan(), "servicenow")[AllowanceKind.BUDGET]
    assert line.allowance is not None
    assert line.allowance.used + line.calls <= line.allowance.limit
    deployment.policy = {"call_budget": {"servicenow": line.allowance.used}}
    assert not lines(deployment.plan(), "servicenow")[AllowanceKind.BUDGET].fits


def test_without_a_limit_the_number_stands_alone_and_without_writes_nothing_is_said(deployment: Deployment) -> None:
    assert deployment.plan().forecast == ()
    escalate(deployment)
    assert lines(deployment.plan(), "servicenow")[None].calls == 1
