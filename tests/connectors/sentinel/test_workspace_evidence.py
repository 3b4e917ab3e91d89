"""Evidence in the shapes that the documentation prints, with odd and hostile rows beside them: each row is read, or told, and none
spoils the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors.sentinel.exchanges import (
    ARM,
    CONFIG,
    MONDAY,
    NAME,
    OTHER,
    QUERY,
    FixedClock,
    expect_sign_in,
    expect_workspace,
    sent_body,
    table,
    transport,
)
from tests.effort import tried

from watchkeeper.errors import AuthFailed, Protocol
from watchkeeper.evidence_ports import WorkspaceEvidence
from watchkeeper.model.evidence import Listing
from watchkeeper.model.workspace import AutomationFailure, AutomationRule, ClosedIncident, ContentPackage, Playbook
from watchkeeper.transport.rows import Row
from watchkeeper_sentinel import SentinelConnector, open_connector
from watchkeeper_sentinel.closed import Alert, read_alerts, read_closed
from watchkeeper_sentinel.content import automation_rule, installed_package, offer, playbook
from watchkeeper_sentinel.evidence_kql import alerts_query, closed_query
from watchkeeper_sentinel.signs import about

RECORDED = Path(__file__).parent / "recorded"
SENTINEL_PATH = f"{ARM}{CONFIG.sentinel_path}"
ALERT = "11111111-2222-4333-8444-555555555555"
INCIDENT_COLUMNS = {
    "IncidentName": "string", "IncidentNumber": "int", "Title": "string", "Severity": "string", "Classification": "string",
    "ClassificationReason": "string", "CreatedTime": "datetime", "ClosedTime": "datetime", "AlertIds": "dynamic",
    "Labels": "dynamic", "IncidentUrl": "string", "AdditionalData": "dynamic",
}  # fmt: skip
ALERT_COLUMNS = dict.fromkeys(("SystemAlertId", "AlertName", "ProviderName", "ProductName", "Entities"), "string")
FAILURE_COLUMNS = {
    "SentinelResourceName": "string", "SentinelResourceType": "string", "Status": "string", "Reason": "string",
    "Times": "long", "LastAt": "datetime",
}  # fmt: skip
HOSTILE = "Phish \u202e\x1b[2J ::error:: <img src=x onerror=alert(1)> '; SecurityIncident | take 1 //"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=6,
)


@pytest.fixture
def workspace(connector: SentinelConnector) -> WorkspaceEvidence:
    return connector.workspace


def recorded(server: responses.RequestsMock, url: str, name: str) -> None:
    server.get(url, json=json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8")))


def aside(found: Listing[Any]) -> dict[str, str]:
    return {each.place: each.why for each in found.set_aside}


def test_content_packages(server: responses.RequestsMock, workspace: WorkspaceEvidence) -> None:
    recorded(server, f"{SENTINEL_PATH}/contentPackages", "content-packages")
    recorded(server, f"{SENTINEL_PATH}/contentProductPackages", "content-product-packages")
    found = workspace.content_packages()
    assert found.rows == (
        ContentPackage("contoso.firewall", "Contoso Firewall", "Solution", "Contoso", "2.0.0", "2.1.0", None),
        ContentPackage(
            "contoso.beta", "Contoso\ufffd \ufffdBeta", "Standalone", "Contoso, Fabrikam", "0.9.0", "1.0",
            datetime(2026, 11, 2, 10, tzinfo=UTC), preview=True,
        ),
    )  # fmt: skip
    assert aside(found) == {
        "content-packages: name no-properties": "has no contentId",
        "content-packages: name no-version": "has no version",
        "content-packages: row 5": "an object was expected, not 'not an object'",
        "content-packages: name odd": "lastPublishDate is not a time: 'soon'",
    }


def test_automation_rules(server: responses.RequestsMock, workspace: WorkspaceEvidence) -> None:
    recorded(server, f"{SENTINEL_PATH}/automationRules", "automation-rules")
    found = workspace.automation_rules()
    assert found.rows == (
        AutomationRule(
            NAME, "Suspicious user sign-in events", True, datetime(2019, 1, 1, 13, 0, 30, tzinfo=UTC), "john doe", ("AlertPlaybook",)
        ),
        AutomationRule(OTHER, "Made by an application", False, None, "2046feea-040d-4a46-9e2b-91c2941bfa70", ()),
    )  # fmt: skip
    assert aside(found) == {"automation-rules: name odd": "isEnabled is not true or false: 'yes'"}


def test_playbooks(server: responses.RequestsMock, workspace: WorkspaceEvidence) -> None:
    recorded(server, f"{ARM}{CONFIG.group_path}/providers/Microsoft.Logic/workflows", "workflows")
    found = workspace.playbooks()
    first, second = found.rows
    assert first == Playbook(
        f"{CONFIG.group_path}/providers/Microsoft.Logic/workflows/test-workflow",
        "test-workflow",
        True,
        datetime(2018, 8, 9, 22, 54, 54, 353363, tzinfo=UTC),
    )
    assert (second.enabled, second.changed_at) == (False, None)
    assert aside(found) == {
        "playbooks: name no-id": "has no id",
        "playbooks: name odd": "changedTime is not a time: 'yesterday'",
    }
    (call,) = (call for call in server.calls if "Microsoft.Logic" in str(call.request.url))
    assert "api-version=2019-05-01" in str(call.request.url)


def test_automation_failures(server: responses.RequestsMock, workspace: WorkspaceEvidence) -> None:
    expect_workspace(server)
    rows = [
        (HOSTILE, "Playbook", "Failure", "PlaybookDisabled", 4, "2026-11-20T03:00:00Z"),
        ("Odd", "Playbook", "Failure", None, None, "2026-11-20T03:00:00Z"),
        ("Odd too", "Playbook", "Failure", "", 1, "soon"),
    ]
    server.post(QUERY, json=table(FAILURE_COLUMNS, *rows))
    found = workspace.automation_failures(MONDAY - timedelta(days=30))
    assert found.rows == (
        AutomationFailure(
            HOSTILE, "Playbook", "Failure", "PlaybookDisabled", 4, datetime(2026, 11, 20, 3, tzinfo=UTC)
        ),
    )  # fmt: skip
    assert aside(found) == dict.fromkeys(
        ("automation-failures: row 2", "automation-failures: row 3"), "has no count or no time"
    )
    assert "datetime(2026-10-24T09:00:00" in sent_body(server.calls[-1])["query"]


def cells(**changes: Any) -> tuple[Any, ...]:
    """One row of closed incidents."""
    usual = {
        "IncidentName": NAME.upper(), "IncidentNumber": 84, "Title": "Phishing", "Severity": "Medium",
        "Classification": "TruePositive", "ClassificationReason": "SuspiciousActivity",
        "CreatedTime": "2026-11-19T01:00:00Z", "ClosedTime": "2026-11-20T03:00:00.1234567Z", "AlertIds": f'["{ALERT}"]',
        "Labels": "[]", "IncidentUrl": "https://portal.azure.com/#asset/x", "AdditionalData": "{}",
    }  # fmt: skip
    return tuple({**usual, **changes}[name] for name in INCIDENT_COLUMNS)


def entities(*listed: dict[str, Any]) -> str:
    return json.dumps(list(listed))


def closed(
    server: responses.RequestsMock, workspace: WorkspaceEvidence, *incidents: tuple[Any, ...], told: str = "[]"
) -> Listing[ClosedIncident]:
    expect_workspace(server)
    server.post(QUERY, json=table(INCIDENT_COLUMNS, *incidents))
    server.post(QUERY, json=table(ALERT_COLUMNS, (ALERT.upper(), "Phish delivered", "OATP", "", told)))
    return workspace.closed_incidents(MONDAY - timedelta(days=30), MONDAY)


def test_a_closed_incident_with_the_entities_of_its_alert(
    server: responses.RequestsMock, workspace: WorkspaceEvidence
) -> None:
    told = entities(
        {"$id": "1", "Name": "Keiko.Tanaka", "UPNSuffix": "contoso.example", "AadUserId": "x", "Type": "account"},
        {"$id": "2", "MailboxPrimaryAddress": "keiko.tanaka@contoso.example", "Upn": "KEIKO.TANAKA@contoso.example", "Type": "mailbox"},
        {"$id": "3", "MailboxPrimaryAddress": "finance@contoso.example", "Type": "Mailbox"},
        {"$id": "4", "Recipient": "cfo@contoso.example", "Type": "mailMessage"},
        {"$id": "5", "Address": "192.0.2.7", "Type": "ip"},
        {"$id": "6", "Name": "root", "Type": "account"},
        {"$id": "7", "Sid": "S-1-5-18", "Type": "account"},
        {"$ref": "1"},
    )  # fmt: skip
    defender = '{"providerIncidentUrl": "https://security.microsoft.com/incident2/9/overview", "alertProductNames": []}'
    found = closed(server, workspace, cells(AdditionalData=defender), told=told)
    assert found.rows == (
        ClosedIncident(
            number="84",
            title="Phishing",
            about="phishing",
            severity="Medium",
            classification="TruePositive",
            reason="SuspiciousActivity",
            created_at=datetime(2026, 11, 19, 1, tzinfo=UTC),
            closed_at=datetime(2026, 11, 20, 3, 0, 0, 123456, tzinfo=UTC),
            targets=("finance@contoso.example", "keiko.tanaka@contoso.example", "root"),
            url="https://security.microsoft.com/incident2/9/overview",
        ),
    )
    assert (found.set_aside, found.empty) == ((), None)


def test_an_incident_that_cannot_be_read_is_named_and_spoils_no_other(
    server: responses.RequestsMock, workspace: WorkspaceEvidence
) -> None:
    broken = cells(IncidentName=OTHER, ClosedTime=None)
    garbled = cells(IncidentName="third", Labels="[{")
    found = closed(server, workspace, broken, cells(), garbled, cells(IncidentName=None))
    assert [each.number for each in found.rows] == ["84"]
    assert aside(found) == {
        f"closed-incidents: {OTHER}": "has no ClosedTime",
        "closed-incidents: third": "Labels is not JSON: '[{'",
        "closed-incidents: a row": "has no IncidentName",
    }


def test_an_alert_whose_entities_were_cut_still_tells_what_it_is_about(
    server: responses.RequestsMock, workspace: WorkspaceEvidence
) -> None:
    found = closed(server, workspace, cells(Title="Multi-stage incident"), told='[{"Type": "acco')
    (incident,) = found.rows
    assert (incident.about, incident.targets) == ("phishing", ())
    assert list(aside(found)) == [f"closed-incidents: alert {ALERT}"]


def test_an_incident_without_alerts_is_known_by_its_products(
    server: responses.RequestsMock, workspace: WorkspaceEvidence
) -> None:
    products = '{"alertProductNames": ["Microsoft Data Loss Prevention", 7]}'
    found = closed(server, workspace, cells(Title="One user", AlertIds=None, AdditionalData=products))
    assert [each.about for each in found.rows] == ["dlp"]


@pytest.mark.parametrize("extra", ["null", "[]", '{"alertProductNames": "DLP"}', None])
def test_additional_data_of_any_other_shape_tell_nothing(
    server: responses.RequestsMock, workspace: WorkspaceEvidence, extra: str | None
) -> None:
    found = closed(
        server, workspace, cells(Title="One user", AlertIds="{}", AdditionalData=extra, IncidentUrl="javascript:1")
    )
    assert found.rows == ()
    (titled,) = closed(server, workspace, cells(AdditionalData=extra, IncidentUrl="javascript:alert(1)")).rows
    assert titled.url == ""


def test_without_a_closed_incident_no_alert_is_asked_for(
    server: responses.RequestsMock, workspace: WorkspaceEvidence
) -> None:
    expect_workspace(server)
    server.post(QUERY, json=table(INCIDENT_COLUMNS))
    assert workspace.closed_incidents(MONDAY - timedelta(days=30), MONDAY).rows == ()
    assert sum(str(call.request.url) == QUERY for call in server.calls) == 1


def test_text_of_others_never_reaches_a_query(server: responses.RequestsMock, workspace: WorkspaceEvidence) -> None:
    found = closed(server, workspace, cells(Title=HOSTILE, IncidentName=HOSTILE, AlertIds=json.dumps([HOSTILE])))
    assert [each.title for each in found.rows] == [HOSTILE]
    sent = [sent_body(call)["query"] for call in server.calls if str(call.request.url) == QUERY]
    assert len(sent) == 2
    assert not any("onerror" in query for query in sent)


def test_the_queries_are_the_same_for_the_same_window() -> None:
    since, until, reach = MONDAY - timedelta(days=31), MONDAY, MONDAY - timedelta(days=200)
    query = alerts_query(since, until, since, reach)
    assert query == alerts_query(since, until, since, reach)
    assert closed_query(since, until, since).splitlines()[0] == "SecurityIncident"
    assert query.index("summarize arg_max(LastModifiedTime") < query.index('Status == "Closed"')


def test_another_group_or_cloud_is_asked_where_the_settings_say(server: responses.RequestsMock) -> None:
    expect_sign_in(server)
    config = replace(CONFIG, arm_endpoint="https://management.usgovcloudapi.net", resource_group="other-rg")
    server.get(
        f"https://management.usgovcloudapi.net{config.group_path}/providers/Microsoft.Logic/workflows",
        json={"value": []},
    )
    connector = open_connector(config, transport(), FixedClock(), lambda: 0.0)
    assert connector.workspace.playbooks().rows == ()


def test_a_refusal_without_a_code_of_azure_is_one_all_the_same(
    server: responses.RequestsMock, workspace: WorkspaceEvidence
) -> None:
    """A policy of the tenant or a proxy may answer 403 in words of its own."""
    server.get(f"{SENTINEL_PATH}/automationRules", status=403, json={"error": {"code": "Forbidden", "message": "No."}})
    with pytest.raises(AuthFailed, match="does not let us read automation-rules: 403"):
        workspace.automation_rules()


def test_a_list_without_value_is_no_empty_list(server: responses.RequestsMock, workspace: WorkspaceEvidence) -> None:
    server.get(f"{SENTINEL_PATH}/automationRules", json={"rules": []})
    with pytest.raises(Protocol, match="has no `value`"):
        workspace.automation_rules()


READERS: tuple[Callable[[Row], object], ...] = (installed_package, offer, automation_rule, playbook)


@tried(40)
@given(st.dictionaries(st.sampled_from(["id", "name", "properties"]), json_values), st.sampled_from(READERS))
def test_no_row_of_arm_breaks_a_reader_but_by_a_value_error(item: Any, read: Callable[[Row], object]) -> None:
    try:
        read(Row(item))
    except ValueError:
        return


@tried(40)
@given(
    st.lists(
        st.fixed_dictionaries({}, optional={name: json_values | st.just(MONDAY) for name in INCIDENT_COLUMNS}), max_size=3
    ),
    st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(ALERT_COLUMNS, json_values)), max_size=3),
)  # fmt: skip
def test_no_row_of_the_tables_breaks_the_reading(incidents: list[dict[str, Any]], alerts: list[dict[str, Any]]) -> None:
    known, _ = read_alerts(alerts)
    rows, broken = read_closed(incidents, known)
    assert len(rows) + len(broken) <= len(incidents)


@tried(40)
@given(st.text(), st.lists(st.text(max_size=12), max_size=3))
def test_a_title_about_phishing_is_about_phishing_whatever_the_products(title: str, products: list[str]) -> None:
    assert about(f"{title} Phish", products) == "phishing"
    assert about(title, products) in {"phishing", "dlp", ""}


def test_alerts_of_several_incidents_are_kept_apart() -> None:
    alerts = {"a": Alert("phishing", ("x@y.example",)), "b": Alert("dlp", ("z@y.example",))}
    usual = dict(zip(INCIDENT_COLUMNS, cells(CreatedTime=MONDAY, ClosedTime=MONDAY, Title="?"), strict=True))
    rows = [{**usual, "IncidentName": name, "IncidentNumber": name, "AlertIds": [name]} for name in ("a", "b")]
    found, _ = read_closed(rows, alerts)
    assert [(each.number, each.about, each.targets) for each in found] == [
        ("a", "phishing", ("x@y.example",)),
        ("b", "dlp", ("z@y.example",)),
    ]
