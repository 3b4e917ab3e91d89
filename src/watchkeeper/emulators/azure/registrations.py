"""What the tenant knows of its applications: certificates, and whom they trust to vouch for a workload."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from watchkeeper.emulators.azure.identities import Application
from watchkeeper.emulators.azure.issuers import GITHUB, KUBERNETES, PIPELINES, FederatedCredential
from watchkeeper.emulators.azure.jwt import base64url

TRUSTED: Final = (GITHUB, PIPELINES, KUBERNETES)
"""The federated credentials of Watchkeeper's own application in a fresh world."""


class Registrations:
    """Applications by client id. `own` is Watchkeeper's, which seeds mean when they name none."""

    def __init__(self, applications: tuple[Application, ...]) -> None:
        self._lock = threading.Lock()
        self.applications: Mapping[str, Application] = {each.client_id.lower(): each for each in applications}
        self.own = applications[0].client_id.lower()
        self.reset()

    def reset(self) -> None:
        """As in a fresh world: no certificate, and the three issuers trusted by our own application."""
        with self._lock:
            self._certificates: dict[str, list[x509.Certificate]] = {}
            self._federated: dict[str, tuple[FederatedCredential, ...]] = {self.own: TRUSTED}

    def certificates(self, client_id: str) -> tuple[x509.Certificate, ...]:
        with self._lock:
            return tuple(self._certificates.get(client_id.lower(), ()))

    def federated(self, client_id: str) -> tuple[FederatedCredential, ...]:
        with self._lock:
            return self._federated.get(client_id.lower(), ())

    def register_certificates(self, pems: Sequence[object], client_id: str) -> None:
        """Add the first certificate of each PEM text (a key beside it is not looked at). Raises ValueError."""
        found = [x509.load_pem_x509_certificates(str(pem).encode())[0] for pem in pems]
        with self._lock:
            self._certificates.setdefault(client_id.lower(), []).extend(found)

    def trust(self, credentials: Sequence[Mapping[str, Any]], client_id: str) -> None:
        """Replace the federated credentials; each is {issuer, subject, audience}. Raises TypeError."""
        trusted = tuple(FederatedCredential(**each) for each in credentials)
        with self._lock:
            self._federated[client_id.lower()] = trusted


def thumbprints(certificate: x509.Certificate) -> Mapping[str, str]:
    """How the header of an assertion may name the certificate that signed it (RFC 7515, 4.1.7 and 4.1.8)."""
    return {
        "x5t": base64url(certificate.fingerprint(SHA1())),  # the header is defined so
        "x5t#S256": base64url(certificate.fingerprint(SHA256())),
        "kid": certificate.fingerprint(SHA1()).hex().upper(),
    }
