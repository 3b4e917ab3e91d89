"""Who gets in: tokens, audiences, roles, addresses and versions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.emulators.azure.conftest import Tenant

from watchkeeper.emulators.azure import AzureOptions
from watchkeeper.emulators.exchange import Request
from watchkeeper.emulators.options import WorldOptions


def code_of(body: bytes) -> str:
    return str(json.loads(body)["error"]["code"])


def test_no_token_is_refused_with_a_challenge(tenant: Tenant) -> None:
    answer = tenant.arm_system.handle(
        Request("GET", "arm.emulator", tenant.incidents_path, "api-version=2025-09-01", {})
    )
    assert (answer.status, code_of(answer.body)) == (401, "AuthenticationFailed")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_made_up_token_is_401_for_arm_and_403_for_log_analytics(tenant: Tenant) -> None:
    answer = tenant.send("GET", token="made.up.token")
    assert (answer.status, code_of(answer.body)) == (401, "InvalidAuthenticationToken")
    assert tenant.ask("SecurityIncident", token="made.up.token", expect=403)["code"] == "InvalidAuthenticationToken"


def test_a_token_for_the_other_service_is_refused(tenant: Tenant) -> None:
    answer = tenant.send("GET", token=tenant.logs_token)
    assert (answer.status, code_of(answer.body)) == (403, "InvalidAuthenticationTokenAudience")
    assert (
        tenant.ask("SecurityIncident", token=tenant.arm_token, expect=403)["code"]
        == "InvalidAuthenticationTokenAudience"
    )


def test_an_expired_token_is_401_everywhere() -> None:
    tenant = Tenant(azure=AzureOptions(token_seconds=-1))
    assert code_of(tenant.send("GET").body) == "ExpiredAuthenticationToken"
    assert tenant.ask("SecurityIncident", expect=401)["code"] == "ExpiredAuthenticationToken"


def test_a_reader_reads_and_a_responder_writes_and_only_a_contributor_deletes(tenant: Tenant) -> None:
    tenant.create()
    body = {"properties": {"title": "t", "severity": "Low", "status": "New"}}
    assert tenant.send("GET", "/one", token=tenant.observer()).status == 200
    assert code_of(tenant.send("PUT", "/two", body, token=tenant.observer()).body) == "AuthorizationFailed"
    assert code_of(tenant.send("DELETE", "/one").body) == "AuthorizationFailed"
    assert tenant.send("DELETE", "/one", token=tenant.administrator()).status == 200
    assert tenant.send("DELETE", "/one", token=tenant.administrator()).status == 204


def test_the_workspace_tells_its_identity_and_the_callers_rights(tenant: Tenant) -> None:
    workspace = tenant.arm("GET", path=tenant.workspace_path)
    assert workspace["properties"]["customerId"] == tenant.options.workspace_id
    path = f"{tenant.workspace_path}/providers/Microsoft.Authorization/permissions"
    rights = tenant.arm("GET", path=path)["value"][0]
    assert "Microsoft.SecurityInsights/incidents/*" in rights["actions"]
    assert "Microsoft.SecurityInsights/incidents/*/delete" in rights["notActions"]
    assert (
        "Microsoft.SecurityInsights/incidents/*"
        not in tenant.arm("GET", path=path, token=tenant.observer())["value"][0]["actions"]
    )


def test_paths_compare_without_case(tenant: Tenant) -> None:
    tenant.create("Mixed-Case")
    assert tenant.arm("GET", path=tenant.incidents_path.upper() + "/mixed-case")["name"] == "Mixed-Case"
    lower = tenant.incidents_path.replace("resourceGroups", "resourcegroups")
    assert len(tenant.arm("GET", path=lower)["value"]) == 1


@pytest.mark.parametrize(
    ("old", "code"),
    [
        ("subscription_id", "SubscriptionNotFound"),
        ("resource_group", "ResourceGroupNotFound"),
        ("workspace_name", "ResourceNotFound"),
    ],
)
def test_a_wrong_level_of_the_address_is_named(tenant: Tenant, old: str, code: str) -> None:
    path = tenant.incidents_path.replace(getattr(tenant.options, old), "elsewhere")
    answer = tenant.send("GET", path=path)
    assert (answer.status, code_of(answer.body)) == (404, code)


@pytest.mark.parametrize("path", ["/", "/subscriptions", "/tenants/x", "/subscriptions/a/b/c"])
def test_a_strange_address_is_not_found(tenant: Tenant, path: str) -> None:
    assert tenant.send("GET", path=path).status == 404


@pytest.mark.parametrize(
    ("version", "status", "code"),
    [
        (None, 400, "MissingApiVersionParameter"),
        ("2020-04-01", 400, "UnsupportedApiVersion"),
        ("2025-12-01", 400, "UnsupportedApiVersion"),
        ("2021-10-01", 200, None),
        ("2025-10-01-preview", 200, None),
    ],
)
def test_only_published_versions_are_known(tenant: Tenant, version: str | None, status: int, code: str | None) -> None:
    answer = tenant.send("GET", version=version)
    assert answer.status == status
    assert code is None or code_of(answer.body) == code


def test_tasks_came_with_a_later_version(tenant: Tenant) -> None:
    tenant.create()
    assert tenant.send("GET", "/one/tasks", version="2023-11-01").status == 400
    assert tenant.send("GET", "/one/tasks", version="2024-03-01").status == 200


@pytest.mark.parametrize(
    ("method", "tail"), [("POST", ""), ("PUT", ""), ("PATCH", "/one"), ("POST", "/one"), ("GET", "/one/alerts")]
)
def test_a_method_that_is_not_offered_is_405(tenant: Tenant, method: str, tail: str) -> None:
    tenant.create()
    assert tenant.send(method, tail, {"properties": {}}).status == 405


def test_answers_carry_request_ids_and_what_remains_of_the_quota(tenant: Tenant) -> None:
    first, second = tenant.send("GET"), tenant.send("GET")
    remaining = "x-ms-ratelimit-remaining-subscription-reads"
    assert (first.headers[remaining], second.headers[remaining]) == ("249", "248")
    assert first.headers["x-ms-request-id"] != second.headers["x-ms-request-id"]


def spend(tenant: Tenant, count: int, **more: Any) -> int:
    """The status of the last of `count` creations."""
    body = {"properties": {"title": "t", "severity": "Low", "status": "New"}}
    return [tenant.send("PUT", f"/n{number}", body, **more).status for number in range(count)][-1]


def test_a_spent_bucket_answers_429_until_it_refills() -> None:
    tenant = Tenant(WorldOptions(quotas=True))
    assert spend(tenant, 200) == 201
    refused = tenant.send("PUT", "/more", {"properties": {"title": "t", "severity": "Low", "status": "New"}})
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    assert tenant.send("GET").status == 200
    tenant.wait(seconds=1)
    assert spend(tenant, 10) == 200


def test_the_published_minimums_are_enforced_on_demand() -> None:
    tenant = Tenant(WorldOptions(quotas=True), AzureOptions(published_minimums=True))
    assert spend(tenant, 75) == 201
    assert spend(tenant, 1) == 429


def test_without_quotas_nothing_is_refused_and_nobody_is_told_to_slow_down(tenant: Tenant) -> None:
    assert spend(tenant, 300) == 201
    answer = tenant.send("PUT", "/more", {"properties": {"title": "t", "severity": "Low", "status": "New"}})
    assert int(answer.headers["x-ms-ratelimit-remaining-subscription-writes"]) >= 100
