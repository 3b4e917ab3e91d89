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

from watchkeeper.errors import AuthFailed, Config, Protocol
from watchkeeper.model.capabilities import Identity, ProbeOutcome
from watchkeeper_sentinel import SentinelConfig, SentinelConnector, open_connector
from watchkeeper_sentinel.probes import lag_probe, onboarding, rights_probe

WORKSPACE = f"{ARM}{CONFIG.workspace_path}"
FORBIDDEN = {"error": {"code": "AuthorizationFailed", "message": "does not have authorization"}}
LAG_COLUMNS = {"TimeGenerated": "datetime", "LastModifiedTime": "datetime", "Ingested": "datetime"}
RESPONDER = {
    "actions": ["Microsoft.SecurityInsights/*/read", "Microsoft.SecurityInsights/incidents/*"],
    "notActions": ["Microsoft.SecurityInsights/incidents/*/Delete"],
}


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


def test_a_workspace_that_does_not_exist_names_the_settings(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(WORKSPACE, status=404, json={"error": {"code": "ResourceNotFound", "message": "no such workspace"}})

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
    found = opened(replace(CONFIG, workspace_id=WORKSPACE_ID), clock).probes()
    assert all(probe.remedy for probe in found if probe.outcome in {ProbeOutcome.WARN, ProbeOutcome.FAIL}), found
    return {probe.name: probe.outcome for probe in found}


def sound(server: responses.RequestsMock) -> None:
    expect_sign_in(server)
    server.get(
        WORKSPACE,
        json={"properties": {"customerId": WORKSPACE_ID}},
        headers={"Date": "Mon, 23 Nov 2026 09:00:01 GMT"},
    )
    server.get(f"{WORKSPACE}/providers/Microsoft.Authorization/permissions", json={"value": [RESPONDER]})
    server.get(INCIDENTS, json={"value": [incident()]})
    late = ("2026-11-23T08:00:00Z", "2026-11-23T08:00:00Z", "2026-11-23T08:04:30Z")
    server.post(QUERY, json=table(LAG_COLUMNS, late))


def test_a_sound_deployment_passes_every_probe(server: responses.RequestsMock) -> None:
    sound(server)

    outcomes = probed(server)
    assert set(outcomes.values()) == {ProbeOutcome.OK}
    assert len(outcomes) == 8


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
    ("grants", "outcome"),
    [
        ([RESPONDER], ProbeOutcome.OK),
        ([{"actions": ["Microsoft.SecurityInsights/*/read"]}], ProbeOutcome.WARN),
        ([{"actions": ["Microsoft.SecurityInsights/incidents/read"]}], ProbeOutcome.FAIL),
        ([RESPONDER, {"actions": ["*"], "notActions": ["Microsoft.Authorization/*/write"]}], ProbeOutcome.WARN),
        ([{"actions": ["*"], "notActions": ["Microsoft.SecurityInsights/*"]}], ProbeOutcome.FAIL),
        ([], ProbeOutcome.FAIL),
        (None, ProbeOutcome.FAIL),
        ([{"actions": "*"}, 7], ProbeOutcome.FAIL),
    ],
)
def test_rights_add_up_and_exceptions_hold_for_their_own_grant(grants: object, outcome: ProbeOutcome) -> None:
    assert rights_probe(grants).outcome is outcome


def test_an_onboarded_workspace_is_recognised_by_its_incidents_provider() -> None:
    assert onboarding([incident(providerName="microsoft xdr")]).outcome is ProbeOutcome.WARN
    assert onboarding([incident(), {}, "text"]).outcome is ProbeOutcome.OK


@pytest.mark.parametrize(
    ("lag", "outcome"),
    [(None, ProbeOutcome.WARN), (timedelta(minutes=5), ProbeOutcome.OK), (timedelta(hours=2), ProbeOutcome.WARN)],
)
def test_a_table_that_lags_is_pointed_out(lag: timedelta | None, outcome: ProbeOutcome) -> None:
    assert lag_probe(lag).outcome is outcome
