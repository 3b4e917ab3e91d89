"""With exactly the documented rights nothing is amiss; and looking leaves no trace."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.doctor.examined import examined, told
from tests.unit.doctor.sound import sound_deployment

from watchkeeper.model.findings import Check, ProbeOutcome
from watchkeeper.model.record import SERVICENOW

UNTRIED = {(SERVICENOW, Check.SYS_ID, ""), (SERVICENOW, Check.WRITE, "")}


@pytest.mark.parametrize("mode", ["observe", "maintenance", "full"])
def test_a_deployment_with_the_documented_rights_passes_every_check(tmp_path: Path, mode: str) -> None:
    found = examined(sound_deployment(tmp_path, mode), plan=True)
    assert {name: told(probe)[0] for name, probe in found.items() if probe.outcome is not ProbeOutcome.OK} == {
        name: told(found[name])[0] for name in UNTRIED
    }


READS = {("servicenow", "GET"), ("arm", "GET"), ("loganalytics", "POST")}


def test_looking_reads_and_nothing_else(tmp_path: Path) -> None:
    """Every request is a read (signing in apart), and the records are as they were, down to the last count and stamp."""
    deployment = sound_deployment(tmp_path)
    world = deployment.world
    before = {name: system.records() for name, system in world.systems.items()}
    mark = len(world.log.entries())
    found = examined(deployment, plan=True)
    made = [entry for entry in world.log.entries(mark) if "token" not in entry.path and entry.system != "entra"]
    items = [item.split(" ")[0] for entry in made for item in entry.items]
    others = [
        entry for entry in made if (entry.system, entry.method) not in READS and not entry.path.endswith("/batch")
    ]
    assert len(found) > 50
    assert others == []
    assert set(items) <= {"GET"}
    assert {name: system.records() for name, system in world.systems.items()} == before


def test_a_write_probe_with_the_documented_rights_keeps_every_field_and_leaves_one_resolved_ticket(
    tmp_path: Path,
) -> None:
    deployment = sound_deployment(tmp_path)
    world = deployment.world
    before = {name: system.records() for name, system in world.systems.items()}
    found = examined(deployment, write=True)
    assert {name for name, probe in found.items() if probe.outcome is not ProbeOutcome.OK} == set()
    *old, ticket = world.systems["servicenow"].records()
    assert old == before["servicenow"]
    assert world.systems["arm"].records() == before["arm"]
    assert (ticket["state"], ticket["category"]) == ("6", "soc_maintenance")
    assert ticket["correlation_display"] == "watchkeeper-doctor"
    assert ticket["number"] in told(found[SERVICENOW, Check.WRITE, "incident"])[0]


def test_the_ticket_of_a_write_probe_is_nobody_s_duty(tmp_path: Path) -> None:
    """A plan after it is the plan before it: the ticket is neither ours to follow nor an escalation."""
    deployment = sound_deployment(tmp_path)
    before = deployment.plan().plan
    examined(deployment, write=True)
    after = deployment.plan().plan
    assert [action.key for action in after.actions] == [action.key for action in before.actions]


def test_each_write_probe_is_a_ticket_of_its_own(tmp_path: Path) -> None:
    deployment = sound_deployment(tmp_path)
    numbers = []
    for _ in range(2):
        numbers.append(told(examined(deployment, write=True)[SERVICENOW, Check.WRITE, "incident"])[0])
        deployment.world.clock.advance(timedelta(seconds=1))
    assert len(set(numbers)) == 2


def test_in_observe_mode_a_write_probe_says_which_mode_it_needs(tmp_path: Path) -> None:
    deployment = sound_deployment(tmp_path, "observe")
    before = deployment.world.systems["servicenow"].records()
    found = examined(deployment, write=True)
    finding, remedy = told(found[SERVICENOW, Check.WRITE, "incident"])
    assert "observe" in finding
    assert "WATCHKEEPER_MODE=maintenance" in remedy
    assert deployment.world.systems["servicenow"].records() == before
