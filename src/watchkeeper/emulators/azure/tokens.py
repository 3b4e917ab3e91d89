"""Access tokens: issued by the Entra emulator, checked by ARM and Log Analytics."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from watchkeeper.emulators.azure.identities import Application

ARM_AUDIENCES: Final = ("https://management.azure.com", "https://management.core.windows.net")
GRAPH_AUDIENCES: Final = ("https://graph.microsoft.com", "https://api.securitycenter.microsoft.com")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid token says: whose it is, and for which resource."""

    application: Application
    audience: str


class ExpiredToken(Exception):
    """A token that was good once."""


class UnknownToken(Exception):
    """Not one of ours, or damaged."""


class Tokens:
    """Tokens have the shape of a JWT and are signed, so they need no register and survive a reset."""

    def __init__(
        self,
        applications: tuple[Application, ...],
        tenant_id: str,
        lifetime: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lifetime = lifetime
        self.applications = {application.client_id.lower(): application for application in applications}
        self._tenant_id = tenant_id
        self._monotonic = monotonic
        self._key = hashlib.sha256(f"emulated tenant {tenant_id}".encode()).digest()
        self._checked: dict[str, tuple[Grant, float]] = {}
        self._lock = threading.Lock()

    def issue(self, application: Application, audience: str) -> str:
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{self._tenant_id}/",
            "tid": self._tenant_id,
            "appid": application.client_id,
            "oid": application.principal.object_id,
            "idtyp": "app",
            "exp": int(time.time()) + self.lifetime,
            "uti": f"{self._monotonic():.6f}",
        }
        head = f"{_encoded({'typ': 'JWT', 'alg': 'HS256'})}.{_encoded(claims)}"
        return f"{head}.{self._signature(head)}"

    def check(self, token: str) -> Grant:
        """What `token` grants; raises UnknownToken or ExpiredToken."""
        found = self._checked.get(token)
        if found is None:
            found = self._read(token)
            with self._lock:
                if len(self._checked) > 1000:
                    self._checked.clear()
                self._checked[token] = found
        grant, issued = found
        if self._monotonic() - issued > self.lifetime:
            raise ExpiredToken
        return grant

    def _read(self, token: str) -> tuple[Grant, float]:
        head, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(head).encode()):
            raise UnknownToken
        claims = json.loads(base64.urlsafe_b64decode(head.split(".")[1] + "=="))
        application = self.applications.get(claims["appid"].lower())
        if application is None:
            raise UnknownToken
        return Grant(application, claims["aud"]), float(claims["uti"])

    def _signature(self, head: str) -> str:
        digest = hmac.new(self._key, head.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _encoded(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
