"""What a client is told so that it signs in to the emulated Entra ID in one of the ways that the real one knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import trustme

from watchkeeper.emulators.azure import workloads
from watchkeeper.emulators.azure.entra import Entra
from watchkeeper.emulators.azure.issuers import KUBERNETES
from watchkeeper.emulators.options import SignIn

_CERTIFICATE_FILE: Final = "client-certificate.pem"
_TOKEN_FILE: Final = "federated-token"


def credential_environment(kind: SignIn, entra: Entra, ports: Mapping[str, int], folder: Path) -> dict[str, str]:
    """The settings for one way to sign in, beside the tenant and the client id; none for the client secret, which the
    environment holds anyway. Files that it needs are made in `folder` (0600)."""
    if kind is SignIn.CLIENT_SECRET:
        return {}
    named = SignIn.MANAGED_IDENTITY if kind is SignIn.APP_SERVICE else kind
    return {"WATCHKEEPER_AZURE_CREDENTIAL": named.value, **_KINDS[kind](entra, ports, folder)}


def _certificate(entra: Entra, _ports: Mapping[str, int], folder: Path) -> dict[str, str]:
    issued = trustme.CA().issue_cert("watchkeeper.example", key_type=trustme.KeyType.RSA)
    pem = issued.private_key_and_cert_chain_pem.bytes()
    entra.registrations.register_certificates([pem.decode()], entra.registrations.own)
    return {"AZURE_CLIENT_CERTIFICATE_PATH": str(_private(folder / _CERTIFICATE_FILE, pem))}


def _workload_identity(entra: Entra, _ports: Mapping[str, int], folder: Path) -> dict[str, str]:
    token = entra.issuers.assertion(KUBERNETES)
    return {"AZURE_FEDERATED_TOKEN_FILE": str(_private(folder / _TOKEN_FILE, token.encode()))}


def _github(_entra: Entra, ports: Mapping[str, int], _folder: Path) -> dict[str, str]:
    return {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"https://localhost:{ports['pipelines']}{workloads.GITHUB_PATH}?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": workloads.JOB_TOKEN,
    }


def _pipelines(_entra: Entra, ports: Mapping[str, int], _folder: Path) -> dict[str, str]:
    return {
        "AZURE_SERVICE_CONNECTION_ID": workloads.SERVICE_CONNECTION_ID,
        "SYSTEM_ACCESSTOKEN": workloads.SYSTEM_ACCESS_TOKEN,
        "SYSTEM_OIDCREQUESTURI": f"https://localhost:{ports['pipelines']}{workloads.PIPELINES_PATH}",
    }


def _imds(_entra: Entra, ports: Mapping[str, int], _folder: Path) -> dict[str, str]:
    return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"http://127.0.0.1:{ports['machine']}"}


def _app_service(_entra: Entra, ports: Mapping[str, int], _folder: Path) -> dict[str, str]:
    return {
        "IDENTITY_ENDPOINT": f"http://127.0.0.1:{ports['machine']}{workloads.APP_SERVICE_PATH}",
        "IDENTITY_HEADER": workloads.IDENTITY_HEADER,
    }


_Settings = Callable[[Entra, Mapping[str, int], Path], dict[str, str]]
_KINDS: Final[Mapping[SignIn, _Settings]] = {
    SignIn.CERTIFICATE: _certificate,
    SignIn.WORKLOAD_IDENTITY: _workload_identity,
    SignIn.MANAGED_IDENTITY: _imds,
    SignIn.APP_SERVICE: _app_service,
    SignIn.GITHUB_OIDC: _github,
    SignIn.AZURE_PIPELINES: _pipelines,
}


def _private(path: Path, content: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path
