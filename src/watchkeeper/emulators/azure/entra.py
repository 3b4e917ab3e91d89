"""Entra ID: OpenID discovery, and tokens for the client-credentials grant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic import TypeAdapter

from watchkeeper.emulators.azure.assertions import AssertionRefused, Assertions
from watchkeeper.emulators.azure.entra_options import EntraOptions
from watchkeeper.emulators.azure.identities import Application
from watchkeeper.emulators.azure.issuers import Issuers
from watchkeeper.emulators.azure.registrations import Registrations
from watchkeeper.emulators.azure.tokens import ARM_AUDIENCES, CAPABLE, EVIDENCE_AUDIENCES, Tokens
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.exchange import Request, Response

DISCOVERY: Final = ("v2.0", ".well-known", "openid-configuration")
TOKEN: Final = ("oauth2", "v2.0", "token")
_TRACES: Final = UUID("6d3f0c8a-1c1f-5a57-8b7e-2f1d6f0a9b3c")
_OPTIONS: Final = TypeAdapter(EntraOptions)
SEEDS: Final = {"system", "options", "certificates", "federated_credentials", "app_roles", "client_id", "revoke"}


class Entra:
    """The authority of one tenant; the tenant's id and its `.example` domain both name it."""

    name = "entra"

    def __init__(
        self,
        clock: WorldClock,
        tenant_id: str,
        tokens: Tokens,
        logs_audience: str,
        registrations: Registrations,
        issuers: Issuers,
    ) -> None:
        self._clock = clock
        self._tenant_id = tenant_id
        self.tokens = tokens
        self._audiences = {
            *ARM_AUDIENCES,
            *EVIDENCE_AUDIENCES,
            "https://api.loganalytics.io",
            logs_audience.rstrip("/"),
        }
        self._answers = count(1)
        self._born_with = tokens.options
        self.registrations = registrations
        self.issuers = issuers
        self._assertions = Assertions(registrations, issuers)

    def records(self) -> list[dict[str, Any]]:
        return []

    def reset(self) -> None:
        """Registrations and switches as they were; tokens stay valid."""
        self.tokens.options = self._born_with
        self.tokens.reset()
        self.registrations.reset()

    def seed(self, command: dict[str, Any]) -> dict[str, Any]:
        """Change switches (`options`), register `certificates` (PEM texts), `federated_credentials` or `app_roles` (by audience) for
        `client_id` (Watchkeeper's own by default), and `revoke` tokens. Raises ValueError or TypeError for a bad command."""
        unknown = set(command) - SEEDS
        if unknown:
            raise ValueError(
                f"unknown in an Entra seed: {', '.join(sorted(unknown))}; there is {', '.join(sorted(SEEDS))}"
            )
        client_id = str(command.get("client_id", self.registrations.own))
        if "options" in command:
            self.tokens.options = _OPTIONS.validate_python(_merged(self.tokens.options, command["options"]))
        if "certificates" in command:
            self.registrations.register_certificates(command["certificates"], client_id)
        if "federated_credentials" in command:
            self.registrations.trust(command["federated_credentials"], client_id)
        if "app_roles" in command:
            self.registrations.consent(command["app_roles"], client_id)
        if "revoke" in command:
            if command["revoke"] not in {"expired", "claims"}:
                raise ValueError(f"revoke {command['revoke']!r} is none of expired, claims")
            self.tokens.revoke(command["revoke"])
        return {"options": {each.name: getattr(self.tokens.options, each.name) for each in fields(EntraOptions)}}

    def issue(self, application: Application, resource: str, *, capable: bool = False) -> str | None:
        """An access token, None when the tenant knows no such resource."""
        audience = resource.rstrip("/")
        if audience not in self._audiences:
            return None
        roles = self.registrations.roles(application.client_id, audience)
        return self.tokens.issue(application, audience, capable=capable, roles=roles)

    def handle(self, request: Request) -> Response:
        tenant, *rest = request.segments or ("",)
        if tenant.lower() not in {self._tenant_id.lower(), "soc.example"}:
            return self._failed(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        match request.method, tuple(rest):
            case "GET", tail if tail == DISCOVERY:
                return self._discovery(request)
            case "POST", tail if tail == TOKEN:
                return self._token(request)
            case _:
                return self._failed(404, "invalid_request", 900144, f"No such endpoint: {request.path}")

    def _discovery(self, request: Request) -> Response:
        root = f"https://{request.host}/{self._tenant_id}"
        return Response.of_json(
            200,
            {
                "issuer": f"{root}/v2.0",
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{root}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid"],
                "tenant_region_scope": "EU",
            },
        )

    def _token(self, request: Request) -> Response:
        form = request.form()
        if form.get("grant_type") != "client_credentials":
            return self._failed(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        client_id = form.get("client_id", "")
        application = self.tokens.applications.get(client_id.lower())
        if application is None:
            return self._failed(
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{client_id}' was not found in the directory.",
            )
        return self._refuse_credential(request, application, form) or self._issue(application, form)

    def _refuse_credential(
        self, request: Request, application: Application, form: Mapping[str, str]
    ) -> Response | None:
        secret, assertion = form.get("client_secret"), form.get("client_assertion")
        if assertion is not None:
            return self._refuse_assertion(request, application, assertion)
        if secret is None:
            needed = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
            return self._failed(401, "invalid_client", 7000218, needed)
        if secret != application.secret:
            detail = (
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
                f"not the client secret ID, for a secret added to app '{application.client_id}'."
            )
            return self._failed(401, "invalid_client", 7000215, detail)
        if self.tokens.options.secret_expired:
            detail = f"The provided client secret keys for app '{application.client_id}' are expired."
            return self._failed(401, "invalid_client", 7000222, detail)
        return None

    def _refuse_assertion(self, request: Request, application: Application, assertion: str) -> Response | None:
        root = f"https://{request.host}/{self._tenant_id}"
        endpoints = {f"{root}/{'/'.join(TOKEN)}", f"{root}/v2.0", f"{root}/oauth2/token"}
        try:
            self._assertions.check(application, assertion, endpoints, old_codes=self.tokens.options.old_federation_code)
        except AssertionRefused as refused:
            return self._failed(401, "invalid_client", refused.code, refused.detail)
        return None

    def _issue(self, application: Application, form: Mapping[str, str]) -> Response:
        scope = form.get("scope", "").strip()
        resource, marker, _ = scope.partition("/.default")
        if not marker or " " in scope:
            detail = f"The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
            return self._failed(400, "invalid_scope", 1002012, detail)
        token = self.issue(application, resource, capable=_capable(form.get("claims", "")))
        if token is None:
            detail = f"The resource principal named {resource} was not found in the tenant."
            return self._failed(400, "invalid_resource", 500011, detail)
        return Response.of_json(
            200,
            {
                "token_type": "Bearer",
                "expires_in": self.tokens.lifetime,
                "ext_expires_in": self.tokens.lifetime,
                "access_token": token,
            },
            {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"},
        )

    def _failed(self, status: int, error: str, code: int, detail: str) -> Response:
        serial = next(self._answers)
        trace, correlation = (str(uuid5(_TRACES, f"{kind} {serial}")) for kind in ("trace", "correlation"))
        stamp = f"{self._clock.now():%Y-%m-%d %H:%M:%SZ}"
        description = f"AADSTS{code}: {detail} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
        return Response.of_json(
            status,
            {
                "error": error,
                "error_description": description,
                "error_codes": [code],
                "timestamp": stamp,
                "trace_id": trace,
                "correlation_id": correlation,
                "error_uri": f"https://login.microsoftonline.com/error?code={code}",
            },
        )


def _merged(options: EntraOptions, changes: object) -> dict[str, Any]:
    known = {each.name for each in fields(EntraOptions)}
    if not isinstance(changes, dict) or set(changes) - known:
        raise ValueError(f"options are {', '.join(sorted(known))}, not {changes!r}")
    return {**{name: getattr(options, name) for name in known}, **changes}


def _capable(claims: str) -> bool:
    """Whether the client says that it handles claims challenges (`xms_cc` with the value CP1)."""
    try:
        wanted = json.loads(claims)["access_token"]["xms_cc"]["values"]
    except (ValueError, KeyError, TypeError):
        return False
    return any(str(value).lower() == CAPABLE for value in wanted)
