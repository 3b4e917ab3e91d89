"""What can be changed about the emulated Log Analytics while it runs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.emulators.azure.conftest import Tenant

from watchkeeper.emulators.exchange import Request, Response

ROWS = "SecurityIncident | project IncidentNumber"


def raw(tenant: Tenant, query: str = ROWS, timespan: str | None = None) -> Response:
    headers = {"authorization": f"Bearer {tenant.logs_token}", "content-type": "application/json"}
    path = f"/v1/workspaces/{tenant.options.workspace_id}/query"
    body = json.dumps({"query": query, "timespan": timespan}).encode()
    return tenant.logs.handle(Request("POST", "loganalytics.emulator", path, "", headers, body))


def told(tenant: Tenant, **switches: Any) -> dict[str, Any]:
    return tenant.logs.seed({"system": "loganalytics", **switches})


@pytest.fixture
def five(tenant: Tenant) -> Tenant:
    tenant.arm_system.seed({"count": 5})
    tenant.wait(minutes=5)
    return tenant


def test_an_answer_holds_only_so_many_rows_and_says_that_it_was_cut(five: Tenant) -> None:
    told(five, options={"most_rows": 3})
    answer = json.loads(raw(five).body)
    assert len(answer["tables"][0]["rows"]) == 3
    assert answer["error"]["code"] == "PartialError"
    assert "3 records" in answer["error"]["innererror"]["message"]
    told(five, options={"most_rows": 5})
    assert "error" not in json.loads(raw(five).body)


def test_an_answer_holds_only_so_many_bytes_and_says_that_it_was_cut(five: Tenant) -> None:
    told(five, options={"most_bytes": 10})
    answer = json.loads(raw(five).body)
    assert len(answer["tables"][0]["rows"]) == 3
    assert "10 bytes" in answer["error"]["innererror"]["message"]


def test_a_query_over_too_long_a_time_times_out(five: Tenant) -> None:
    told(five, options={"widest_hours": 2})
    assert raw(five).status == 504
    assert json.loads(raw(five, timespan="P1D").body)["error"]["code"] == "GatewayTimeout"
    assert raw(five, timespan="PT2H").status == 200


def test_every_so_many_th_row_is_late_and_rows_arrive_out_of_order(tenant: Tenant) -> None:
    told(tenant, options={"late_every": 2, "late_seconds": 600})
    tenant.arm_system.seed({"count": 4})
    tenant.wait(minutes=5)
    assert [row["IncidentNumber"] for row in tenant.ask(ROWS)] == [1, 3]
    tenant.wait(minutes=10)
    assert {row["IncidentNumber"] for row in tenant.ask(ROWS)} == {1, 2, 3, 4}
    (late,) = tenant.ask("SecurityIncident | where ingestion_time() - LastModifiedTime > 6m | count")
    assert late["Count"] == 2


@pytest.mark.parametrize(
    ("case", "keys"),
    [
        ("mixed", ("assignedTo", "Message", "labelName", "taskId")),
        ("camel", ("assignedTo", "message", "labelName", "taskId")),
        ("pascal", ("AssignedTo", "Message", "LabelName", "TaskId")),
    ],
)
def test_dynamic_columns_spell_their_properties_in_one_of_three_ways(
    five: Tenant, case: str, keys: tuple[str, ...]
) -> None:
    five.people("assign", incident=1)
    five.people("comment", incident=1, text="looking")
    five.people("edit", incident=1, fields={"add_labels": ["vip"]})
    five.people("task", incident=1, text="call")
    five.wait(minutes=5)
    told(five, options={"key_case": case})
    columns = ("Owner", "Comments", "Labels", "Tasks")
    row = five.ask(f"SecurityIncident | top 1 by LastModifiedTime | project {', '.join(columns)}")[0]
    found = [json.loads(row[column]) for column in columns]
    for value, key in zip(found, keys, strict=True):
        assert key in (value[0] if isinstance(value, list) else value)


def test_a_column_that_the_workspace_lacks_is_a_semantic_error(five: Tenant) -> None:
    told(five, options={"missing_columns": ["Description"]})
    error = five.ask("SecurityIncident | project Description", expect=400)
    assert "Description" in json.dumps(error)
    assert len(five.ask(ROWS)) == 5
    assert five.ask("SecurityIncident | where ingestion_time() > ago(1h) | count") == [{"Count": 5}]


@pytest.mark.parametrize(
    ("order", "status", "start"),
    [
        ("gateway", 502, b"<html>"),
        ("empty", 200, b""),
        ("nothing", 204, b""),
        ("timeout", 504, b'{"error"'),
        ("throttled", 429, b'{"error"'),
        ("partial", 200, b'{"tables"'),
    ],
)
def test_the_next_query_may_get_something_else_and_the_one_after_it_not(
    five: Tenant, order: str, status: int, start: bytes
) -> None:
    assert told(five, next=[order])["next"] == [order]
    answer = raw(five)
    assert answer.status == status
    assert answer.body.startswith(start)
    assert bool(answer.body) is bool(start)
    assert "Retry-After" not in answer.headers
    after = json.loads(raw(five).body)
    assert (len(after["tables"][0]["rows"]), "error" in after) == (5, False)


def test_a_partial_answer_holds_half_of_the_rows_beside_an_error(five: Tenant) -> None:
    told(five, next=["partial", "partial"])
    answer = json.loads(raw(five).body)
    assert (len(answer["tables"][0]["rows"]), answer["error"]["code"]) == (2, "PartialError")
    assert raw(five, "Nowhere").status == 400


def test_a_reset_forgets_switches_and_orders(five: Tenant) -> None:
    told(five, options={"most_rows": 1, "key_case": "pascal"}, next=["gateway"])
    five.logs.reset()
    assert len(json.loads(raw(five).body)["tables"][0]["rows"]) == 5


@pytest.mark.parametrize(
    "command",
    [{"nxt": []}, {"next": ["late"]}, {"options": {"rows": 1}}, {"options": []}, {"options": {"key_case": "snake"}}],
)
def test_a_seed_that_makes_no_sense_is_refused(tenant: Tenant, command: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        told(tenant, **command)
