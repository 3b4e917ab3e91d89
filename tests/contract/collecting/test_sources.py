"""Every duty's evidence from every source: all of it there, each source failing by itself, and what the ticket is told then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.collecting.soc import PLAYBOOK, SCRIPTS, Soc

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.model.gathering import Found
from watchkeeper.report.note import MOST

ADMINISTRATION, CAMPAIGNS, AUTOMATION = "service-administration", "anti-phishing-dlp", "automation-scripts"
PORTAL, REMEDIATION = "portal-licences", "vulnerability-remediation"
SCORE, EXERCISE = "secure-score", "tabletop-exercise"
PATHS = [
    (ADMINISTRATION, "servicenow", "table/cmdb_ci", ["servicenow/configuration-changes"]),
    (ADMINISTRATION, "servicenow", "table/change_request", ["servicenow/open-changes"]),
    (ADMINISTRATION, "graph", "managedDevices", ["graph/managed-devices"]),
    (ADMINISTRATION, "graph", "subscribedSkus", ["graph/licences"]),
    (ADMINISTRATION, "defender", "api/machines", ["defender/machines"]),
    (AUTOMATION, "arm", "contentPackages", ["sentinel/content-packages"]),
    (AUTOMATION, "arm", "contentProductPackages", ["sentinel/content-packages"]),
    (AUTOMATION, "arm", "automationRules", ["sentinel/automation-rules"]),
    (AUTOMATION, "arm", "Microsoft.Logic", ["sentinel/playbooks"]),
    (AUTOMATION, "loganalytics", "query", ["sentinel/automation-failures"]),
    (AUTOMATION, "scripts", "azuredeploy", ["scripts/Block IP"]),
    (PORTAL, "graph", "messages", ["graph/announcements"]),
    (PORTAL, "graph", "healthOverviews", ["graph/service-health"]),
    (PORTAL, "graph", "subscribedSkus", ["graph/licences"]),
    (REMEDIATION, "defender", "exposureScore", ["defender/exposure-score"]),
    (REMEDIATION, "defender", "recommendations", ["defender/recommendations"]),
    (REMEDIATION, "defender", "api/machines", ["defender/machines"]),
    (REMEDIATION, "servicenow", "cmdb_ci_service", ["servicenow/service-owners"]),
    (SCORE, "graph", "ControlProfiles", ["graph/control-profiles"]),
    (EXERCISE, "arm", "Microsoft.Logic", ["sentinel/playbooks"]),
]
ALONE = [
    (CAMPAIGNS, "loganalytics", "query", ["sentinel/closed-incidents"]),
    (REMEDIATION, "defender", "remediationTasks", ["defender/remediation-tasks"]),
    (SCORE, "graph", "secureScores", ["graph/secure-scores"]),
]
"""Without these there is nothing to tell."""


@pytest.fixture
def soc(tmp_path: Path) -> Soc:
    soc = Soc(tmp_path)
    soc.past()
    return soc


def breaks(soc: Soc, system: str, place: str, kind: str = "status", **rule: object) -> None:
    rules = {"kind": kind, "system": system, "regex": place} | ({"status": 403} if kind == "status" else {}) | rule
    soc.world.faults.add(FaultRule.of_json(rules))


def test_all_of_it_is_there_and_fits_into_a_note(soc: Soc) -> None:
    gathered = {each.task: each for each in soc.collect().gathered}
    assert [task for task, each in gathered.items() if not each.complete] == ["escalation-tickets"]
    for each in gathered.values():
        assert all(len(text) <= MOST for text in each.texts.values())
        assert "Missing from this evidence" not in each.texts.get("en", "")


@pytest.mark.parametrize(("task", "system", "place", "missing"), PATHS)
def test_one_source_that_refuses_is_named_and_the_rest_is_told(
    soc: Soc, task: str, system: str, place: str, missing: list[str]
) -> None:
    breaks(soc, system, place)
    soc.collect(task)
    assert soc.missing(task) == missing
    others = {found for subject, found in soc.pieces(task).items() if subject not in missing}
    assert others <= {Found.COLLECTED, Found.EMPTY}
    assert soc.of(task).texts["en"].endswith(f"Missing from this evidence: {missing[0]}.")
    assert soc.of(task).texts["ja"].endswith(f"不足している証跡：{missing[0]}")


@pytest.mark.parametrize(("task", "system", "place", "missing"), ALONE)
def test_without_what_it_is_about_nothing_is_told(
    soc: Soc, task: str, system: str, place: str, missing: list[str]
) -> None:
    breaks(soc, system, place)
    soc.collect(task)
    assert soc.missing(task) == missing
    assert (soc.of(task).texts, soc.of(task).files) == ({}, ())


def test_a_source_that_throttles_for_longer_than_is_waited_for_is_missing(soc: Soc) -> None:
    breaks(soc, "graph", "subscribedSkus", status=429, retry_after=86400)
    soc.collect(PORTAL)
    assert soc.missing(PORTAL) == ["graph/licences"]
    assert "Messages to judge" in soc.of(PORTAL).texts["en"]


def test_one_that_throttles_for_a_moment_is_waited_for(soc: Soc) -> None:
    breaks(soc, "graph", "subscribedSkus", status=429, retry_after=7, times=1)
    soc.collect(PORTAL)
    assert soc.of(PORTAL).complete


def test_an_empty_tenant_is_complete_evidence_of_nothing(soc: Soc) -> None:
    collections = ("messages", "healthOverviews", "subscribedSkus", "managedDevices")
    soc.seed("graph", collections={name: [] for name in collections})
    soc.collect(PORTAL, ADMINISTRATION)
    assert soc.of(PORTAL).complete
    assert set(soc.pieces(PORTAL).values()) == {Found.EMPTY}
    assert soc.pieces(ADMINISTRATION)["graph/managed-devices"] is Found.EMPTY
    assert "0 messages to judge" in soc.of(PORTAL).texts["en"]


def test_that_no_failed_automation_is_known_is_no_good_news_where_nobody_keeps_count(soc: Soc) -> None:
    soc.seed("loganalytics", options={"missing_tables": ["SentinelHealth"]})
    soc.collect(AUTOMATION)
    assert soc.missing(AUTOMATION) == ["sentinel/automation-failures"]
    (why,) = [piece.why for piece in soc.of(AUTOMATION).missing]
    assert why.endswith("turn on auditing and health monitoring in the workspace's settings of Microsoft Sentinel")
    assert "No automation run failed" not in soc.of(AUTOMATION).texts["en"]


def test_where_to_allow_a_script_is_told_however_long_its_address(soc: Soc) -> None:
    far = replace(PLAYBOOK, address=f"https://elsewhere.example/{'deep/' * 100}tool.ps1")
    soc.rules = replace(soc.rules, scripts=replace(SCRIPTS, files=(far,)))
    soc.collect(AUTOMATION)
    (why,) = [piece.why for piece in soc.of(AUTOMATION).missing]
    assert why.endswith("…; if it is to be trusted, name it among scripts.sources in evidence.yaml")


def test_what_nobody_set_up_is_not_called_unreadable(soc: Soc) -> None:
    soc.without("tenant", "estate")
    soc.collect(ADMINISTRATION, PORTAL)
    told = soc.of(ADMINISTRATION).texts["en"]
    assert "the source could not be read, or is not set up" in told
    assert told.endswith("Missing from this evidence: defender/machines, graph/managed-devices, graph/licences.")
    assert soc.of(PORTAL).texts == {}
