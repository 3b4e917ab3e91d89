"""I9: a tripped valve means no write at all; a person opens it for one run, by the digest of what it counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.model.limits import Limits
from watchkeeper.model.run import RunReport


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    """Twelve escalations from Sentinel, imported; no duties."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    story.seed_incidents(deployment, count=12, provider="alert", labels=["escalation"], severity="High")
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    story.later(deployment)
    return deployment


def close(deployment: Deployment, count: int) -> None:
    for number in range(1, count + 1):
        story.in_sentinel(deployment, "keiko.tanaka", "close", number)


def edit(deployment: Deployment, count: int, **fields: Any) -> None:
    for number in range(1, count + 1):
        story.in_sentinel(deployment, "keiko.tanaka", "edit", number, fields=fields)


def delete_tickets(deployment: Deployment, count: int) -> None:
    for row in story.tickets(deployment)[:count]:
        story.seed_servicenow(deployment, rows=[{"table": "incident", "sys_id": row["sys_id"], "delete": True}])


def change_identity(deployment: Deployment) -> None:
    story.seed_servicenow(deployment, properties={"instance_id": "f" * 32})
    story.later(deployment, minutes=13 * 60)
    edit(deployment, 1, status="Active")


def change_mapping(deployment: Deployment) -> None:
    story.rewrite(deployment, "profiles/escalation.yaml", "may_lower: false", "may_lower: true")
    edit(deployment, 3, severity="Low")


def escalate_many(deployment: Deployment) -> None:
    story.seed_incidents(deployment, count=21, provider="alert", labels=["escalation"])


def flap(deployment: Deployment) -> None:
    """Somebody's automation takes the status back every time; the ticket's create was the first write of its state."""
    for value in ("Active", "New", "Active"):
        edit(deployment, 1, status=value)
        story.later(deployment)
        deployment.sync()
    edit(deployment, 1, status="New")


TRIPS: dict[str, tuple[Callable[[Deployment], None], dict[str, Any]]] = {
    "identity": (change_identity, {}),
    "closes": (lambda d: close(d, 6), {}),
    "creates": (escalate_many, {}),
    "all-changed": (lambda d: edit(d, 11, severity="Medium"), {}),
    "vanished": (lambda d: delete_tickets(d, 6), {"full": True}),
    "meaning": (change_mapping, {}),
    "flapping": (flap, {}),
}


def writes_of(deployment: Deployment, **options: Any) -> tuple[RunReport, list[tuple[str, str, str]]]:
    story.later(deployment)
    watch = Watch.of(deployment.world)
    report = deployment.sync(**options)
    return report, watch.writes()


@pytest.mark.parametrize("name", sorted(TRIPS))
def test_a_tripped_valve_stops_the_run_before_its_first_write(deployment: Deployment, name: str) -> None:
    trip, options = TRIPS[name]
    trip(deployment)
    if name in {"identity", "vanished"}:
        story.in_servicenow(deployment, "keiko.tanaka", "edit", "INC0010012", fields={"state": "2"})
    report, written = writes_of(deployment, **options)
    assert name in [valve.name for valve in report.valves if not valve.opened]
    assert report.exit_code == 7
    assert not written
    assert not report.results
    again, written = writes_of(deployment, **options)
    assert again.exit_code == 7
    assert not written


@pytest.mark.parametrize("name", sorted(TRIPS))
def test_opened_by_its_digest_the_same_plan_runs(deployment: Deployment, name: str) -> None:
    trip, options = TRIPS[name]
    trip(deployment)
    report, _ = writes_of(deployment, **options)
    opened = deployment.open_valves(report)
    report, _ = writes_of(deployment, open_valves=opened, **options)
    if any(not valve.opened for valve in report.valves):  # the identity valve hides what lies behind it
        opened = {**opened, **{valve.name: valve.digest for valve in report.valves}}
        report, _ = writes_of(deployment, open_valves=opened, **options)
    assert report.exit_code == 0
    assert all(valve.opened for valve in report.valves)
    assert name in [valve.name for valve in report.valves]


def test_our_own_label_on_an_imported_incident_is_no_change_that_a_valve_counts(deployment: Deployment) -> None:
    for number in range(1, 13):
        fields = {"status": "Active"} if number % 2 else {"severity": "Medium"}
        story.in_sentinel(deployment, "keiko.tanaka", "edit", number, fields=fields)
    report, written = writes_of(deployment)
    assert (report.exit_code, report.valves, len(written)) == (0, (), 6)


def test_a_digest_of_something_else_opens_nothing(deployment: Deployment) -> None:
    close(deployment, 6)
    report, written = writes_of(deployment, open_valves={"closes": "0" * 12})
    assert report.exit_code == 7
    assert not written


def test_a_smaller_set_passes_under_the_digest_that_was_shown(deployment: Deployment) -> None:
    close(deployment, 8)
    report, _ = writes_of(deployment)
    story.in_sentinel(deployment, "keiko.tanaka", "reopen", 8)
    report, written = writes_of(deployment, open_valves=deployment.open_valves(report))
    assert report.exit_code == 0
    assert len(written) == 8
    assert story.state(story.mirror_of(deployment, 8)) == "active"


def test_a_larger_set_does_not(deployment: Deployment) -> None:
    close(deployment, 6)
    report, _ = writes_of(deployment)
    close_more = [story.in_sentinel(deployment, "keiko.tanaka", "close", number) for number in (7, 8)]
    report, written = writes_of(deployment, open_valves=deployment.open_valves(report))
    assert close_more
    assert report.exit_code == 7
    assert not written


def test_five_closes_in_one_run_are_nobodys_concern(deployment: Deployment) -> None:
    close(deployment, 5)
    report, written = writes_of(deployment)
    assert not report.valves
    assert len(written) == 5


def test_more_writes_than_the_caller_allows(deployment: Deployment) -> None:
    deployment.limits = Limits(max_writes=2)
    edit(deployment, 3, status="Active")
    report, written = writes_of(deployment)
    assert [(valve.name, valve.count) for valve in report.valves] == [("max-writes", 3)]
    assert not written
    deployment.limits = Limits(max_writes=3)
    report, written = writes_of(deployment)
    assert len(written) == 3


def test_the_first_import_is_opened_by_hand(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    story.escalate(deployment, status="Closed", classification="Undetermined")
    deployment.sync()
    story.escalate(deployment)
    report, written = writes_of(deployment)
    assert [valve.name for valve in report.valves] == ["first-import"]
    assert not written


def test_a_record_that_we_may_no_longer_see_stops_everything(deployment: Deployment) -> None:
    """The canary: the longest linked open ticket is hidden, and something else is about to be written."""
    oldest = min(story.tickets(deployment), key=lambda row: row["number"])
    story.seed_servicenow(deployment, rows=[{"table": "incident", "sys_id": oldest["sys_id"], "delete": True}])
    story.in_servicenow(deployment, "keiko.tanaka", "edit", "INC0010012", fields={"state": "2"})
    report, written = writes_of(deployment)
    assert [valve.name for valve in report.valves] == ["canary"]
    assert oldest["number"] in report.valves[0].message
    assert not written
    report, written = writes_of(deployment, full=True, open_valves=deployment.open_valves(report))
    assert report.exit_code == 0
    report, written = writes_of(deployment)
    assert not report.valves


def test_a_deleted_oldest_ticket_stops_one_run_and_no_more(deployment: Deployment) -> None:
    oldest = min(story.tickets(deployment), key=lambda row: row["number"])
    story.seed_servicenow(deployment, rows=[{"table": "incident", "sys_id": oldest["sys_id"], "delete": True}])
    story.in_servicenow(deployment, "keiko.tanaka", "edit", "INC0010012", fields={"state": "2"})
    report, written = writes_of(deployment)
    assert (report.exit_code, written) == (7, [])
    report, written = writes_of(deployment)
    assert (report.exit_code, len(written)) == (0, 1)
    assert any("is gone" in row.reason for row in report.parked)


def test_hidden_tickets_go_on_stopping_every_run(deployment: Deployment) -> None:
    for row in sorted(story.tickets(deployment), key=lambda row: row["number"])[:4]:
        story.seed_servicenow(deployment, rows=[{"table": "incident", "sys_id": row["sys_id"], "delete": True}])
    story.in_servicenow(deployment, "keiko.tanaka", "edit", "INC0010012", fields={"state": "2"})
    for _ in range(3):
        report, written = writes_of(deployment)
        assert ([valve.name for valve in report.valves], written) == (["canary"], [])


def test_nothing_is_read_from_another_instance_into_the_memory_of_this_one(deployment: Deployment) -> None:
    change_identity(deployment)
    story.later(deployment)
    watch = Watch.of(deployment.world)
    report = deployment.sync()
    assert report.exit_code == 7
    assert {entry.path for entry in watch.entries() if entry.system == "servicenow"} <= {
        "/api/now/table/sys_properties",
        "/api/now/table/sys_user",
    }


def test_an_opened_identity_is_the_right_one_from_then_on(deployment: Deployment) -> None:
    change_identity(deployment)
    report, _ = writes_of(deployment)
    writes_of(deployment, open_valves=deployment.open_valves(report))
    report, _ = writes_of(deployment)
    assert report.exit_code == 0
    assert not report.valves
