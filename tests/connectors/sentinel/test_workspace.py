from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import responses
from tests.connectors.sentinel.exchanges import (
    ARM,
    CONFIG,
    INCIDENTS,
    MONDAY,
    OUR_OBJECT_ID,
    QUERY,
    REF,
    WORKSPACE_ID,
    FixedClock,
    access_token,
    comment,
    expect_sign_in,
    expect_workspace,
    incident,
    table,
    transport,
)
from tests.scopes import shipped_scope

from watchkeeper.errors import AuthFailed, Config, Protocol
from watchkeeper.model.capabilities import Identity
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.report.checks import remedy_text
from watchkeeper.report.texts import texts_in
from watchkeeper_sentinel import SentinelConfig, SentinelConnector, open_connector
from watchkeeper_sentinel.onboarding import onboarding
from watchkeeper_sentinel.permissions import rights_probes
from watchkeeper_sentinel.probes import lag_probe

WORKSPACE = f"{ARM}{CONFIG.workspace_path}"
FORBIDDEN = {"error": {"code": "AuthorizationFailed", "message": "does not have authorization"}}
LAG_COLUMNS = {"TimeGenerated": "datetime", "LastModifiedTime": "datetime", "Ingested": "datetime"}
SCOPE = shipped_scope("sentinel")
LEAST = {"actions": sorted(SCOPE.actions), "notActions": []}
RESPONDER = {
    "actions": [
        "Microsoft.SecurityInsights/*/read",
        "Microsoft.SecurityInsights/automationRules/*",
        "Microsoft.SecurityInsights/incidents/*",
        "Microsoft.OperationalInsights/workspaces/*/read",
        "Microsoft.Authorization/*/read",
    ],
    "notActions": ["Microsoft.SecurityInsights/incidents/*/Delete"],
}
READER = {**RESPONDER, "actions": [each for each in RESPONDER["actions"] if each.endswith("/read")]}


def opened(config: SentinelConfig = CONFIG, clock: FixedClock | None = None) -> SentinelConnector:
    return open_connector(config, transport(), clock or FixedClock(), lambda: 0.0)


def test_the_workspace_is_known_by_its_customer_id_and_we_by_our_object_id(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    expect_workspace(server)

    assert connector.identity() == Identity("sentinel", WORKSPACE_ID, CONFIG.workspace_path, OUR_OBJECT_ID)
    connector.identity()
    assert sum(str(call.request.url).startswith(WORKSPACE) for call in server.calls) == 1


@pytest.mark.parametrize(
    ("token", "account"),
    [
        ("opaque", CONFIG.client_id),
        (access_token(oid=""), CONFIG.client_id),
        (access_token(upn="Keiko.Tanaka@soc.example"), "keiko.tanaka@soc.example"),
    ],
)
def test_our_account_is_what_records_show_as_the_author(
    server: responses.RequestsMock, token: str, account: str
) -> None:
    expect_sign_in(server, token)
    expect_workspace(server)

    assert opened().identity().account == account


def test_comments_of_ours_carry_our_account_whichever_id_they_show(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    by_application = {"objectId": CONFIG.client_id.upper(), "name": "Watchkeeper", "userPrincipalName": None}
    server.get(
        f"{INCIDENTS}/{REF.id}/comments",
        json={"value": [comment("x", "hello", "2026-11-23T08:00:00Z", by_application)]},
    )

    (read,) = connector.comments([REF])[REF]
    assert read.author.id == OUR_OBJECT_ID


def test_without_the_right_to_read_the_workspace_the_setting_counts(server: responses.RequestsMock) -> None:
    expect_sign_in(server)
    server.get(WORKSPACE, status=403, json=FORBIDDEN)

    assert opened(replace(CONFIG, workspace_id=WORKSPACE_ID)).identity().id == WORKSPACE_ID
    with pytest.raises(AuthFailed):
        opened().identity()


@pytest.mark.parametrize(("status", "code"), [(404, "ResourceNotFound"), (400, "InvalidSubscriptionId")])
def test_a_workspace_that_does_not_exist_names_the_settings(
    connector: SentinelConnector, server: responses.RequestsMock, status: int, code: str
) -> None:
    server.get(WORKSPACE, status=status, json={"error": {"code": code, "message": "no such workspace"}})

    with pytest.raises(Config, match=r"SENTINEL_WORKSPACE_NAME.*no such workspace"):
        connector.identity()


def test_a_workspace_without_an_id_is_no_answer(connector: SentinelConnector, server: responses.RequestsMock) -> None:
    server.get(WORKSPACE, json={"properties": {}})

    with pytest.raises(Protocol, match="customerId"):
        connector.identity()


def test_the_clock_is_asked_for_when_no_answer_has_told_it(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(
        WORKSPACE,
        json={"properties": {"customerId": WORKSPACE_ID}},
        headers={"Date": "Mon, 23 Nov 2026 11:30:00 GMT"},
    )

    assert connector.server_now() == datetime(2026, 11, 23, 11, 30, tzinfo=UTC)


def test_an_answer_without_a_date_leaves_our_own_clock(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    expect_workspace(server)

    assert connector.server_now() == MONDAY


# --- probes ---


def probed(server: responses.RequestsMock, clock: FixedClock | None = None) -> dict[str, ProbeOutcome]:
    found = opened(replace(CONFIG, workspace_id=WORKSPACE_ID), clock).probes(SCOPE)
    english = texts_in("en")
    troubles = [probe for probe in found if probe.outcome in {ProbeOutcome.WARN, ProbeOutcome.FAIL}]
    assert all(remedy_text(probe, english) for probe in troubles), troubles
    return {f"{probe.check}{probe.subject and f' {probe.subject}'}": probe.outcome for probe in found}


def sound(server: responses.RequestsMock) -> None:
    expect_sign_in(server)
    server.get(
        WORKSPACE,
        json={"properties": {"customerId": WORKSPACE_ID}},
        headers={"Date": "Mon, 23 Nov 2026 09:00:01 GMT"},
    )
    server.get(f"{WORKSPACE}/providers/Microsoft.Authorization/permissions", json={"value": [LEAST]})
    server.get(f"{ARM}{CONFIG.sentinel_path}/automationRules", json={"value": []})
    server.get(INCIDENTS, json={"value": [incident()]})
    late = ("2026-11-23T08:00:00Z", "2026-11-23T08:00:00Z", "2026-11-23T08:04:30Z")
    server.post(QUERY, json=table(LAG_COLUMNS, late))


def test_a_sound_deployment_passes_every_probe(server: responses.RequestsMock) -> None:
    sound(server)

    outcomes = probed(server)
    assert set(outcomes.values()) == {ProbeOutcome.OK}
    assert len(outcomes) == 13


def test_a_clock_that_is_off_is_pointed_out(server: responses.RequestsMock) -> None:
    sound(server)

    assert probed(server, FixedClock(MONDAY - timedelta(minutes=5)))["clock"] == ProbeOutcome.WARN


def test_each_part_that_fails_is_told_apart(server: responses.RequestsMock) -> None:
    sound(server)
    server.replace(responses.GET, INCIDENTS, status=403, json=FORBIDDEN)
    server.replace(responses.POST, QUERY, status=403, json=FORBIDDEN)

    outcomes = probed(server)
    assert [name for name, outcome in outcomes.items() if outcome is ProbeOutcome.FAIL] == ["incidents", "history"]


def test_another_workspace_than_the_configured_one_fails(server: responses.RequestsMock) -> None:
    sound(server)
    server.replace(responses.GET, WORKSPACE, json={"properties": {"customerId": "another"}})

    assert probed(server)["workspace"] is ProbeOutcome.FAIL


def test_a_wrong_secret_fails_every_probe_and_raises_nothing(server: responses.RequestsMock) -> None:
    expect_sign_in(server, status=401, json={"error": "invalid_client", "error_description": "AADSTS7000215: no"})

    assert set(probed(server).values()) == {ProbeOutcome.FAIL, ProbeOutcome.SKIPPED}


@pytest.mark.parametrize(
    ("grants", "rights", "excess", "tables"),
    [
        ([LEAST], Finding.RIGHTS_FINE, [], Finding.TABLES_NARROW),
        ([RESPONDER], Finding.RIGHTS_FINE, ["automationRules/write"], Finding.TABLES_WIDE),
        ([READER], Finding.RIGHTS_READ_ONLY, [], Finding.TABLES_WIDE),
        ([READER, LEAST], Finding.RIGHTS_FINE, [], Finding.TABLES_WIDE),
        (
            [{"actions": ["Microsoft.SecurityInsights/incidents/read"]}],
            Finding.RIGHTS_LACKING,
            [],
            Finding.TABLES_NARROW,
        ),
        ([{"actions": ["*"], "notActions": ["*"]}, 7], Finding.RIGHTS_LACKING, [], Finding.TABLES_NARROW),
        ([{"actions": "*"}], Finding.RIGHTS_LACKING, [], Finding.TABLES_NARROW),
        ([], Finding.RIGHTS_LACKING, [], Finding.TABLES_NARROW),
        (None, Finding.RIGHTS_LACKING, [], Finding.TABLES_NARROW),
    ],
)
def test_rights_add_up_and_exceptions_hold_for_their_own_grant(
    grants: object, rights: Finding, excess: list[str], tables: Finding
) -> None:
    found = {probe.check: probe for probe in rights_probes(grants, SCOPE)}
    assert found[Check.RIGHTS].finding is rights
    spare = found[Check.EXCESS].args.get("actions", "").split(", ")
    assert [action.split("Insights/")[-1] for action in spare if action] == excess
    assert found[Check.TABLES].finding is tables


def test_an_owner_may_do_all_that_we_should_not() -> None:
    found = {probe.check: probe for probe in rights_probes([{"actions": ["*"], "notActions": []}], SCOPE)}
    assert found[Check.RIGHTS].outcome is ProbeOutcome.OK
    assert set(found[Check.EXCESS].args["actions"].split(", ")) == set(SCOPE.unneeded)
    assert found[Check.EXCESS].outcome is ProbeOutcome.FAIL


def test_an_onboarded_workspace_is_told_per_mode_of_the_tasks() -> None:
    modes = {"incident": 6, "incident-task": 1, "none": 1}
    found = {probe.subject: probe.finding for probe in onboarding([incident(providerName="microsoft xdr")], modes)}
    assert found == {
        "sentinel.mode incident": Finding.PORTAL_INCIDENT,
        "sentinel.mode incident-task": Finding.PORTAL_TASK,
        "sentinel.mode none": Finding.PORTAL_NONE,
    }
    assert {probe.finding for probe in onboarding([incident(), {}, "text"], modes)} == {Finding.PORTAL_AZURE}


@pytest.mark.parametrize(
    ("lag", "outcome"),
    [(None, ProbeOutcome.WARN), (timedelta(minutes=5), ProbeOutcome.OK), (timedelta(hours=2), ProbeOutcome.WARN)],
)
def test_a_table_that_lags_is_pointed_out(lag: timedelta | None, outcome: ProbeOutcome) -> None:
    assert lag_probe(lag).outcome is outcome
