"""The same workspace read by our connector, by azure-mgmt-securityinsight and by azure-monitor-query: the same things are seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from azure.mgmt.securityinsight import SecurityInsights
from azure.monitor.query import LogsQueryClient, LogsQueryResult
from tests.contract.interop.conftest import OPTIONS, PEOPLE, Served, scanned

from watchkeeper.model.record import SENTINEL, Record, RecordRef

pytestmark = pytest.mark.interop

WHERE = (OPTIONS.resource_group, OPTIONS.workspace_name)
FIELDS = frozenset(
    {
        "title",
        "description",
        "severity",
        "status",
        "classification",
        "classificationComment",
        "labels",
        "owner.userPrincipalName",
        "owner.objectId",
        "owner.assignedTo",
    }
)


@pytest.fixture
def theirs(served: Served) -> Iterator[SecurityInsights]:
    with SecurityInsights(
        served.credential(), OPTIONS.subscription_id, base_url=served.url("arm"), connection_verify=served.ca_file
    ) as client:
        yield client


@pytest.fixture
def table(served: Served) -> Iterator[LogsQueryClient]:
    with LogsQueryClient(
        served.credential(),
        endpoint=served.url("loganalytics"),
        audience=OPTIONS.logs_audience,
        connection_verify=served.ca_file,
    ) as client:
        yield client


@pytest.fixture
def worked(served: Served) -> Served:
    """A morning in the SOC: incidents of every origin, assigned, labelled, commented, closed, merged."""
    for provider in ("alert", "xdr", "manual"):
        served.seed("arm", provider=provider, count=4, labels=["escalation", f"from {provider}"])
    for number in range(1, 9):
        who = PEOPLE[number % len(PEOPLE)]
        served.wait(seconds=37.25)
        served.people("arm", who, "assign", incident=number)
        served.people("arm", who, "comment", incident=number, text=f"確認中 <b>{number}</b> & 'more'\nsecond line")
    served.people("arm", "keiko.tanaka", "edit", incident=2, fields={"severity": "Low", "add_labels": ["it's odd"]})
    served.people("arm", "liam.byrne", "comment", incident=2, text="and again")
    closing = {"classification": "TruePositive", "classificationReason": "SuspiciousActivity"}
    served.people("arm", "haruto.sato", "close", incident=3, text="contained", fields=closing)
    served.people("arm", "system", "merge", incident=6, into=5)
    served.people("arm", "automation", "edit", incident=9, fields={"status": "Active"})
    return served


def as_theirs(record: Record) -> dict[str, Any]:
    """Our record in the words of their model; what is empty in ours is absent in theirs."""
    fields = record.fields
    return {
        "number": int(record.number),
        "created": record.created_at,
        "modified": record.updated_at,
        "comments": record.comments,
        "title": fields["title"],
        "description": fields["description"],
        "severity": fields["severity"],
        "status": fields["status"],
        "classification": fields["classification"],
        "classificationComment": fields["classificationComment"],
        "labels": fields["labels"],
        "owner": tuple(fields[f"owner.{name}"] for name in ("userPrincipalName", "objectId", "assignedTo")),
    }


def as_ours(item: Any) -> dict[str, Any]:
    owner = item.owner
    return {
        "number": item.incident_number,
        "created": item.created_time_utc,
        "modified": item.last_modified_time_utc,
        "comments": item.additional_data.comments_count,
        "title": item.title,
        "description": item.description,
        "severity": item.severity,
        "status": item.status,
        "classification": item.classification,
        "classificationComment": item.classification_comment,
        "labels": tuple(sorted(label.label_name for label in item.labels or ())),
        "owner": tuple(
            getattr(owner, name, None) or "" for name in ("user_principal_name", "object_id", "assigned_to")
        ),
    }


def test_both_list_the_same_incidents_with_the_same_values(worked: Served, theirs: SecurityInsights) -> None:
    ours = scanned(worked.sentinel(), SENTINEL, "incidents", FIELDS)
    listed = {item.name.lower(): as_ours(item) for item in theirs.incidents.list(*WHERE)}

    assert {record.ref.id: as_theirs(record) for record in ours} == listed
    assert len(listed) == 12


def test_both_read_one_incident_alike_and_know_the_same_version(worked: Served, theirs: SecurityInsights) -> None:
    connector = worked.sentinel()
    for item in theirs.incidents.list(*WHERE):
        ref = RecordRef(SENTINEL, "incidents", item.name.lower())
        record = connector.get([ref], FIELDS)[ref]
        single = theirs.incidents.get(*WHERE, item.name)
        assert isinstance(record, Record)
        assert as_theirs(record) == as_ours(single)
        assert record.revision.token == single.etag


def test_both_follow_a_listing_over_its_pages(served: Served, theirs: SecurityInsights) -> None:
    served.seed("arm", count=1005, provider="alert")
    ours = scanned(served.sentinel(), SENTINEL, "incidents", frozenset({"title"}))
    listed = [item.name.lower() for item in theirs.incidents.list(*WHERE, top=400)]

    assert len(listed) == len(set(listed)) == 1005
    assert {record.ref.id for record in ours} == set(listed)
    assert len(ours) == 1005


def test_both_read_the_same_comments_by_the_same_people_at_the_same_times(
    worked: Served, theirs: SecurityInsights
) -> None:
    connector = worked.sentinel()
    refs = {item.name: RecordRef(SENTINEL, "incidents", item.name.lower()) for item in theirs.incidents.list(*WHERE)}
    ours = connector.comments(list(refs.values()))
    for name, ref in refs.items():
        listed = sorted(theirs.incident_comments.list(*WHERE, name), key=lambda item: item.created_time_utc)
        assert [
            (comment.id, comment.author.id, comment.author.name, comment.created_at) for comment in ours.get(ref, ())
        ] == [
            (item.name.lower(), item.author.user_principal_name, item.author.name, item.created_time_utc)
            for item in listed
        ]
        for comment, item in zip(ours.get(ref, ()), listed, strict=True):
            assert comment.text.split() == item.message.replace("<b>", "").replace("</b>", "").split()


def rows_of(table: LogsQueryClient, query: str) -> list[dict[str, Any]]:
    answer = table.query_workspace(OPTIONS.workspace_id, query, timespan=None)
    assert isinstance(answer, LogsQueryResult)
    (found,) = answer.tables
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


HISTORY = "SecurityIncident | order by IncidentName asc, LastModifiedTime asc, TimeGenerated asc"


def status_changes(rows: list[dict[str, Any]]) -> set[tuple[str, str, datetime, str, str]]:
    return {
        (after["IncidentName"], after["ModifiedBy"], after["LastModifiedTime"], before["Status"], after["Status"])
        for before, after in pairwise(rows)
        if before["IncidentName"] == after["IncidentName"] and before["Status"] != after["Status"]
    }


def test_our_account_of_who_changed_a_status_is_what_the_tables_rows_say(
    worked: Served, table: LogsQueryClient
) -> None:
    worked.wait(minutes=10)
    now = worked.clock.now()
    report = worked.sentinel().activity("incidents", now - timedelta(hours=6), now)
    assert report.readable, report.reason

    ours = {
        (deed.ref.id, deed.author.name, deed.at, deed.old, deed.new)
        for deed in report.activities
        if deed.field == "status"
    }
    rows = rows_of(table, HISTORY)
    assert ours == {(name.lower(), who, at, old, new) for name, who, at, old, new in status_changes(rows)}
    assert {new for *_, new in ours} == {"Active", "Closed"}


def test_the_tables_last_state_is_the_state_that_our_connector_lists(worked: Served, table: LogsQueryClient) -> None:
    worked.wait(minutes=10)
    latest = "SecurityIncident | summarize arg_max(LastModifiedTime, *) by IncidentName"
    ours = {record.ref.id: record for record in scanned(worked.sentinel(), SENTINEL, "incidents", FIELDS)}
    rows = {row["IncidentName"].lower(): row for row in rows_of(table, latest)}

    assert rows.keys() == ours.keys()
    for name, row in rows.items():
        fields = ours[name].fields
        assert (row["Status"], row["Severity"], row["Title"]) == (fields["status"], fields["severity"], fields["title"])
        assert (json.loads(row["Owner"]).get("userPrincipalName") or "") == fields["owner.userPrincipalName"]
        assert tuple(sorted(label["labelName"] for label in json.loads(row["Labels"]))) == fields["labels"]
        assert row["LastModifiedTime"] == ours[name].updated_at
        assert json.loads(row["AdditionalData"])["commentsCount"] == ours[name].comments
