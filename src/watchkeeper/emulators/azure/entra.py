"""Entra ID: OpenID discovery, and tokens for the client-credentials grant."""

from __future__ import annotations

from itertools import count
from typing import Any, Final
from uuid import UUID, uuid5

from watchkeeper.emulators.azure.identities import Application
from watchkeeper.emulators.azure.tokens import ARM_AUDIENCES, GRAPH_AUDIENCES, Tokens
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.exchange import Request, Response

DISCOVERY: Final = ("v2.0", ".well-known", "openid-configuration")
TOKEN: Final = ("oauth2", "v2.0", "token")
_TRACES: Final = UUID("6d3f0c8a-1c1f-5a57-8b7e-2f1d6f0a9b3c")


class Entra:
    """The authority of one tenant; the tenant's id and its `.example` domain both name it."""

    name = "entra"

    def __init__(self, clock: WorldClock, tenant_id: str, tokens: Tokens, logs_audience: str) -> None:
        self._clock = clock
        self._tenant_id = tenant_id
        self._tokens = tokens
        self._audiences = {*ARM_AUDIENCES, *GRAPH_AUDIENCES, "https://api.loganalytics.io", logs_audience.rstrip("/")}
        self._answers = count(1)

    def records(self) -> list[dict[str, Any]]:
        return []

    def reset(self) -> None:
        """Registrations are fixed, and tokens stay valid: nothing to do."""

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
        application = self._tokens.applications.get(client_id.lower())
        if application is None:
            return self._failed(
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{client_id}' was not found in the directory.",
            )
        return self._refuse_credential(application, form) or self._issue(application, form.get("scope", ""))

    def _refuse_credential(self, application: Application, form: Any) -> Response | None:
        secret, assertion = form.get("client_secret"), form.get("client_assertion")
        if secret is None and assertion is None:
            needed = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
            return self._failed(401, "invalid_client", 7000218, needed)
        if secret is not None and secret != application.secret:
            detail = (
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
                f"not the client secret ID, for a secret added to app '{application.client_id}'."
            )
            return self._failed(401, "invalid_client", 7000215, detail)
        if assertion is not None and assertion.count(".") != 2:
            return self._failed(401, "invalid_client", 50027, "JWT token is invalid or malformed.")
        return None

    def _issue(self, application: Application, scope: str) -> Response:
        resource, marker, _ = scope.strip().partition("/.default")
        if not marker or " " in scope.strip():
            detail = f"The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
            return self._failed(400, "invalid_scope", 1002012, detail)
        if resource.rstrip("/") not in self._audiences:
            detail = f"The resource principal named {resource} was not found in the tenant."
            return self._failed(400, "invalid_resource", 500011, detail)
        return Response.of_json(
            200,
            {
                "token_type": "Bearer",
                "expires_in": self._tokens.lifetime,
                "ext_expires_in": self._tokens.lifetime,
                "access_token": self._tokens.issue(application, resource.rstrip("/")),
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
