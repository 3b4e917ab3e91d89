"""Who is asking, and may they: bearer tokens, audiences, and rights on the workspace."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Final

from watchkeeper.emulators.azure.failures import Refused
from watchkeeper.emulators.azure.grants import Grants
from watchkeeper.emulators.azure.tokens import ClaimsNeeded, ExpiredToken, Grant, Tokens, UnknownToken
from watchkeeper.emulators.exchange import Request

_WORKSPACE: Final = "Microsoft.OperationalInsights/workspaces"
_MISSING: Final = "Authentication failed. The 'Authorization' header is missing."


def authenticate(request: Request, tokens: Tokens, audiences: Sequence[str], *, unknown_status: int) -> Grant:
    """The grant behind the request's bearer token; raises Refused.

    `unknown_status`: a token that nobody issued answers 401 from ARM and 403 from Log Analytics (its api/errors page).
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused(401, "AuthenticationFailed", _MISSING, {"WWW-Authenticate": "Bearer"})
    try:
        grant = tokens.check(token.strip())
    except ExpiredToken:
        message = "The access token expiry UTC time is earlier than current UTC time."
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token", error_description="The access token expired"'}
        raise Refused(401, "ExpiredAuthenticationToken", message, challenge) from None
    except ClaimsNeeded as needed:
        raise _claims_challenge(needed.claims) from None
    except UnknownToken:
        message = "The access token is invalid."
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise Refused(unknown_status, "InvalidAuthenticationToken", message, challenge) from None
    if grant.audience not in audiences:
        allowed = ",".join(f"'{audience}/'" for audience in audiences)
        message = (
            f"The access token has been obtained from wrong audience or resource '{grant.audience}'. It should exactly match "
            f"(including forward slash) with one of the allowed audiences {allowed}."
        )
        raise Refused(tokens.options.wrong_audience_status, "InvalidAuthenticationTokenAudience", message)
    return grant


def _claims_challenge(claims: str) -> Refused:
    """As ARM asks for a token with more claims (learn.microsoft.com/entra/identity-platform/claims-challenge)."""
    wanted = base64.b64encode(claims.encode()).decode()
    challenge = (
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
        f'error="insufficient_claims", claims="{wanted}"'
    )
    message = "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp."
    return Refused(401, "InvalidAuthenticationToken", message, {"WWW-Authenticate": challenge})


def authorize(grants: Grants, grant: Grant, action: str, scope: str) -> None:
    """Raises Refused (403) when the application may not do it."""
    application = grant.application
    if grants.allow(application, action):
        return
    message = (
        f"The client '{application.client_id}' with object id '{application.principal.object_id}' does not have authorization "
        f"to perform action '{action}' over scope '{scope}' or the scope is invalid. If "
        "access was recently granted, please refresh your credentials."
    )
    raise Refused(403, "AuthorizationFailed", message)


def authorize_query(grants: Grants, grant: Grant, tables: Iterable[str]) -> None:
    """A query needs the right to query, and read on each table in it (learn.microsoft.com, azure-monitor/logs/manage-access).
    Raises Refused (403)."""
    needed = [f"{_WORKSPACE}/query/read", *(f"{_WORKSPACE}/query/{table}/read" for table in tables)]
    if not all(grants.allow(grant.application, action) for action in needed):
        message = "The provided credentials have insufficient access to perform the requested operation"
        raise Refused(403, "InsufficientAccessError", message)
