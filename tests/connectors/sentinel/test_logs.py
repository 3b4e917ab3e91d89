from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses
from tests.connectors.sentinel.exchanges import (
    ARM,
    CONFIG,
    FIELDS,
    INCIDENT,
    INCIDENTS,
    MONDAY,
    NAME,
    OTHER,
    QUERY,
    REF,
    expect_workspace,
    incident,
    sent_body,
    table,
)
from tests.scopes import shipped_scope

from watchkeeper.model.activity import ActivityReport
from watchkeeper.model.findings import Check
from watchkeeper.model.identity import chosen_uuid
from watchkeeper.model.population import Feed, Filter
from watchkeeper.model.record import SENTINEL, Absent, RecordRef
from watchkeeper.report.checks import finding_text
from watchkeeper.report.texts import texts_in
from watchkeeper_sentinel import SentinelConnector

MARKER = "test/health-check/all@2026-11-23"
MADE = str(chosen_uuid(MARKER))

COLUMNS = {
    "IncidentName": "string",
    "LastModifiedTime": "datetime",
    "Stamp": "string",
    "TimeGenerated": "datetime",
    "CreatedTime": "datetime",
    "ModifiedBy": "string",
    "Status": "string",
    "Severity": "string",
    "Owner": "dynamic",
    "Labels": "dynamic",
    "Classification": "string",
    "ClassificationReason": "string",
    "ClassificationComment": "string",
}


def row(
    minute: int, status: str, *, owner: Any = None, labels: Any = None, by: str = "ava@soc.example"
) -> tuple[Any, ...]:
    at = f"2026-11-23T08:{minute:02d}:00.0000000Z"
    return (NAME, at, at, at, "2026-11-20T00:00:00Z", by, status, "High", owner, labels, "", None, "")


def asked(connector: SentinelConnector, ids: list[str] | None = None) -> ActivityReport:
    return connector.activity("incidents", MONDAY - timedelta(days=1), MONDAY, ids)


@pytest.fixture
def logs(server: responses.RequestsMock) -> responses.RequestsMock:
    """A workspace in which nothing moved lately as far as ARM knows."""
    expect_workspace(server)
    server.get(INCIDENTS, json={"value": []})
    return server


def test_rows_become_changes_with_authors_whatever_form_their_cells_have(
    connector: SentinelConnector, logs: responses.RequestsMock
) -> None:
    owner = {"assignedTo": "Ava", "userPrincipalName": "ava@soc.example", "objectId": "1"}
    labels = [{"LabelName": "b", "labelType": "User"}, {"labelName": "a"}]
    rows = (
        row(10, "Active", owner="", labels="[]"),
        row(20, "Active", owner=json.dumps(owner), labels=json.dumps(labels)),
        row(30, "Closed", owner=owner, labels=labels, by="Automation rule - close duplicates"),
    )
    logs.post(QUERY, json=table(COLUMNS, *rows))
    logs.post(QUERY, json=table(COLUMNS, row(5, "New")))
    logs.post(QUERY, json=table({"IncidentName": "string", "Labels": "dynamic", "ModifiedBy": "string"}))

    report = asked(connector)

    assert [(deed.author.id, deed.field, deed.old, deed.new) for deed in report.activities] == [
        ("ava@soc.example", "status", "New", "Active"),
        ("ava@soc.example", "labels", "", "a, b"),
        ("ava@soc.example", "owner.userPrincipalName", "", "ava@soc.example"),
        ("Automation rule - close duplicates", "status", "Active", "Closed"),
    ]
    assert (report.readable, report.unclear) == (True, frozenset())


MAKER = f"watchkeeper-key:{MARKER}"
"""A label that only an incident of that name can have from us."""


@pytest.mark.parametrize(
    ("by", "ours", "apart"),
    [
        ("ava@soc.example", (), True),
        ("Watchkeeper for Production", (), False),
        (
            "Watchkeeper for Production",
            ((MADE, json.dumps([{"labelName": MAKER}]), "Watchkeeper for Production"),),
            True,
        ),
    ],
    ids=["a person's change", "a program's, and no incident of ours is there", "a program's, and ours is known"],
)
def test_a_deed_may_be_ours_where_a_program_did_it_and_no_incident_tells_our_name(
    connector: SentinelConnector, logs: responses.RequestsMock, by: str, ours: tuple[Any, ...], apart: bool
) -> None:
    logs.post(QUERY, json=table(COLUMNS, row(10, "Active", by=by)))
    logs.post(QUERY, json=table(COLUMNS, row(5, "New")))
    logs.post(QUERY, json=table({"IncidentName": "string", "Labels": "dynamic", "ModifiedBy": "string"}, *ours))

    assert asked(connector).tells_us_apart is apart


def test_an_incident_whose_earlier_history_is_gone_is_unclear(
    connector: SentinelConnector, logs: responses.RequestsMock
) -> None:
    logs.post(QUERY, json=table(COLUMNS, row(10, "Active")))
    logs.post(QUERY, json=table(COLUMNS))
    logs.post(QUERY, json=table({"IncidentName": "string", "Labels": "dynamic", "ModifiedBy": "string"}))

    report = asked(connector)

    assert (report.activities, report.readable, report.unclear) == ((), True, frozenset({REF}))


def test_a_partial_answer_is_used_and_the_report_is_not_readable(
    connector: SentinelConnector, logs: responses.RequestsMock
) -> None:
    error = {"code": "PartialError", "message": "There were some errors", "details": []}
    cut = {**table(COLUMNS, row(10, "Active"), row(20, "Closed")), "error": error}

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        query = json.loads(request.body or b"")["query"]
        kinds = {"between": cut, "arg_max": table(COLUMNS, row(5, "Active"))}
        found = next((answer for word, answer in kinds.items() if word in query), table({"IncidentName": "string"}))
        return 200, {"Content-Type": "application/json"}, json.dumps(found)

    logs.add_callback(responses.POST, QUERY, answer)

    report = asked(connector)

    assert [deed.new for deed in report.activities] == ["Closed"]
    assert not report.readable
    assert report.reason.startswith("partial answer")


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 502, "body": "<html>Bad gateway</html>", "content_type": "text/html"},
        {"status": 200, "body": "", "content_type": "application/json"},
        {"status": 204, "body": ""},
        {"status": 200, "body": "<html>login</html>", "content_type": "text/html"},
        {"status": 403, "json": {"error": {"code": "InsufficientAccessError", "message": "no access"}}},
        {"status": 400, "json": {"error": {"code": "BadArgumentError", "message": "bad query"}}},
        {"status": 200, "json": {"unexpected": True}},
        {"status": 200, "json": table(COLUMNS, (None,) * len(COLUMNS))},
    ],
)
def test_any_other_answer_makes_the_report_unreadable_with_a_reason(
    connector: SentinelConnector, logs: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    logs.post(QUERY, **answer)

    report = asked(connector)

    assert (report.activities, report.readable) == ((), False)
    assert len(report.reason) > len("Log Analytics: ")


def test_a_row_that_cannot_be_decoded_is_no_count(connector: SentinelConnector, logs: responses.RequestsMock) -> None:
    logs.post(QUERY, json=table(COLUMNS, row(1, "New", labels="[not JSON")))
    feed = Feed(SENTINEL, "incidents", frozenset({"status"}), (Filter(()),))
    found = connector.tally(feed, MONDAY, ("status",), ())
    assert found.rows == ()
    assert "is not JSON" in found.unread


def test_only_instants_and_guids_reach_a_query(connector: SentinelConnector, logs: responses.RequestsMock) -> None:
    logs.post(QUERY, json=table(COLUMNS))

    asked(connector, [NAME.upper(), '"); drop', OTHER])

    (body,) = [sent_body(call) for call in logs.calls if call.request.url == QUERY]
    assert body["query"].startswith(f'let names = dynamic(["{OTHER}", "{NAME}"]);\n')
    assert "between (datetime(2026-11-22T09:00:00.000000Z) .. datetime(2026-11-23T09:00:00.000000Z))" in body["query"]
    assert "drop" not in body["query"]
    assert body["timespan"] == "2026-11-20T09:00:00.000Z/2026-11-25T09:00:00.000Z"


def test_deletions_are_asked_for_in_one_query_and_not_again_after_a_failure(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    expect_workspace(server)
    for name in (NAME, OTHER):
        server.get(f"{INCIDENTS}/{name}", status=404, json={})
    server.post(QUERY, status=403, json={"error": {"code": "InsufficientAccessError", "message": "no access"}})
    refs = [REF, RecordRef("sentinel", "incidents", OTHER)]

    answers = [connector.get(refs, FIELDS) for _ in range(2)]

    assert all(isinstance(answer, Absent) and not answer.deleted for found in answers for answer in found.values())
    assert sum(call.request.url == QUERY for call in server.calls) == 1


def test_a_deleted_row_proves_the_deletion(connector: SentinelConnector, server: responses.RequestsMock) -> None:
    expect_workspace(server)
    server.get(INCIDENT, status=404, json={})
    server.post(QUERY, json=table({"IncidentName": "string"}, (NAME.upper(),)))

    (answer,) = connector.get([REF], FIELDS).values()

    assert isinstance(answer, Absent)
    assert answer.deleted


def test_what_is_there_needs_no_query(connector: SentinelConnector, server: responses.RequestsMock) -> None:
    server.get(INCIDENT, json=incident())

    connector.get([REF], FIELDS)

    assert [call.request.url for call in server.calls if call.request.url == QUERY] == []


@pytest.mark.parametrize("stamp", ["yesterday", None, "2026-11-23T08:00:00Z"])
def test_the_lag_is_told_from_times_in_any_form_and_never_from_nonsense(
    connector: SentinelConnector, logs: responses.RequestsMock, stamp: str | None
) -> None:
    logs.get(f"{ARM}{CONFIG.workspace_path}/providers/Microsoft.Authorization/permissions", json={"value": []})
    columns = {"TimeGenerated": "datetime", "LastModifiedTime": "string", "Ingested": "datetime"}
    logs.post(QUERY, json=table(columns, ("2026-11-23T08:00:00Z", stamp, "2026-11-23T08:05:00Z")))

    (history,) = [probe for probe in connector.probes(shipped_scope(SENTINEL)) if probe.check is Check.HISTORY]

    assert ("not a time" in finding_text(history, texts_in("en"))) is (stamp != "2026-11-23T08:00:00Z")
