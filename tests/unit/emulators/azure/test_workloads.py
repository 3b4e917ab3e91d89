"""Where workloads get their identity from: GitHub, Azure Pipelines, the machine's IMDS, and App Service."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.emulators.azure.conftest import Tenant

from watchkeeper.emulators.azure import build_workloads
from watchkeeper.emulators.azure.issuers import EXCHANGE_AUDIENCE, GITHUB, PIPELINES
from watchkeeper.emulators.azure.jwt import read_jwt
from watchkeeper.emulators.azure.workloads import (
    APP_SERVICE_PATH,
    GITHUB_PATH,
    IDENTITY_HEADER,
    IMDS_PATH,
    JOB_TOKEN,
    PIPELINES_PATH,
    SERVICE_CONNECTION_ID,
    SYSTEM_ACCESS_TOKEN,
)
from watchkeeper.emulators.exchange import Request, Response

ARM = "https://management.azure.com"


def asked(tenant: Tenant, method: str, path: str, query: str, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    pipelines, machine = build_workloads(tenant.entra)
    system = machine if path in {IMDS_PATH, APP_SERVICE_PATH} else pipelines
    return system.handle(Request(method, "host", path, query, named))


def body(answer: Response) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(answer.body)
    return value


def test_github_makes_a_token_out_to_whom_the_job_names(tenant: Tenant) -> None:
    query = "api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange"
    value = body(asked(tenant, "GET", GITHUB_PATH, query, authorization=f"bearer {JOB_TOKEN}"))["value"]
    token = read_jwt(value)
    assert (token.text("iss"), token.text("sub"), token.text("aud")) == (
        GITHUB.issuer,
        GITHUB.subject,
        EXCHANGE_AUDIENCE,
    )
    other = body(asked(tenant, "GET", GITHUB_PATH, "", authorization=f"Bearer {JOB_TOKEN}"))["value"]
    assert read_jwt(other).text("aud") == "https://github.com/soc-example"


def test_github_refuses_another_job_and_a_job_without_the_permission(tenant: Tenant) -> None:
    assert asked(tenant, "GET", GITHUB_PATH, "", authorization="bearer other").status == 403
    tenant.entra.seed({"options": {"github_permission": False}})
    assert asked(tenant, "GET", GITHUB_PATH, "", authorization=f"bearer {JOB_TOKEN}").status == 403


@pytest.mark.parametrize(
    ("token", "query", "status"),
    [
        (SYSTEM_ACCESS_TOKEN, f"api-version=7.1&serviceConnectionId={SERVICE_CONNECTION_ID}", 200),
        ("other", f"api-version=7.1&serviceConnectionId={SERVICE_CONNECTION_ID}", 401),
        (SYSTEM_ACCESS_TOKEN, f"serviceConnectionId={SERVICE_CONNECTION_ID}", 400),
        (SYSTEM_ACCESS_TOKEN, "api-version=7.1&serviceConnectionId=other", 404),
    ],
)
def test_azure_pipelines_vouches_for_its_service_connection(
    tenant: Tenant, token: str, query: str, status: int
) -> None:
    answer = asked(tenant, "POST", PIPELINES_PATH, query, authorization=f"Bearer {token}")
    assert answer.status == status
    if status == 200:
        assert read_jwt(body(answer)["oidcToken"]).text("sub") == PIPELINES.subject


def test_a_machine_gets_a_token_of_its_identity(tenant: Tenant) -> None:
    answer = body(asked(tenant, "GET", IMDS_PATH, f"api-version=2018-02-01&resource={ARM}", metadata="true"))
    assert tenant.send("GET", token=answer["access_token"]).status == 200
    assert answer["expires_in"] == "3599"


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        (f"api-version=2018-02-01&resource={ARM}", {}),
        (f"api-version=2018-02-01&resource={ARM}", {"metadata": "true", "x_forwarded_for": "10.0.0.1"}),
        (f"resource={ARM}", {"metadata": "true"}),
        (f"api-version=2018-02-01&resource={ARM}&client_id=other", {"metadata": "true"}),
        ("api-version=2018-02-01&resource=https://elsewhere.example", {"metadata": "true"}),
    ],
)
def test_imds_refuses_what_could_have_come_from_outside_or_means_nothing(
    tenant: Tenant, query: str, headers: dict[str, str]
) -> None:
    answer = asked(tenant, "GET", IMDS_PATH, query, **headers)
    assert (answer.status, body(answer)["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("query", "header", "status"),
    [
        (f"api-version=2019-08-01&resource={ARM}", IDENTITY_HEADER, 200),
        (f"api-version=2019-08-01&resource={ARM}", "other", 403),
        (f"api-version=2017-09-01&resource={ARM}", IDENTITY_HEADER, 400),
        (f"api-version=2019-08-01&resource={ARM}&client_id=other", IDENTITY_HEADER, 400),
    ],
)
def test_app_service_asks_for_the_apps_own_header(tenant: Tenant, query: str, header: str, status: int) -> None:
    assert asked(tenant, "GET", APP_SERVICE_PATH, query, x_identity_header=header).status == status


@pytest.mark.parametrize(("method", "path"), [("POST", GITHUB_PATH), ("GET", "/"), ("POST", IMDS_PATH)])
def test_there_is_nothing_else(tenant: Tenant, method: str, path: str) -> None:
    assert asked(tenant, method, path, "").status == 404
