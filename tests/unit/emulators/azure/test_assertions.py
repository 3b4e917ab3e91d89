"""Client assertions: what the emulated Entra ID takes for proof, and how it words what it does not."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tests.unit.emulators.azure.conftest import Tenant

from watchkeeper.emulators.azure.issuers import EXCHANGE_AUDIENCE, GITHUB, KUBERNETES, PIPELINES, FederatedCredential
from watchkeeper.emulators.azure.jwt import base64url, encoded
from watchkeeper.emulators.azure.registrations import thumbprints


class Registered:
    """A certificate with its key, registered for Watchkeeper's application."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        pem = self.pem = (
            trustme.CA().issue_cert("a.example", key_type=trustme.KeyType.RSA).private_key_and_cert_chain_pem
        )
        self.certificate = x509.load_pem_x509_certificates(pem.bytes())[0]
        self.key = load_pem_private_key(pem.bytes(), None)
        tenant.entra.seed({"system": "entra", "certificates": [pem.bytes().decode()]})

    def assertion(self, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """A right assertion, but for what is given."""
        client_id, tenant_id = self.tenant.options.client_id, self.tenant.options.tenant_id
        right = {
            "iss": client_id,
            "sub": client_id,
            "aud": f"https://entra.emulator/{tenant_id}/oauth2/v2.0/token",
            "nbf": time.time(),
            "exp": time.time() + 600,
            "jti": "1",
        }
        named = thumbprints(self.certificate)["x5t#S256"]
        head = f"{encoded(header or {'alg': 'PS256', 'x5t#S256': named})}.{encoded({**right, **claims})}"
        assert isinstance(self.key, RSAPrivateKey)
        signature = self.key.sign(head.encode(), PSS(MGF1(SHA256()), SHA256.digest_size), SHA256())
        return f"{head}.{base64url(signature)}"


def presented(tenant: Tenant, assertion: str) -> list[int]:
    """The error codes that an assertion meets; none when it is as good as the secret."""
    answer = tenant.sign_in(client_secret="", client_assertion=assertion)
    body = json.loads(answer.body)
    assert (answer.status == 200) is ("access_token" in body)
    return [] if answer.status == 200 else list(body["error_codes"])


@pytest.fixture
def registered(tenant: Tenant) -> Registered:
    return Registered(tenant)


@pytest.mark.parametrize("name", ["x5t", "x5t#S256", "kid"])
def test_a_registered_certificate_proves_who_signs_however_it_is_named(registered: Registered, name: str) -> None:
    for padding in ("", "="):
        header = {"alg": "PS256", name: thumbprints(registered.certificate)[name] + padding}
        assert presented(registered.tenant, registered.assertion(header)) == []


def test_one_assertion_may_be_used_again_while_it_lasts(registered: Registered) -> None:
    """msal keeps an assertion for ten minutes and presents it for every audience."""
    assertion = registered.assertion()
    assert [presented(registered.tenant, assertion) for _ in range(2)] == [[], []]


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"sub": "somebody else"}, 700021),
        ({"aud": "https://login.microsoftonline.com/other/v2.0"}, 700023),
        ({"jti": ""}, 50027),
        ({"exp": 1000}, 700024),
        ({"nbf": 4102444800}, 700024),
    ],
)
def test_a_signed_assertion_that_says_something_wrong_is_refused(
    registered: Registered, claims: dict[str, Any], code: int
) -> None:
    assert presented(registered.tenant, registered.assertion(**claims)) == [code]


def test_a_certificate_that_is_not_registered_is_refused(tenant: Tenant) -> None:
    stranger = Registered(tenant)
    tenant.entra.reset()
    assert presented(tenant, stranger.assertion()) == [700027]


def test_a_signature_by_another_key_is_refused(registered: Registered) -> None:
    impostor = Registered(registered.tenant)
    named = {"alg": "PS256", "x5t": thumbprints(registered.certificate)["x5t"]}
    assert presented(registered.tenant, impostor.assertion(named)) == [700027]
    unknown = {"alg": "none", "x5t": thumbprints(registered.certificate)["x5t"]}
    assert presented(registered.tenant, registered.assertion(unknown)) == [700027]


@pytest.mark.parametrize("text", ["no jwt", "a.b.c", "head.claims.signature", f"{encoded({})}.W10.x", "e30.e30.%"])
def test_what_is_no_token_is_malformed(tenant: Tenant, text: str) -> None:
    assert presented(tenant, text) == [50027]


@pytest.mark.parametrize("workload", [GITHUB, PIPELINES, KUBERNETES])
def test_an_issuer_that_the_application_trusts_vouches_for_it(tenant: Tenant, workload: FederatedCredential) -> None:
    assert presented(tenant, tenant.entra.issuers.assertion(workload)) == []


def test_githubs_word_is_good_for_five_minutes_of_the_worlds_clock(tenant: Tenant) -> None:
    assertion = tenant.entra.issuers.assertion(GITHUB)
    tenant.wait(minutes=4)
    assert presented(tenant, assertion) == []
    tenant.wait(minutes=1)
    assert presented(tenant, assertion) == [700024]


@pytest.mark.parametrize(
    ("trusted", "code"),
    [
        ({"issuer": "https://other.example", "subject": GITHUB.subject}, 700211),
        ({"issuer": GITHUB.issuer, "subject": GITHUB.subject, "audience": "api://other"}, 700212),
        ({"issuer": GITHUB.issuer, "subject": "repo:soc-example/watchkeeper:environment:production"}, 700213),
    ],
)
def test_the_claim_that_no_federated_credential_has_is_named(
    tenant: Tenant, trusted: dict[str, str], code: int
) -> None:
    assertion = tenant.entra.issuers.assertion(GITHUB)
    tenant.entra.seed({"federated_credentials": [trusted]})
    assert presented(tenant, assertion) == [code]
    tenant.entra.seed({"options": {"old_federation_code": True}})
    assert presented(tenant, assertion) == [70021]


def test_a_federated_assertion_that_its_issuer_did_not_sign_is_refused(tenant: Tenant) -> None:
    head, claims, _ = tenant.entra.issuers.assertion(GITHUB).split(".")
    signature = tenant.entra.issuers.assertion(KUBERNETES).split(".")[2]
    assert presented(tenant, f"{head}.{claims}.{signature}") == [50013]
    tenant.entra.seed({"federated_credentials": [{"issuer": "https://other.example", "subject": "x"}]})
    forged = encoded({"iss": "https://other.example", "sub": "x", "aud": EXCHANGE_AUDIENCE})
    assert presented(tenant, f"{head}.{forged}.{signature}") == [50013]
