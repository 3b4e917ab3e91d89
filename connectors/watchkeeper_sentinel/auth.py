"""Signing in to Entra ID: one credential by configuration, shared by ARM and Log Analytics, and the bearer it gives to requests."""

from __future__ import annotations

import base64
import binascii
import json
import re
import threading
from collections.abc import Callable
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import requests
from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import (
    AzurePipelinesCredential,
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from watchkeeper.errors import Attempt, AuthFailed, Operator, Retry, Unavailable, Wait, WatchkeeperError
from watchkeeper.model.record import SENTINEL
from watchkeeper.transport import translate_exception
from watchkeeper.transport.answers import causes
from watchkeeper_sentinel.config import CredentialKind, SentinelConfig, settings_of

GITHUB_AUDIENCE: Final = "api://AzureADTokenExchange"
"""What a GitHub token must be issued for so that Entra ID accepts it as a federated assertion."""

_FEDERATION: Final = (
    "check the application's federated credential: its issuer, subject and audience must be those of the presented token, "
    "letter by letter"
)
_REMEDIES: Final = {
    "AADSTS90002": "check AZURE_TENANT_ID",
    "AADSTS900023": "check AZURE_TENANT_ID",
    "AADSTS700016": "check AZURE_CLIENT_ID, and that the application is one of the tenant in AZURE_TENANT_ID",
    "AADSTS7000215": "check AZURE_CLIENT_SECRET: it must hold the secret's value, not its id",
    "AADSTS7000222": "check AZURE_CLIENT_SECRET: the secret has expired, the application needs a new one",
    "AADSTS700027": "check AZURE_CLIENT_CERTIFICATE_PATH: its certificate must be registered with the application",
    "AADSTS700023": "check AZURE_AUTHORITY_HOST and AZURE_TENANT_ID: the certificate's assertion is for another authority",
    "AADSTS700024": "check this machine's clock (NTP), and that AZURE_FEDERATED_TOKEN_FILE, if set, is renewed while we run",
    "AADSTS70021": _FEDERATION,
    "AADSTS700211": _FEDERATION,
    "AADSTS700212": _FEDERATION,
    "AADSTS700213": _FEDERATION,
    "AADSTS50013": _FEDERATION,
    "AADSTS500011": "check SENTINEL_LOGS_AUDIENCE, SENTINEL_ARM_ENDPOINT, GRAPH_ENDPOINT and DEFENDER_ENDPOINT: the tenant knows no "
    "such service",
}
"""What to do about those of Entra ID's error codes whose cause is plain
(learn.microsoft.com/entra/identity-platform/reference-error-codes)."""

_NO_DISCOVERY: Final = "Unable to get authority configuration"
"""msal's words for a discovery document that was refused; Entra ID's own code is lost in it."""
_NO_TENANT: Final = "check AZURE_TENANT_ID, and that AZURE_AUTHORITY_HOST is the authority of its cloud"

_HELP: Final = {
    CredentialKind.MANAGED_IDENTITY: "this machine or app needs a managed identity; a user-assigned one is named by AZURE_CLIENT_ID",
    CredentialKind.AZURE_PIPELINES: "SYSTEM_OIDCREQUESTURI comes from the pipeline, SYSTEM_ACCESSTOKEN must be mapped into the step",
    CredentialKind.DEVELOPER: "sign in with `az login`, or name another way in WATCHKEEPER_AZURE_CREDENTIAL",
}
"""What the settings alone do not show, for the kinds of sign-in that depend on where we run."""

WRONG_AUDIENCE: Final = "InvalidAuthenticationTokenAudience"
"""ARM's and Log Analytics' code for a token that was issued for another service."""


def scope_of(audience: str) -> str:
    """The scope that asks for everything an application was granted on an audience."""
    return f"{audience.rstrip('/')}/.default"


def azure_transport(session: requests.Session, config: SentinelConfig) -> RequestsTransport:
    """azure-core's transport over one of our sessions, so that timeouts, retries, pacing, guard and counts apply.

    azure-core passes `verify` with each request, overriding the session's, so the CA file is given here as well.
    """
    verify = str(config.ca_file) if config.ca_file else session.verify
    return RequestsTransport(
        session=session,
        session_owner=False,
        use_env_settings=False,
        connection_verify=verify,
        connection_timeout=10,
        read_timeout=60,
    )


def open_credential(config: SentinelConfig, session: requests.Session) -> TokenCredential:
    """The credential that the configuration names. Retries are off here: the session has the one retry policy.

    Raises AuthFailed when it cannot be built from what the settings give (an unreadable certificate, …).
    """
    session.hooks["response"] = [_busy]
    options: dict[str, Any] = {"transport": azure_transport(session, config), "retry_total": 0}
    if config.ca_file:
        options["connection_verify"] = str(config.ca_file)
    if config.credential is not CredentialKind.MANAGED_IDENTITY:
        options["authority"] = config.authority_host
        options["disable_instance_discovery"] = config.custom_authority
    try:
        return _build(config, session, options)
    except (ValueError, OSError, AzureError) as error:
        raise sign_in_failed(error, config) from error


_NOT_NOW: Final = frozenset({410, 429})
"""410 is how a machine's identity service says that it is being updated
(learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token)."""


def _busy(response: requests.Response, **_options: Any) -> requests.Response:
    """Raises Unavailable where nobody refused us: msal and azure-identity make a refusal of the credential of it, keeping no
    status. Whoever it was: Entra ID, or who vouches for us there."""
    status = response.status_code
    if status in _NOT_NOW or status >= 500:
        message = f"no token was given just now ({status}), signing in to Entra ID"
        raise Unavailable(
            message, remedy="try again later", attempt=Attempt(SENTINEL, "sign in to Entra ID", status=status)
        )
    return response


def _build(config: SentinelConfig, session: requests.Session, options: dict[str, Any]) -> TokenCredential:
    tenant, client = config.tenant_id, config.client_id
    match config.credential:
        case CredentialKind.CLIENT_SECRET:
            return ClientSecretCredential(tenant, client, config.client_secret, **options)
        case CredentialKind.CERTIFICATE:
            password = config.certificate_password or None
            return CertificateCredential(tenant, client, str(config.certificate_path), password=password, **options)
        case CredentialKind.WORKLOAD_IDENTITY:
            path = str(config.federated_token_file)
            return WorkloadIdentityCredential(tenant_id=tenant, client_id=client, token_file_path=path, **options)
        case CredentialKind.MANAGED_IDENTITY:
            return ManagedIdentityCredential(client_id=client or None, **options)
        case CredentialKind.GITHUB_OIDC:
            return ClientAssertionCredential(tenant, client, lambda: github_assertion(config, session), **options)
        case CredentialKind.AZURE_PIPELINES:
            return AzurePipelinesCredential(
                tenant_id=tenant,
                client_id=client,
                service_connection_id=config.service_connection_id,
                system_access_token=config.system_access_token,
                **options,
            )
        case CredentialKind.DEVELOPER:  # pragma: no branch - every kind has its case, which mypy proves
            return DefaultAzureCredential(**options)


def github_assertion(config: SentinelConfig, session: requests.Session) -> str:
    """A fresh OIDC token of this GitHub job. It lives about five minutes, so every token request fetches its own one.

    Raises AuthFailed when GitHub refuses or answers without a token, Unavailable when it cannot answer now.
    """
    separator = "&" if "?" in config.oidc_request_url else "?"
    url = config.oidc_request_url + separator + urlencode({"audience": GITHUB_AUDIENCE})
    answer = session.get(url, headers={"Authorization": f"bearer {config.oidc_request_token}"}, allow_redirects=False)
    try:
        token = answer.json().get("value") if answer.ok else None
    except (ValueError, AttributeError):
        token = None
    if not isinstance(token, str) or not token:
        raise AuthFailed(
            "GitHub gave no OIDC token for this job",
            remedy="the workflow needs `permissions: id-token: write`; see ACTIONS_ID_TOKEN_REQUEST_URL and …_TOKEN",
            attempt=Attempt(SENTINEL, "GET ACTIONS_ID_TOKEN_REQUEST_URL", status=answer.status_code),
        )
    return token


class SharedCredential:
    """One credential for every client and thread: a token per audience, fetched once however many workers wait for it.

    A TokenCredential for the Azure SDK. After a 401, `renew` gets a token that is not the refused one: with the claims
    that the service asks for, else from a credential built anew, because azure-identity has no way to drop a cached token.
    """

    def __init__(self, config: SentinelConfig, build: Callable[[], TokenCredential]) -> None:
        self._config = config
        self._build = build
        self._lock = threading.Lock()
        self._credential: TokenCredential | None = None
        self._given: dict[str, str] = {}

    def get_token(self, *scopes: str, claims: str | None = None, enable_cae: bool = True, **_: Any) -> AccessToken:
        """A valid token for one scope. Raises AuthFailed naming the settings, or Unavailable.

        Every token says that we handle claims challenges, whatever a caller asks for: azure-identity keeps such tokens in a
        cache of their own, and one asked for without would be the refused one again.
        """
        del enable_cae
        with self._lock:
            return self._fetch(scopes, claims)

    def renew(self, scope: str, refused: str, claims: str | None) -> AccessToken:
        """A token other than the refused one; workers that come later share it instead of signing in again."""
        with self._lock:
            if self._given.get(scope, refused) != refused:
                return self._fetch((scope,), None)
            if claims is None:
                self._credential = None
            return self._fetch((scope,), claims)

    def _fetch(self, scopes: tuple[str, ...], claims: str | None) -> AccessToken:
        try:
            if self._credential is None:
                self._credential = self._build()
            extra = {"claims": claims} if claims else {}
            token = self._credential.get_token(*scopes, enable_cae=True, **extra)
        except WatchkeeperError:
            raise
        except (AzureError, ValueError, OSError, RecursionError) as error:
            raise sign_in_failed(error, self._config) from error
        self._given[scopes[0]] = token.token
        return token


def sign_in_failed(error: Exception, config: SentinelConfig) -> WatchkeeperError:
    """A failure of azure-identity in our words: which settings to look at, or that Entra ID could not be reached.

    azure-identity calls everything an authentication failure, also a lost connection; what it was stands among the causes.
    """
    ours = translate_exception(error, side=SENTINEL, call=f"sign in at {config.authority_host}")
    untrusted = isinstance(ours, Operator) and not isinstance(ours, AuthFailed)
    known = any(isinstance(cause, WatchkeeperError) for cause in causes(error))
    if known or untrusted or isinstance(ours, (Retry, Wait)):
        return ours
    code = re.search(r"AADSTS\d+", str(error))
    remedy = _REMEDIES.get(code[0]) if code else _NO_TENANT if _NO_DISCOVERY in str(error) else None
    return AuthFailed(
        f"Entra ID refused the sign-in ({config.credential.value}){f': {code[0]}' if code else ''}",
        remedy=remedy or _advice(config.credential),
        attempt=ours.attempt,
    )


def _advice(kind: CredentialKind) -> str:
    settings = f"check {', '.join(settings_of(kind))}"
    return f"{settings}: {_HELP[kind]}" if kind in _HELP else settings


def wrong_audience(service: str, remedy: str, attempt: Attempt) -> AuthFailed:
    """A token that another service would take: signing in worked, and would again, to no avail."""
    return AuthFailed(f"{service} refused our token: it was issued for another service", remedy=remedy, attempt=attempt)


_BEARER: Final = "Bearer "


class SignedBySession(SansIOHTTPPolicy[Any, Any]):
    """In the place of an SDK's own authentication: the session puts the bearer on, renews it, and shares it between workers."""


class TokenSource(Protocol):
    def get_token(self, *scopes: str) -> AccessToken: ...

    def renew(self, scope: str, refused: str, claims: str | None) -> AccessToken: ...


class BearerAuth(requests.auth.AuthBase):
    """Puts a bearer token on a session's requests, and signs in once more when the service refuses it with 401.

    A 401 means that nothing was applied, so the same request may be sent again whatever its method. A token for another
    service is not asked for again: the next one would be no better.
    """

    def __init__(self, session: requests.Session, credential: TokenSource, scope: str) -> None:
        self._session = session
        self._credential = credential
        self._scope = scope

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        token = self._credential.get_token(self._scope).token
        request.headers["Authorization"] = f"{_BEARER}{token}"
        request.register_hook("response", self._answered)  # type: ignore[no-untyped-call]
        return request

    def _answered(self, response: requests.Response, **options: Any) -> requests.Response:
        if response.status_code != 401 or WRONG_AUDIENCE in response.text:
            return response
        again = response.request.copy()
        refused = str(again.headers.get("Authorization", "")).removeprefix(_BEARER)
        claims = claims_in(response.headers.get("WWW-Authenticate", ""))
        again.headers["Authorization"] = _BEARER + self._credential.renew(self._scope, refused, claims).token
        # Through the session's own adapter: the guard, the pacing and the counts of the first sending apply to the second.
        answer = self._session.get_adapter(str(again.url)).send(again, **options)
        answer.history.append(response)
        answer.request = again
        return answer


def claims_in(challenge: str) -> str | None:
    """The claims of a continuous-access challenge (base64url JSON in WWW-Authenticate), None for any other."""
    if "insufficient_claims" not in challenge:
        return None
    found = re.search(r'\bclaims="([A-Za-z0-9+/_=-]+)"', challenge)
    return _base64url(found[1]) if found else None


def token_subject(token: str) -> dict[str, str]:
    """The text claims in an access token's payload, read without verification: who we are, never whether we may."""
    return {name: value for name, value in _payload(token).items() if isinstance(value, str)}


def token_roles(token: str) -> frozenset[str]:
    """The application permissions that an access token carries, as it says itself
    (learn.microsoft.com/entra/identity-platform/access-token-claims-reference)."""
    roles = _payload(token).get("roles")
    return frozenset(each for each in roles if isinstance(each, str)) if isinstance(roles, list) else frozenset()


def _payload(token: str) -> dict[str, Any]:
    """The claims of a token in the shape of a JWT; none of any other."""
    parts = token.split(".")
    payload = _base64url(parts[1]) if len(parts) == 3 else None
    try:
        claims = json.loads(payload or "{}")
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def _base64url(text: str) -> str | None:
    try:
        padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
        return base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
