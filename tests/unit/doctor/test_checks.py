"""Each check of a deployment against emulated systems: what it finds, and what it says to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engine import MAPPINGS, Deployment, make_deployment
from tests.unit.doctor.examined import examined, told

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.record import SENTINEL, SERVICENOW

OK, WARN, FAIL, SKIPPED = ProbeOutcome
Change = Callable[[str, str, str], None]


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """The shipped mappings in a folder that a test may change, and a ticket to look at."""
    shutil.copytree(MAPPINGS, tmp_path / "mappings")
    deployment = replace(make_deployment(tmp_path), mappings=tmp_path / "mappings", mode="observe")
    fields = {"short_description": "Ransom note", "category": "security", "assignment_group": "SOC Monitoring"}
    people = deployment.world.systems["servicenow"]
    people.people({"who": "keiko.tanaka", "do": "create", "fields": fields})  # type: ignore[attr-defined]
    return deployment


@pytest.fixture
def change(deployment: Deployment) -> Change:
    def apply(file: str, old: str, new: str) -> None:
        path = deployment.mappings / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return apply


def test_the_shipped_mappings_fit_an_instance_that_is_set_up_for_them(deployment: Deployment) -> None:
    found = examined(deployment)
    assert [probe for probe in found.values() if probe.outcome is FAIL] == []
    assert found[SERVICENOW, Check.READ, "incident"].finding is Finding.READ_FINE
    assert found[SERVICENOW, Check.GROUP, "SOC Monitoring"].finding is Finding.REFERENCE_ONE
    assert found[SENTINEL, Check.USER, "keiko.tanaka@soc.example"].finding is Finding.REFERENCE_UNVERIFIABLE
    assert (
        told(found["", Check.MODE, ""])[0]
        == "WATCHKEEPER_MODE=observe: nothing is written; plan, audit and doctor work"
    )


def test_a_field_that_the_table_does_not_show_is_named(deployment: Deployment, change: Change) -> None:
    change("profiles/escalation.yaml", "assignee_field: assigned_to", "assignee_field: asigned_to")
    finding, remedy = told(examined(deployment)[SERVICENOW, Check.READ, "incident"])
    assert finding == "not shown: asigned_to"
    assert "profiles/escalation.yaml:8:1, or give the account read access" in remedy


def test_a_group_that_does_not_exist_is_named_with_place_and_near_names(deployment: Deployment, change: Change) -> None:
    change("teams.yaml", "group: SOC Monitoring", "group: SOC Montoring")
    finding, remedy = told(examined(deployment)[SERVICENOW, Check.GROUP, "SOC Montoring"])
    assert finding.startswith("no active record; did you mean SOC Monitoring")
    assert "teams.yaml:48:5" in remedy


def test_a_group_of_a_disabled_team_is_not_asked_for(deployment: Deployment, change: Change) -> None:
    change("teams.yaml", "enabled: true", "enabled: false")
    assert (SERVICENOW, Check.GROUP, "CSIRT") not in examined(deployment)


def test_another_instance_than_the_state_store_s_is_refused(deployment: Deployment) -> None:
    with deployment.store() as store:
        store.remember({f"identity:{SERVICENOW}": "the-old-instance"})
    probe = examined(deployment)[SERVICENOW, Check.IDENTITY, ""]
    assert probe.outcome is FAIL
    assert "the state store belongs to the-old-instance" in told(probe)[0]


def test_a_side_that_is_down_hides_nothing_of_the_other(deployment: Deployment) -> None:
    deployment.world.faults.add(FaultRule("status", system="arm", status=503))
    found = examined(deployment)
    assert any(probe.outcome is FAIL for (side, _, _), probe in found.items() if side == SENTINEL)
    assert found[SERVICENOW, Check.GROUP, "SOC Monitoring"].outcome is OK


def test_a_calendar_that_shared_tasks_do_not_know_is_told(deployment: Deployment, change: Change) -> None:
    assert not any(check is Check.CALENDAR for _, check, _ in examined(deployment))
    change("teams.yaml", "calendar: japan", "calendar: around-the-clock")
    probe = examined(deployment)["", Check.CALENDAR, "around-the-clock"]
    assert probe.outcome is WARN
    assert told(probe)[0].startswith("monitoring works by it, and the deployment's calendar any-team does not know it")
    change("calendars.yaml", "any_of: [japan,", "any_of: [around-the-clock, japan,")
    assert ("", Check.CALENDAR, "around-the-clock") not in examined(deployment)
