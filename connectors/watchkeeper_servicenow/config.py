"""What the connector needs to know about one instance, checked before any call."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias
from urllib.parse import urlsplit

from watchkeeper.errors import Config, Problem
from watchkeeper.transport import Secret

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """OAuth client_credentials: the recommended way. The instance ties the client to one user."""

    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True)
class PasswordGrant:
    """OAuth password grant, for instances that do not allow client_credentials."""

    client_id: str
    client_secret: Secret
    username: str
    password: Secret


@dataclass(frozen=True, slots=True)
class BasicLogin:
    """User and password on every call; newer instances refuse it for most accounts."""

    username: str
    password: Secret


Credentials: TypeAlias = ClientCredentials | PasswordGrant | BasicLogin


@dataclass(frozen=True, slots=True)
class ServiceNowConfig:
    """`instance` is a bare name (`acme` stands for https://acme.service-now.com) or an https origin.

    `page_size`: rows per listing call. `overlap`: how far a scan goes back behind the newest row that was seen, for rows that
    become visible late. Raises errors.Config, naming SERVICENOW_INSTANCE, for anything else than a name or an origin: pysnow
    would make a host of whatever it is given.
    """

    instance: str
    credentials: Credentials
    page_size: int = 1000
    overlap: timedelta = timedelta(minutes=2)
    workers: int = 4

    def __post_init__(self) -> None:
        _host_of(self.instance)

    @property
    def host(self) -> str:
        """`name` or `name:port`, lower case."""
        return _host_of(self.instance)

    @property
    def origin(self) -> str:
        return f"https://{self.host}"

    @property
    def username(self) -> str:
        """Who we are, as far as the credentials say; empty for client_credentials."""
        return "" if isinstance(self.credentials, ClientCredentials) else self.credentials.username


def _host_of(instance: str) -> str:
    text = instance.strip().lower()
    if _NAME.fullmatch(text):
        return f"{text}.service-now.com"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _invalid(instance) from None
    host = parts.hostname or ""
    rest = parts.path.rstrip("/") or parts.query or parts.fragment or "@" in parts.netloc or "\\" in text
    if parts.scheme != "https" or rest or not _HOST.fullmatch(host) or ".." in host:
        raise _invalid(instance)
    return host if port in {None, 443} else f"{host}:{port}"


def _invalid(instance: str) -> Config:
    shown = "the value" if "@" in instance else repr(instance[:100])
    return Config(
        [
            Problem(
                "SERVICENOW_INSTANCE",
                "",
                f"{shown} is neither an instance name nor an https origin",
                allowed="a name such as acme, or an origin such as https://acme.service-now.com",
            )
        ]
    )
