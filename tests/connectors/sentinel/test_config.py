from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.connectors.sentinel.exchanges import CONFIG, FixedClock, transport

from watchkeeper.errors import Config
from watchkeeper_sentinel import CredentialKind, SentinelConfig, open_connector, problems_of
from watchkeeper_sentinel.config import normalised, settings_of


def places(config: SentinelConfig) -> list[str]:
    return [problem.place for problem in problems_of(config)]


def test_sound_settings_have_no_problem() -> None:
    assert problems_of(CONFIG) == []


def test_every_problem_is_told_at_once_and_before_any_call() -> None:
    broken = replace(
        CONFIG, subscription_id="", workspace_name="-x", tenant_id="contoso", client_secret="", arm_endpoint="http://x"
    )

    with pytest.raises(Config) as caught:
        open_connector(broken, transport(), FixedClock(), lambda: 0.0)
    assert [problem.place for problem in caught.value.problems] == [
        "SENTINEL_SUBSCRIPTION_ID",
        "SENTINEL_WORKSPACE_NAME",
        "SENTINEL_ARM_ENDPOINT",
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_SECRET",
    ]


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "management.azure.com",
        "http://management.azure.com",
        "https://user@management.azure.com",
        "https://management.azure.com/path",
        "https://management.azure.com?x=1",
        "https://management.azure.com\\@evil.example",
        "https://management.azure.com:0",
        "https://management.azure.com:99999",
        "https://[::1",
        "https://",
    ],
)
def test_an_endpoint_is_an_https_origin_and_nothing_else(endpoint: str) -> None:
    assert places(replace(CONFIG, arm_endpoint=endpoint)) == ["SENTINEL_ARM_ENDPOINT"]


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        (CredentialKind.CLIENT_SECRET, ["AZURE_CLIENT_SECRET"]),
        (CredentialKind.CERTIFICATE, ["AZURE_CLIENT_CERTIFICATE_PATH"]),
        (CredentialKind.WORKLOAD_IDENTITY, ["AZURE_FEDERATED_TOKEN_FILE"]),
        (CredentialKind.GITHUB_OIDC, ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"]),
        (CredentialKind.AZURE_PIPELINES, ["AZURE_SERVICE_CONNECTION_ID", "SYSTEM_ACCESSTOKEN"]),
        (CredentialKind.MANAGED_IDENTITY, []),
        (CredentialKind.DEVELOPER, []),
    ],
)
def test_each_kind_of_sign_in_asks_for_its_own_settings(kind: CredentialKind, missing: list[str]) -> None:
    assert places(replace(CONFIG, credential=kind, client_secret="")) == missing
    assert set(missing) <= set(settings_of(kind))


@pytest.mark.parametrize("kind", [CredentialKind.MANAGED_IDENTITY, CredentialKind.DEVELOPER])
def test_sign_ins_without_a_registration_need_no_tenant(kind: CredentialKind) -> None:
    assert places(replace(CONFIG, credential=kind, tenant_id="", client_id="")) == []


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert places(replace(CONFIG, ca_file=tmp_path / "ca.pem")) == ["AZURE_CA_FILE"]


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("workspace_id", "soc", "SENTINEL_WORKSPACE_ID"),
        ("api_version", "latest", "SENTINEL_API_VERSION"),
        ("resource_group", "rg.", "SENTINEL_RESOURCE_GROUP"),
        ("resource_group", "rg/../x", "SENTINEL_RESOURCE_GROUP"),
        ("client_id", "watchkeeper", "AZURE_CLIENT_ID"),
    ],
)
def test_a_value_of_the_wrong_shape_is_named(field: str, value: Any, place: str) -> None:
    assert places(replace(CONFIG, **{field: value})) == [place]


@pytest.mark.parametrize("host", ["login.microsoftonline.us", "https://login.microsoftonline.us/"])
def test_an_authority_may_be_a_host_or_an_address(host: str) -> None:
    plain = normalised(replace(CONFIG, authority_host=host))

    assert plain.authority_host == "https://login.microsoftonline.us"
    assert not plain.custom_authority


@pytest.mark.parametrize(
    ("endpoint", "audience", "portal"),
    [
        ("https://management.azure.com", "https://management.azure.com", "https://portal.azure.com"),
        ("https://management.usgovcloudapi.net", "https://management.usgovcloudapi.net", "https://portal.azure.us"),
        ("https://localhost:8443", "https://management.azure.com", "https://portal.azure.com"),
    ],
)
def test_a_stand_in_is_asked_with_tokens_for_the_public_cloud(endpoint: str, audience: str, portal: str) -> None:
    config = replace(CONFIG, arm_endpoint=endpoint)

    assert (config.arm_audience, config.portal) == (audience, portal)


def test_secrets_are_never_shown() -> None:
    secrets = {name: f"secret-{name}" for name in ("client_secret", "certificate_password", "oidc_request_token")}

    assert "secret-" not in repr(replace(CONFIG, **secrets, system_access_token="secret-token"))


def test_a_password_in_an_address_is_not_repeated() -> None:
    (problem,) = problems_of(replace(CONFIG, arm_endpoint="https://admin:hunter2-hunter2@management.azure.com"))

    assert (problem.place, "hunter2" in str(problem)) == ("SENTINEL_ARM_ENDPOINT", False)
