"""What `doctor` tells of a source of evidence: in or not, with which permissions, and whether each subject can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.contract.evidence_sources.rig import AUDIENCES, EvidenceRig
from tests.engine import make_deployment
from tests.unit.doctor.examined import examined, told

from watchkeeper.doctor.permissions import shipped
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import Probe
from watchkeeper.model.record import Side
from watchkeeper.model.sources import DEFENDER, GRAPH, SOURCES
from watchkeeper_defender.readings import READINGS as DEFENDER_READINGS
from watchkeeper_graph.readings import READINGS as GRAPH_READINGS

OK, WARN, FAIL, SKIPPED = ProbeOutcome
READINGS = {GRAPH: GRAPH_READINGS, DEFENDER: DEFENDER_READINGS}


def probed(rig: EvidenceRig, side: Side) -> dict[tuple[Check, str], Probe]:
    source = rig.graph if side == GRAPH else rig.defender
    return {(probe.check, probe.subject): probe for probe in source.probes(shipped().sources[side])}


def troubles(found: dict[tuple[Check, str], Probe]) -> set[tuple[Check, str]]:
    return {name for name, probe in found.items() if probe.outcome is not OK}


@pytest.mark.parametrize("side", SOURCES)
def test_with_the_documented_permissions_nothing_is_amiss(rig: EvidenceRig, side: Side) -> None:
    found = probed(rig, side)
    assert troubles(found) == set()
    assert {subject for check, subject in found if check is Check.EVIDENCE} == {
        reading.subject.value for reading in READINGS[side]
    }
    assert all(told(probe, language)[0] for probe in found.values() for language in ("en", "ja"))


@pytest.mark.parametrize("side", SOURCES)
def test_a_look_is_one_call_for_each_subject(rig: EvidenceRig, side: Side) -> None:
    probed(rig, side)
    assert len(rig.calls(side)) == len(READINGS[side])


@pytest.mark.parametrize("side", SOURCES)
def test_the_list_of_permissions_is_what_the_source_asks_with(side: Side) -> None:
    listed = {each.name: each for each in shipped().sources[side].permissions}
    asked = {reading.permissions[0] for reading in READINGS[side]}
    assert listed.keys() == asked
    for reading in READINGS[side]:
        right = listed[reading.permissions[0]]
        assert reading.subject.value in right.subjects
        assert reading.permissions[1:] == right.instead


@pytest.mark.parametrize("side", SOURCES)
def test_nothing_that_writes_is_listed_as_needed(side: Side) -> None:
    rights = shipped().sources[side]
    assert all(each.name.endswith(".Read.All") for each in rights.permissions)
    assert not any(".Read.All" in name for name in rights.never)


@pytest.mark.parametrize("side", SOURCES)
def test_a_missing_permission_is_named_with_what_needs_it_and_hides_no_other(rig: EvidenceRig, side: Side) -> None:
    first, *others = shipped().sources[side].permissions
    rig.consent(side, *(each.name for each in others))
    found = probed(rig, side)
    probe = found[Check.RIGHTS, first.name]
    assert troubles(found) == {(Check.RIGHTS, first.name)}
    assert (probe.outcome, probe.finding) == (FAIL, Finding.PERMISSION_LACKING)
    finding, remedy = told(probe)
    assert first.subjects[0] in finding
    assert f"application permission {first.name}" in remedy
    assert (Check.EVIDENCE, first.subjects[0]) not in found


def test_a_wider_permission_does_and_is_more_than_is_needed(rig: EvidenceRig) -> None:
    names = [each.name for each in shipped().sources[GRAPH].permissions if each.name != "LicenseAssignment.Read.All"]
    rig.consent(GRAPH, "Organization.Read.All", *names)
    found = probed(rig, GRAPH)
    assert troubles(found) == {(Check.EXCESS, "")}
    assert found[Check.EXCESS, ""].outcome is WARN
    assert "Organization.Read.All" in told(found[Check.EXCESS, ""])[0]


def test_a_permission_that_could_do_harm_is_a_failure(rig: EvidenceRig) -> None:
    rig.consent(DEFENDER, "Machine.Isolate", *(each.name for each in shipped().sources[DEFENDER].permissions))
    found = probed(rig, DEFENDER)
    assert troubles(found) == {(Check.EXCESS, "")}
    assert (found[Check.EXCESS, ""].outcome, found[Check.EXCESS, ""].finding) == (FAIL, Finding.PERMISSIONS_SPARE)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ({"options": {"vulnerability_licence": False}}, "the tenant has no licence for it"),
        ({"collections": {"recommendations": []}}, "the list is empty"),
    ],
)
def test_a_subject_without_anything_says_why(rig: EvidenceRig, command: dict[str, Any], words: str) -> None:
    rig.seed(DEFENDER, **command)
    probe = probed(rig, DEFENDER)[Check.EVIDENCE, "recommendations"]
    assert (probe.outcome, probe.finding) == (WARN, Finding.EVIDENCE_EMPTY)
    assert words in told(probe)[0]


def test_a_form_that_is_not_understood_is_told(rig: EvidenceRig) -> None:
    rig.seed(GRAPH, collections={"subscribedSkus": [{"skuPartNumber": "SPE_E5"}]})
    found = probed(rig, GRAPH)
    assert troubles(found) == {(Check.EVIDENCE, "licences")}
    assert "has no skuId" in told(found[Check.EVIDENCE, "licences"])[0]


def test_a_subject_that_cannot_be_asked_hides_no_other(rig: EvidenceRig) -> None:
    rig.fault("status", GRAPH, status=503, regex="subscribedSkus")
    found = probed(rig, GRAPH)
    assert troubles(found) == {(Check.EVIDENCE, "licences")}
    assert found[Check.EVIDENCE, "licences"].outcome is FAIL


def test_a_source_that_is_out_of_reach_keeps_nothing_else_from_being_looked_at(
    rig: EvidenceRig, tmp_path: Path
) -> None:
    rig.fault("status", "entra", status=503)
    found = examined(make_deployment(tmp_path), plan=True, sources={GRAPH: rig.graph})
    assert found[GRAPH, Check.SIGN_IN, AUDIENCES[GRAPH]].outcome is FAIL
    assert any(check is Check.PLAN for _, check, _ in found)


@pytest.mark.parametrize("side", SOURCES)
def test_without_a_token_nothing_more_is_tried(rig: EvidenceRig, side: Side) -> None:
    rig.seed("entra", options={"secret_expired": True})
    found = probed(rig, side)
    assert found[Check.SIGN_IN, AUDIENCES[side]].outcome is FAIL
    assert "AZURE_CLIENT_SECRET" in told(found[Check.SIGN_IN, AUDIENCES[side]])[1]
    assert found[Check.OTHERS, ""].outcome is SKIPPED
    assert rig.calls(side) == []
