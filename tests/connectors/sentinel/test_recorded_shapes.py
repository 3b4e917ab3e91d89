"""Answers in shapes that public ones have had, redacted: each row is read, or told, and none spoils the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors.sentinel.exchanges import EVERYTHING, INCIDENT, INCIDENTS, NAME

from watchkeeper.model.population import Feed
from watchkeeper.model.record import INCIDENT_TASKS, SENTINEL, Record, Unreadable
from watchkeeper.model.scan import Page, ScanEnd
from watchkeeper_sentinel import SentinelConnector
from watchkeeper_sentinel.people import People
from watchkeeper_sentinel.records import read_row
from watchkeeper_sentinel.task_records import READ_ONLY, Shown, flatten_task, new_task, read_task_row, task_overlay

RECORDED = Path(__file__).parent / "recorded"
HOST = Shown(NAME, "7", "https://portal.azure.com/x")
TASKS = Feed(SENTINEL, INCIDENT_TASKS, frozenset({"title", "status"}), ())

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=6,
)


def recorded(name: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return answer


def scanned(connector: SentinelConnector, feed: Feed) -> tuple[list[Record], list[Unreadable], ScanEnd]:
    *pages, end = connector.scan(feed, None)
    assert isinstance(end, ScanEnd)
    found = [page for page in pages if isinstance(page, Page)]
    return (
        [record for page in found for record in page.records],
        [row for page in found for row in page.unreadable],
        end,
    )


def test_a_listing_is_read_row_by_row(connector: SentinelConnector, server: responses.RequestsMock) -> None:
    server.get(INCIDENTS, json=recorded("incidents"))

    records, unreadable, end = scanned(connector, EVERYTHING)

    assert [record.ref.id[-2:] for record in records] == ["a1", "a2", "a3", "a4"]
    assert (len(unreadable), end.complete) == (8, True)


def by_name() -> dict[str, Record]:
    rows = (read_row(item) for item in recorded("incidents")["value"])
    return {row.ref.id[-2:]: row for row in rows if isinstance(row, Record)}


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("a1", "owner.userPrincipalName", ""),
        ("a1", "description", None),
        ("a2", "classificationComment", ""),
        ("a2", "classificationReason", None),
        ("a3", "title", "4711"),
        ("a3", "severity", "High"),
        ("a3", "status", "New"),
        ("a3", "labels", ()),
        ("a4", "severity", "Critical"),
        ("a4", "status", "Triaged"),
        ("a4", "labels", ("x",)),
    ],
)
def test_what_a_row_says_is_kept(name: str, field: str, value: Any) -> None:
    assert by_name()[name].fields[field] == value


def test_what_a_row_says_of_itself_is_kept() -> None:
    rows = by_name()
    assert {name: row.number for name, row in rows.items()} == {"a1": "84", "a2": "82", "a3": "83", "a4": ""}
    assert {name: row.comments for name, row in rows.items()} == {"a1": 2, "a2": None, "a3": 3, "a4": None}
    assert {name for name, row in rows.items() if row.redirected_to} == {"a2"}
    assert rows["a2"].url == "https://security.microsoft.com/incident2/9759/overview"


@pytest.mark.parametrize("item", recorded("incidents")["value"][4:])
def test_a_row_that_cannot_be_read_says_why(item: Any) -> None:
    row = read_row(item)
    assert isinstance(row, Unreadable)
    assert row.reason


def test_tasks_are_read_row_by_row(connector: SentinelConnector, server: responses.RequestsMock) -> None:
    host = {
        "name": NAME,
        "etag": "1",
        "properties": {
            "lastModifiedTimeUtc": "2026-11-23T08:00:00Z",
            "incidentNumber": 7,
            "labels": [{"labelName": "watchkeeper-tasks"}, {"labelName": "watchkeeper-tasks:soc/2026-W48"}],
        },
    }
    server.get(INCIDENTS, json={"value": [host, {"name": "x"}, None]})
    server.get(f"{INCIDENT}/tasks", json=recorded("tasks"))

    records, unreadable, end = scanned(connector, TASKS)

    assert [(record.fields["title"], record.fields["status"]) for record in records] == [
        ("Task title", "Completed"),
        ("7", "Completed"),
        ("x", "Deferred"),
    ]
    assert (len(unreadable), end.complete) == (4, True)
    assert (records[0].updated_by, records[0].number) == ("john doe", "7")


@given(json_values)
def test_no_shape_of_a_row_is_a_traceback(item: Any) -> None:
    assert isinstance(read_row(item), Record | Unreadable)
    assert isinstance(read_task_row(item, HOST, People()), Record | Unreadable)


@given(st.dictionaries(st.text("abcXYZ", min_size=1, max_size=6), json_values, max_size=4))
def test_what_a_task_has_beside_the_known_properties_goes_back_byte_for_byte(unknown: dict[str, Any]) -> None:
    held = {**unknown, "title": "x", "status": "New", "createdBy": {"name": "x"}}

    sent = task_overlay(held, {"status": "Completed"})

    assert json.dumps(sent) == json.dumps(
        {**{name: value for name, value in held.items() if name.casefold() not in READ_ONLY}, "status": "Completed"}
    )


def test_our_line_stays_when_the_description_is_changed_and_is_not_shown_as_part_of_it() -> None:
    held = new_task({"title": "x", "description": "Do it", "status": "New"}, "soc/x@2026-11-16")

    sent = task_overlay(held, {"description": "Do it well"})

    assert sent["description"] == "Do it well\n\nwatchkeeper-key: soc/x@2026-11-16"
    assert flatten_task(sent)["description"] == "Do it well"


def test_a_task_without_a_status_is_shown_without_one() -> None:
    assert flatten_task({"title": "x"}) == {"title": "x", "description": None, "status": None}


@pytest.mark.parametrize("at", ["yesterday", "", None, 7, "0001-01-01T00:00:00Z"])
def test_a_host_whose_time_no_scan_can_go_on_from_is_read_and_the_next_scan_starts_from_now(
    connector: SentinelConnector, server: responses.RequestsMock, at: Any
) -> None:
    labels = [{"labelName": "watchkeeper-tasks"}, {"labelName": "watchkeeper-tasks:soc/2026-W48"}]
    host = {"name": NAME, "etag": "1", "properties": {"lastModifiedTimeUtc": at, "labels": labels}}
    server.get(INCIDENTS, json={"value": [host]}, headers={"Date": "Mon, 23 Nov 2026 09:00:00 GMT"})
    server.get(f"{INCIDENT}/tasks", json=recorded("tasks"), headers={"Date": "Mon, 23 Nov 2026 09:00:00 GMT"})

    records, _, end = scanned(connector, TASKS)

    assert (len(records), end.complete) == (3, True)
    assert end.watermark == '{"at":"2026-11-23T09:00:00.000000Z","hosts":{}}'


def test_a_watermark_before_which_there_is_no_time_costs_a_full_look(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENTS, json={"value": []})

    *_, end = connector.scan(TASKS, '{"at":"0001-01-01T00:00:00Z","hosts":{}}')

    assert isinstance(end, ScanEnd)
    assert (end.complete, "cannot be read" in end.reason) == (True, True)
