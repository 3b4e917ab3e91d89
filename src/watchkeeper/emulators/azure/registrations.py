"""What the tenant knows of its applications: certificates, whom they trust to vouch for a workload, and their roles."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from watchkeeper.emulators.azure.identities import Application
from watchkeeper.emulators.azure.issuers import GITHUB, KUBERNETES, PIPELINES, FederatedCredential
from watchkeeper.emulators.azure.jwt import base64url
from watchkeeper.emulators.azure.tokens import DEFENDER_AUDIENCE, EVIDENCE_AUDIENCES, GRAPH_AUDIENCE

TRUSTED: Final = (GITHUB, PIPELINES, KUBERNETES)
"""The federated credentials of Watchkeeper's own application in a fresh world."""
CONSENTED: Final[Mapping[str, tuple[str, ...]]] = {
    GRAPH_AUDIENCE: (
        "DeviceManagementManagedDevices.Read.All",
        "LicenseAssignment.Read.All",
        "SecurityEvents.Read.All",
        "ServiceHealth.Read.All",
        "ServiceMessage.Read.All",
    ),
    DEFENDER_AUDIENCE: (
        "Machine.Read.All",
        "RemediationTasks.Read.All",
        "Score.Read.All",
        "SecurityRecommendation.Read.All",
        "Software.Read.All",
    ),
}
"""What an administrator has consented to for Watchkeeper's own application: application roles, by audience."""


class Registrations:
    """Applications by client id. `own` is Watchkeeper's, which seeds mean when they name none."""

    def __init__(self, applications: tuple[Application, ...]) -> None:
        self._lock = threading.Lock()
        self.applications: Mapping[str, Application] = {each.client_id.lower(): each for each in applications}
        self.own = applications[0].client_id.lower()
        self.reset()

    def reset(self) -> None:
        """As in a fresh world: no certificate, the three issuers trusted by our own application, and its roles."""
        with self._lock:
            self._certificates: dict[str, list[x509.Certificate]] = {}
            self._federated: dict[str, tuple[FederatedCredential, ...]] = {self.own: TRUSTED}
            self._roles: dict[tuple[str, str], tuple[str, ...]] = {
                (self.own, audience): roles for audience, roles in CONSENTED.items()
            }

    def certificates(self, client_id: str) -> tuple[x509.Certificate, ...]:
        with self._lock:
            return tuple(self._certificates.get(client_id.lower(), ()))

    def federated(self, client_id: str) -> tuple[FederatedCredential, ...]:
        with self._lock:
            return self._federated.get(client_id.lower(), ())

    def roles(self, client_id: str, audience: str) -> tuple[str, ...]:
        """The application roles on an audience that a token issued now carries."""
        with self._lock:
            return self._roles.get((client_id.lower(), audience), ())

    def consent(self, granted: Mapping[str, Sequence[str]], client_id: str) -> None:
        """Replace the application roles on the audiences that are named, each a list of names. Raises ValueError."""
        for audience, roles in granted.items():
            if audience not in EVIDENCE_AUDIENCES or not isinstance(roles, list):
                raise ValueError(
                    f"app_roles has a list of names for {', '.join(EVIDENCE_AUDIENCES)}, not {granted!r:.200}"
                )
        with self._lock:
            self._roles |= {(client_id.lower(), audience): tuple(roles) for audience, roles in granted.items()}

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
