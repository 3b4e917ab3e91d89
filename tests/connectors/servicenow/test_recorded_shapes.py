"""Answers in shapes that public ones have had, made up anew: each row is read, or told, and none spoils the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors.servicenow.instance import ORIGIN, TABLE, connector, listing

from watchkeeper.errors import Protocol
from watchkeeper.model.activity import ActivityReport
from watchkeeper.model.population import Feed
from watchkeeper.model.record import SERVICENOW, Record, RecordRef, Unreadable
from watchkeeper.model.scan import Page, ScanEnd
from watchkeeper_servicenow.rows import record_of, row_of

RECORDED = Path(__file__).parent / "recorded"
FIELDS = frozenset(
    {
        "short_description",
        "state",
        "active",
        "assigned_to",
        "close_code",
        "work_notes",
        "cmdb_ci",
        "sys_domain",
        "sla_due",
    }
)
EVERYTHING = Feed(SERVICENOW, "incident", FIELDS, ())
PERSON, GONE = f"{0xAA:032x}", f"{0xBB:032x}"
FIRST = RecordRef(SERVICENOW, "incident", f"{1:032x}")
WINDOW = (datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 16, 1, tzinfo=UTC))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["value", "display_value", "link"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture
def instance() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


def recorded(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))["result"]
    return rows


def scanned(instance: responses.RequestsMock) -> tuple[dict[int, Record], dict[int, str], ScanEnd]:
    """The records and the reasons against the others, by the number in the sys_id."""
    rows = recorded("incidents")
    instance.get(TABLE, **listing(rows, total=len(rows)))
    *pages, end = connector().scan(EVERYTHING, None)
    assert isinstance(end, ScanEnd)
    found = [page for page in pages if isinstance(page, Page)]
    records = {int(record.ref.id, 16): record for page in found for record in page.records}
    reasons = {int(row.ref.id, 16): row.reason for page in found for row in page.unreadable}
    return records, reasons, end


def test_a_listing_is_read_row_by_row(instance: responses.RequestsMock) -> None:
    records, reasons, end = scanned(instance)
    assert (sorted(records), sorted(reasons), end.complete) == ([*range(1, 6)], [*range(6, 14)], True)


@pytest.mark.parametrize(
    ("number", "field", "value"),
    [
        (1, "assigned_to", PERSON),
        (2, "short_description", "Row 2"),
        (2, "state", "2"),
        (2, "assigned_to", PERSON),
        (2, "close_code", ""),
        (2, "sla_due", ""),
        (2, "work_notes", ""),
        (3, "assigned_to", "glide.maint"),
        (3, "sys_domain", "global"),
        (3, "cmdb_ci", GONE),
        (4, "state", "-5.0"),
        (4, "active", "true"),
        (4, "short_description", "4711"),
        (4, "close_code", None),
        (5, "state", "42"),
        (5, "assigned_to", None),
        (5, "close_code", None),
    ],
)
def test_what_a_row_says_is_kept(instance: responses.RequestsMock, number: int, field: str, value: str | None) -> None:
    records, _, _ = scanned(instance)
    assert records[number].fields[field] == value


def test_what_a_row_says_of_itself_is_kept(instance: responses.RequestsMock) -> None:
    records, _, _ = scanned(instance)
    assert {number: record.revision.token for number, record in records.items()} == dict.fromkeys((1, 2, 3, 5), "3") | {
        4: "4"
    }
    assert records[2].updated_at == datetime(2026, 11, 16, 0, 0, 2, tzinfo=UTC)
    assert all(record.ours for record in records.values())


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (6, "sys_mod_count is not readable"),
        (7, "sys_mod_count is '3.5', not a number"),
        (8, "sys_created_on is not readable"),
        (9, "16.11.2026 09:00:09"),
        (10, "sys_updated_on is not readable"),
        (11, "correlation_id is not readable"),
        (12, "correlation_display is not readable"),
        (13, "sys_mod_count is not readable"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(instance: responses.RequestsMock, number: int, told: str) -> None:
    _, reasons, _ = scanned(instance)
    assert told in reasons[number]


def asked(instance: responses.RequestsMock, journal: str, audit: str) -> ActivityReport:
    for table, rows in (("sys_journal_field", recorded(journal)), ("sys_audit", recorded(audit))):
        instance.get(f"{ORIGIN}/api/now/table/{table}", **listing(rows, total=len(rows)))
    return connector().activity("incident", *WINDOW, [FIRST.id])


def test_deeds_are_read_in_every_shape(instance: responses.RequestsMock) -> None:
    report = asked(instance, "journal", "audit")
    assert (report.readable, report.reason) == (True, "")
    assert [(deed.author.id, deed.field, deed.old, deed.new) for deed in report.activities] == [
        ("person.one", "work_notes", "", ""),
        ("person.one", "work_notes", "", ""),
        ("", "work_notes", "", ""),
        ("person.one", "u_notes", "", ""),
        ("person.one", "state", "1", "2"),
        ("person.one", "state", "", "2"),
        ("person.one", "active", "true", "false"),
        ("person.one", "u_new", "", "-5.0"),
        ("person.one", "assigned_to", "", PERSON),
    ]


def test_a_deed_that_cannot_be_read_is_told_and_the_others_are_kept(instance: responses.RequestsMock) -> None:
    report = asked(instance, "journal-damaged", "audit-damaged")
    assert [(deed.field, deed.at.minute) for deed in report.activities] == [("work_notes", 1), ("state", 11)]
    assert not report.readable
    assert report.reason.split("; ") == [
        "a row of sys_journal_field came without its text, table or time",
        "a row of sys_audit came without its user, table or time",
    ]


def test_notes_are_read_in_every_shape(instance: responses.RequestsMock) -> None:
    rows = recorded("journal")
    instance.get(f"{ORIGIN}/api/now/table/sys_journal_field", **listing(rows, total=len(rows)))
    notes = connector().comments([FIRST])[FIRST]
    assert [note.text for note in notes] == ["Note 1", "Note 2", "ends in blank lines\n\n"]
    assert [note.author.id for note in notes] == ["person.one", "person.one", ""]


def test_a_note_without_its_time_is_told_for_its_record(instance: responses.RequestsMock) -> None:
    rows = recorded("journal-damaged")
    instance.get(f"{ORIGIN}/api/now/table/sys_journal_field", **listing(rows, total=len(rows)))
    with pytest.raises(Protocol, match=rf"a work note of {FIRST.id} cannot be read: sys_created_on is") as caught:
        connector().comments([FIRST])
    assert caught.value.attempt.record == FIRST.id


def test_a_page_that_ends_with_an_unreadable_time_is_followed_by_the_next(instance: responses.RequestsMock) -> None:
    """The place to go on from is the last row that has a time; what has none moves the reading by its place in the list."""
    rows = recorded("incidents")
    instance.get(TABLE, **listing([rows[0], rows[8]], total=3))
    instance.get(TABLE, **listing([rows[2]], total=1))
    *pages, end = connector(page_size=2).scan(EVERYTHING, None)
    assert isinstance(end, ScanEnd)
    assert [int(row.ref.id, 16) for page in pages if isinstance(page, Page) for row in page.unreadable] == [9]
    assert [int(record.ref.id, 16) for page in pages if isinstance(page, Page) for record in page.records] == [1, 3]
    assert end.complete


@given(st.dictionaries(st.sampled_from(sorted(recorded("incidents")[0])), json_values))
def test_no_shape_of_a_row_is_a_traceback(changes: dict[str, Any]) -> None:
    row = row_of({**recorded("incidents")[0], **changes})
    try:
        read: Record | Unreadable = record_of(row, "incident", FIELDS, ORIGIN)
    except ValueError as error:
        read = Unreadable(FIRST, str(error))
    assert isinstance(read, Record) or read.reason
