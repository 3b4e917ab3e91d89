from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from tests.unit.emulators.azure.conftest import Tenant

from watchkeeper.emulators.azure.identities import applications
from watchkeeper.emulators.azure.tokens import ExpiredToken, Tokens, UnknownToken
from watchkeeper.emulators.exchange import Request


def test_discovery_names_the_endpoints_of_the_host_that_was_asked(tenant: Tenant) -> None:
    path = f"/{tenant.options.tenant_id}/v2.0/.well-known/openid-configuration"
    answer = json.loads(tenant.entra.handle(Request("GET", "localhost:8443", path, "", {})).body)
    root = f"https://localhost:8443/{tenant.options.tenant_id}"
    assert answer["token_endpoint"] == f"{root}/oauth2/v2.0/token"
    assert answer["issuer"] == f"{root}/v2.0"
    assert answer["authorization_endpoint"].startswith(root)


def test_a_token_says_whose_it_is_and_for_which_resource(tenant: Tenant) -> None:
    claims = json.loads(base64.urlsafe_b64decode(tenant.arm_token.split(".")[1] + "=="))
    assert claims["aud"] == "https://management.azure.com"
    assert claims["appid"] == tenant.options.client_id
    assert claims["tid"] == tenant.options.tenant_id


@pytest.mark.parametrize(
    ("form", "status", "error", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": ""}, 401, "invalid_client", 7000218),
        ({"client_secret": "", "client_assertion": "no jwt"}, 401, "invalid_client", 50027),
        ({"client_id": "11111111-2222-3333-4444-555555555555"}, 400, "unauthorized_client", 700016),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"scope": "https://management.azure.com/user_impersonation"}, 400, "invalid_scope", 1002012),
        ({"scope": "https://elsewhere.example/.default"}, 400, "invalid_resource", 500011),
    ],
)
def test_a_refusal_carries_the_aadsts_code(
    tenant: Tenant, form: dict[str, str], status: int, error: str, code: int
) -> None:
    answer = tenant.sign_in(**form)
    body: dict[str, Any] = json.loads(answer.body)
    assert (answer.status, body["error"], body["error_codes"]) == (status, error, [code])
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    assert {"trace_id", "correlation_id", "timestamp", "error_uri"} <= set(body)


def test_another_tenant_is_not_found(tenant: Tenant) -> None:
    request = Request("GET", "entra.emulator", "/common/v2.0/.well-known/openid-configuration", "", {})
    answer = tenant.entra.handle(request)
    assert answer.status == 400
    assert "AADSTS90002" in json.loads(answer.body)["error_description"]


def test_a_token_expires_by_the_machines_clock_and_a_damaged_one_is_unknown() -> None:
    seconds = [100.0]
    registered = applications("app", "secret")
    tokens = Tokens(registered, "tenant", 60, lambda: seconds[0])
    token = tokens.issue(registered[0], "https://management.azure.com")
    seconds[0] += 60
    assert tokens.check(token).application is registered[0]
    seconds[0] += 1
    with pytest.raises(ExpiredToken):
        tokens.check(token)
    for damaged in (token[:-2] + "xx", "x" + token, "a.b.c", "", "é.é.é"):
        with pytest.raises(UnknownToken):
            tokens.check(damaged)


def test_a_secret_past_its_end_date_is_refused_although_it_is_right(tenant: Tenant) -> None:
    tenant.entra.seed({"system": "entra", "options": {"secret_expired": True}})
    assert json.loads(tenant.sign_in().body)["error_codes"] == [7000222]
    tenant.entra.reset()
    assert tenant.sign_in().status == 200


def test_a_token_can_be_good_for_a_few_calls_only(tenant: Tenant) -> None:
    tenant.entra.seed({"options": {"token_calls": 2}})
    assert [tenant.send("GET").status for _ in range(3)] == [200, 200, 401]
    assert json.loads(tenant.send("GET").body)["error"]["code"] == "ExpiredAuthenticationToken"
    assert tenant.send("GET", token=tenant.token()).status == 200


def test_revoked_tokens_are_refused_and_new_ones_are_not(tenant: Tenant) -> None:
    tenant.entra.seed({"revoke": "expired"})
    assert tenant.send("GET").status == 401
    assert tenant.send("GET", token=tenant.token()).status == 200


CAPABLE = json.dumps({"access_token": {"xms_cc": {"values": ["CP1"]}}})


def test_continuous_access_evaluation_challenges_who_understands_it_and_nobody_else(tenant: Tenant) -> None:
    capable = tenant.token(claims=CAPABLE)
    tenant.entra.seed({"revoke": "claims"})

    refused = tenant.send("GET", token=capable)

    assert refused.status == 401
    found = re.search(r'error="insufficient_claims", claims="([^"]+)"', refused.headers["WWW-Authenticate"])
    assert found is not None
    assert json.loads(base64.b64decode(found[1]))["access_token"]["nbf"]["essential"] is True
    assert tenant.send("GET").status == 200
    assert tenant.send("GET", token=tenant.token(claims=CAPABLE)).status == 200


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_for_another_service_is_refused_in_either_of_the_two_seen_ways(tenant: Tenant, status: int) -> None:
    tenant.entra.seed({"options": {"wrong_audience_status": status}})
    answer = tenant.send("GET", token=tenant.logs_token)
    assert answer.status == status
    assert json.loads(answer.body)["error"]["code"] == "InvalidAuthenticationTokenAudience"
    assert tenant.ask("print 1", token=tenant.arm_token, expect=status)["code"] == "InvalidAuthenticationTokenAudience"


@pytest.mark.parametrize(
    "command",
    [
        {"option": {}},
        {"options": {"token_call": 3}},
        {"options": {"wrong_audience_status": 404}},
        {"options": 3},
        {"revoke": "all"},
        {"certificates": ["no certificate"]},
        {"federated_credentials": [{"issuer": "https://issuer.example", "name": "x"}]},
    ],
)
def test_a_seed_that_makes_no_sense_is_refused(tenant: Tenant, command: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        tenant.entra.seed({"system": "entra", **command})
