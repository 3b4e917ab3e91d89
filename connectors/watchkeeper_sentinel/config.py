"""What the connector needs to know, and the checks on it that need no network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from watchkeeper.errors import Problem


class CredentialKind(StrEnum):
    """How we sign in to Entra ID (WATCHKEEPER_AZURE_CREDENTIAL). Explicit, because guessing takes long and hides mistakes:
    azure-identity's default chain needed 24 seconds to say that nothing is configured."""

    CLIENT_SECRET = "client-secret"  # noqa: S105
    CERTIFICATE = "certificate"
    WORKLOAD_IDENTITY = "workload-identity"
    MANAGED_IDENTITY = "managed-identity"
    GITHUB_OIDC = "github-oidc"
    AZURE_PIPELINES = "azure-pipelines"
    DEVELOPER = "developer"


PUBLIC_ARM: Final = "https://management.azure.com"
PUBLIC_LOGS: Final = "https://api.loganalytics.io"
PUBLIC_AUTHORITY: Final = "https://login.microsoftonline.com"
_PORTALS: Final = {
    "management.azure.com": "https://portal.azure.com",
    "management.usgovcloudapi.net": "https://portal.azure.us",
    "management.chinacloudapi.cn": "https://portal.azure.cn",
}
"""ARM hosts of the clouds; each is also the audience of its tokens."""
_AUTHORITIES: Final = frozenset(
    {
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.chinacloudapi.cn",
        "login.partner.microsoftonline.cn",
    }
)


@dataclass(frozen=True, slots=True)
class SentinelConfig:
    """One workspace and the way to sign in. Endpoints are origins without a trailing slash.

    `workspace_id` is the workspace's customer id (a GUID); empty: asked of ARM. `ca_file` is a PEM file of a private CA.
    `client_secret`, `certificate_password`, `oidc_request_token` and `system_access_token` are secrets and never shown.
    """

    subscription_id: str
    resource_group: str
    workspace_name: str
    workspace_id: str = ""
    credential: CredentialKind = CredentialKind.CLIENT_SECRET
    tenant_id: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    certificate_path: Path | None = None
    certificate_password: str = field(default="", repr=False)
    federated_token_file: Path | None = None
    oidc_request_url: str = ""
    """GitHub's ACTIONS_ID_TOKEN_REQUEST_URL."""
    oidc_request_token: str = field(default="", repr=False)
    service_connection_id: str = ""
    system_access_token: str = field(default="", repr=False)
    authority_host: str = PUBLIC_AUTHORITY
    arm_endpoint: str = PUBLIC_ARM
    logs_endpoint: str = PUBLIC_LOGS
    logs_audience: str = PUBLIC_LOGS
    api_version: str = "2025-09-01"
    ca_file: Path | None = None

    @property
    def arm_audience(self) -> str:
        """The audience of ARM tokens: the cloud's own endpoint; the public one for a stand-in."""
        return self.arm_endpoint if _host(self.arm_endpoint) in _PORTALS else PUBLIC_ARM

    @property
    def portal(self) -> str:
        return _PORTALS.get(_host(self.arm_endpoint), _PORTALS["management.azure.com"])

    @property
    def custom_authority(self) -> bool:
        """Whether the authority is none of Microsoft's, so that instance discovery must be off."""
        return _host(self.authority_host) not in _AUTHORITIES

    @property
    def group_path(self) -> str:
        """The ARM id of the resource group that the workspace is in."""
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"

    @property
    def workspace_path(self) -> str:
        """The workspace's ARM id."""
        return f"{self.group_path}/providers/Microsoft.OperationalInsights/workspaces/{self.workspace_name}"

    @property
    def sentinel_path(self) -> str:
        return f"{self.workspace_path}/providers/Microsoft.SecurityInsights"


_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DOMAIN: Final = re.compile(r"[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+")
_SHAPES: Final = (
    ("subscription_id", "SENTINEL_SUBSCRIPTION_ID", _GUID, "a GUID"),
    (
        "resource_group",
        "SENTINEL_RESOURCE_GROUP",
        re.compile(r"[\w.()-]{0,89}[\w()-]"),
        "1 to 90 letters, digits, `_`, `-`, `.`, `(`, `)`, no `.` at the end",
    ),
    (
        "workspace_name",
        "SENTINEL_WORKSPACE_NAME",
        re.compile(r"[0-9A-Za-z]([0-9A-Za-z-]{0,88}[0-9A-Za-z])?"),
        "1 to 90 letters, digits and hyphens, a letter or digit at both ends",
    ),
    ("api_version", "SENTINEL_API_VERSION", re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?"), "a date, such as 2025-09-01"),
)
_ORIGINS: Final = (
    ("arm_endpoint", "SENTINEL_ARM_ENDPOINT"),
    ("logs_endpoint", "SENTINEL_LOGS_ENDPOINT"),
    ("logs_audience", "SENTINEL_LOGS_AUDIENCE"),
    ("authority_host", "AZURE_AUTHORITY_HOST"),
)
_NEEDS: Final[dict[CredentialKind, tuple[tuple[str, str], ...]]] = {
    CredentialKind.CLIENT_SECRET: (("client_secret", "AZURE_CLIENT_SECRET"),),
    CredentialKind.CERTIFICATE: (("certificate_path", "AZURE_CLIENT_CERTIFICATE_PATH"),),
    CredentialKind.WORKLOAD_IDENTITY: (("federated_token_file", "AZURE_FEDERATED_TOKEN_FILE"),),
    CredentialKind.GITHUB_OIDC: (
        ("oidc_request_url", "ACTIONS_ID_TOKEN_REQUEST_URL"),
        ("oidc_request_token", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    ),
    CredentialKind.AZURE_PIPELINES: (
        ("service_connection_id", "AZURE_SERVICE_CONNECTION_ID"),
        ("system_access_token", "SYSTEM_ACCESSTOKEN"),
    ),
    CredentialKind.MANAGED_IDENTITY: (),
    CredentialKind.DEVELOPER: (),
}
_WITHOUT_TENANT: Final = frozenset({CredentialKind.MANAGED_IDENTITY, CredentialKind.DEVELOPER})


def settings_of(kind: CredentialKind) -> tuple[str, ...]:
    """The settings that a credential kind reads, for messages about a failed sign-in."""
    tenant = () if kind in _WITHOUT_TENANT else ("AZURE_TENANT_ID", "AZURE_CLIENT_ID")
    return (*tenant, *(setting for _, setting in _NEEDS[kind]), "WATCHKEEPER_AZURE_CREDENTIAL")


def normalised(config: SentinelConfig) -> SentinelConfig:
    """The same settings with origins in one form: no slash behind, and the authority with its scheme (AZURE_AUTHORITY_HOST is
    commonly a bare host name, or an address with a slash)."""
    authority = config.authority_host.strip().rstrip("/")
    return replace(
        config,
        authority_host=authority if "://" in authority or not authority else f"https://{authority}",
        arm_endpoint=config.arm_endpoint.strip().rstrip("/"),
        logs_endpoint=config.logs_endpoint.strip().rstrip("/"),
        logs_audience=config.logs_audience.strip().rstrip("/"),
    )


def problems_of(config: SentinelConfig) -> list[Problem]:
    """Everything that is wrong with the settings, found without any network use."""
    return [*_shape_problems(config), *_origin_problems(config), *_credential_problems(config), *_file_problems(config)]


def _shape_problems(config: SentinelConfig) -> Iterator[Problem]:
    for name, setting, shape, allowed in _SHAPES:
        value: str = getattr(config, name)
        if not value:
            yield Problem(setting, "", "is not set", allowed)
        elif not shape.fullmatch(value):
            yield Problem(setting, "", f"{value!r:.80} is not valid", allowed)
    if config.workspace_id and not _GUID.fullmatch(config.workspace_id):
        yield Problem("SENTINEL_WORKSPACE_ID", "", f"{config.workspace_id!r:.80} is not valid", "a GUID, or nothing")


def _origin_problems(config: SentinelConfig) -> Iterator[Problem]:
    for name, setting in _ORIGINS:
        value: str = getattr(config, name)
        reason = _origin_fault(value)
        if reason:
            shown = "the value" if "@" in value else f"{value!r:.80}"
            yield Problem(setting, "", f"{shown} {reason}", "an origin such as https://management.azure.com")


def _origin_fault(value: str) -> str:
    """Why a text is not an https origin, "" if it is one."""
    if re.search(r"[\s\\\x00-\x1f]", value):
        return "holds white space or a backslash"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return "is not an address"
    if parts.username or parts.password or "@" in parts.netloc:
        return "holds a user name"
    if parts.scheme != "https" or not parts.hostname or port == 0:
        return "is not an https address"
    return "has more than a host and a port" if parts.path.strip("/") or parts.query or parts.fragment else ""


def _credential_problems(config: SentinelConfig) -> Iterator[Problem]:
    if config.credential not in _WITHOUT_TENANT:
        if not (_GUID.fullmatch(config.tenant_id) or _DOMAIN.fullmatch(config.tenant_id)):
            yield Problem("AZURE_TENANT_ID", "", _fault(config.tenant_id), "a GUID or a domain name")
        if not _GUID.fullmatch(config.client_id):
            yield Problem("AZURE_CLIENT_ID", "", _fault(config.client_id), "a GUID")
    for name, setting in _NEEDS[config.credential]:
        if not getattr(config, name):
            yield Problem(setting, "", f"is not set, and {config.credential.value} sign-in needs it")


def _file_problems(config: SentinelConfig) -> Iterator[Problem]:
    files = (
        (config.ca_file, "AZURE_CA_FILE"),
        (config.certificate_path, "AZURE_CLIENT_CERTIFICATE_PATH"),
        (config.federated_token_file, "AZURE_FEDERATED_TOKEN_FILE"),
    )
    for path, setting in files:
        if path is not None and not path.is_file():
            yield Problem(setting, "", f"{str(path)!r} is not a readable file")


def _fault(value: str) -> str:
    return f"{value!r:.80} is not valid" if value else "is not set"


def _host(endpoint: str) -> str:
    """The host of an endpoint that has passed `problems_of`."""
    return urlsplit(endpoint).hostname or ""
