"""Every setting with its form, and the names of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic import Field, PrivateAttr, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.model.sources import DEFENDER, GRAPH
from watchkeeper.settings.choices import AzureCredential, CiChoice, LogFormat, Mode, Signal, WebAuth
from watchkeeper.settings.shapes import (
    BOTH_SIDES,
    ApiVersion,
    CallBudget,
    Collector,
    Duration,
    ExistingFile,
    Folder,
    GroupOwners,
    GroupRoles,
    Guid,
    HeaderName,
    Instance,
    Issuer,
    Limits,
    LoopbackOrigin,
    MailAddress,
    MailServerUrl,
    Monitor,
    Networks,
    Origin,
    Proxy,
    Slug,
    SocketAddress,
    StateUrl,
    Tenant,
    budgets,
    is_loopback,
)


def _named(name: str) -> Any:
    return Field(default=None, validation_alias=name)


class Settings(BaseSettings):
    """Every setting under the name of its variable. What a command needs besides is checked by `load_settings`."""

    model_config = SettingsConfigDict(case_sensitive=True, env_ignore_empty=True, extra="ignore", frozen=True)

    servicenow_instance: Instance | None = _named("SERVICENOW_INSTANCE")
    servicenow_client_id: str | None = _named("SERVICENOW_CLIENT_ID")
    servicenow_client_secret: SecretStr | None = _named("SERVICENOW_CLIENT_SECRET")
    servicenow_username: str | None = _named("SERVICENOW_USERNAME")
    servicenow_password: SecretStr | None = _named("SERVICENOW_PASSWORD")
    servicenow_ca_file: ExistingFile | None = _named("SERVICENOW_CA_FILE")

    azure_tenant_id: Tenant | None = _named("AZURE_TENANT_ID")
    azure_client_id: Guid | None = _named("AZURE_CLIENT_ID")
    azure_client_secret: SecretStr | None = _named("AZURE_CLIENT_SECRET")
    azure_client_certificate_path: ExistingFile | None = _named("AZURE_CLIENT_CERTIFICATE_PATH")
    azure_client_certificate_password: SecretStr | None = _named("AZURE_CLIENT_CERTIFICATE_PASSWORD")
    azure_federated_token_file: ExistingFile | None = _named("AZURE_FEDERATED_TOKEN_FILE")
    azure_service_connection_id: str | None = _named("AZURE_SERVICE_CONNECTION_ID")
    system_accesstoken: SecretStr | None = _named("SYSTEM_ACCESSTOKEN")
    actions_id_token_request_url: str | None = _named("ACTIONS_ID_TOKEN_REQUEST_URL")
    actions_id_token_request_token: SecretStr | None = _named("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    azure_credential: AzureCredential | None = _named("WATCHKEEPER_AZURE_CREDENTIAL")
    azure_authority_host: Origin = Field("https://login.microsoftonline.com", validation_alias="AZURE_AUTHORITY_HOST")
    azure_ca_file: ExistingFile | None = _named("AZURE_CA_FILE")

    sentinel_subscription_id: Guid | None = _named("SENTINEL_SUBSCRIPTION_ID")
    sentinel_resource_group: str | None = _named("SENTINEL_RESOURCE_GROUP")
    sentinel_workspace_name: str | None = _named("SENTINEL_WORKSPACE_NAME")
    sentinel_workspace_id: Guid | None = _named("SENTINEL_WORKSPACE_ID")
    sentinel_arm_endpoint: Origin = Field("https://management.azure.com", validation_alias="SENTINEL_ARM_ENDPOINT")
    sentinel_logs_endpoint: Origin = Field("https://api.loganalytics.io", validation_alias="SENTINEL_LOGS_ENDPOINT")
    sentinel_logs_audience: Origin = Field("https://api.loganalytics.io", validation_alias="SENTINEL_LOGS_AUDIENCE")
    sentinel_api_version: ApiVersion = Field("2025-09-01", validation_alias="SENTINEL_API_VERSION")

    graph_endpoint: Origin | None = _named("GRAPH_ENDPOINT")
    defender_endpoint: Origin | None = _named("DEFENDER_ENDPOINT")

    mode: Mode = Field(Mode.OBSERVE, validation_alias="WATCHKEEPER_MODE")
    state_url: StateUrl = Field(SecretStr("sqlite:///watchkeeper.db"), validation_alias="WATCHKEEPER_STATE_URL")
    mappings: Folder | None = _named("WATCHKEEPER_MAPPINGS")
    deployment: Slug | None = _named("WATCHKEEPER_DEPLOYMENT")
    proxy: Proxy | None = _named("WATCHKEEPER_PROXY")
    run_time: Duration | None = _named("WATCHKEEPER_RUN_TIME")
    call_budget: CallBudget | None = _named("WATCHKEEPER_CALL_BUDGET")
    log_format: LogFormat = Field(LogFormat.TEXT, validation_alias="WATCHKEEPER_LOG_FORMAT")
    ci: CiChoice = Field(CiChoice.AUTO, validation_alias="WATCHKEEPER_CI")
    ci_outputs: str | None = _named("WATCHKEEPER_CI_OUTPUTS")
    sync_heartbeat_url: Monitor | None = _named("WATCHKEEPER_SYNC_HEARTBEAT_URL")
    audit_heartbeat_url: Monitor | None = _named("WATCHKEEPER_AUDIT_HEARTBEAT_URL")
    evidence_heartbeat_url: Monitor | None = _named("WATCHKEEPER_EVIDENCE_HEARTBEAT_URL")
    heartbeat_ca_file: ExistingFile | None = _named("WATCHKEEPER_HEARTBEAT_CA_FILE")
    metrics_folder: Path | None = _named("WATCHKEEPER_METRICS_FOLDER")
    otlp_endpoint: Collector | None = _named("OTEL_EXPORTER_OTLP_ENDPOINT")
    otlp_traces_endpoint: Collector | None = _named("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    otlp_metrics_endpoint: Collector | None = _named("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")
    otel_traces_exporter: str | None = _named("OTEL_TRACES_EXPORTER")
    otel_metrics_exporter: str | None = _named("OTEL_METRICS_EXPORTER")
    otel_sdk_disabled: str | None = _named("OTEL_SDK_DISABLED")
    smtp_url: MailServerUrl | None = _named("WATCHKEEPER_SMTP_URL")
    smtp_username: str | None = _named("WATCHKEEPER_SMTP_USERNAME")
    smtp_password: SecretStr | None = _named("WATCHKEEPER_SMTP_PASSWORD")
    smtp_from: MailAddress | None = _named("WATCHKEEPER_SMTP_FROM")
    webhook_urls: SecretStr | None = _named("WATCHKEEPER_WEBHOOK_URLS")
    webhook_keys: SecretStr | None = _named("WATCHKEEPER_WEBHOOK_KEYS")
    nudge_ca_file: ExistingFile | None = _named("WATCHKEEPER_NUDGE_CA_FILE")
    scripts_ca_file: ExistingFile | None = _named("WATCHKEEPER_SCRIPTS_CA_FILE")
    web_bind: SocketAddress = Field("127.0.0.1:8600", validation_alias="WATCHKEEPER_WEB_BIND")
    web_auth: WebAuth = Field(WebAuth.NONE, validation_alias="WATCHKEEPER_WEB_AUTH")
    web_origin: Origin | None = _named("WATCHKEEPER_WEB_ORIGIN")
    web_tls_certificate: ExistingFile | None = _named("WATCHKEEPER_WEB_TLS_CERTIFICATE")
    web_tls_key: ExistingFile | None = _named("WATCHKEEPER_WEB_TLS_KEY")
    web_proxies: Networks | None = _named("WATCHKEEPER_WEB_PROXIES")
    web_user_header: HeaderName = Field("X-Forwarded-User", validation_alias="WATCHKEEPER_WEB_USER_HEADER")
    web_groups_header: HeaderName = Field("X-Forwarded-Groups", validation_alias="WATCHKEEPER_WEB_GROUPS_HEADER")
    web_roles: GroupRoles | None = _named("WATCHKEEPER_WEB_ROLES")
    web_owners: GroupOwners | None = _named("WATCHKEEPER_WEB_OWNERS")
    web_oidc_issuer: Issuer | None = _named("WATCHKEEPER_WEB_OIDC_ISSUER")
    web_oidc_client_id: str | None = _named("WATCHKEEPER_WEB_OIDC_CLIENT_ID")
    web_oidc_client_secret: SecretStr | None = _named("WATCHKEEPER_WEB_OIDC_CLIENT_SECRET")
    web_oidc_claim: str = Field("groups", validation_alias="WATCHKEEPER_WEB_OIDC_CLAIM")
    web_oidc_ca_file: ExistingFile | None = _named("WATCHKEEPER_WEB_OIDC_CA_FILE")
    web_expected: Limits | None = _named("WATCHKEEPER_WEB_EXPECTED")
    web_metrics_token: SecretStr | None = _named("WATCHKEEPER_WEB_METRICS_TOKEN")
    emulator_url: LoopbackOrigin | None = _named("WATCHKEEPER_EMULATOR_URL")
    emulator_token: SecretStr | None = _named("WATCHKEEPER_EMULATOR_TOKEN")

    _sources: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing is read behind `load_settings`'s back."""
        return (init_settings,)

    def all_loopback(self) -> bool:
        """Whether every system that could be called is on this machine (an emulator)."""
        endpoints = (
            self.servicenow_instance or "",
            self.azure_authority_host,
            self.sentinel_arm_endpoint,
            self.sentinel_logs_endpoint,
            *self.evidence_endpoints().values(),
        )
        return all(is_loopback(endpoint) for endpoint in endpoints)

    def evidence_endpoints(self) -> Mapping[Side, str]:
        """Where the sources of evidence are; one without an address is not asked."""
        given = {GRAPH: self.graph_endpoint, DEFENDER: self.defender_endpoint}
        return {source: endpoint for source, endpoint in given.items() if endpoint is not None}

    def calls_allowed(self) -> Mapping[Side, int]:
        """How many calls a run may make to each side; a side without a budget is left out."""
        given = budgets(self.call_budget or "") or {}
        each = given.get(BOTH_SIDES)
        return dict(given) if each is None else {SERVICENOW: each, SENTINEL: each}

    def collector_of(self, signal: Signal) -> str | None:
        """Where spans or metrics go to, whole (opentelemetry.io/docs/specs/otel/protocol/exporter: the address for one signal is
        used as it is, the one for all gets the signal's path); None where they go nowhere."""
        own, exporter = {
            Signal.TRACES: (self.otlp_traces_endpoint, self.otel_traces_exporter),
            Signal.METRICS: (self.otlp_metrics_endpoint, self.otel_metrics_exporter),
        }[signal]
        off = (self.otel_sdk_disabled or "").strip().lower() == "true"
        if off or "otlp" not in [each.strip() for each in (exporter or "otlp").split(",")]:
            return None
        base = self.otlp_endpoint
        return own or (f"{base.rstrip('/')}/v1/{signal.value}" if base is not None else None)

    def describe(self) -> tuple[SettingLine, ...]:
        """Every setting in the order of `.env.example`: where it comes from, and its value unless that is a secret."""
        return tuple(self._line(field, name) for field, name in VARIABLES.items())

    def _line(self, field: str, name: str) -> SettingLine:
        value = getattr(self, field)
        source = self._sources.get(name, "not set" if value is None else "default")
        shown = "(hidden)" if isinstance(value, SecretStr) else "" if value is None else str(value)
        return SettingLine(name, source, value is not None, shown)


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting as `doctor` shows it. `source`: environment, file PATH, implied by NAME, default, not set."""

    name: str
    source: str
    present: bool
    shown: str


VARIABLES: Final[Mapping[str, str]] = {
    field: str(info.validation_alias) for field, info in Settings.model_fields.items()
}
"""The variable of every field of Settings."""

NAMES: Final = frozenset(VARIABLES.values())
PATHS: Final = frozenset({"SERVICENOW_CA_FILE", "AZURE_CA_FILE", "AZURE_CLIENT_CERTIFICATE_PATH",
                           "AZURE_FEDERATED_TOKEN_FILE", "WATCHKEEPER_CI_OUTPUTS", "WATCHKEEPER_MAPPINGS",
                           "WATCHKEEPER_NUDGE_CA_FILE", "WATCHKEEPER_HEARTBEAT_CA_FILE", "WATCHKEEPER_METRICS_FOLDER",
                           "WATCHKEEPER_SCRIPTS_CA_FILE", "WATCHKEEPER_WEB_TLS_CERTIFICATE", "WATCHKEEPER_WEB_TLS_KEY",
                           "WATCHKEEPER_WEB_OIDC_CA_FILE"})  # fmt: skip
ENUMS: Final[Mapping[str, type[StrEnum]]] = {
    "WATCHKEEPER_MODE": Mode,
    "WATCHKEEPER_LOG_FORMAT": LogFormat,
    "WATCHKEEPER_AZURE_CREDENTIAL": AzureCredential,
    "WATCHKEEPER_CI": CiChoice,
    "WATCHKEEPER_WEB_AUTH": WebAuth,
}
FILE_VARIABLES: Final[Mapping[str, str]] = {f"{name}_FILE": name for name in sorted(NAMES - PATHS)}
"""NAME_FILE to NAME, for every setting that is not a path itself."""
