"""What a call asks for is told in a few words, whatever a path holds."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.transport.wire import bench

from watchkeeper.model.calls import OTHER
from watchkeeper.transport.operations import OPERATIONS, Operations
from watchkeeper_defender.readings import READINGS as OF_DEFENDER
from watchkeeper_defender.readings import exposed_devices

ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w"
SENTINEL = f"{ARM}/providers/Microsoft.SecurityInsights"
RIGHTS = Path(__file__).parents[3] / "deploy" / "permissions" / "servicenow.csv"


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/api/now/table/incident", "incident"),
        ("/api/now/table/incident/0123456789abcdef0123456789abcdef", "incident"),
        ("/api/now/v2/table/sys_user_group", "sys_user_group"),
        ("/api/now/stats/sys_audit", "sys_audit"),
        ("/api/now/v1/batch", "batch"),
        ("/api/now/attachment/file", "attachments"),
        (f"{SENTINEL}/incidents", "incidents"),
        (f"{SENTINEL}/incidents/1-2-3", "incidents"),
        (f"{SENTINEL}/incidents/1-2-3/comments", "incident-comments"),
        (f"{SENTINEL}/incidents/1-2-3/comments/4", "incident-comments"),
        (f"{SENTINEL}/incidents/1-2-3/tasks/4", "incident-tasks"),
        (f"{SENTINEL}/incidents/1-2-3/alerts", "incident-alerts"),
        (f"{SENTINEL}/automationRules", "automation-rules"),
        (f"{SENTINEL}/contentProductPackages", "content-packages"),
        ("/subscriptions/s/resourceGroups/g/providers/Microsoft.Logic/workflows", "playbooks"),
        (f"{ARM}/providers/Microsoft.Authorization/permissions", "permissions"),
        (ARM, "workspace"),
        ("/v1/workspaces/0000/query", "query"),
        ("/v1.0/security/secureScores", "secure-scores"),
        ("/v1.0/security/secureScoreControlProfiles", "control-profiles"),
        ("/api/machines", "machines"),
        ("/api/software", "software"),
        ("/", OTHER),
        ("/api/now/table/", OTHER),
        ("/api/now/table/u_of_nobody", OTHER),
        (f"{SENTINEL}/incidents/1/2/3/4", OTHER),
    ],
)
def test_a_path_has_a_word(path: str, operation: str) -> None:
    assert Operations().asked_for(path) == operation


def test_every_list_that_is_read_from_defender_has_a_word() -> None:
    asked = (*OF_DEFENDER, exposed_devices("0a1b-2c"))
    assert {each.subject.value: each.ask.path for each in asked if Operations().asked_for(each.ask.path) == OTHER} == {}


def test_every_table_that_the_account_needs_has_its_name() -> None:
    with RIGHTS.open(encoding="utf-8") as file:
        tables = {row["table"] for row in csv.DictReader(file)} - {"table"}
    assert {table for table in tables if Operations().asked_for(f"/api/now/table/{table}") != table} == set()


def test_a_table_that_a_profile_names_has_its_name_too() -> None:
    at = bench()
    at.get("/api/now/table/u_security_case/1")
    at.transport.know_tables(["u_security_case"])
    at.get("/api/now/table/u_security_case/1")
    assert [each.operation for each in at.transport.calls().sums] == [OTHER, "u_security_case"]


@given(st.text())
def test_no_other_word_comes_from_a_path(text: str) -> None:
    named = Operations()
    words = {*OPERATIONS, OTHER}
    assert named.asked_for(text) in words
    assert named.asked_for(f"{SENTINEL}/incidents/{text}") in words
    assert named.asked_for(f"/api/now/table/sys_{text}") in {OTHER, f"sys_{text}".casefold().split("/")[0]}
    assert named.asked_for(f"/api/now/table/<{text}") == OTHER


def test_calls_are_told_by_what_they_asked_for() -> None:
    at = bench()
    at.get("/api/now/table/incident?sysparm_query=secret")
    at.get("/api/now/table/incident/0123")
    at.get("/api/now/table/sys_user")
    at.post("/oauth_token.do")
    at.post("/v1/workspaces/1/query", side="sentinel")
    told = [(each.side, each.operation, each.method, each.calls) for each in at.transport.calls().sums]
    assert told == [
        ("sentinel", "query", "QUERY", 1),
        ("servicenow", "incident", "GET", 2),
        ("servicenow", "sys_user", "GET", 1),
        ("servicenow", "token", "TOKEN", 1),
    ]
