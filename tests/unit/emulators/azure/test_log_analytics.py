"""The query API and its tables: one row per change, late, with dynamic columns as text."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.emulators.azure.conftest import Tenant

from watchkeeper.emulators.azure import AzureOptions
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.options import WorldOptions


def post(tenant: Tenant, path: str, body: Any, method: str = "POST", query: str = "", **headers: str) -> Response:
    sent = {"authorization": f"Bearer {tenant.logs_token}", "content-type": "application/json", **headers}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return tenant.logs.handle(Request(method, "loganalytics.emulator", path, query, sent, content))


def test_a_change_can_be_queried_only_after_the_ingestion_lag(tenant: Tenant) -> None:
    tenant.create("one")
    assert tenant.ask("SecurityIncident") == []
    tenant.wait(minutes=4, seconds=59)
    assert tenant.ask("SecurityIncident") == []
    tenant.wait(seconds=1)
    (row,) = tenant.ask("SecurityIncident | extend Ingested = ingestion_time()")
    assert row["TimeGenerated"] == row["LastModifiedTime"] == "2026-11-16T00:30:00Z"
    assert row["Ingested"] == "2026-11-16T00:35:00Z"


def test_the_lag_is_configurable() -> None:
    tenant = Tenant(WorldOptions(ingestion_lag=0))
    tenant.create("one")
    assert len(tenant.ask("SecurityIncident")) == 1


def test_every_change_adds_a_whole_row_with_its_author(tenant: Tenant) -> None:
    seen = tenant.create("one", description="text")
    tenant.wait(minutes=1)
    tenant.people("assign", incident="one", to="ava.nguyen")
    tenant.wait(minutes=1)
    tenant.people("comment", incident="one", text="looking", who="ava.nguyen")
    tenant.wait(minutes=1)
    tenant.people("close", incident="one", who="automation", fields={"classification": "FalsePositive"})
    tenant.wait(minutes=5)
    rows = tenant.ask("SecurityIncident | order by TimeGenerated asc")
    assert [(row["Status"], row["ModifiedBy"]) for row in rows] == [
        ("New", "Watchkeeper Integration"),
        ("New", "keiko.tanaka@soc.example"),
        ("New", "ava.nguyen@soc.example"),
        ("Closed", "Incident automation playbook"),
    ]
    last = rows[-1]
    assert json.loads(last["Owner"])["userPrincipalName"] == "ava.nguyen@soc.example"
    assert json.loads(last["Comments"])[0]["Message"] == "looking"
    assert json.loads(last["AdditionalData"])["commentsCount"] == 1
    assert last["IncidentNumber"] == 1
    assert last["IncidentUrl"] == seen["properties"]["incidentUrl"]
    assert last["Classification"] == "FalsePositive"
    assert last["Description"] == "text"
    assert [last["CreatedTime"], last["FirstModifiedTime"], last["ClosedTime"]] == [
        "2026-11-16T00:30:00Z",
        "2026-11-16T00:31:00Z",
        "2026-11-16T00:33:00Z",
    ]


def test_a_deleted_incident_leaves_a_row_that_says_so(tenant: Tenant) -> None:
    tenant.create("one")
    tenant.arm("DELETE", "/one", token=tenant.administrator())
    tenant.wait(minutes=5)
    latest = "SecurityIncident | summarize arg_max(LastModifiedTime, *) by IncidentName"
    assert [row["Status"] for row in tenant.ask(latest)] == ["Deleted"]


def test_a_deleted_task_is_shown_once_more(tenant: Tenant) -> None:
    tenant.create("one")
    tenant.arm("PUT", "/one/tasks/t1", {"properties": {"title": "t", "status": "Completed"}}, expect=201)
    tenant.arm("DELETE", "/one/tasks/t1", token=tenant.administrator())
    tenant.people("edit", incident="one", fields={"severity": "High"})
    tenant.wait(minutes=5)
    rows = tenant.ask("SecurityIncident | order by LastModifiedTime asc | project Tasks")
    states = [[task["status"] for task in json.loads(row["Tasks"])] for row in rows]
    assert states == [[], ["Completed"], ["Deleted"], []]


def test_of_too_many_comments_the_table_drops_the_oldest_and_arm_keeps_them(tenant: Tenant) -> None:
    tenant.create("one")
    for number in range(5):
        tenant.people("comment", incident="one", text=f"{number}" * 20_000, fields={"name": f"c{number}"})
    tenant.wait(minutes=5)
    (row,) = tenant.ask("SecurityIncident | summarize arg_max(LastModifiedTime, Comments) by IncidentName")
    assert [comment["Message"][0] for comment in json.loads(row["Comments"])] == ["2", "3", "4"]
    assert len(tenant.arm("GET", "/one/comments")["value"]) == 5


def test_azure_activity_tells_who_called_arm(tenant: Tenant) -> None:
    tenant.create("one")
    tenant.people("comment", incident="one", text="x")
    tenant.arm_system.seed({"provider": "xdr"})
    tenant.wait(minutes=5)
    rows = tenant.ask("AzureActivity | order by TimeGenerated asc | project OperationNameValue, Caller")
    assert [row["OperationNameValue"] for row in rows] == [
        "MICROSOFT.SECURITYINSIGHTS/INCIDENTS/WRITE",
        "MICROSOFT.SECURITYINSIGHTS/INCIDENTS/COMMENTS/WRITE",
    ]
    assert rows[1]["Caller"] == "keiko.tanaka@soc.example"


def test_security_alert_is_there_and_empty_where_nothing_was_seen(tenant: Tenant) -> None:
    assert tenant.ask("SecurityAlert | where AlertSeverity == 'High'") == []


@pytest.mark.parametrize(
    ("timespan", "found"),
    [
        (None, 2),
        ("P1D", 1),
        ("PT86400.0S", 1),
        ("P7D", 2),
        ("P1W", 2),
        ("PT1H30M", 1),
        ("2026-11-15T00:00:00.000Z/2026-11-16T00:00:00.000Z", 0),
        ("2026-11-16T00:00:00Z/PT86400.0S", 1),
        ("PT1H/2026-11-19T01:00:00Z", 1),
        ("2026-11-16T00:30:00.000Z/2026-11-19T00:30:00.000Z", 2),
    ],
)
def test_the_timespan_limits_time_generated(tenant: Tenant, timespan: str | None, found: int) -> None:
    tenant.create("one")
    tenant.wait(days=3)
    tenant.create("two")
    tenant.wait(minutes=5)
    assert len(tenant.ask("SecurityIncident", timespan=timespan)) == found


@pytest.mark.parametrize("timespan", ["yesterday", "P", "PT", "1d", "2026/2027", "/", "P1D/P1D"])
def test_a_bad_timespan_is_400(tenant: Tenant, timespan: str) -> None:
    assert tenant.ask("SecurityIncident", timespan=timespan, expect=400)["code"] == "BadArgumentError"


def test_a_bad_query_is_400_in_the_documented_shape(tenant: Tenant) -> None:
    error = tenant.ask("SecurityIncident | frobnicate", expect=400)
    assert error["message"] == "The request had some invalid properties"
    assert error["code"] == "BadArgumentError"
    assert error["innererror"]["code"] == "SyntaxError"
    assert error["innererror"]["innererror"]["token"] == "frobnicate"
    assert tenant.ask("Nowhere", expect=400)["innererror"]["code"] == "SemanticError"


def test_another_workspace_is_not_found(tenant: Tenant) -> None:
    answer = post(tenant, "/v1/workspaces/00000000-0000-0000-0000-000000000001/query", {"query": "SecurityIncident"})
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (404, "PathNotFoundError")
    body = {"query": "SecurityIncident", "workspaces": ["elsewhere"]}
    assert post(tenant, f"/v1/workspaces/{tenant.options.workspace_id}/query", body).status == 404


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/workspaces", "/v2/workspaces/x/query", "/v1/query"])
def test_a_strange_path_is_not_found(tenant: Tenant, path: str) -> None:
    assert post(tenant, path, {"query": "SecurityIncident"}).status == 404


def test_the_resource_id_of_the_workspace_works_too(tenant: Tenant) -> None:
    answer = post(tenant, f"/v1{tenant.workspace_path}/query", {"query": "SecurityIncident | count"})
    assert json.loads(answer.body)["tables"][0]["rows"] == [[0]]


def test_a_query_can_be_got(tenant: Tenant) -> None:
    path = f"/v1/workspaces/{tenant.options.workspace_id}/query"
    answer = post(tenant, path, b"", method="GET", query="query=SecurityIncident%20%7C%20count&timespan=P1D")
    assert json.loads(answer.body)["tables"][0]["rows"] == [[0]]


def test_without_a_json_content_type_the_answer_is_an_empty_200(tenant: Tenant) -> None:
    path = f"/v1/workspaces/{tenant.options.workspace_id}/query"
    answer = post(tenant, path, {"query": "SecurityIncident"}, **{"content-type": "text/plain"})
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("body", [b"{", [], {"query": 5}, {}, None])
def test_a_body_without_a_query_is_400(tenant: Tenant, body: Any) -> None:
    assert post(tenant, f"/v1/workspaces/{tenant.options.workspace_id}/query", body).status == 400


def test_statistics_and_render_come_when_preferred(tenant: Tenant) -> None:
    path = f"/v1/workspaces/{tenant.options.workspace_id}/query"
    prefer = "wait=60,include-statistics=true,include-render=true"
    answer = json.loads(post(tenant, path, {"query": "SecurityIncident"}, prefer=prefer).body)
    assert {"tables", "statistics", "render"} == set(answer)
    assert set(json.loads(post(tenant, path, {"query": "SecurityIncident"}).body)) == {"tables"}


def test_a_batch_answers_each_item_by_its_id_and_tells_the_log_of_each(tenant: Tenant) -> None:
    workspace = tenant.options.workspace_id
    queries = [
        ("1", workspace, "SecurityIncident | count"),
        ("2", workspace, "Nowhere"),
        ("3", "elsewhere", "SecurityIncident"),
    ]
    entries = [
        {
            "id": key,
            "workspace": target,
            "method": "POST",
            "path": "/query",
            "headers": {"Prefer": ""},
            "body": {"query": text},
        }
        for key, target, text in queries
    ]
    answer = post(tenant, "/v1/$batch", {"requests": entries})
    statuses = {item["id"]: item["status"] for item in json.loads(answer.body)["responses"]}
    assert statuses == {"1": 200, "2": 400, "3": 404}
    assert answer.items == tuple(f"POST /v1/workspaces/{target}/query" for _, target, _ in queries)
    assert post(tenant, "/v1/$batch", {"requests": "all"}).status == 400


def test_after_onboarding_the_description_is_gone_and_quick_changes_become_one_row() -> None:
    tenant = Tenant(azure=AzureOptions(onboarded=True))
    tenant.create("one", description="text")
    tenant.wait(minutes=1)
    tenant.people("edit", incident="one", fields={"severity": "High"})
    tenant.wait(minutes=1)
    tenant.people("edit", incident="one", who="automation", fields={"severity": "Low"})
    tenant.clock.advance(timedelta(minutes=10))
    (row,) = tenant.ask("SecurityIncident")
    assert (row["Description"], row["Severity"], row["ModifiedBy"]) == ("", "Low", "Incident automation playbook")


def test_queries_have_a_quota_too() -> None:
    tenant = Tenant(WorldOptions(quotas=True))
    for _ in range(200):
        tenant.ask("print 1")
    assert tenant.ask("print 1", expect=429)["code"] == "TooManyRequests"
