"""Those whose word Entra ID takes for a workload: GitHub, Azure DevOps and a Kubernetes cluster, each with its own key."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import count
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from watchkeeper.emulators.azure.jwt import Jwt, sign_jwt
from watchkeeper.emulators.clock import WorldClock

EXCHANGE_AUDIENCE: Final = "api://AzureADTokenExchange"
"""What an assertion must be made out to; the recommended audience of a federated credential."""


@dataclass(frozen=True, slots=True)
class FederatedCredential:
    """Whom an application trusts: the three claims that an assertion must carry, letter by letter."""

    issuer: str
    subject: str
    audience: str = EXCHANGE_AUDIENCE


GITHUB: Final = FederatedCredential(
    "https://token.actions.githubusercontent.com", "repo:soc-example/watchkeeper:ref:refs/heads/main"
)
PIPELINES: Final = FederatedCredential(
    "https://vstoken.dev.azure.com/4b6d2c10-9a7e-4f35-8c01-d2e3f4a5b6c7", "sc://soc-example/maintenance/watchkeeper"
)
KUBERNETES: Final = FederatedCredential(
    "https://japaneast.oic.prod-aks.azure.com/7d1f6c0e-52a4-4a5e-9c0b-2f6f3c5b8a10/cluster/",
    "system:serviceaccount:soc:watchkeeper",
)
LIFETIMES: Final = {GITHUB.issuer: 300, PIPELINES.issuer: 600, KUBERNETES.issuer: 3600}
"""Seconds for which an issuer's word is good. GitHub's five minutes are those of Azure/login issue 441."""


class Issuer:
    """One identity provider. Its key is made when it is first needed; its clock is the world's."""

    def __init__(self, url: str, clock: WorldClock) -> None:
        self.url = url
        self._clock = clock
        self._lock = threading.Lock()
        self._key: RSAPrivateKey | None = None
        self._serial = count(1)

    def issue(self, subject: str, audience: str) -> str:
        """A signed statement that its bearer is `subject`, made out to `audience`."""
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": self.url,
            "sub": subject,
            "aud": audience,
            "iat": now,
            "nbf": now - 60,
            "exp": now + LIFETIMES[self.url],
            "jti": f"{next(self._serial)}",
        }
        return sign_jwt(claims, self._private(), "1")

    def issued(self, assertion: Jwt) -> bool:
        return assertion.verified_by(self._private().public_key())

    def in_time(self, assertion: Jwt) -> bool:
        now = self._clock.now().timestamp()
        return assertion.instant("nbf") <= now < assertion.instant("exp")

    def _private(self) -> RSAPrivateKey:
        with self._lock:
            if self._key is None:
                self._key = generate_private_key(public_exponent=65537, key_size=2048)
            return self._key


class Issuers:
    """The three issuers of this world, by their address."""

    def __init__(self, clock: WorldClock) -> None:
        self._by_url = {url: Issuer(url, clock) for url in LIFETIMES}

    def named(self, url: str) -> Issuer | None:
        return self._by_url.get(url)

    def assertion(self, of: FederatedCredential, audience: str | None = None) -> str:
        """What the workload `of` presents to Entra ID."""
        return self._by_url[of.issuer].issue(of.subject, of.audience if audience is None else audience)
