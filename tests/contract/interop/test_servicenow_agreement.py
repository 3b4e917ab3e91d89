"""The same instance read by our connector, by ServiceNow's own pysnc, and by pysnow: the same things are seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pysnow
import pytest
from pysnc import ServiceNowClient
from pysnc.auth import ServiceNowClientCredentialsFlow
from tests.contract.interop.conftest import OPTIONS, PEOPLE, Served, scanned

from watchkeeper.model.population import Condition, Operator
from watchkeeper.model.record import SERVICENOW, Record, RecordRef

pytestmark = pytest.mark.interop

NAMES = (
    "short_description",
    "description",
    "state",
    "impact",
    "urgency",
    "priority",
    "category",
    "assigned_to",
    "assignment_group",
    "caller_id",
    "close_code",
    "close_notes",
)
FIELDS = frozenset(NAMES)
EVERY_ONE = Condition("impact", Operator.IN, ("1", "2", "3"))
SYSTEM = ("sys_id", "number", "sys_created_on", "sys_updated_on", "sys_updated_by", "sys_mod_count")


@pytest.fixture
def theirs(served: Served) -> Iterator[ServiceNowClient]:
    """Signed in as our connector is, so that both may see the same."""
    flow = ServiceNowClientCredentialsFlow(OPTIONS.servicenow_client_id, OPTIONS.servicenow_client_secret)
    client = ServiceNowClient(served.url("servicenow"), flow, auto_retry=False)
    with closing(client.session):
        yield client


@pytest.fixture
def pysnow_rows(served: Served) -> Iterator[Any]:
    host = urlsplit(served.url("servicenow")).netloc
    client = pysnow.Client(host=host, user="watchkeeper", password=OPTIONS.servicenow_password)
    with closing(client.session):
        yield client.resource(api_path="/table/incident")


@pytest.fixture
def worked(served: Served) -> Served:
    """A morning at the desk: tickets raised, assigned, noted on in two languages, put on hold, resolved."""
    for number in range(1, 13):
        who = PEOPLE[number % len(PEOPLE)]
        served.wait(seconds=61)
        fields = {
            "short_description": f'月次点検 {number} – "it\'s" ^ fine',
            "impact": "2",
            "urgency": str(1 + number % 3),
        }
        ticket = served.people("servicenow", who, "create", fields=fields)["record"]["number"]
        served.people("servicenow", who, "note", number=ticket, text=f"確認中 {number}\nsecond line")
        if number % 2:
            served.people("servicenow", "liam.byrne", "assign", number=ticket, to="keiko.tanaka")
        if number % 5 == 0:
            served.wait(seconds=5)
            served.people("servicenow", "keiko.tanaka", "resolve", number=ticket, text="done")
    served.wait(minutes=5)
    return served


def ours(served: Served) -> list[Record]:
    return scanned(served.servicenow(), SERVICENOW, "incident", FIELDS, EVERY_ONE)


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def as_row(record: Record) -> dict[str, Any]:
    """Our record under their names; a time as an instant."""
    return {
        "sys_id": record.ref.id,
        "number": record.number,
        "sys_created_on": record.created_at,
        "sys_updated_on": record.updated_at,
        "sys_updated_by": record.updated_by,
        "sys_mod_count": record.revision.token,
        **{name: record.fields[name] for name in NAMES},
    }


def with_instants(row: dict[str, Any]) -> dict[str, Any]:
    return {name: moment(value) if name.endswith("_on") else value for name, value in row.items()}


def incidents(client: ServiceNowClient, batch_size: int = 5) -> list[dict[str, Any]]:
    """Every incident as pysnc pages through them."""
    records = client.GlideRecord("incident", batch_size=batch_size)
    records.fields = [*SYSTEM, *NAMES]
    records.query()
    return [with_instants({name: record.get_value(name) for name in (*SYSTEM, *NAMES)}) for record in records]


def by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["sys_id"]: row for row in rows}


def test_both_list_the_same_tickets_with_the_same_values(worked: Served, theirs: ServiceNowClient) -> None:
    listed = incidents(theirs)
    assert by_id([as_row(record) for record in ours(worked)]) == by_id(listed)
    assert len(listed) == 12


def test_pysnow_reads_what_our_connector_reads(worked: Served, pysnow_rows: Any) -> None:
    found = pysnow_rows.get(query={}, fields=[*SYSTEM, *NAMES]).all()
    plain = [
        {name: value["value"] if isinstance(value, dict) else value for name, value in row.items()} for row in found
    ]
    assert by_id([as_row(record) for record in ours(worked)]) == by_id([with_instants(row) for row in plain])


def test_both_read_one_ticket_alike(worked: Served, theirs: ServiceNowClient) -> None:
    connector = worked.servicenow()
    for row in incidents(theirs):
        ref = RecordRef(SERVICENOW, "incident", row["sys_id"])
        record = connector.get([ref], FIELDS)[ref]
        single = theirs.GlideRecord("incident")
        assert single.get(ref.id)
        assert isinstance(record, Record)
        assert as_row(record) == with_instants({name: single.get_value(name) for name in (*SYSTEM, *NAMES)})


def test_both_follow_a_listing_over_its_pages(served: Served, theirs: ServiceNowClient) -> None:
    rows = [{"table": "incident", "fields": {"short_description": f"bulk {number}"}} for number in range(1103)]
    served.seed("servicenow", rows=rows)
    served.wait(minutes=1)
    listed = incidents(theirs, batch_size=400)
    assert len(listed) == len(by_id(listed)) == 1103
    assert by_id([as_row(record) for record in ours(served)]) == by_id(listed)


def test_both_read_the_same_notes_by_the_same_people_at_the_same_times(
    worked: Served, theirs: ServiceNowClient
) -> None:
    refs = [record.ref for record in ours(worked)]
    told = {
        (ref.id, comment.id, comment.author.id, comment.created_at, comment.text)
        for ref, comments in worked.servicenow().comments(refs).items()
        for comment in comments
    }
    journal = theirs.GlideRecord("sys_journal_field")
    journal.add_query("name", "incident")
    journal.add_query("element", "work_notes")
    journal.query()
    names = ("element_id", "sys_id", "sys_created_by", "sys_created_on", "value")
    rows = [[row.get_value(name) for name in names] for row in journal]
    assert told == {(of, note, who, moment(at), text) for of, note, who, at, text in rows}
    assert len(told) >= 12


def test_our_account_of_who_changed_a_state_is_what_the_audit_says(worked: Served, theirs: ServiceNowClient) -> None:
    now = worked.clock.now()
    report = worked.servicenow().activity("incident", now - timedelta(hours=6), now)
    assert report.readable, report.reason
    told = {
        (deed.ref.id, deed.author.id, deed.at, deed.old, deed.new)
        for deed in report.activities
        if deed.field == "state"
    }
    audit = theirs.GlideRecord("sys_audit")
    audit.add_query("tablename", "incident")
    audit.add_query("fieldname", "state")
    audit.query()
    names = ("documentkey", "user", "sys_created_on", "oldvalue", "newvalue")
    rows = [[row.get_value(name) for name in names] for row in audit]
    changed = {(of, who, moment(at), old or "", new) for of, who, at, old, new in rows if old}
    assert told == changed
    assert {new for *_, new in told} >= {"6"}
