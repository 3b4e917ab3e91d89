"""The settings that are one word of a few."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """What may be written: nothing, the maintenance profile's records, everything."""

    OBSERVE = "observe"
    MAINTENANCE = "maintenance"
    FULL = "full"


class AzureCredential(StrEnum):
    """How to sign in to Entra ID."""

    CLIENT_SECRET = "client-secret"  # noqa: S105
    CERTIFICATE = "certificate"
    WORKLOAD_IDENTITY = "workload-identity"
    MANAGED_IDENTITY = "managed-identity"
    GITHUB_OIDC = "github-oidc"
    AZURE_PIPELINES = "azure-pipelines"
    DEVELOPER = "developer"


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


class CiChoice(StrEnum):
    """Whether the CI system that runs a command is told what came of it."""

    AUTO = "auto"
    OFF = "off"


class WebAuth(StrEnum):
    """How the board knows who asks."""

    NONE = "none"
    PROXY = "proxy"
    OIDC = "oidc"


class Signal(StrEnum):
    """What an OpenTelemetry collector is sent, as its paths spell it."""

    TRACES = "traces"
    METRICS = "metrics"
