"""Access tokens: issued by the Entra emulator, checked by everything in Azure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Literal

from watchkeeper.emulators.azure.entra_options import EntraOptions
from watchkeeper.emulators.azure.identities import Application

ARM_AUDIENCES: Final = ("https://management.azure.com", "https://management.core.windows.net")
GRAPH_AUDIENCE: Final = "https://graph.microsoft.com"
DEFENDER_AUDIENCE: Final = "https://api.securitycenter.microsoft.com"
EVIDENCE_AUDIENCES: Final = (GRAPH_AUDIENCE, DEFENDER_AUDIENCE)
"""The audiences whose permissions are application roles, which the token itself carries."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid token says: whose it is, for which resource, and with which application roles there."""

    application: Application
    audience: str
    roles: tuple[str, ...] = ()


class ExpiredToken(Exception):
    """A token that was good once."""


class UnknownToken(Exception):
    """Not one of ours, or damaged."""


class ClaimsNeeded(Exception):
    """A token that was revoked, whose client has said that it understands being asked for more claims."""

    def __init__(self, claims: str) -> None:
        super().__init__(claims)
        self.claims = claims


Revocation = Literal["expired", "claims"]
CAPABLE: Final = "cp1"
"""The client capability that means "I handle a claims challenge" (learn.microsoft.com/entra/identity-platform/claims-challenge)."""


@dataclass(slots=True)
class _Checked:
    """A token that was read, and what has been done with it. `issued`: monotonic seconds."""

    grant: Grant
    issued: float
    capable: bool
    calls: int = 0


class Tokens:
    """Tokens have the shape of a JWT and are signed, so they need no register and survive a reset."""

    def __init__(
        self,
        applications: tuple[Application, ...],
        tenant_id: str,
        lifetime: int,
        monotonic: Callable[[], float] = time.monotonic,
        options: EntraOptions | None = None,
    ) -> None:
        self.lifetime = lifetime
        self.options = options or EntraOptions()
        self.applications = {application.client_id.lower(): application for application in applications}
        self._tenant_id = tenant_id
        self._monotonic = monotonic
        self._key = hashlib.sha256(f"emulated tenant {tenant_id}".encode()).digest()
        self._checked: dict[str, _Checked] = {}
        self._revoked: tuple[Revocation, float, str] | None = None
        self._serial = count(1)
        self._lock = threading.Lock()

    def issue(
        self, application: Application, audience: str, *, capable: bool = False, roles: Sequence[str] = ()
    ) -> str:
        """A token for one audience; `capable` when its client has said that it handles claims challenges. `roles` are the
        application's there, as they are now."""
        claims: dict[str, Any] = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{self._tenant_id}/",
            "tid": self._tenant_id,
            "appid": application.client_id,
            "oid": application.principal.object_id,
            "idtyp": "app",
            "exp": int(time.time()) + self.lifetime,
            "uti": f"{self._monotonic():.6f}",
            "rh": f"{next(self._serial)}",
        }
        if capable:
            claims["xms_cc"] = [CAPABLE]
        if roles:
            claims["roles"] = list(roles)
        head = f"{_encoded({'typ': 'JWT', 'alg': 'HS256'})}.{_encoded(claims)}"
        return f"{head}.{self._signature(head)}"

    def revoke(self, how: Revocation) -> None:
        """Every token issued up to now is good no longer: as if it had expired, or with a claims challenge to whoever
        understands one (continuous access evaluation; a client that does not keeps its token until it expires)."""
        claims = json.dumps({"access_token": {"nbf": {"essential": True, "value": str(int(time.time()))}}})
        with self._lock:
            self._revoked = (how, self._monotonic(), claims)

    def reset(self) -> None:
        """Revocations and counted calls are forgotten; tokens stay valid."""
        with self._lock:
            self._revoked = None
            self._checked.clear()

    def check(self, token: str) -> Grant:
        """What `token` grants, counting the call; raises UnknownToken, ExpiredToken or ClaimsNeeded."""
        with self._lock:
            found = self._checked.get(token)
            if found is None:
                found = self._read(token)
                if len(self._checked) > 1000:
                    self._checked.clear()
                self._checked[token] = found
            found.calls += 1
            limit = self.options.token_calls
            if self._monotonic() - found.issued > self.lifetime or (limit is not None and found.calls > limit):
                raise ExpiredToken
            self._refuse_revoked(found)
        return found.grant

    def _refuse_revoked(self, found: _Checked) -> None:
        if self._revoked is None or found.issued > self._revoked[1]:
            return
        how, _, claims = self._revoked
        if how == "expired":
            raise ExpiredToken
        if found.capable:
            raise ClaimsNeeded(claims)

    def _read(self, token: str) -> _Checked:
        head, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(head).encode()):
            raise UnknownToken
        claims = json.loads(base64.urlsafe_b64decode(head.split(".")[1] + "=="))
        application = self.applications.get(claims["appid"].lower())
        if application is None:
            raise UnknownToken
        grant = Grant(application, claims["aud"], tuple(claims.get("roles", ())))
        return _Checked(grant, float(claims["uti"]), CAPABLE in claims.get("xms_cc", ()))

    def _signature(self, head: str) -> str:
        digest = hmac.new(self._key, head.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _encoded(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
