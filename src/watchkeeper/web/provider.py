"""An OpenID Connect provider as it is asked: what it says of itself, by whom, how much of it is read, and for how long it is believed."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from authlib.integrations.starlette_client import StarletteIntegration, StarletteOAuth2App

from watchkeeper.ports import Monotonic
from watchkeeper.web.setup import Provider

PATIENCE: Final = 10.0
"""Seconds for each step of a question; a sign-in as a whole has its own."""
LARGEST_ANSWER: Final = 1024 * 1024
KEPT: Final = 60 * 60.0
"""Seconds for which metadata and keys are believed: a key that the provider has withdrawn is not ours for longer."""
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_ANSWER_TYPES: Final = {"Accept": "application/json", "Accept-Encoding": "identity"}


@dataclass(slots=True)
class Source:
    """The provider's client by Authlib, made when somebody signs in: the board starts without the provider."""

    provider: Provider
    monotonic: Monotonic
    _made: Any = None
    _at: float = 0.0

    async def client(self) -> Any:
        """Raises ValueError where what answers is not the provider that was named, or not safe to use."""
        if self._made is None or self.monotonic() - self._at > KEPT:
            made = _client(self.provider)
            made.server_metadata = _usable(await made.load_server_metadata(), self.provider.issuer)
            self._made, self._at = made, self.monotonic()
        return self._made


def _client(provider: Provider) -> Any:
    return StarletteOAuth2App(
        StarletteIntegration("board"),
        name="board",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile email",
            "code_challenge_method": "S256",
            "verify": ssl.create_default_context(cafile=provider.ca_file),
            "timeout": PATIENCE,
            "trust_env": False,
            "proxy": provider.proxy or None,
            "headers": _ANSWER_TYPES,
            "event_hooks": {"response": [_bound]},
        },
    )


def _usable(metadata: Mapping[str, Any], issuer: str) -> dict[str, Any]:
    """What we use of a provider's metadata. Authlib gives all that it is given to its client, which would take a `verify` from it.

    OpenID Connect Discovery 1.0, section 4.3: metadata of another issuer must not be used.
    """
    if metadata.get("issuer") != issuer:
        raise ValueError(f"its metadata are those of {metadata.get('issuer')!r:.200}")
    found = {name: metadata.get(name) for name in _ENDPOINTS}
    for name, address in found.items():
        if not isinstance(address, str) or not address.startswith("https://"):
            raise ValueError(f"its {name} is no https address: {address!r:.200}")
    named = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    by_form = "client_secret_basic" not in named and "client_secret_post" in named
    method = {"token_endpoint_auth_method": "client_secret_post"} if by_form else {}
    return {"issuer": issuer, **found, **method, "_loaded_at": metadata["_loaded_at"]}


async def _bound(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ValueError("its answer is compressed, which nobody asked for")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream)


class _Bounded(httpx2.AsyncByteStream):
    """As much of an answer as is read; ValueError beyond."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = LARGEST_ANSWER
        async for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise ValueError(f"its answer is longer than {LARGEST_ANSWER} bytes")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
