"""Where a workload gets its own word for who it is: GitHub's and Azure Pipelines' OIDC endpoints, IMDS and App Service."""

from __future__ import annotations

import hmac
import time
from typing import Any, Final

from watchkeeper.emulators.azure.entra import Entra
from watchkeeper.emulators.azure.issuers import GITHUB, PIPELINES
from watchkeeper.emulators.exchange import Request, Response

JOB_TOKEN: Final = "emulated-job-token"
"""ACTIONS_ID_TOKEN_REQUEST_TOKEN of the emulated GitHub job."""
SYSTEM_ACCESS_TOKEN: Final = "emulated-system-access-token"
SERVICE_CONNECTION_ID: Final = "6f0d3c58-2e41-4a9b-8c77-1b5d9e3f2a60"
IDENTITY_HEADER: Final = "emulated-identity-header"

GITHUB_PATH: Final = "/github/1f2e3d4c/idtoken"
PIPELINES_PATH: Final = "/soc-example/maintenance/_apis/distributedtask/hubs/build/plans/1/jobs/2/oidctoken"
IMDS_PATH: Final = "/metadata/identity/oauth2/token"
APP_SERVICE_PATH: Final = "/msi/token"


class Pipelines:
    """A GitHub Actions job and an Azure Pipelines job, which may each ask for a signed statement of who they are."""

    name = "pipelines"

    def __init__(self, entra: Entra) -> None:
        self._entra = entra

    def records(self) -> list[dict[str, Any]]:
        return []

    def reset(self) -> None:
        """Issuers keep their keys: nothing to do."""

    def handle(self, request: Request) -> Response:
        match request.method, request.path.rstrip("/"):
            case "GET", path if path == GITHUB_PATH:
                return self._github(request)
            case "POST", path if path == PIPELINES_PATH:
                return self._azure(request)
            case _:
                return Response.of_json(404, {"message": f"Not Found: {request.path}"})

    def _github(self, request: Request) -> Response:
        """docs.github.com/actions/reference/security/oidc: the job's own token as the bearer, `audience` as a parameter."""
        if not _is_bearer(request, JOB_TOKEN) or not self._entra.tokens.options.github_permission:
            return Response.of_json(403, {"message": "Resource not accessible by integration"})
        audience = request.parameter("audience") or "https://github.com/soc-example"
        return Response.of_json(200, {"count": 1, "value": self._entra.issuers.assertion(GITHUB, audience)})

    def _azure(self, request: Request) -> Response:
        """learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create, as azure-identity calls it."""
        if not _is_bearer(request, SYSTEM_ACCESS_TOKEN):
            return Response(401, b"<html><title>Azure DevOps sign in</title></html>", {"Content-Type": "text/html"})
        if request.parameter("api-version") != "7.1":
            return Response.of_json(400, {"message": "The requested REST API version is out of range for this server."})
        if request.parameter("serviceConnectionId") != SERVICE_CONNECTION_ID:
            return Response.of_json(404, {"message": "The service connection does not exist or is not authorized."})
        return Response.of_json(200, {"oidcToken": self._entra.issuers.assertion(PIPELINES)})


class Machine:
    """A machine in Azure with a managed identity, which is Watchkeeper's own: IMDS and App Service, in plain HTTP."""

    name = "machine"

    def __init__(self, entra: Entra) -> None:
        self._entra = entra

    def records(self) -> list[dict[str, Any]]:
        return []

    def reset(self) -> None:
        """Nothing of its own."""

    def handle(self, request: Request) -> Response:
        match request.method, request.path.rstrip("/"):
            case "GET", path if path == IMDS_PATH:
                return self._refuse_imds(request) or self._token(request)
            case "GET", path if path == APP_SERVICE_PATH:
                return self._refuse_app_service(request) or self._token(request)
            case _:
                return Response.of_json(404, {"error": "not_found", "error_description": request.path})

    def _refuse_imds(self, request: Request) -> Response | None:
        """learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token, error handling."""
        if request.headers.get("metadata", "").lower() != "true":
            return _invalid("Required metadata header not specified")
        if "x-forwarded-for" in request.headers:
            return _invalid("Request contains X-Forwarded-For")
        if request.parameter("api-version") != "2018-02-01":
            return _invalid("Required query variable 'api-version' is missing or unknown")
        return self._refuse_identity(request)

    def _refuse_app_service(self, request: Request) -> Response | None:
        """learn.microsoft.com/azure/app-service/overview-managed-identity, REST endpoint reference."""
        if not hmac.compare_digest(request.headers.get("x-identity-header", "").encode(), IDENTITY_HEADER.encode()):
            return Response.of_json(403, {"statusCode": 403, "message": "The identity header does not match."})
        if request.parameter("api-version") != "2019-08-01":
            return Response.of_json(400, {"statusCode": 400, "message": "Unsupported api-version."})
        return self._refuse_identity(request)

    def _refuse_identity(self, request: Request) -> Response | None:
        wanted = request.parameter("client_id")
        if wanted and wanted.lower() != self._entra.registrations.own:
            return _invalid("Identity not found")
        return None

    def _token(self, request: Request) -> Response:
        registrations = self._entra.registrations
        application = registrations.applications[registrations.own]
        resource = request.parameter("resource") or ""
        token = self._entra.issue(application, resource)
        if token is None:
            return _invalid(f"AADSTS500011: The resource principal named {resource} was not found in the tenant.")
        lifetime = self._entra.tokens.lifetime
        expires = int(time.time()) + lifetime
        return Response.of_json(
            200,
            {
                "access_token": token,
                "client_id": application.client_id,
                "expires_in": str(lifetime),
                "expires_on": str(expires),
                "resource": resource,
                "token_type": "Bearer",
            },
        )


def _invalid(detail: str) -> Response:
    return Response.of_json(400, {"error": "invalid_request", "error_description": detail})


def _is_bearer(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())
