"""Duties that are tasks of a standing incident (`sentinel: {mode: incident-task}`): created once, kept in step, tidied up."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.worlds import folder_with_duties
from tests.effort import thoroughly
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

pytestmark = pytest.mark.thorough

WEEKLY = "secure-score"
TASK_MODE = {"mode": "incident-task"}
HOST = "SOC duties 2026-W47"
NEXT_HOST = "SOC duties 2026-W48"


def deployment_with(tmp_path: Path, *tasks: str, mode: str = "incident-task") -> Deployment:
    return make_deployment(tmp_path, mappings=story.mappings_with(*tasks, sentinel={"mode": mode}))


@pytest.fixture
@done_once
def soc(tmp_path: Path) -> Deployment:
    """One weekly duty, opened on its Monday as a task, and a quiet quarter of an hour."""
    soc = deployment_with(tmp_path, WEEKLY)
    soc.sync()
    story.settle(soc, runs=2)
    return soc


def hosts(soc: Deployment) -> dict[str, dict[str, Any]]:
    return {item["properties"]["title"]: item for item in story.incidents(soc)}


def tasks(soc: Deployment, host: str = HOST) -> list[dict[str, Any]]:
    return list(hosts(soc)[host]["tasks"])


def statuses(soc: Deployment, host: str = HOST) -> list[str]:
    return [task["properties"]["status"] for task in tasks(soc, host)]


def held(soc: Deployment) -> dict[str, Any]:
    """What both systems hold, without numbers and times."""
    return {
        "tickets": sorted(
            (row["correlation_id"], row["short_description"], row["state"]) for row in story.tickets(soc)
        ),
        "tasks": sorted(
            (
                host,
                item["properties"]["status"],
                task["name"],
                task["properties"]["title"],
                task["properties"]["status"],
            )
            for host, item in hosts(soc).items()
            for task in item["tasks"]
        ),
    }


def complete(soc: Deployment, who: str = "keiko.tanaka", host: str = HOST) -> None:
    item = hosts(soc)[host]
    number = item["properties"]["incidentNumber"]
    story.in_sentinel(soc, who, "complete-task", number, task=item["tasks"][0]["name"])
    story.later(soc)


def writes_of(soc: Deployment) -> list[tuple[str, str]]:
    """The writes of one run."""
    watch = Watch.of(soc.world)
    assert soc.sync().exit_code == 0
    return [(system, method) for system, method, _ in watch.writes()]


def switch(soc: Deployment, **options: Any) -> None:
    """Let the emulated ARM play another variant."""
    system: Any = soc.world.systems["arm"]
    system.seed({"system": "sentinel", "options": options})


# --- creating ---


def test_a_duty_is_one_ticket_and_one_task_of_its_weeks_incident(soc: Deployment) -> None:
    (ticket,) = story.tickets(soc)
    (task,) = tasks(soc)
    assert set(hosts(soc)) == {HOST}
    assert task["properties"]["title"].startswith("【SOC】")
    assert ticket["correlation_id"] in task["properties"]["description"]
    assert ticket["correlation_id"] == f"test/{WEEKLY}/monitoring@2026-11-16"


def test_the_host_keeps_out_of_the_socs_figures(soc: Deployment) -> None:
    host = hosts(soc)[HOST]
    assert {"watchkeeper", "soc-maintenance"} <= story.labels(host)
    assert (host["properties"]["severity"], host["properties"]["status"]) == ("Informational", "New")
    assert "owner" not in host["properties"] or not host["properties"]["owner"]["objectId"]


def test_duties_of_one_week_share_a_host(tmp_path: Path) -> None:
    soc = deployment_with(tmp_path, "secure-score", "portal-licences", "service-administration")
    watch = Watch.of(soc.world)
    assert soc.sync().exit_code == 0
    assert (len(hosts(soc)), len(tasks(soc))) == (1, 3)
    assert Counter((system, method) for system, method, _ in watch.writes()) == {
        ("servicenow", "POST"): 3,
        ("arm", "PUT"): 4,
    }


def test_the_forty_first_task_of_a_week_goes_to_a_second_host(tmp_path: Path) -> None:
    folder = folder_with_duties(tmp_path / "mappings", 43)
    pack = folder / "packs" / "many.yaml"
    pack.write_text(pack.read_text(encoding="utf-8").replace('"mode": "incident"', '"mode": "incident-task"'))
    soc = make_deployment(tmp_path, mappings=folder)
    assert soc.sync().exit_code == 0
    assert {host: len(item["tasks"]) for host, item in hosts(soc).items()} == {HOST: 40, f"{HOST} (2)": 3}
    soc.lose_the_database()
    before = held(soc)
    assert not story.idle_writes(soc)
    assert held(soc) == before


# --- in step ---


def test_a_completed_task_resolves_the_ticket_and_says_who_completed_it(soc: Deployment) -> None:
    complete(soc)
    assert writes_of(soc) == [("servicenow", "PATCH")]
    (ticket,) = story.tickets(soc)
    assert (ticket["state"], ticket["close_code"]) == ("6", "Solution provided")
    assert "Keiko Tanaka" in ticket["close_notes"]
    assert not story.idle_writes(soc)


@pytest.mark.parametrize("do", ["resolve", "cancel"])
def test_a_resolved_or_cancelled_ticket_completes_the_task(soc: Deployment, do: str) -> None:
    story.in_servicenow(soc, "keiko.tanaka", do, "INC0010001", text="done")
    story.later(soc)
    assert writes_of(soc) == [("arm", "PUT")]
    assert statuses(soc) == ["Completed"]
    assert not story.idle_writes(soc)


@pytest.mark.parametrize("do", ["hold", "edit"])
def test_work_on_the_ticket_leaves_an_open_task_as_it_is(soc: Deployment, do: str) -> None:
    fields = {"hold_reason": "3"} if do == "hold" else {"state": "2"}
    story.in_servicenow(soc, "keiko.tanaka", do, "INC0010001", fields=fields)
    story.later(soc)
    assert writes_of(soc) == []


def test_a_reopened_task_brings_its_ticket_back_to_work(soc: Deployment) -> None:
    complete(soc)
    soc.sync()
    story.later(soc)
    story.in_sentinel(soc, "liam.byrne", "reopen-task", 1, task=tasks(soc)[0]["name"])
    story.later(soc)
    assert writes_of(soc) == [("servicenow", "PATCH")]
    assert story.tickets(soc)[0]["state"] == "2"


def test_a_reopened_ticket_opens_the_task_again(soc: Deployment) -> None:
    story.in_servicenow(soc, "keiko.tanaka", "resolve", "INC0010001", text="done")
    story.settle(soc, runs=1)
    story.in_servicenow(soc, "keiko.tanaka", "reopen", "INC0010001", text="not yet")
    story.later(soc)
    assert writes_of(soc) == [("arm", "PUT")]
    assert statuses(soc) == ["New"]


def test_what_people_make_of_the_tasks_text_survives_its_completion(soc: Deployment) -> None:
    name = tasks(soc)[0]["name"]
    story.in_sentinel(soc, "keiko.tanaka", "reopen-task", 1, task=name, fields={"description": "手順は Wiki に移した"})
    story.in_servicenow(soc, "keiko.tanaka", "resolve", "INC0010001", text="done")
    story.settle(soc, runs=1)
    (task,) = tasks(soc)
    assert (task["properties"]["description"], statuses(soc)) == ("手順は Wiki に移した", ["Completed"])


# --- what looking costs ---


def test_an_idle_run_lists_tickets_incidents_and_hosts_once_each(soc: Deployment) -> None:
    watch = Watch.of(soc.world)
    assert soc.sync().exit_code == 0
    assert Counter((entry.system, entry.method) for entry in watch.entries()) == {
        ("servicenow", "GET"): 1,
        ("arm", "GET"): 2,
    }


def test_tasks_are_read_for_the_hosts_that_changed_and_for_no_other(soc: Deployment) -> None:
    complete(soc)
    next_week(soc)
    story.settle(soc, runs=2)
    complete(soc, host=NEXT_HOST)
    watch = Watch.of(soc.world)
    soc.sync()
    (read,) = (entry.path for entry in watch.entries() if entry.path.endswith("/tasks"))
    assert hosts(soc)[NEXT_HOST]["name"] in read


def test_without_a_task_in_this_mode_nothing_asks_for_hosts(tmp_path: Path) -> None:
    soc = deployment_with(tmp_path, WEEKLY, mode="incident")
    watch = Watch.of(soc.world)
    soc.sync()
    story.settle(soc, runs=1)
    assert not [entry for entry in watch.entries() if "watchkeeper-tasks" in entry.query or "/tasks" in entry.path]


# --- misfortune ---


def killed(folder: Path, doom: Any) -> tuple[Deployment, bool]:
    """A first run that dies, and the runs after it; and whether the blow fell at all."""
    folder.mkdir()
    soc = deployment_with(folder, "secure-score", "portal-licences")
    survived = False
    with story.killing(soc, doom):
        soc.sync()
        survived = True
    story.settle(soc, runs=2)
    return soc, not survived


@pytest.mark.parametrize("phase", ["after", *thoroughly("before")])
@pytest.mark.parametrize("step", [4, *story.also_slowly(1)], ids=lambda step: f"every {step}")
def test_killed_around_any_call_the_next_run_comes_to_the_same_end(tmp_path: Path, step: int, phase: str) -> None:
    whole, _ = killed(tmp_path / "whole", lambda _number, _exchange: False)
    number, struck = 1 - step, True
    while struck:
        number += step
        soc, struck = killed(tmp_path / f"n{number}", story.at_call(number, phase))
        assert held(soc) == held(whole), f"killed {phase} call {number}"
        assert not story.idle_writes(soc), f"killed {phase} call {number}"
    assert number > 10


@pytest.mark.parametrize("phase", ["after", *thoroughly("before")])
def test_killed_while_it_closes_a_duty_the_next_run_closes_it_once(tmp_path: Path, phase: str) -> None:
    for side in ("servicenow", "sentinel"):
        soc = make_deployment(
            tmp_path, database=tmp_path / f"{side}.db", mappings=story.mappings_with(WEEKLY, sentinel=TASK_MODE)
        )
        soc.sync()
        story.settle(soc, runs=1)
        if side == "sentinel":
            complete(soc)
        else:
            story.in_servicenow(soc, "keiko.tanaka", "resolve", "INC0010001", text="done")
            story.later(soc)
        with story.killing(soc, story.at_write(1, phase)):
            soc.sync()
        story.settle(soc, runs=2)
        assert (story.tickets(soc)[0]["state"], statuses(soc)) == ("6", ["Completed"])
        assert not story.idle_writes(soc)


def test_after_a_lost_store_open_and_completed_duties_are_found_again_and_nothing_is_written(tmp_path: Path) -> None:
    soc = deployment_with(tmp_path, "secure-score", "portal-licences")
    soc.sync()
    story.settle(soc, runs=1)
    complete(soc)
    story.settle(soc, runs=2)
    soc.lose_the_database()
    before = held(soc)
    assert not story.idle_writes(soc)
    story.settle(soc, runs=2)
    assert held(soc) == before
    complete_open = next(task for task in tasks(soc) if task["properties"]["status"] == "New")
    story.in_sentinel(soc, "keiko.tanaka", "complete-task", 1, task=complete_open["name"])
    story.later(soc)
    assert writes_of(soc) == [("servicenow", "PATCH")]


def test_a_lost_answer_to_a_create_leaves_one_task(tmp_path: Path) -> None:
    soc = deployment_with(tmp_path, WEEKLY)
    story.fault(soc, "drop_after", "arm", "PUT", regex="/tasks/")
    soc.sync()
    story.settle(soc, runs=2)
    assert len(tasks(soc)) == 1
    assert not story.idle_writes(soc)


def test_a_deleted_task_is_gone_after_two_looks_and_never_made_anew(soc: Deployment) -> None:
    story.in_sentinel(soc, "keiko.tanaka", "delete-task", 1, task=tasks(soc)[0]["name"])
    story.later(soc)
    watch = Watch.of(soc.world)
    first = soc.sync(full=True)
    story.later(soc)
    second = soc.sync(full=True)
    assert not watch.writes()
    assert tasks(soc) == []
    assert any("not visible now" in row.reason for row in first.parked)
    assert any("is gone" in row.reason for row in second.parked)


def test_a_status_that_nobody_knows_is_parked_and_the_rest_goes_on(soc: Deployment) -> None:
    switch(soc, unknown_values={"status": {"New": "Deferred"}})
    story.in_servicenow(soc, "keiko.tanaka", "resolve", "INC0010001", text="done")
    story.later(soc)
    watch = Watch.of(soc.world)
    report = soc.sync(full=True)
    assert any("Deferred" in row.reason for row in report.parked)
    assert not watch.writes()


def test_a_service_that_moves_no_incident_with_its_tasks_is_caught_up_with_by_the_daily_sweep(soc: Deployment) -> None:
    switch(soc, task_moves_incident=False)
    complete(soc)
    assert writes_of(soc) == []
    soc.world.clock.advance(timedelta(days=1))
    assert ("servicenow", "PATCH") in writes_of(soc)


def test_a_service_that_takes_no_time_beside_a_label_is_asked_for_all_changes(soc: Deployment) -> None:
    switch(soc, label_and_time_filter=False)
    complete(soc)
    assert writes_of(soc) == [("servicenow", "PATCH")]


@pytest.mark.parametrize("quirks", [True, False])
def test_completed_tasks_are_found_wherever_the_service_takes_a_label_test(soc: Deployment, quirks: bool) -> None:
    switch(soc, label_filter_quirks=quirks)
    complete(soc)
    assert writes_of(soc) == [("servicenow", "PATCH")]


def test_a_conflict_with_nobody_costs_a_second_look_and_no_second_close(soc: Deployment) -> None:
    switch(soc, conflict_every=2)
    for round_ in range(3):
        do = "resolve" if round_ % 2 == 0 else "reopen"
        story.in_servicenow(soc, "keiko.tanaka", do, "INC0010001", text="again")
        story.settle(soc, runs=1)
    assert statuses(soc) == ["Completed"]
    assert not story.idle_writes(soc)


def test_a_completion_that_landed_and_was_answered_with_a_conflict_is_taken_for_what_it_is(soc: Deployment) -> None:
    switch(soc, landed_conflicts=1)
    story.in_servicenow(soc, "keiko.tanaka", "resolve", "INC0010001", text="done")
    story.later(soc)
    assert writes_of(soc) == [("arm", "PUT")]
    assert statuses(soc) == ["Completed"]


# --- the hosts' weeks ---


def next_week(soc: Deployment) -> None:
    soc.world.clock.advance(timedelta(days=7))
    assert soc.sync().exit_code == 0


def test_the_host_of_a_week_whose_tasks_are_all_completed_is_closed_when_the_next_is_opened(soc: Deployment) -> None:
    complete(soc)
    story.settle(soc, runs=1)
    assert hosts(soc)[HOST]["properties"]["status"] == "New"
    next_week(soc)
    closed = hosts(soc)[HOST]["properties"]
    assert (closed["status"], closed["classification"]) == ("Closed", "Undetermined")
    assert "classificationReason" not in closed
    assert "Not a security finding" in closed["classificationComment"]
    assert hosts(soc)[NEXT_HOST]["properties"]["status"] == "New"
    assert not story.idle_writes(soc)


def test_a_host_with_an_open_task_stays_open_until_the_ticket_is_resolved_in_a_later_week(soc: Deployment) -> None:
    next_week(soc)
    assert hosts(soc)[HOST]["properties"]["status"] == "New"
    story.later(soc)
    story.in_servicenow(soc, "keiko.tanaka", "resolve", "INC0010001", text="late")
    story.later(soc)
    assert writes_of(soc) == [("arm", "PUT"), ("arm", "PUT")]
    assert (statuses(soc), hosts(soc)[HOST]["properties"]["status"]) == (["Completed"], "Closed")
    assert not story.idle_writes(soc)


def test_a_host_that_a_person_reopened_is_left_open(soc: Deployment) -> None:
    complete(soc)
    next_week(soc)
    number = hosts(soc)[HOST]["properties"]["incidentNumber"]
    story.in_sentinel(soc, "liam.byrne", "reopen", number)
    next_week(soc)
    assert set(hosts(soc)) == {HOST, NEXT_HOST, "SOC duties 2026-W49"}
    assert hosts(soc)[HOST]["properties"]["status"] == "Active"


def test_a_host_that_cannot_be_closed_now_keeps_no_duty_from_being_opened(soc: Deployment) -> None:
    complete(soc)
    soc.sync()
    soc.world.clock.advance(timedelta(days=7))
    story.fault(soc, "status", "arm", "PUT", regex=f"/incidents/{hosts(soc)[HOST]['name']}$", status=409)
    assert soc.sync().exit_code == 0
    assert len(tasks(soc, NEXT_HOST)) == 1
    assert hosts(soc)[HOST]["properties"]["status"] == "New"


def test_a_host_that_somebody_deleted_is_not_made_anew(soc: Deployment) -> None:
    story.in_sentinel(soc, "keiko.tanaka", "delete", 1)
    soc.world.clock.advance(timedelta(hours=1))
    soc.mappings = story.mappings_with("secure-score", "portal-licences", sentinel=TASK_MODE)
    soc.sync()
    story.settle(soc, runs=2)
    assert {host: len(item["tasks"]) for host, item in hosts(soc).items()} == {f"{HOST} (2)": 1}


# --- a change of mode ---


def test_an_open_duty_stays_what_it_is_when_the_mode_changes(tmp_path: Path) -> None:
    soc = deployment_with(tmp_path, WEEKLY, mode="incident")
    soc.sync()
    story.settle(soc, runs=1)
    soc.mappings = story.mappings_with(WEEKLY, sentinel=TASK_MODE)
    story.settle(soc, runs=2)
    assert [item["tasks"] for item in story.incidents(soc)] == [[]]
    story.in_sentinel(soc, "keiko.tanaka", "close", 1)
    story.later(soc)
    assert writes_of(soc) == [("servicenow", "PATCH")]
    next_week(soc)
    assert (len(story.incidents(soc)), len(tasks(soc, NEXT_HOST))) == (2, 1)


def test_an_open_task_stays_a_task_when_the_mode_changes_back_even_after_a_lost_store(soc: Deployment) -> None:
    soc.mappings = story.mappings_with(WEEKLY, sentinel={"mode": "incident"})
    story.settle(soc, runs=2)
    assert set(hosts(soc)) == {HOST}
    complete(soc)
    assert writes_of(soc) == [("servicenow", "PATCH")]
