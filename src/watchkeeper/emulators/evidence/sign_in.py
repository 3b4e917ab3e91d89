"""Who is asking, and what was the application granted: bearer tokens, audiences and the roles that a token carries."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from watchkeeper.emulators.azure.tokens import ClaimsNeeded, ExpiredToken, Grant, Tokens, UnknownToken
from watchkeeper.emulators.evidence.refusals import Refusal
from watchkeeper.emulators.exchange import Request

CHALLENGE: Final = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'


def grant_of(request: Request, tokens: Tokens, audience: str, code: str) -> Grant:
    """The grant behind the bearer; raises Refusal (401) with the API's own code."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthorized(code, "Access token is empty.")
    try:
        grant = tokens.check(token.strip())
    except ExpiredToken:
        raise _unauthorized(code, "Lifetime validation failed, the token is expired.") from None
    except ClaimsNeeded as needed:
        wanted = base64.b64encode(needed.claims.encode()).decode()
        challenge = f'{CHALLENGE}, error="insufficient_claims", claims="{wanted}"'
        message = "Continuous access evaluation resulted in challenge with result: InteractionRequired."
        raise Refusal(401, code, message, {"WWW-Authenticate": challenge}) from None
    except UnknownToken:
        raise _unauthorized(code, "IDX10223: Signature validation failed.") from None
    if grant.audience != audience:
        raise _unauthorized(code, "Access token validation failure. Invalid audience.")
    return grant


def _unauthorized(code: str, message: str) -> Refusal:
    return Refusal(401, code, message, {"WWW-Authenticate": CHALLENGE})


def holds(grant: Grant, permissions: Sequence[str]) -> bool:
    """Whether the token carries one of the roles."""
    return not set(permissions).isdisjoint(grant.roles)
