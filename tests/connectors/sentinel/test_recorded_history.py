"""Rows of the SecurityIncident table in shapes that public ones have had, made up anew: each is read, or told for its incident."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from requests import PreparedRequest
from tests.connectors.sentinel.exchanges import INCIDENTS, MONDAY, QUERY, expect_workspace, table

from watchkeeper.model.activity import ActivityReport
from watchkeeper_sentinel import SentinelConnector
from watchkeeper_sentinel.history import HistoryRow, maker_of_ours, read_history_row

RECORDED = Path(__file__).parent / "recorded"
NOTHING = table({"IncidentName": "string", "Labels": "dynamic", "ModifiedBy": "string"})
LABELS_CUT = table(
    {"IncidentName": "string", "Labels": "dynamic", "ModifiedBy": "string"},
    ("00000000-0000-0000-0000-0000000000a1", '[{"labelName"', "watchkeeper"),
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=6,
)


def recorded(name: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return answer


def told(
    connector: SentinelConnector, server: responses.RequestsMock, rows: str, ours: dict[str, Any] = NOTHING
) -> ActivityReport:
    expect_workspace(server)
    server.get(INCIDENTS, json={"value": []})

    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        query = json.loads(request.body or b"")["query"]
        answers = {"between": recorded(rows), "arg_max": recorded("history-before")}
        found = next((answer for word, answer in answers.items() if word in query), ours)
        return 200, {"Content-Type": "application/json"}, json.dumps(found)

    server.add_callback(responses.POST, QUERY, answer)
    return connector.activity("incidents", MONDAY - timedelta(days=1), MONDAY, None)


def deeds(report: ActivityReport) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for deed in report.activities:
        found.setdefault(deed.ref.id[-2:], []).append((deed.field, deed.new))
    return {name: sorted(changes) for name, changes in found.items()}


def test_a_row_is_read_in_every_shape(connector: SentinelConnector, server: responses.RequestsMock) -> None:
    taken = [("labels", "vip"), ("owner.userPrincipalName", "person.one@soc.example"), ("status", "Active")]

    found = deeds(told(connector, server, "history"))

    assert found["a1"] == found["a2"] == taken
    assert found["a3"] == [("severity", "Critical"), ("status", "Triaged")]
    assert found["a4"] == [("classification", "NewClass"), ("status", "Closed")]
    assert found["a5"] == [("severity", ""), ("status", "Closed")]


def test_a_row_that_cannot_be_read_leaves_its_incident_unclear_and_no_other(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    report = told(connector, server, "history")

    assert {ref.id[-2:] for ref in report.unclear} == {"b1", "b2", "b3"}
    assert report.readable
    assert "cannot be read" in report.reason


def test_a_row_of_which_nobody_can_tell_whose_it_is_leaves_all_in_doubt(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    report = told(connector, server, "history-of-nobody")

    assert deeds(report) == {"a1": [("status", "Active")]}
    assert not report.readable
    assert "no IncidentName" in report.reason


def test_labels_that_cannot_be_read_leave_in_doubt_what_we_are_called(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    report = told(connector, server, "history", LABELS_CUT)

    assert not report.readable
    assert "a dynamic cell is not JSON" in report.reason


@pytest.mark.parametrize("read", [read_history_row, maker_of_ours])
@given(
    st.dictionaries(
        st.sampled_from(["IncidentName", "LastModifiedTime", "Owner", "Labels", "Status", "ModifiedBy", "Stamp"]),
        json_values | st.datetimes().map(lambda at: at.replace(tzinfo=MONDAY.tzinfo)),
    )
)
def test_no_shape_of_a_row_is_anything_but_read_or_refused(read: Any, cells: dict[str, Any]) -> None:
    with suppress(ValueError):
        assert isinstance(read(cells), HistoryRow | str)
