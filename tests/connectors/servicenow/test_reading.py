"""What comes back from an instance, and what is made of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import responses
from tests.connectors.servicenow.instance import DATE, JSON, ORIGIN, TABLE, asked, connector, listing, row

from watchkeeper.errors import AuthFailed, Protocol, Rejected, Throttled, Unavailable
from watchkeeper.model.activity import ReferenceKind, Resolved
from watchkeeper.model.record import SERVICENOW, Absent, Record, RecordRef
from watchkeeper_servicenow import client

FIELDS = frozenset({"short_description", "assigned_to"})
REF = RecordRef(SERVICENOW, "incident", f"{1:032x}")
CLOSED = {"error": {"message": "Failed API level ACL Validation", "detail": None}, "status": "failure"}
"""What a table that is closed to REST answers, to administrators as well."""


@pytest.fixture
def instance() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


def read(**more: Any) -> Record:
    record = connector().get([REF], frozenset({*FIELDS, *more.get("fields", ())}))[REF]
    assert isinstance(record, Record)
    return record


def test_a_read_names_its_fields_and_asks_for_raw_values(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(1)]))
    read()
    (parameters,) = asked(instance)
    assert parameters["sysparm_query"] == f"sys_id={REF.id}"
    assert set(parameters["sysparm_fields"].split(",")) >= {"sys_id", "sys_mod_count", *FIELDS}
    assert parameters["sysparm_limit"] == "1"
    assert parameters["sysparm_display_value"] == "false"
    assert parameters["sysparm_exclude_reference_link"] == "true"


def test_a_row_becomes_a_record(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(1, correlation_id="prod/x@2026-11-16", assigned_to="")]))
    assert read() == Record(
        ref=REF,
        number="INC0000001",
        url=f"{ORIGIN}/nav_to.do?uri=incident.do%3Fsys_id%3D{REF.id}",
        revision=read().revision,
        created_at=datetime(2026, 11, 15, tzinfo=UTC),
        updated_at=datetime(2026, 11, 16, 0, 0, 1, tzinfo=UTC),
        fields={"short_description": "Alert 1", "assigned_to": ""},
        updated_by="keiko.tanaka",
        marker="prod/x@2026-11-16",
        ours=True,
    )
    assert (read().revision.token, read().revision.order) == ("3", 3)


def test_a_key_that_the_instance_left_out_is_not_an_empty_field(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(1)]))
    assert read().fields["assigned_to"] is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"link": "https://acme/x", "value": "abc"}, "abc"),
        ({"display_value": "Keiko", "value": "abc", "link": "x"}, "abc"),
        ("", ""),
        (True, "true"),
        (-5.0, "-5.0"),
        (None, None),
        (["x"], None),
        ("a\x00b\ud800", "a\ufffdb\ufffd"),
    ],
)
def test_values_of_any_shape_become_text(instance: responses.RequestsMock, value: Any, text: str | None) -> None:
    instance.get(TABLE, **listing([row(1, assigned_to=value)]))
    assert read().fields["assigned_to"] == text


def test_rows_that_were_not_asked_for_are_not_taken(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(2), row(3)]))
    (answer,) = connector().get([REF], FIELDS).values()
    assert isinstance(answer, Absent)


@pytest.mark.parametrize("name", ["INC0000001", f"{1:032x}"])
def test_a_ticket_that_was_named_is_not_another_one(instance: responses.RequestsMock, name: str) -> None:
    """A condition that the instance does not take brings everything."""
    instance.get(TABLE, **listing([row(2), row(1), row(3)]))
    (found,) = connector().look_up("incident", name, FIELDS)
    assert found.ref == REF


def test_side_tables_are_read_in_an_order_that_has_no_ties(instance: responses.RequestsMock) -> None:
    """Pages by offset overlap and lose rows otherwise."""
    users = re.compile(rf"{ORIGIN}/api/now/table/sys_user(_grmember)?\b")
    instance.get(users, **listing([{"sys_id": "1" * 32, "user_name": "keiko.tanaka", "user": "1" * 32}]))
    connector().principals(["keiko.tanaka"])
    orders = [re.findall(r"ORDERBY(\w+)", parameters["sysparm_query"]) for parameters in asked(instance)]
    assert orders == [["user_name", "sys_id"], ["sys_id"]]


def test_a_malformed_id_is_absent_without_a_call(instance: responses.RequestsMock) -> None:
    ref = RecordRef(SERVICENOW, "incident", "1^NQactive=true")
    assert isinstance(connector().get([ref], FIELDS)[ref], Absent)
    assert asked(instance) == []


def test_many_ids_are_read_in_calls_whose_addresses_stay_short(instance: responses.RequestsMock) -> None:
    """One batch; and where the instance refuses batches, a call for each part."""
    instance.post(f"{ORIGIN}/api/now/v1/batch", json=CLOSED, status=403)
    instance.get(TABLE, **listing([]))
    refs = [RecordRef(SERVICENOW, "incident", f"{number:032x}") for number in range(100)]
    asked_of = connector()
    for _ in range(2):
        assert set(asked_of.get(refs, FIELDS)) == set(refs)
    assert [call.request.method for call in instance.calls] == ["POST", *["GET"] * 6]
    assert all(len(call.request.url or "") < 2048 for call in instance.calls)
    batch = json.loads(instance.calls[0].request.body or b"")
    assert [item["method"] for item in batch["rest_requests"]] == ["GET"] * 3
    assert all(len(item["url"]) < 2048 for item in batch["rest_requests"])


def test_a_batch_holds_no_more_reads_than_fit_into_its_half_minute(instance: responses.RequestsMock) -> None:
    instance.post(f"{ORIGIN}/api/now/v1/batch", json={"serviced_requests": [], "unserviced_requests": []})
    instance.get(TABLE, **listing([]))
    connector().get([RecordRef(SERVICENOW, "incident", f"{number:032x}") for number in range(500)], FIELDS)
    batches = [json.loads(call.request.body or b"") for call in instance.calls if call.request.method == "POST"]
    assert [len(batch["rest_requests"]) for batch in batches] == [10, 5]


BAD_LISTS: list[dict[str, Any]] = [
    {"body": b'{"result":[{"sys_id":"1"},""],"error":{"message":"Transaction cancelled"},"status":"failure"}'},
    {"body": b'{"result":[{"sys_id":"1"},""],"error":{"message":"Transaction cancelled"'},
    {"body": b'{"result":[{"sys_id":"1"}'},
    {"body": b'{"result":[{"number":"INC1"}]}'},
    {"body": b'{"result":[{"sys_id":""}]}'},
    {"body": b'{"result":["x"]}'},
    {"body": b'{"result":{"sys_id":"1"}}'},
    {"body": b'{"result":[],"status":"failure"}'},
    {"body": b"{}"},
    {"body": b""},
    {"body": b"<html><title>Instance Hibernating page</title></html>", "content_type": "text/html"},
]


@pytest.mark.parametrize("answer", BAD_LISTS, ids=range(len(BAD_LISTS)))
def test_a_success_that_is_not_a_whole_list_of_records_is_never_data(
    instance: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    instance.get(TABLE, **{"content_type": JSON, **answer})
    with pytest.raises(Protocol):
        connector().get([REF], FIELDS)


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (400, "Invalid table incident", Rejected),
        (401, "User Not Authenticated", AuthFailed),
        (403, "Insufficient rights to query records", AuthFailed),
        (403, "Failed API level ACL Validation", AuthFailed),
        (429, "Rate limit exceeded", Throttled),
        (500, "Transaction cancelled: maximum execution time exceeded", Unavailable),
        (202, "dropped", Unavailable),
    ],
)
def test_a_refusal_keeps_the_instances_words(
    instance: responses.RequestsMock, status: int, message: str, error: type[Exception]
) -> None:
    instance.get(TABLE, json={"error": {"message": message, "detail": None}, "status": "failure"}, status=status)
    with pytest.raises(error, match=message):
        connector().get([REF], FIELDS)


def test_an_instance_that_cannot_be_reached_is_unavailable(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, body=requests.ConnectTimeout("no route"))
    with pytest.raises(Unavailable, match="cannot connect"):
        connector().get([REF], FIELDS)


@pytest.mark.parametrize("count", ["²", "-1", "1.0", "9" * 5000])
def test_a_revision_that_is_no_count_is_refused_in_a_short_text(instance: responses.RequestsMock, count: str) -> None:
    instance.get(TABLE, **listing([row(1, sys_mod_count=count)]))
    with pytest.raises(Rejected, match="sys_mod_count") as refused:
        connector().get([REF], FIELDS)
    assert len(str(refused.value)) < 300
    assert (refused.value.attempt.system, refused.value.attempt.record) == ("servicenow", REF.id)


def test_a_group_that_a_widened_query_brought_does_not_count(instance: responses.RequestsMock) -> None:
    groups = [row(1, name="SOC", active="false"), row(2, name="Other", active="true")]
    instance.get(f"{ORIGIN}/api/now/table/sys_user_group", **listing(groups, total=2))
    assert connector().resolve(ReferenceKind.GROUP, ["SOC"])["SOC"].outcome is Resolved.NONE


def test_a_closed_side_table_costs_only_what_it_would_tell(instance: responses.RequestsMock) -> None:
    for table in ("sys_properties", "sys_user", "sys_user_group", "sys_audit"):
        instance.get(f"{ORIGIN}/api/now/table/{table}", json=CLOSED, status=403, headers={"Date": DATE})
    instance.get(f"{ORIGIN}/api/now/table/sys_journal_field", **listing([], total=0))
    asked_of = connector()

    report = asked_of.activity("incident", datetime(2026, 11, 15, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))

    assert asked_of.identity().id == "acme.service-now.com"
    assert asked_of.resolve(ReferenceKind.GROUP, ["SOC"])["SOC"].outcome is Resolved.UNVERIFIABLE
    assert not report.readable
    assert "sys_audit" in report.reason


def test_a_closed_main_table_is_for_an_operator_to_open(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, json=CLOSED, status=403)
    with pytest.raises(AuthFailed):
        connector().get([REF], FIELDS)


@pytest.mark.parametrize("missing", ["sys_mod_count", "sys_updated_on", "sys_created_on"])
def test_a_record_without_its_revision_or_times_is_refused_by_name(
    instance: responses.RequestsMock, missing: str
) -> None:
    instance.get(TABLE, **listing([row(1, **{missing: ""})]))
    with pytest.raises(Rejected, match=missing):
        connector().get([REF], FIELDS)


def test_the_clock_is_the_instances_date(instance: responses.RequestsMock) -> None:
    """And not ours, which says 00:30."""
    ahead = {**listing([]), "headers": {"Date": "Mon, 16 Nov 2026 03:07:00 GMT"}}
    instance.get(f"{ORIGIN}/api/now/table/sys_user", **ahead)
    assert connector().server_now() == datetime(2026, 11, 16, 3, 7, tzinfo=UTC)


def test_only_records_with_the_very_marker_are_found(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(1, correlation_id="a"), row(2, correlation_id="A"), row(3, correlation_id="b")]))
    found = connector().find("incident", ["a", "c"], FIELDS)
    assert {marker: [record.number for record in records] for marker, records in found.items()} == {
        "a": ["INC0000001"],
        "c": [],
    }


def test_several_records_with_one_marker_are_all_reported_oldest_first(instance: responses.RequestsMock) -> None:
    late, early = row(1, correlation_id="a"), row(2, correlation_id="a", sys_created_on="2026-11-01 00:00:00")
    instance.get(TABLE, **listing([late, early]))
    found = connector().find("incident", ["a"], FIELDS)
    assert [record.number for record in found["a"]] == ["INC0000002", "INC0000001"]


def test_no_question_is_asked_about_an_empty_marker(instance: responses.RequestsMock) -> None:
    with pytest.raises(Rejected):
        connector().find("incident", [""], FIELDS)
    assert asked(instance) == []


def test_an_answer_without_an_end_is_given_up(
    instance: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MOST_ROWS", 3)
    for number in range(5):
        journal = {"sys_id": f"{number:032x}", "element_id": REF.id, "element": "work_notes", "name": "incident"}
        instance.get(f"{ORIGIN}/api/now/table/sys_journal_field", **listing([journal], total=1000))
    with pytest.raises(Protocol, match="more than 3 rows for one question"):
        connector(page_size=1).comments([REF])
    assert len(instance.calls) == 4


def test_a_sign_in_that_ends_before_the_near_names_are_read_is_raised(instance: responses.RequestsMock) -> None:
    groups = f"{ORIGIN}/api/now/table/sys_user_group"
    instance.get(groups, **listing([], total=0))
    instance.get(groups, status=401, json={"error": {"message": "User Not Authenticated"}})
    with pytest.raises(AuthFailed):
        connector().resolve(ReferenceKind.GROUP, ["SOC"])
