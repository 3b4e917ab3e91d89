"""I3 and I6, counted in the emulators' own request log: what looking costs, and what one change costs."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, Watch, make_deployment

pytestmark = pytest.mark.thorough

PAIRS = 12


@pytest.fixture
def fresh(tmp_path: Path) -> Deployment:
    """Escalations in Sentinel that no run has seen."""
    deployment = make_deployment(tmp_path)
    system(deployment, "arm").seed({"count": PAIRS, "provider": "alert", "labels": ["escalation"], "severity": "High"})
    return deployment


@pytest.fixture
def linked(fresh: Deployment) -> Deployment:
    """All of them imported and every due task opened, a quarter of an hour ago."""
    fresh.sync(open_valves=fresh.open_valves(fresh.sync()))
    fresh.world.clock.advance(timedelta(minutes=15))
    fresh.sync()
    fresh.world.clock.advance(timedelta(minutes=15))
    return fresh


def system(deployment: Deployment, name: str) -> Any:
    return deployment.world.systems[name]


def mirrored_ticket(deployment: Deployment) -> str:
    rows = system(deployment, "servicenow").records()
    return min(str(row["number"]) for row in rows if "/escalation/" in row["correlation_id"])


def test_an_idle_run_lists_each_table_once_and_makes_at_most_one_more_call(linked: Deployment) -> None:
    watch = Watch.of(linked.world)
    report = linked.sync()
    calls = Counter((entry.system, entry.method) for entry in watch.entries())
    assert report.exit_code == 0
    assert set(calls) == {("servicenow", "GET"), ("arm", "GET")}
    assert calls.total() <= 3
    assert not watch.writes()


def test_a_status_changed_in_servicenow_costs_one_write_and_does_not_come_back(linked: Deployment) -> None:
    person = {"who": "keiko.tanaka", "do": "edit", "number": mirrored_ticket(linked), "fields": {"state": "2"}}
    system(linked, "servicenow").people(person)
    watch = Watch.of(linked.world)
    linked.sync()
    assert [(name, method) for name, method, _ in watch.writes()] == [("arm", "PUT")]
    again = Watch.of(linked.world)
    linked.sync()
    assert not again.writes()


def test_a_status_changed_in_sentinel_costs_one_write_and_does_not_come_back(linked: Deployment) -> None:
    person = {"who": "keiko.tanaka", "do": "edit", "incident": 1, "fields": {"status": "Active"}}
    system(linked, "arm").people(person)
    watch = Watch.of(linked.world)
    linked.sync()
    assert [(name, method) for name, method, _ in watch.writes()] == [("servicenow", "PATCH")]
    again = Watch.of(linked.world)
    linked.sync()
    assert not again.writes()


def test_an_import_with_link_back_costs_two_writes_per_escalation(fresh: Deployment) -> None:
    valves = fresh.open_valves(fresh.sync(profile="escalation"))
    watch = Watch.of(fresh.world)
    fresh.sync(profile="escalation", open_valves=valves)
    counted = Counter((name, method) for name, method, _ in watch.writes())
    assert counted == {("servicenow", "POST"): PAIRS, ("arm", "PUT"): PAIRS}


def test_an_import_reads_in_bulk_never_per_escalation(fresh: Deployment) -> None:
    valves = fresh.open_valves(fresh.sync(profile="escalation"))
    watch = Watch.of(fresh.world)
    fresh.sync(profile="escalation", open_valves=valves)
    reads = [entry for entry in watch.entries() if entry.method == "GET"]
    assert len(reads) < PAIRS
