"""Reads that go together in one call, against an emulated instance: what comes back, what is asked again, what is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import responses
from tests.connectors.servicenow.instance import ORIGIN, TABLE, connector, listing, row
from tests.contract.servicenow_connector.rig import ServiceNowRig

from watchkeeper.errors import AuthFailed, Rejected, Unavailable, WatchkeeperError
from watchkeeper.model.record import SERVICENOW, Absent, Record, RecordRef
from watchkeeper_servicenow.batch import Question, answers_of, batch_of
from watchkeeper_servicenow.vocabulary import of_memo

FIELDS = frozenset({"short_description"})
BATCH = "/api/now/v1/batch"


@pytest.fixture
def rig() -> ServiceNowRig:
    return ServiceNowRig()


def many(rig: ServiceNowRig, count: int) -> list[RecordRef]:
    return [rig.people("create", fields={"short_description": f"Alert {number}"}) for number in range(count)]


def calls(rig: ServiceNowRig) -> list[tuple[str, str, int]]:
    return [(entry.method, entry.path.removeprefix("/api/now/"), len(entry.items)) for entry in rig.requests()]


def test_a_few_ids_are_one_plain_read(rig: ServiceNowRig) -> None:
    rig.connector.get(many(rig, 3), FIELDS)
    assert calls(rig) == [("GET", "table/incident", 0)]


def test_many_ids_are_one_call(rig: ServiceNowRig) -> None:
    refs = many(rig, 100)
    found = rig.connector.get([*refs, rig.foreign_ref], FIELDS)
    assert calls(rig) == [("POST", "v1/batch", 3)]
    records = [found[ref] for ref in refs]
    assert [record.fields["short_description"] for record in records if isinstance(record, Record)] == [
        f"Alert {number}" for number in range(100)
    ]
    assert isinstance(found[rig.foreign_ref], Absent)


def test_ids_of_several_tables_go_together(rig: ServiceNowRig) -> None:
    [ref] = many(rig, 1)
    task = rig.servicenow.people({"who": "keiko.tanaka", "do": "create", "table": "sc_task"})["record"]
    other = RecordRef(SERVICENOW, "sc_task", task["sys_id"])
    found = rig.connector.get([ref, other], FIELDS)
    assert calls(rig) == [("POST", "v1/batch", 2)]
    assert all(isinstance(record, Record) for record in found.values())


def test_markers_and_journals_of_many_records_are_one_call_each(rig: ServiceNowRig) -> None:
    refs = many(rig, 70)
    for ref in refs:
        rig.person_comments(ref, f"about {ref.id}")
    comments = rig.connector.comments(refs)
    assert all([comment.text for comment in comments[ref]] == [f"about {ref.id}"] for ref in refs)
    rig.connector.find("incident", [f"marker-{number}" for number in range(70)], FIELDS)
    assert [(method, path) for method, path, _ in calls(rig)] == [("POST", "v1/batch"), ("POST", "v1/batch")]


def test_the_history_of_many_records_is_one_call_and_of_a_few_two_plain_ones(rig: ServiceNowRig) -> None:
    refs = many(rig, 70)
    for ref in refs:
        rig.person_edits(ref)
    start, until = rig.clock.now() - timedelta(hours=1), rig.clock.now() + timedelta(hours=1)
    report = rig.connector.activity("incident", start, until, [ref.id for ref in refs])
    assert {deed.ref for deed in report.activities} == set(refs)
    assert report.readable
    rig.connector.activity("incident", start, until, [refs[0].id])
    assert calls(rig) == [
        ("POST", "v1/batch", 6),
        ("GET", "table/sys_journal_field", 0),
        ("GET", "table/sys_audit", 0),
    ]


def test_a_history_that_is_hidden_in_one_item_is_unreadable_as_a_whole(rig: ServiceNowRig) -> None:
    refs = many(rig, 40)
    rig.person_edits(refs[0])
    rig.servicenow.seed({"acl": [{"table": "sys_audit", "operation": "read", "allow": ["admin"]}]})
    start, until = rig.clock.now() - timedelta(hours=1), rig.clock.now() + timedelta(hours=1)
    report = rig.connector.activity("incident", start, until, [ref.id for ref in refs])
    assert not report.readable
    assert "sys_audit are hidden" in report.reason


def test_a_journal_that_does_not_answer_hides_no_edit_of_many_records(rig: ServiceNowRig) -> None:
    refs = many(rig, 40)
    for ref in refs:
        rig.person_edits(ref)
    rig.servicenow.seed({"batch_item_seconds": 40})
    rig.fault("status", path_prefix="/api/now/table/sys_journal_field", status=500)
    start, until = rig.clock.now() - timedelta(hours=1), rig.clock.now() + timedelta(hours=1)
    report = rig.connector.activity("incident", start, until, [ref.id for ref in refs])
    assert not report.readable
    assert {deed.ref for deed in report.activities} == set(refs)


def test_a_journal_that_is_longer_than_a_page_is_read_to_its_end(rig: ServiceNowRig) -> None:
    refs = many(rig, 40)
    for number in range(5):
        rig.person_comments(refs[0], f"note {number}")
    comments = rig.open(rig.transport, page_size=2).comments(refs)
    assert [comment.text for comment in comments[refs[0]]] == [f"note {number}" for number in range(5)]


def test_items_that_were_not_serviced_are_asked_again(rig: ServiceNowRig) -> None:
    refs = many(rig, 100)
    rig.servicenow.seed({"batch_item_seconds": 14})
    assert all(isinstance(record, Record) for record in rig.connector.get(refs, FIELDS).values())
    assert calls(rig) == [("POST", "v1/batch", 3), ("GET", "table/incident", 0)]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_instance_without_batches_is_asked_one_by_one_from_then_on(rig: ServiceNowRig, status: int) -> None:
    rig.fault("status", status=status, path_prefix=BATCH)
    refs = many(rig, 40)
    for _ in range(2):
        assert all(isinstance(record, Record) for record in rig.connector.get(refs, FIELDS).values())
    assert [path for _, path, _ in calls(rig)] == ["v1/batch", *["table/incident"] * 4]


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("status", {"status": 503}),
        ("latency", {"seconds": 61}),
        ("truncate", {"shape": "malformed"}),
        ("drop_before", {}),
    ],
)
def test_a_batch_that_fails_is_asked_one_by_one_from_then_on(
    rig: ServiceNowRig, kind: str, details: dict[str, Any]
) -> None:
    """An instance may be too slow for ten reads in one answer and quick enough for each."""
    rig.fault(kind, path_prefix=BATCH, **details)
    refs = many(rig, 40)
    for _ in range(2):
        assert all(isinstance(record, Record) for record in rig.connector.get(refs, FIELDS).values())
    assert [path for _, path, _ in calls(rig) if path != "v1/batch"] == ["table/incident"] * 4


def test_an_outage_of_the_whole_instance_is_one(rig: ServiceNowRig) -> None:
    refs = many(rig, 40)
    rig.fault("status", status=503, path_prefix="/api/now", times=None)
    with pytest.raises(Unavailable):
        rig.connector.get(refs, FIELDS)


def test_what_is_refused_of_one_item_is_refused_as_it_would_be_alone(rig: ServiceNowRig) -> None:
    refs = [RecordRef(SERVICENOW, "u_nothing", f"{number:032x}") for number in range(40)]
    with pytest.raises(Rejected, match="Invalid table u_nothing"):
        rig.connector.get(refs, FIELDS)


def test_a_batch_of_reads_is_allowed_where_nothing_may_be_written(rig: ServiceNowRig) -> None:
    refs = many(rig, 40)
    assert all(isinstance(record, Record) for record in rig.observing().get(refs, FIELDS).values())


def told(*items: dict[str, Any]) -> dict[str, Any]:
    """A batch's answer, as an instance gives it."""
    answers = [{"id": str(number), "headers": [], **item} for number, item in enumerate(items)]
    return {"json": {"batch_request_id": "watchkeeper", "serviced_requests": answers, "unserviced_requests": []}}


def encoded(body: object) -> str:
    return base64.b64encode(body if isinstance(body, bytes) else json.dumps(body).encode()).decode()


REFUSED = {"error": {"message": "Failed API level ACL Validation", "detail": None}, "status": "failure"}
BROKEN = [
    {"status_code": 500, "body": encoded(REFUSED)},
    {"status_code": 429, "body": ""},
    {"status_code": 202, "body": ""},
    {"status_code": 401, "body": encoded({"error": {"message": "User Not Authenticated"}})},
    {"status_code": 200, "body": encoded(b"<html>Instance Hibernating page</html>")},
    {
        "status_code": 200,
        "body": encoded({"result": [{"sys_id": "1"}, ""], "error": {"message": "Transaction cancelled"}}),
    },
]


@pytest.mark.parametrize("broken", BROKEN, ids=[str(item["status_code"]) for item in BROKEN])
def test_an_item_that_came_back_broken_is_asked_by_itself(broken: dict[str, Any]) -> None:
    refs = [RecordRef(SERVICENOW, "incident", f"{number:032x}") for number in range(40)]
    whole = {"status_code": 200, "body": encoded({"result": [row(0)]})}
    with responses.RequestsMock() as instance:
        instance.post(f"{ORIGIN}{BATCH}", **told(whole, broken))
        instance.get(TABLE, **listing([row(39)]))
        found = connector().get(refs, FIELDS)
        assert [call.request.method for call in instance.calls] == ["POST", "GET"]
    assert [ref for ref in refs if isinstance(found[ref], Record)] == [refs[0], refs[39]]


def test_a_sign_in_that_ended_is_never_taken_for_a_refusal_of_one_table() -> None:
    unknown = {"json": {"error": {"message": "User Not Authenticated"}}, "status": 401}
    with responses.RequestsMock() as instance:
        instance.post(f"{ORIGIN}{BATCH}", **told(BROKEN[3], BROKEN[3]))
        instance.get(TABLE, **unknown)
        with pytest.raises(AuthFailed):
            connector().get([RecordRef(SERVICENOW, "incident", f"{number:032x}") for number in range(40)], FIELDS)


def test_a_table_that_is_closed_costs_only_its_own_item() -> None:
    """The dictionary is refused: the lists are read, and the lengths of a fresh instance count."""
    closed = {"status_code": 403, "body": encoded(REFUSED)}
    choice = {"sys_id": f"{1:032x}", "name": "incident", "element": "state", "value": "3", "label": "On Hold"}
    gone = {**choice, "sys_id": f"{2:032x}", "value": "4", "label": "Awaiting User Info", "inactive": "true"}
    with responses.RequestsMock() as instance:
        lists = {"status_code": 200, "body": encoded({"result": [choice, gone]})}
        instance.post(f"{ORIGIN}{BATCH}", **told(closed, lists))
        orientation = connector().orient([], {"incident": frozenset({"state"})}, None)
    assert orientation.choices["incident", "state"].labels == {"3": ("On Hold",)}
    assert of_memo(orientation.memo).limit("incident", "short_description") == 160


def test_notes_that_are_refused_are_never_taken_for_none(rig: ServiceNowRig) -> None:
    refs = many(rig, 1)
    rig.fault("status", status=403, path_prefix="/api/now/table/sys_journal_field")
    with pytest.raises(WatchkeeperError, match="403"):
        rig.connector.comments(refs)


def answer(**changes: Any) -> Mapping[str, Any]:
    item = {"id": "0", "status_code": 200, "body": base64.b64encode(b'{"result":[]}').decode(), "headers": []}
    return {"serviced_requests": [{**item, **changes}]}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"serviced_requests": None},
        {"serviced_requests": ["0"]},
        answer(body="***"),
        answer(status_code="two hundred"),
        answer(status_code=None),
        answer(headers=[{"value": "x"}]),
    ],
)
def test_an_item_that_is_not_whole_has_no_answer(body: Mapping[str, Any]) -> None:
    assert answers_of(body) == {}


def test_an_items_answer_is_read_like_any_other() -> None:
    read = answers_of(answer(status_code="404", headers=[{"name": "x-total-count", "value": "7"}]))["0"]
    assert (read.status_code, read.headers["X-Total-Count"], read.json()) == (404, "7", {"result": []})


def test_a_batch_has_text_ids_and_relative_addresses() -> None:
    body = json.loads(batch_of({"3": Question("incident", "state=1^ORstate=2", ("state",), 5)}))
    (item,) = body["rest_requests"]
    assert (item["id"], item["method"]) == ("3", "GET")
    assert item["url"].startswith("/api/now/table/incident?sysparm_query=state%3D1%5EORstate%3D2&")
    with pytest.raises(Rejected):
        batch_of({"3": Question("incident?x", "", (), 5)})
