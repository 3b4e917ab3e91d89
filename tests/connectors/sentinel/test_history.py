from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors.sentinel.exchanges import NAME, OTHER, incident

from watchkeeper.model.activity import Activity
from watchkeeper.model.identity import chosen_uuid
from watchkeeper.model.record import Record
from watchkeeper_sentinel.history import WATCHED, HistoryRow, changes, lagging, maker_of_ours, untold
from watchkeeper_sentinel.kql import guid_list
from watchkeeper_sentinel.people import People
from watchkeeper_sentinel.records import read_record

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BLANK = dict.fromkeys(WATCHED, "")
MARKER = "soc/escalation-audit/all@2026-11-23"


def state(minute: int, name: str = NAME, *, by: str = "ava@soc.example", written: int = 0, **fields: str) -> HistoryRow:
    at = START + timedelta(minutes=minute)
    return HistoryRow(
        name, at, at.isoformat(), at + timedelta(minutes=written), START - timedelta(days=1), by, {**BLANK, **fields}
    )


def told(rows: list[HistoryRow], *baseline: HistoryRow) -> list[tuple[str, str, str, str]]:
    deeds: list[Activity] = list(changes(rows, {row.name: row for row in baseline}, People()))
    return [(deed.author.id, deed.field, deed.old, deed.new) for deed in deeds]


def test_each_change_is_the_difference_from_the_state_before_it() -> None:
    rows = [state(2, status="Closed", by="liam@soc.example"), state(1, status="Active")]

    assert told(rows, state(0, status="New")) == [
        ("ava@soc.example", "status", "New", "Active"),
        ("liam@soc.example", "status", "Active", "Closed"),
    ]


def test_a_row_that_changes_nothing_that_people_set_is_no_deed() -> None:
    assert told([state(1, status="New")], state(0, status="New")) == []


def test_incidents_are_compared_with_themselves_only() -> None:
    rows = [state(1, status="Closed"), state(2, OTHER, status="New")]

    assert told(rows, state(0, status="New"), state(0, OTHER, status="New")) == [
        ("ava@soc.example", "status", "New", "Closed")
    ]


def test_of_two_rows_about_one_change_the_one_written_last_counts() -> None:
    rows = [state(1, status="Active", written=9), state(1, status="Half-way", written=2)]

    assert told(rows, state(0, status="New")) == [("ava@soc.example", "status", "New", "Active")]


def test_a_new_owner_is_one_deed_and_not_two() -> None:
    owner = {"owner.userPrincipalName": "ava@soc.example", "owner.objectId": "1"}

    assert told([state(1, **owner)], state(0)) == [
        ("ava@soc.example", "owner.userPrincipalName", "", "ava@soc.example")
    ]


def test_a_first_state_without_one_before_it_shows_no_change() -> None:
    assert told([state(1, status="New"), state(2, status="Active")]) == [("ava@soc.example", "status", "New", "Active")]


@given(st.permutations(range(6)))
def test_the_order_in_which_rows_arrive_does_not_matter(order: list[int]) -> None:
    rows = [state(number, OTHER if number % 2 else NAME, status=str(number // 2)) for number in range(6)]

    assert told([rows[index] for index in order]) == told(rows)


def test_an_old_incident_without_an_earlier_state_cannot_be_told() -> None:
    rows = [state(1), state(1, OTHER)]

    assert untold(rows, {OTHER: state(0, OTHER)}, START) == {NAME}
    assert untold(rows, {}, START - timedelta(days=2)) == frozenset()


def record(modified: str) -> Record:
    return read_record(incident(lastModifiedTimeUtc=modified))


@pytest.mark.parametrize(
    ("modified", "behind"),
    [
        ("2026-11-23T08:05:00Z", {NAME}),
        ("2026-11-23T08:01:00Z", set()),
        ("2026-11-23T12:00:00Z", set()),
        ("2026-11-23T07:00:00Z", set()),
    ],
)
def test_a_change_in_the_window_that_the_table_does_not_show_is_lag(modified: str, behind: set[str]) -> None:
    assert lagging([record(modified)], [state(1)], START, START + timedelta(hours=1)) == behind


def own(**cells: str) -> dict[str, str]:
    labels = f'[{{"labelName": "watchkeeper-key:{MARKER}"}}]'
    return {"IncidentName": str(chosen_uuid(MARKER)), "Labels": labels, "ModifiedBy": "Watchkeeper", **cells}


def test_the_maker_of_an_incident_that_only_we_can_make_is_us() -> None:
    assert maker_of_ours(own()) == "Watchkeeper"


@pytest.mark.parametrize("cells", [own(IncidentName=NAME), own(Labels="[]"), own(ModifiedBy="ava@soc.example"), {}])
def test_a_copied_label_or_a_persons_name_never_makes_somebody_us(cells: dict[str, str]) -> None:
    assert maker_of_ours(cells) == ""


@pytest.mark.parametrize("name", ["x", "", '73e01a99"])', "*"])
def test_nothing_but_guids_goes_into_a_query(name: str) -> None:
    with pytest.raises(ValueError):
        guid_list([name])
