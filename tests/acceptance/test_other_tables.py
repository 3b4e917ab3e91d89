"""Other tables than `incident` are YAML alone: the shipped profiles for security incidents and catalogue tasks, and a table of
somebody's own, kept in step with Sentinel by the same engine and connector."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engine import MAPPINGS, Deployment, Watch, make_deployment
from tests.kept_worlds import done_once

from watchkeeper.model.run import RunReport

pytestmark = pytest.mark.thorough

INTEGRATION = ["itil", "sn_si.read", "sn_si.analyst"]
DUTY = {
    "name": "u_soc_duty",
    "prefix": "DUTY",
    "states": [
        {"value": "-5", "label": "Pending"},
        {"value": "1", "label": "Open"},
        {"value": "2", "label": "Work in Progress", "is": "working"},
        {"value": "3", "label": "Closed Complete", "is": "closed"},
        {"value": "4", "label": "Closed Incomplete", "is": "cancelled"},
        {"value": "7", "label": "Closed Skipped", "is": "cancelled"},
    ],
    "initial": "1",
}


def mappings_with(folder: Path, profile: str, *edits: tuple[str, str]) -> Path:
    """The shipped mappings with one more profile enabled, and lines of it changed."""
    shutil.copytree(MAPPINGS, folder)
    path = folder / "profiles" / f"{profile}.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in (("enabled: false", "enabled: true"), *edits):
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return folder


def system(deployment: Deployment, name: str) -> Any:
    return deployment.world.systems[name]


def started(deployment: Deployment, label: str) -> Deployment:
    """One labelled incident in Sentinel, imported, and ten minutes gone by."""
    system(deployment, "servicenow").seed({"roles": {"watchkeeper": INTEGRATION}, "tables": [DUTY]})
    system(deployment, "arm").seed({"count": 1, "provider": "alert", "labels": [label], "severity": "High"})
    deployment.sync(open_valves=deployment.open_valves(deployment.sync()))
    settled(deployment)
    return deployment


def settled(deployment: Deployment) -> RunReport:
    deployment.world.clock.advance(timedelta(minutes=10))
    return deployment.sync()


def at_rest(deployment: Deployment) -> None:
    """The runs that follow write nothing."""
    for _ in range(2):
        watch = Watch.of(deployment.world)
        settled(deployment)
        assert watch.writes() == []


def ticket(deployment: Deployment, table: str) -> dict[str, Any]:
    (row,) = [row for row in system(deployment, "servicenow").records() if row["table"] == table]
    return dict(row)


def incident(deployment: Deployment) -> dict[str, Any]:
    """The one labelled incident; the others are duties."""
    rows = [row["properties"] for row in system(deployment, "arm").records()]
    (found,) = [row for row in rows if "soc-maintenance" not in {label["labelName"] for label in row["labels"]}]
    return dict(found)


def in_servicenow(deployment: Deployment, table: str, do: str, **command: Any) -> None:
    who = {"who": "keiko.tanaka", "table": table, "number": ticket(deployment, table)["number"]}
    system(deployment, "servicenow").people({**who, "do": do, **command})


def in_sentinel(deployment: Deployment, do: str, **command: Any) -> None:
    number = incident(deployment)["incidentNumber"]
    system(deployment, "arm").people({"who": "keiko.tanaka", "do": do, "incident": number, **command})


@done_once
def with_a_task(folder: Path, table: str) -> Deployment:
    mappings = mappings_with(folder / "mappings", "catalog-task", ("    table: sc_task\n", f"    table: {table}\n"))
    return started(make_deployment(folder, mappings=mappings), "soc-task")


@pytest.fixture(params=["sc_task", "u_soc_duty"])
def task(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Deployment, str]:
    """A catalogue task; and the same on a table of somebody's own, which is one line of the profile."""
    table = str(request.param)
    return with_a_task(tmp_path, table), table


def test_an_incident_becomes_a_task_with_its_severity_and_group(task: tuple[Deployment, str]) -> None:
    deployment, table = task
    row = ticket(deployment, table)
    assert (row["state"], row["priority"], row["correlation_display"]) == ("1", "2", "watchkeeper")
    assert row["assignment_group"]
    assert row["number"] in {label["labelName"] for label in incident(deployment)["labels"]}
    at_rest(deployment)


def test_work_on_a_task_and_its_end_reach_the_incident_without_any_close_code(task: tuple[Deployment, str]) -> None:
    deployment, table = task
    in_servicenow(deployment, table, "edit", fields={"state": "2"})
    settled(deployment)
    assert incident(deployment)["status"] == "Active"
    in_servicenow(deployment, table, "close", text="Ordered.")
    settled(deployment)
    closed = incident(deployment)
    assert (closed["status"], closed["classification"]) == ("Closed", "Undetermined")
    assert "Ordered." in closed["classificationComment"]
    at_rest(deployment)


def test_a_closed_incident_completes_the_task_and_a_reopened_one_opens_it_again(task: tuple[Deployment, str]) -> None:
    deployment, table = task
    in_sentinel(deployment, "close", text="Harmless.", fields={"classification": "Undetermined"})
    settled(deployment)
    row = ticket(deployment, table)
    assert (row["state"], row["active"]) == ("3", "false")
    assert "Harmless." in row["close_notes"]
    in_sentinel(deployment, "reopen")
    settled(deployment)
    assert ticket(deployment, table)["state"] == "2"
    at_rest(deployment)


def test_comments_of_a_task_are_mirrored_both_ways(task: tuple[Deployment, str]) -> None:
    deployment, table = task
    in_servicenow(deployment, table, "note", text="Called the supplier.")
    in_sentinel(deployment, "comment", text="Seen again on another host.")
    settled(deployment)
    notes = [entry["value"] for entry in ticket(deployment, table)["journal"]]
    assert any("Seen again on another host." in note for note in notes)
    assert len(notes) == 2
    at_rest(deployment)
