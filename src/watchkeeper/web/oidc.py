"""Signing in with OpenID Connect: authorization code with PKCE, by Authlib.

The provider is asked when somebody signs in, not before: the board starts without it. Every failure is one `SignInFailed`; what was
wrong goes to the log, not to whoever tried.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import StarletteIntegration, StarletteOAuth2App
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from watchkeeper.ports import Clock
from watchkeeper.web.access import Person, Role, roles_in
from watchkeeper.web.sessions import SignIn
from watchkeeper.web.setup import Provider

SIGNATURES: Final = ("RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512")
"""Asymmetric ones alone, whatever a provider's metadata name: nobody signs with a key that others know, or with none."""
LEEWAY: Final = 60
"""Seconds by which a provider's clock may differ."""
PATIENCE: Final = 10.0
_WRONG: Final = (OAuthError, JoseError, httpx2.HTTPError, ValueError, TypeError, KeyError, RuntimeError)


class SignInFailed(Exception):
    """Nobody is signed in by this."""


@dataclass(slots=True)
class OpenIdConnect:
    """`back` is the address that the provider sends browsers back to."""

    provider: Provider
    roles: tuple[tuple[Role, str], ...]
    back: str
    clock: Clock
    _made: Any = None

    @property
    def _app(self) -> Any:
        """Authlib's client, made when the first person signs in."""
        if self._made is None:
            self._made = self._client()
        return self._made

    def _client(self) -> Any:
        return StarletteOAuth2App(
            StarletteIntegration("board"),
            name="board",
            client_id=self.provider.client_id,
            client_secret=self.provider.client_secret,
            server_metadata_url=f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "verify": ssl.create_default_context(cafile=self.provider.ca_file),
                "timeout": PATIENCE,
                "trust_env": False,
            },
        )

    async def leave(self, to: str) -> tuple[str, SignIn]:
        """Where to send a browser, and what to compare its return with."""
        try:
            await self._require_issuer()
            sent = await self._app.create_authorization_url(self.back)
            return sent["url"], SignIn(sent["state"], sent["nonce"], sent["code_verifier"], to)
        except _WRONG as error:
            raise SignInFailed(f"the provider cannot be asked: {type(error).__name__}: {error}") from error

    async def arrive(self, sent: SignIn, code: str) -> Person:
        """Who has come back with this code."""
        try:
            await self._require_issuer()
            token = await self._app.fetch_access_token(redirect_uri=self.back, code=code, code_verifier=sent.verifier)
            return self._person(await self._claims(token, sent.nonce))
        except _WRONG as error:
            raise SignInFailed(
                f"the provider's answer is not to be trusted: {type(error).__name__}: {error}"
            ) from error

    async def _require_issuer(self) -> None:
        """OpenID Connect Discovery 1.0, section 4.3: metadata of another issuer must not be used."""
        metadata = await self._app.load_server_metadata()
        if metadata.get("issuer") != self.provider.issuer:
            raise ValueError(f"its metadata are those of {metadata.get('issuer')!r:.200}")

    async def _claims(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        try:
            decoded = _decoded(token["id_token"], await self._app.fetch_jwk_set())
        except (InvalidKeyIdError, BadSignatureError):
            # The provider may have changed its keys since we read them.
            decoded = _decoded(token["id_token"], await self._app.fetch_jwk_set(force=True))
        wanted = {"iss": self.provider.issuer, "aud": self.provider.client_id}
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {name: {"essential": True, "values": [value]} for name, value in wanted.items()},
            {"nonce": nonce, "client_id": self.provider.client_id, "access_token": token.get("access_token")},
        )
        claims.validate(now=int(self.clock.now().timestamp()), leeway=LEEWAY)
        return dict(claims)

    def _person(self, claims: Mapping[str, Any]) -> Person:
        given = claims.get(self.provider.claim) or []
        groups = {given} if isinstance(given, str) else {each for each in given if isinstance(each, str)}
        name = next(str(claims[each]) for each in ("name", "preferred_username", "email", "sub") if claims.get(each))
        return Person(name[:256], roles_in(groups, self.roles))


def _decoded(text: str, keys: Any) -> jwt.Token:
    registry = JWSRegistry(algorithms=list(SIGNATURES), strict_check_header=False)
    return jwt.decode(text, KeySet.import_key_set(keys), registry=registry)
