"""azure-monitor-query's LogsQueryClient with azure-identity's ClientSecretCredential, as Microsoft publishes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import HttpResponseError
from azure.monitor.query import LogsBatchQuery, LogsQueryClient, LogsQueryError, LogsQueryResult, LogsQueryStatus
from tests.contract.azure.conftest import OPTIONS, Clients

from watchkeeper.emulators.clock import FIRST_MONDAY

pytestmark = pytest.mark.interop

WORKSPACE = OPTIONS.workspace_id
LATEST = "SecurityIncident | summarize arg_max(LastModifiedTime, *) by IncidentName | where Status != 'Deleted'"


@pytest.fixture
def logs(clients: Clients) -> Iterator[LogsQueryClient]:
    clients.served.world.clock.set(FIRST_MONDAY)
    with clients.logs() as client:
        yield client


def asked(logs: LogsQueryClient, query: str, timespan: object = timedelta(days=1)) -> list[dict[str, object]]:
    answer = logs.query_workspace(WORKSPACE, query, timespan=timespan)  # type: ignore[arg-type]
    assert isinstance(answer, LogsQueryResult)
    assert answer.status is LogsQueryStatus.SUCCESS
    (table,) = answer.tables
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_latest_states_arrive_typed_after_the_lag(logs: LogsQueryClient, clients: Clients) -> None:
    clients.arm_system.seed({"provider": "xdr", "labels": ["vip"], "name": "one"})
    clients.arm_system.people({"who": "keiko.tanaka", "do": "comment", "incident": 1, "text": "looking"})
    assert asked(logs, LATEST) == []
    clients.served.world.clock.advance(timedelta(minutes=5))
    (row,) = asked(logs, LATEST)
    assert row["IncidentNumber"] == 1
    assert isinstance(row["TimeGenerated"], datetime)
    assert row["CreatedTime"] == FIRST_MONDAY
    assert row["ClosedTime"] is None
    assert row["ModifiedBy"] == "keiko.tanaka@soc.example"
    assert json.loads(str(row["Comments"]))[0]["Message"] == "looking"
    assert {label["labelName"] for label in json.loads(str(row["Labels"]))} == {"Defender", "vip"}


def test_every_form_of_timespan_is_understood(logs: LogsQueryClient, clients: Clients) -> None:
    clients.arm_system.seed({"count": 2})
    clients.served.world.clock.advance(timedelta(hours=30))
    count = "SecurityIncident | count"
    start, end = FIRST_MONDAY - timedelta(minutes=1), FIRST_MONDAY + timedelta(minutes=1)
    assert asked(logs, count, timedelta(days=1)) == [{"Count": 0}]
    assert asked(logs, count, timedelta(days=2)) == [{"Count": 2}]
    assert asked(logs, count, (start, end)) == [{"Count": 2}]
    assert asked(logs, count, (start, timedelta(minutes=2))) == [{"Count": 2}]
    assert asked(logs, count, (start - timedelta(days=2), start)) == [{"Count": 0}]
    assert asked(logs, count, None) == [{"Count": 2}]


def test_a_bad_query_raises_with_the_deepest_reason(logs: LogsQueryClient) -> None:
    with pytest.raises(HttpResponseError) as refused:
        logs.query_workspace(WORKSPACE, "SecurityIncident | whre 1", timespan=None)
    assert refused.value.status_code == 400
    assert "BadArgumentError" in str(refused.value)
    assert "could not be parsed at 'whre'" in str(refused.value)


def test_a_semantic_error_names_the_column(logs: LogsQueryClient) -> None:
    with pytest.raises(HttpResponseError, match="Failed to resolve column or scalar expression named 'Nope'"):
        logs.query_workspace(WORKSPACE, "SecurityIncident | where Nope == 1", timespan=None)


def test_a_batch_answers_good_and_bad_items_in_their_order(logs: LogsQueryClient, clients: Clients) -> None:
    queries = [
        LogsBatchQuery(WORKSPACE, "SecurityIncident | count", timespan=timedelta(days=1)),
        LogsBatchQuery(WORKSPACE, "Nowhere", timespan=None),
        LogsBatchQuery(WORKSPACE, "print x = 1", timespan=None),
    ]
    first, second, third = logs.query_batch(queries)
    assert isinstance(first, LogsQueryResult)
    assert isinstance(second, LogsQueryError)
    assert isinstance(third, LogsQueryResult)
    assert third.tables[0].rows[0]["x"] == 1
    entries = [entry for entry in clients.served.world.log.entries() if entry.system == "loganalytics"]
    assert entries[0].path == "/v1/$batch"


def test_an_alert_is_joined_to_its_incident(logs: LogsQueryClient, clients: Clients) -> None:
    """As public queries do it: the ids of the incident's alerts, spread out."""
    clients.arm_system.seed({"alerts": [{"title": "Phish", "accounts": ["a@x.example"]}]})
    clients.served.world.clock.advance(timedelta(minutes=6))
    found = asked(
        logs,
        "let ids = SecurityIncident | mv-expand Id = AlertIds to typeof(string) | project Id; "
        "SecurityAlert | where SystemAlertId in (ids) | mv-expand E = todynamic(Entities) | project AlertName, Name = tostring(E.Name)",
        None,
    )
    assert found == [{"AlertName": "Phish", "Name": "a"}]


def test_statistics_come_when_asked_for(logs: LogsQueryClient) -> None:
    answer = logs.query_workspace(WORKSPACE, "print 1", timespan=None, include_statistics=True, server_timeout=60)
    assert isinstance(answer, LogsQueryResult)
    assert answer.statistics


def test_every_column_type_arrives_as_its_python_type(logs: LogsQueryClient) -> None:
    (row,) = asked(
        logs,
        "print s = 'a', l = 1, r = 1.5, b = true, d = datetime(2026-11-16T09:00:00.1234567Z), t = 90m, "
        "x = dynamic({'a': [1]}), n = long(null), nd = datetime(null)",
    )
    assert row == {
        "s": "a",
        "l": 1,
        "r": 1.5,
        "b": True,
        "d": datetime(2026, 11, 16, 9, 0, 0, 123456, UTC),
        "t": "01:30:00",
        "x": '{"a":[1]}',
        "n": None,
        "nd": None,
    }


def test_a_query_can_aim_at_the_resource(logs: LogsQueryClient) -> None:
    resource = (
        f"/subscriptions/{OPTIONS.subscription_id}/resourceGroups/{OPTIONS.resource_group}"
        f"/providers/Microsoft.OperationalInsights/workspaces/{OPTIONS.workspace_name}"
    )
    answer = logs.query_resource(resource, "print x = 1", timespan=None)
    assert isinstance(answer, LogsQueryResult)


def test_another_workspace_is_refused(logs: LogsQueryClient) -> None:
    with pytest.raises(HttpResponseError) as refused:
        logs.query_workspace("00000000-0000-0000-0000-000000000001", "print 1", timespan=None)
    assert refused.value.status_code == 404


def test_a_wrong_secret_shows_the_aadsts_text(clients: Clients) -> None:
    """This client turns azure-identity's ClientAuthenticationError into its base class; the text is what remains."""
    with (
        clients.logs(clients.credential(secret="wrong")) as stranger,
        pytest.raises(HttpResponseError, match="AADSTS7000215"),
    ):
        stranger.query_workspace(WORKSPACE, "print 1", timespan=None)


def test_one_credential_fetches_one_token_per_audience(clients: Clients) -> None:
    credential = clients.credential()
    with clients.logs(credential) as logs, clients.sentinel(credential) as sentinel:
        for _ in range(3):
            logs.query_workspace(WORKSPACE, "print 1", timespan=None)
            list(sentinel.incidents.list(OPTIONS.resource_group, OPTIONS.workspace_name))
    tokens = [
        entry for entry in clients.served.world.log.entries() if entry.system == "entra" and entry.method == "POST"
    ]
    assert len(tokens) == 2
