"""Signing in with OpenID Connect: authorization code with PKCE, by Authlib.

The provider is asked when somebody signs in, not before: the board starts without it. Every failure is one `SignInFailed`; what was
wrong goes to the log, not to whoever tried.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from watchkeeper.ports import Clock
from watchkeeper.web.access import Groups, Person
from watchkeeper.web.identity import LONGEST_NAME
from watchkeeper.web.provider import Source
from watchkeeper.web.sessions import SignIn

log = logging.getLogger(__name__)

SIGNATURES: Final = ("RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512")
"""Asymmetric ones alone, whatever a provider's metadata name: nobody signs with a key that others know, or with none."""
LEEWAY: Final = 60
"""Seconds by which a provider's clock may differ."""
ALTOGETHER: Final = 20.0
_NAMES: Final = ("name", "preferred_username", "email", "sub")
_WRONG: Final = (
    OAuthError,
    JoseError,
    httpx2.HTTPError,
    TimeoutError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RuntimeError,
)
"""What a provider's answer can make the libraries raise, whatever it is."""


class SignInFailed(Exception):
    """Nobody is signed in by this."""


class GroupsLeftOut(SignInFailed):
    """The provider knows somebody's groups, and did not send them."""


@dataclass(frozen=True, slots=True)
class OpenIdConnect:
    """`back` is the address that the provider sends browsers back to, `altogether` the seconds that asking it may take."""

    source: Source
    groups: Groups
    back: str
    clock: Clock
    altogether: float = ALTOGETHER

    async def leave(self, to: str) -> tuple[str, SignIn]:
        """Where to send a browser, and what to compare its return with."""
        try:
            async with asyncio.timeout(self.altogether):
                client = await self.source.client()
                sent = await client.create_authorization_url(self.back)
            return sent["url"], SignIn(sent["state"], sent["nonce"], sent["code_verifier"], to)
        except _WRONG as error:
            raise SignInFailed(f"the provider cannot be asked: {type(error).__name__}: {error}") from error

    async def arrive(self, sent: SignIn, code: str) -> Person:
        """Who has come back with this code."""
        try:
            async with asyncio.timeout(self.altogether):
                client = await self.source.client()
                token = await client.fetch_access_token(redirect_uri=self.back, code=code, code_verifier=sent.verifier)
                return self._person(await self._claims(client, token, sent.nonce))
        except _WRONG as error:
            raise SignInFailed(
                f"the provider's answer is not to be trusted: {type(error).__name__}: {error}"
            ) from error

    async def _claims(self, client: Any, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        try:
            decoded = _decoded(token["id_token"], await client.fetch_jwk_set())
        except (InvalidKeyIdError, BadSignatureError):
            # The provider may have changed its keys since we read them.
            decoded = _decoded(token["id_token"], await client.fetch_jwk_set(force=True))
        provider = self.source.provider
        wanted = {"iss": provider.issuer, "aud": provider.client_id}
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {name: {"essential": True, "values": [value]} for name, value in wanted.items()},
            {"nonce": nonce, "client_id": provider.client_id, "access_token": token.get("access_token")},
        )
        claims.validate(now=int(self.clock.now().timestamp()), leeway=LEEWAY)
        return dict(claims)

    def _person(self, claims: Mapping[str, Any]) -> Person:
        member_of = _groups(claims, self.source.provider.claim)
        name = next((str(claims[each]) for each in _NAMES if claims.get(each)), "")
        if not name:
            raise ValueError("it does not say who that is")
        # A name may be of a person's own choosing; the subject is not (OpenID Connect Core 1.0, section 5.7).
        account = ", ".join(str(claims[each])[:100] for each in ("preferred_username", "sub") if claims.get(each))
        person = self.groups.person(name[:LONGEST_NAME], member_of, account)
        if not person.roles:
            log.warning(
                "somebody signed in who has no role: the claim %s names %d groups, and WATCHKEEPER_WEB_ROLES none of them",
                self.source.provider.claim,
                len(member_of),
            )
        return person


def _groups(claims: Mapping[str, Any], claim: str) -> set[str]:
    """The groups that a token names. Raises GroupsLeftOut where it only says that there are some.

    Entra ID leaves them out of the token of somebody in more than 200, and names instead where they can be asked for
    (learn.microsoft.com/entra/identity-platform/access-token-claims-reference, "Groups overage claim").
    """
    elsewhere = claims.get("_claim_names")
    left_out = isinstance(elsewhere, Mapping) and claim in elsewhere
    if claim not in claims and (left_out or (claim == "groups" and claims.get("hasgroups"))):
        raise GroupsLeftOut(
            f"the provider left out the claim {claim} of somebody in too many groups (Entra ID: more than 200): let it send only the "
            "groups that are assigned to the application, or assign app roles and set WATCHKEEPER_WEB_OIDC_CLAIM=roles"
        )
    given = claims.get(claim) or []
    if not isinstance(given, str | list):
        raise ValueError(f"the claim {claim} is no list")
    return {given} if isinstance(given, str) else {each for each in given if isinstance(each, str)}


def _decoded(text: str, keys: Any) -> jwt.Token:
    registry = JWSRegistry(algorithms=list(SIGNATURES), strict_check_header=False)
    return jwt.decode(text, KeySet.import_key_set(keys), registry=registry)
