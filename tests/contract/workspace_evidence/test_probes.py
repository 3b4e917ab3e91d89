"""What `doctor` tells of a workspace as a source of evidence."""

from __future__ import annotations

import pytest
from tests.contract.workspace_evidence.rig import ACTIONS, READS, WorkspaceRig
from tests.unit.doctor.examined import told

from watchkeeper.model.evidence import Subject
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import ProbeScope

OK, WARN, FAIL, SKIPPED = ProbeOutcome


def test_a_deployment_that_collects_none_is_not_looked_at_for_it(rig: WorkspaceRig) -> None:
    found = rig.connector.probes(ProbeScope("observe"))
    assert Check.EVIDENCE not in {probe.check for probe in found}
    assert "evidence" not in {probe.subject for probe in found}


def test_with_the_documented_rights_nothing_is_amiss(rig: WorkspaceRig) -> None:
    rig.may(*ACTIONS)
    found = rig.probes()
    assert {probe.outcome for probe in found.values()} == {OK}
    assert found.keys() == {"evidence", *(subject.value for subject in READS)}
    assert {probe.check for probe in found.values()} == {Check.RIGHTS, Check.EVIDENCE}
    assert all(told(probe, language)[0] for probe in found.values() for language in ("en", "ja"))


@pytest.mark.parametrize("action", sorted(ACTIONS - {"Microsoft.Authorization/permissions/read"}))
def test_a_right_that_is_missing_is_named(rig: WorkspaceRig, action: str) -> None:
    rig.may_all_but(action)
    probe = rig.probes()["evidence"]
    assert (probe.outcome, probe.finding) == (FAIL, Finding.RIGHTS_LACKING)
    said = " ".join(told(probe))
    assert action in said
    assert "azure-evidence.json" in said


def test_what_cannot_be_read_is_told_and_the_others_are_looked_at_all_the_same(rig: WorkspaceRig) -> None:
    rig.may_all_but("Microsoft.Logic/workflows/read")
    found = rig.probes()
    assert {name for name, probe in found.items() if probe.outcome is FAIL} == {"evidence", "playbooks"}
    assert "Microsoft.Logic/workflows/read" in told(found["playbooks"])[1]


def test_rights_that_cannot_be_listed_hide_nothing_else(rig: WorkspaceRig) -> None:
    rig.may_all_but("Microsoft.Authorization/permissions/read")
    found = rig.probes()
    assert {probe.outcome for probe in found.values()} == {OK}
    assert found.keys() == {subject.value for subject in READS}


def test_health_data_that_are_not_kept_are_a_hint(rig: WorkspaceRig) -> None:
    rig.logs_told(options={"missing_tables": ["SentinelHealth"]})
    probe = rig.probes()[Subject.AUTOMATION_FAILURES.value]
    assert (probe.outcome, probe.finding) == (WARN, Finding.HEALTH_OFF)
    assert "health monitoring" in told(probe)[1]


def test_a_table_that_is_not_there_and_a_list_that_has_no_content_are_told(rig: WorkspaceRig) -> None:
    rig.logs_told(options={"missing_tables": ["SecurityIncident"]})
    rig.fault("empty", status=204, regex="/workflows$")
    found = rig.probes()
    empty = {name for name, probe in found.items() if probe.finding is Finding.EVIDENCE_EMPTY}
    assert empty == {"playbooks", "closed-incidents"}


def test_rows_that_cannot_be_read_are_told(rig: WorkspaceRig) -> None:
    odd = {"id": "odd-one", "name": "Odd", "version": "1.0.0", "installed": "1.0.0", "properties": {"version": None}}
    rig.arm.seed({"system": "sentinel", "content_packages": [odd]})
    probe = rig.probes()["content-packages"]
    assert (probe.outcome, probe.finding) == (WARN, Finding.EVIDENCE_UNREADABLE)
    assert "has no version" in told(probe)[0]
