"""I3: at rest a run makes no write, one feed call per distinct (side, table), and at most one call more."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from tests.effort import thoroughly
from tests.engine import MONDAY, Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.report.run import run_document

ESCALATION = 1
"""The number of the incident that was there before the first run."""
LISTINGS = {"servicenow": "/api/now/table/incident", "arm": "/incidents"}


def rest(deployment: Deployment) -> None:
    """A run that finds nothing to do, and its calls."""
    story.later(deployment)
    watch = Watch.of(deployment.world)
    report = deployment.sync()
    assert report.exit_code == 0
    assert not report.plan.actions
    assert not report.results
    assert not watch.writes()
    calls = Counter(entry.system for entry in watch.entries())
    listed = {entry.system for entry in watch.entries() if entry.path.endswith(LISTINGS[entry.system])}
    assert listed == set(LISTINGS)
    assert calls.total() <= len(LISTINGS) + 1


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return make_deployment(tmp_path)


@pytest.fixture
@done_once
def synced(tmp_path: Path) -> Deployment:
    """The first Monday's duties."""
    deployment = make_deployment(tmp_path)
    deployment.sync()
    return deployment


@pytest.fixture
@done_once
def escalated(tmp_path: Path) -> Deployment:
    """The first Monday's duties and an escalation, in step on both sides."""
    deployment = make_deployment(tmp_path)
    story.escalate(deployment)
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    return deployment


def test_after_the_first_sync(synced: Deployment) -> None:
    story.settle(synced, runs=1)
    rest(synced)


def test_after_an_import_with_comments_both_ways(deployment: Deployment) -> None:
    number = story.escalate(deployment)
    opened = story.escalated_ticket(deployment)
    story.in_sentinel(deployment, "keiko.tanaka", "comment", number, text="seen")
    story.in_servicenow(deployment, "haruto.sato", "note", opened, text="called the owner")
    story.import_all(deployment)
    story.settle(deployment, runs=2)
    rest(deployment)


def test_after_changes_of_every_shared_field_on_both_sides(synced: Deployment) -> None:
    story.later(synced)
    story.in_servicenow(synced, "ava.nguyen", "resolve", "INC0010001")
    story.in_servicenow(synced, "ava.nguyen", "hold", "INC0010002")
    story.in_servicenow(synced, "ava.nguyen", "edit", "INC0010003", fields={"impact": "1", "urgency": "2"})
    story.in_sentinel(synced, "keiko.tanaka", "close", 4)
    story.in_sentinel(synced, "keiko.tanaka", "edit", 5, fields={"severity": "Medium", "status": "Active"})
    story.settle(synced, runs=2)
    assert all(pair.agrees for pair in story.pairs(synced).values())
    rest(synced)


def test_after_a_lost_memory(deployment: Deployment) -> None:
    story.escalate(deployment)
    story.import_all(deployment)
    deployment.lose_the_database()
    story.settle(deployment, runs=2)
    rest(deployment)


def test_what_is_parked_costs_nothing_either(escalated: Deployment) -> None:
    story.in_sentinel(escalated, "keiko.tanaka", "edit", ESCALATION, fields={"severity": "Low"})
    story.later(escalated)
    report = escalated.sync()
    assert [row.field for row in report.parked] == ["severity"]
    rest(escalated)


def test_a_run_in_which_nothing_moved_still_names_what_is_left_alone(escalated: Deployment) -> None:
    story.in_sentinel(escalated, "keiko.tanaka", "edit", ESCALATION, fields={"severity": "Low"})
    story.later(escalated)
    told = escalated.sync().parked
    for full in (False, True):
        story.later(escalated)
        report = escalated.sync(full=full)
        assert [(row.key, row.field, row.reason, row.number) for row in report.parked] == [
            (row.key, row.field, row.reason, row.number) for row in told
        ]
        assert "both systems agree" not in run_document(report).sentence


def test_what_was_left_alone_for_what_no_record_shows_is_decided_again_by_a_sweep(escalated: Deployment) -> None:
    story.in_servicenow(escalated, "keiko.tanaka", "resolve", story.mirror_of(escalated, ESCALATION)["number"])
    story.fault(escalated, "hostile", "servicenow", "GET", regex="sys_user_grmember$", shape="nul", times=None)
    story.later(escalated)
    assert [row.field for row in escalated.sync().parked] == ["status"]
    story.heal(escalated)
    story.later(escalated)
    assert [row.field for row in escalated.sync().parked] == ["status"]
    story.later(escalated)
    report = escalated.sync(full=True)
    assert not report.parked
    assert story.status(story.incident(escalated, ESCALATION)) == "closed"
    rest(escalated)


@pytest.mark.parametrize("weekday", [6, *thoroughly(2, 4), *story.also_slowly(0, 1, 3, 5)])
def test_whatever_the_weekday_of_the_first_run(tmp_path: Path, weekday: int) -> None:
    deployment = make_deployment(tmp_path, start=MONDAY + timedelta(days=weekday, hours=2))
    watch = Watch.of(deployment.world)
    report = deployment.sync()
    assert report.exit_code == 0
    assert len(watch.writes()) == 2 * len(story.tickets(deployment)) == len(report.results)
    assert set(story.keys_in_servicenow(deployment).values()) <= {1}
    story.settle(deployment, runs=1)
    rest(deployment)
    deployment.lose_the_database()
    lost = Watch.of(deployment.world)
    deployment.sync()
    assert not lost.writes()


def test_a_day_later_the_next_duties_come_and_then_there_is_rest_again(synced: Deployment) -> None:
    story.later(synced, minutes=26 * 60)
    synced.sync()
    assert set(story.keys_in_servicenow(synced).values()) == {1}
    story.settle(synced, runs=1)
    rest(synced)
