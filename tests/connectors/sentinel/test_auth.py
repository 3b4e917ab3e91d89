from __future__ import annotations

import base64
import socket
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import responses
import trustme
from azure.core.credentials import AccessToken
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential
from tests.connectors.sentinel.exchanges import (
    ARM,
    CONFIG,
    OUR_OBJECT_ID,
    TOKEN,
    access_token,
    expect_sign_in,
    transport,
)

from watchkeeper.errors import AuthFailed, Unavailable
from watchkeeper.model.record import SENTINEL
from watchkeeper_sentinel import SentinelConnector
from watchkeeper_sentinel.auth import (
    SharedCredential,
    claims_in,
    open_credential,
    scope_of,
    token_roles,
    token_subject,
)
from watchkeeper_sentinel.config import CredentialKind, SentinelConfig

SCOPE = scope_of(ARM)
CLAIMS = '{"access_token":{"nbf":{"essential":true}}}'


def signed_in(config: SentinelConfig = CONFIG) -> SharedCredential:
    session = transport(attempts=1).session(SENTINEL)
    return SharedCredential(config, lambda: open_credential(config, session))


def token_forms(server: responses.RequestsMock) -> list[dict[str, str]]:
    """What was sent to the token endpoint, form by form."""
    bodies = [call.request.body for call in server.calls if call.request.url == TOKEN]
    texts = (body.decode() if isinstance(body, bytes) else str(body) for body in bodies)
    return [{name: values[0] for name, values in parse_qs(text).items()} for text in texts]


def test_a_secret_is_exchanged_for_a_token_once_per_audience(server: responses.RequestsMock) -> None:
    expect_sign_in(server)
    credential = signed_in()

    for scope in (SCOPE, SCOPE, "https://api.loganalytics.io/.default"):
        credential.get_token(scope)

    forms = token_forms(server)
    assert [form["scope"] for form in forms] == [SCOPE, "https://api.loganalytics.io/.default"]
    assert {form["client_secret"] for form in forms} == {CONFIG.client_secret}


def test_many_workers_that_need_a_token_ask_for_one(server: responses.RequestsMock) -> None:
    expect_sign_in(server)
    credential = signed_in()
    workers = [threading.Thread(target=credential.get_token, args=(SCOPE,)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(token_forms(server)) == 1


def test_many_workers_whose_token_was_refused_share_one_new_one(server: responses.RequestsMock) -> None:
    expect_sign_in(server, access_token(uti="1"))
    credential = signed_in()
    refused = credential.get_token(SCOPE).token
    server.replace(responses.POST, TOKEN, json={"token_type": "Bearer", "expires_in": 3599, "access_token": "second"})

    assert {credential.renew(SCOPE, refused, None).token for _ in range(3)} == {"second"}
    assert len(token_forms(server)) == 2


def test_a_certificate_signs_an_assertion(server: responses.RequestsMock, tmp_path: Path) -> None:
    expect_sign_in(server)
    pem = tmp_path / "cert.pem"
    trustme.CA().issue_cert(
        "watchkeeper.example", key_type=trustme.KeyType.RSA
    ).private_key_and_cert_chain_pem.write_to_path(pem)

    signed_in(replace(CONFIG, credential=CredentialKind.CERTIFICATE, certificate_path=pem)).get_token(SCOPE)

    (form,) = token_forms(server)
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert "client_secret" not in form


def test_a_workload_identity_sends_the_token_from_its_file(server: responses.RequestsMock, tmp_path: Path) -> None:
    expect_sign_in(server)
    file = tmp_path / "token"
    file.write_text("projected")

    signed_in(replace(CONFIG, credential=CredentialKind.WORKLOAD_IDENTITY, federated_token_file=file)).get_token(SCOPE)

    assert [form["client_assertion"] for form in token_forms(server)] == ["projected"]


GITHUB = replace(
    CONFIG,
    credential=CredentialKind.GITHUB_OIDC,
    oidc_request_url="https://pipelines.actions.example/token?api=1",
    oidc_request_token="job token",
)


GITHUB_TOKEN = f"{GITHUB.oidc_request_url}&audience=api%3A%2F%2FAzureADTokenExchange"


def test_a_github_job_fetches_a_fresh_assertion_for_every_token(server: responses.RequestsMock) -> None:
    expect_sign_in(server)
    server.get(GITHUB_TOKEN, json={"value": "first"})
    server.get(GITHUB_TOKEN, json={"value": "second"})
    credential = signed_in(GITHUB)

    credential.get_token(SCOPE)
    credential.get_token("https://api.loganalytics.io/.default")

    asked = [call.request for call in server.calls if "actions.example" in str(call.request.url)]
    assert [form["client_assertion"] for form in token_forms(server)] == ["first", "second"]
    assert {request.headers["Authorization"] for request in asked} == {"bearer job token"}


@pytest.mark.parametrize("answer", [{"status": 403, "json": {}}, {"json": {"value": None}}, {"body": "<html>"}])
def test_a_github_job_without_the_permission_is_told_which_one(
    server: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    expect_sign_in(server)
    server.get(GITHUB_TOKEN, **answer)

    with pytest.raises(AuthFailed, match="id-token: write"):
        signed_in(GITHUB).get_token(SCOPE)


def test_an_azure_pipeline_exchanges_its_service_connections_token(
    server: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYSTEM_OIDCREQUESTURI", "https://dev.azure.example/_apis/oidctoken")
    expect_sign_in(server)
    server.post("https://dev.azure.example/_apis/oidctoken", json={"oidcToken": "from the pipeline"})
    pipeline = replace(
        CONFIG,
        credential=CredentialKind.AZURE_PIPELINES,
        service_connection_id="connection",
        system_access_token="access",
    )

    signed_in(pipeline).get_token(SCOPE)

    assert [form["client_assertion"] for form in token_forms(server)] == ["from the pipeline"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (CredentialKind.MANAGED_IDENTITY, ManagedIdentityCredential),
        (CredentialKind.DEVELOPER, DefaultAzureCredential),
    ],
)
def test_the_kinds_that_need_no_secret_are_built_without_a_call(kind: CredentialKind, expected: type) -> None:
    credential = open_credential(replace(CONFIG, credential=kind), transport().session(SENTINEL))

    assert isinstance(credential, expected)


@pytest.mark.parametrize(
    ("code", "setting"),
    [
        ("AADSTS7000215: Invalid client secret provided.", "check AZURE_CLIENT_SECRET"),
        ("AADSTS700016: Application was not found", "check AZURE_CLIENT_ID"),
        ("AADSTS90002: Tenant not found", "check AZURE_TENANT_ID"),
        ("AADSTS50034: something else", "check AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET"),
    ],
)
def test_a_refused_sign_in_names_the_setting(server: responses.RequestsMock, code: str, setting: str) -> None:
    expect_sign_in(server, status=401, json={"error": "invalid_client", "error_description": code})

    with pytest.raises(AuthFailed) as caught:
        signed_in().get_token(SCOPE)
    assert setting in caught.value.remedy
    assert code.partition(":")[0] in caught.value.message
    assert CONFIG.client_secret not in str(caught.value) + caught.value.attempt.answer


def test_an_authority_that_is_down_is_unavailable_and_not_a_wrong_secret(server: responses.RequestsMock) -> None:
    expect_sign_in(server, status=503, json={"error": "temporarily_unavailable"})

    with pytest.raises(Unavailable):
        signed_in().get_token(SCOPE)


def test_an_authority_that_cannot_be_reached_is_unavailable(server: responses.RequestsMock) -> None:
    with pytest.raises(Unavailable):
        signed_in().get_token(SCOPE)


def test_an_authority_where_nobody_listens_is_told_in_plain_words() -> None:
    """azure-identity and azure-core each wrap what happened."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    host = f"https://127.0.0.1:{port}"
    config = replace(CONFIG, authority_host=host)
    with pytest.raises(Unavailable) as told:
        signed_in(config).get_token(SCOPE)
    assert told.value.message == f"sentinel: sign in at {host}: cannot connect: connection refused"


def test_a_certificate_file_that_is_none_is_an_authentication_failure(tmp_path: Path) -> None:
    pem = tmp_path / "cert.pem"
    pem.write_text("not a certificate")

    with pytest.raises(AuthFailed, match="AZURE_CLIENT_CERTIFICATE_PATH"):
        signed_in(replace(CONFIG, credential=CredentialKind.CERTIFICATE, certificate_path=pem)).get_token(SCOPE)


def test_an_authority_of_ones_own_is_never_looked_up_at_microsoft(server: responses.RequestsMock) -> None:
    own = "https://login.soc.example"
    server.get(
        f"{own}/{CONFIG.tenant_id}/v2.0/.well-known/openid-configuration",
        json={"token_endpoint": f"{own}/token", "authorization_endpoint": f"{own}/a", "issuer": f"{own}/v2.0"},
    )
    server.post(f"{own}/token", json={"token_type": "Bearer", "expires_in": 3599, "access_token": "own"})

    assert signed_in(replace(CONFIG, authority_host=own)).get_token(SCOPE).token == "own"
    assert not any("microsoftonline" in str(call.request.url) for call in server.calls)


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def test_the_claims_of_a_challenge_are_read_and_any_other_challenge_has_none() -> None:
    challenge = f'Bearer error="insufficient_claims", claims="{encoded(CLAIMS)}"'

    assert claims_in(challenge) == CLAIMS
    assert claims_in('Bearer error="invalid_token"') is None
    assert claims_in('Bearer error="insufficient_claims", claims="%%%"') is None


@pytest.mark.parametrize("token", ["opaque", "a.b.c", f"a.{encoded('[1]')}.c", f"a.{encoded('{')}.c", ""])
def test_an_opaque_token_says_nothing_about_us(token: str) -> None:
    assert token_subject(token) == {}


@pytest.mark.parametrize(
    ("payload", "roles"),
    [
        ('{"roles": ["Score.Read.All", 7, "Machine.Read.All"]}', {"Score.Read.All", "Machine.Read.All"}),
        ('{"roles": "Score.Read.All"}', set()),
        ("{}", set()),
        ("[]", set()),
    ],
)
def test_a_token_says_which_application_permissions_it_carries(payload: str, roles: set[str]) -> None:
    assert token_roles(f"a.{encoded(payload)}.c") == roles
    assert token_roles("opaque") == frozenset()


def test_a_token_says_who_we_are() -> None:
    assert token_subject(access_token())["oid"] == OUR_OBJECT_ID


class Counted:
    """A credential that hands out numbered tokens."""

    def __init__(self, issued: list[str]) -> None:
        self.issued = issued

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.issued.append(str(options.get("claims")))
        return AccessToken(f"token {len(self.issued)}", int(timedelta(days=36_500).total_seconds()))


def test_claims_are_passed_on_and_the_credential_is_kept() -> None:
    issued: list[str] = []
    built: list[Counted] = []

    def build() -> Counted:
        built.append(Counted(issued))
        return built[-1]

    credential = SharedCredential(CONFIG, build)
    first = credential.get_token(SCOPE).token
    second = credential.renew(SCOPE, first, CLAIMS).token
    credential.renew(SCOPE, second, None)

    assert issued == ["None", CLAIMS, "None"]
    assert len(built) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_arm_in_another_cloud_than_the_authority_names_both_settings(
    connector: SentinelConnector, server: responses.RequestsMock, status: int
) -> None:
    """Only a sovereign cloud's ARM refuses a token of ours so: its audience follows from SENTINEL_ARM_ENDPOINT."""
    error = {"code": "InvalidAuthenticationTokenAudience", "message": "wrong audience or resource"}
    server.get(f"{ARM}{CONFIG.workspace_path}", status=status, json={"error": error})

    with pytest.raises(AuthFailed, match="issued for another service") as caught:
        connector.identity()

    assert "SENTINEL_ARM_ENDPOINT and AZURE_AUTHORITY_HOST" in caught.value.remedy
    assert len(token_forms(server)) == 1
