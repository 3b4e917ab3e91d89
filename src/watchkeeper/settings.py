"""Settings: the only room that reads the environment. Everything is checked here, before any network use.

Names are exact (case matters); an empty variable counts as not set. `NAME_FILE` gives the value in a file instead, as
container platforms mount secrets. A `.env` file is never read by itself: source it, or let the CI system set the variables.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from pydantic import Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from watchkeeper.errors import Config, Problem, ProblemKind
from watchkeeper.model.nearest import suggest
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.model.sources import DEFENDER, GRAPH
from watchkeeper.setting_shapes import (
    BOTH_SIDES,
    ApiVersion,
    CallBudget,
    Collector,
    Duration,
    ExistingFile,
    Folder,
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

_wrong = partial(Problem, kind=ProblemKind.SETTING)

FILE_LIMIT = 64 * 1024
"""Bytes that a NAME_FILE may hold."""


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
    web_oidc_issuer: Issuer | None = _named("WATCHKEEPER_WEB_OIDC_ISSUER")
    web_oidc_client_id: str | None = _named("WATCHKEEPER_WEB_OIDC_CLIENT_ID")
    web_oidc_client_secret: SecretStr | None = _named("WATCHKEEPER_WEB_OIDC_CLIENT_SECRET")
    web_oidc_claim: str = Field("groups", validation_alias="WATCHKEEPER_WEB_OIDC_CLAIM")
    web_oidc_ca_file: ExistingFile | None = _named("WATCHKEEPER_WEB_OIDC_CA_FILE")
    web_expected: Limits | None = _named("WATCHKEEPER_WEB_EXPECTED")
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

_NAMES: Final = frozenset(VARIABLES.values())
_PATHS: Final = frozenset({"SERVICENOW_CA_FILE", "AZURE_CA_FILE", "AZURE_CLIENT_CERTIFICATE_PATH",
                           "AZURE_FEDERATED_TOKEN_FILE", "WATCHKEEPER_CI_OUTPUTS", "WATCHKEEPER_MAPPINGS",
                           "WATCHKEEPER_NUDGE_CA_FILE", "WATCHKEEPER_HEARTBEAT_CA_FILE", "WATCHKEEPER_METRICS_FOLDER",
                           "WATCHKEEPER_SCRIPTS_CA_FILE", "WATCHKEEPER_WEB_TLS_CERTIFICATE", "WATCHKEEPER_WEB_TLS_KEY",
                           "WATCHKEEPER_WEB_OIDC_CA_FILE"})  # fmt: skip
_ENUMS: Final[Mapping[str, type[StrEnum]]] = {
    "WATCHKEEPER_MODE": Mode,
    "WATCHKEEPER_LOG_FORMAT": LogFormat,
    "WATCHKEEPER_AZURE_CREDENTIAL": AzureCredential,
    "WATCHKEEPER_CI": CiChoice,
    "WATCHKEEPER_WEB_AUTH": WebAuth,
}
FILE_VARIABLES: Final[Mapping[str, str]] = {f"{name}_FILE": name for name in sorted(_NAMES - _PATHS)}
"""NAME_FILE to NAME, for every setting that is not a path itself."""


MAPPING_SETTINGS: Final = ("WATCHKEEPER_MAPPINGS", "WATCHKEEPER_DEPLOYMENT")
"""Where the mappings are, and the deployment whose marks they carry."""


def load_settings(environ: Mapping[str, str] | None = None, *, needs: Collection[Side] = ()) -> Settings:
    """Read and check all settings; `needs` are the sides that the command will call.

    Raises errors.Config with every problem at once.
    """
    given = _Given(os.environ if environ is None else environ)
    _infer_credential(given)
    problems = [*given.problems, *_misspelt(given.environ)]
    try:
        settings = Settings.model_validate(given.values)
    except ValidationError as error:
        problems += [_problem(detail, given.values) for detail in error.errors(include_input=False, include_url=False)]
        raise Config(_ordered([*problems, *_needs_of(given.values, needs)])) from None
    problems += _needs_of(given.values, needs)
    if problems:
        raise Config(_ordered(problems))
    settings._sources.update(given.sources)
    return settings


def load_mapping_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings that mappings need, and no others: a problem elsewhere hides none of theirs. Raises errors.Config."""
    given = os.environ if environ is None else environ
    return load_settings({name: given[name] for name in MAPPING_SETTINGS if name in given})


def deployment_given(environ: Mapping[str, str] | None = None) -> str | None:
    """The deployment's name, known also where other settings are not as they should be. Raises errors.Config where it is none."""
    given = os.environ if environ is None else environ
    return load_settings({name: given[name] for name in ("WATCHKEEPER_DEPLOYMENT",) if name in given}).deployment


HEARTBEATS: Final[Mapping[str, str]] = {
    "sync": "WATCHKEEPER_SYNC_HEARTBEAT_URL",
    "audit": "WATCHKEEPER_AUDIT_HEARTBEAT_URL",
    "evidence": "WATCHKEEPER_EVIDENCE_HEARTBEAT_URL",
}
"""By command: whoever knows the path of such an address needs nothing else to use it."""
HEARTBEAT_WAY: Final = ("WATCHKEEPER_PROXY", "WATCHKEEPER_HEARTBEAT_CA_FILE")
TEXTFILE_SETTINGS: Final = ("WATCHKEEPER_DEPLOYMENT", "WATCHKEEPER_METRICS_FOLDER")
COLLECTOR_SETTINGS: Final = (
    "WATCHKEEPER_DEPLOYMENT",
    "WATCHKEEPER_PROXY",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_METRICS_EXPORTER",
    "OTEL_SDK_DISABLED",
)
"""Who is to notice when a scheduled command fails or stays away, and the way there."""


def load_watch_settings(names: Collection[str], environ: Mapping[str, str] | None = None) -> Settings:
    """These settings and no others, so that a problem elsewhere does not keep a failure from being told; the defaults where one of
    them is wrong: nobody is told by half of a way."""
    given = os.environ if environ is None else environ
    wanted = [*names, *(file for file, name in FILE_VARIABLES.items() if name in names)]
    try:
        return load_settings({name: given[name] for name in wanted if name in given})
    except Config:
        return load_settings({})


def misnamed(environ: Mapping[str, str] | None = None) -> list[Problem]:
    """Variables that look like settings and are none."""
    return list(_misspelt(os.environ if environ is None else environ))


class _Given:
    """What the environment and the files that it names give: `values` and `sources` by variable."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.values: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        self.problems: list[Problem] = []
        for name in _NAMES:
            self._take(name, environ.get(name, ""), "environment")
        for variable, name in FILE_VARIABLES.items():
            if variable not in _NAMES and environ.get(variable):
                self._take_file(variable, name, Path(environ[variable]))

    def _take(self, name: str, value: str, source: str) -> None:
        value = value.rstrip("\r\n")
        if value.strip():
            self.values[name], self.sources[name] = value, source

    def _take_file(self, variable: str, name: str, path: Path) -> None:
        if name in self.values:
            self.problems.append(_wrong(variable, "", f"is set, and so is {name}", allowed="one of the two"))
            return
        fault = _file_fault(path)
        if fault:
            self.problems.append(_wrong(variable, "", f"{str(path)!r:.200} {fault[0]}", allowed=fault[1]))
            return
        try:
            self._take(name, path.read_bytes().decode("utf-8"), f"file {path}")
        except (OSError, UnicodeDecodeError) as error:
            reason = (
                "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else f"cannot be read: {error.strerror}"
            )
            self.problems.append(_wrong(variable, "", f"{str(path)!r:.200} {reason}", allowed="a readable text file"))
            return
        if name not in self.values:
            self.problems.append(_wrong(variable, "", f"{str(path)!r:.200} is empty", allowed="a file with the value"))


def _file_fault(path: Path) -> tuple[str, str] | None:
    """What is wrong with a file that holds a setting, and what is allowed."""
    try:
        status = path.stat()
    except OSError as error:
        return f"cannot be read: {error.strerror}", "the path of an existing file"
    if not stat.S_ISREG(status.st_mode):
        return "is not a file", "a regular file"
    if os.name == "posix" and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "can be written by others", f"a file that only its owner can write: chmod go-w {path}"
    if status.st_size > FILE_LIMIT:
        return f"holds {status.st_size} bytes", f"up to {FILE_LIMIT} bytes"
    return None


def _problem(detail: Any, values: Mapping[str, str]) -> Problem:
    name = str(detail["loc"][0])
    context = detail.get("ctx", {})
    if detail["type"] == "setting":
        return _wrong(name, "", context["message"], context["allowed"], context["suggestion"])
    if detail["type"] == "enum":
        return _not_among(name, values[name])
    return _wrong(name, "", str(detail["msg"]))


def _not_among(name: str, value: str) -> Problem:
    allowed = [item.value for item in _ENUMS[name]]
    return _wrong(name, "", f"{value[:80]!r} is not allowed", ", ".join(allowed), suggest(value.strip(), allowed))


_NEARLY_OURS: Final = 0.8
_PREFIXES: Final = ("WATCHKEEPER_", "SERVICENOW_", "SENTINEL_", "GRAPH_", "DEFENDER_")
_RESULTS: Final = frozenset(
    f"WATCHKEEPER_{name}"
    for name in (
        "EXIT_CODE", "SENTENCE", "RUN_ID", "CHANGES", "WRITTEN", "FAILED", "LEFT",
        "ESCALATIONS", "FRESH", "DUE", "STALE", "UNKNOWN", "EXEMPT", "COMPLIANCE",
        "COMPLETE", "MISSING", "RAISED",
    )
)  # fmt: skip
"""What an earlier job said (WATCHKEEPER_CI_OUTPUTS) and a CI system gives to later ones as variables, which are no settings; their
names are in small letters, but for systems that know no others."""


def _misspelt(environ: Mapping[str, str]) -> Iterator[Problem]:
    """Variables that look like ours and are none: a setting that is silently not read is worse than one that is refused.

    Our own prefix belongs to us; under the products' names other tools may keep their variables, so there only a name that
    is nearly one of ours counts.
    """
    known = sorted(_NAMES | FILE_VARIABLES.keys())
    for name in sorted(environ):
        if name in known or name.upper() in _RESULTS or not name.upper().startswith(_PREFIXES):
            continue
        near = suggest(name, known, likeness=_NEARLY_OURS)
        if near or name.upper().startswith("WATCHKEEPER_"):
            yield _wrong(name, "", "is not a setting", "see .env.example", near)


_AZURE_PROOFS: Final = {
    "AZURE_CLIENT_SECRET": AzureCredential.CLIENT_SECRET,
    "AZURE_CLIENT_CERTIFICATE_PATH": AzureCredential.CERTIFICATE,
    "AZURE_FEDERATED_TOKEN_FILE": AzureCredential.WORKLOAD_IDENTITY,
}
_AZURE_NEEDS: Final[Mapping[AzureCredential, tuple[str, ...]]] = {
    AzureCredential.CLIENT_SECRET: ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"),
    AzureCredential.CERTIFICATE: ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_CERTIFICATE_PATH"),
    AzureCredential.WORKLOAD_IDENTITY: ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"),
    AzureCredential.MANAGED_IDENTITY: (),
    AzureCredential.GITHUB_OIDC: (
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    ),
    AzureCredential.AZURE_PIPELINES: (
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_SERVICE_CONNECTION_ID",
        "SYSTEM_ACCESSTOKEN",
    ),
    AzureCredential.DEVELOPER: (),
}


def _needs_of(values: Mapping[str, str], needs: Collection[Side]) -> Iterator[Problem]:
    if SERVICENOW in needs:
        yield from _servicenow_needs(values)
    if SENTINEL in needs:
        workspace = ("SENTINEL_SUBSCRIPTION_ID", "SENTINEL_RESOURCE_GROUP", "SENTINEL_WORKSPACE_NAME")
        yield from (_not_set(name) for name in workspace if name not in values)
        yield from _azure_needs(values)


def _servicenow_needs(values: Mapping[str, str]) -> Iterator[Problem]:
    """OAuth client, user and password, or both together (password grant)."""
    if "SERVICENOW_INSTANCE" not in values:
        yield _not_set("SERVICENOW_INSTANCE", "a name such as acme, or an https origin")
    pairs = (("SERVICENOW_CLIENT_ID", "SERVICENOW_CLIENT_SECRET"), ("SERVICENOW_USERNAME", "SERVICENOW_PASSWORD"))
    for one, other in (*pairs, *((other, one) for one, other in pairs)):
        if one in values and other not in values:
            yield _not_set(other, f"needed beside {one}")
    if not any(name in values for pair in pairs for name in pair):
        yield _not_set("SERVICENOW_CLIENT_ID", "SERVICENOW_CLIENT_ID and _SECRET, or SERVICENOW_USERNAME and _PASSWORD")


def _azure_needs(values: Mapping[str, str]) -> Iterator[Problem]:
    named = values.get("WATCHKEEPER_AZURE_CREDENTIAL")
    if named is None:
        found = [name for name in _AZURE_PROOFS if name in values]
        message = f"is not set, although {', '.join(found)} are" if found else "is not set"
        yield _wrong("WATCHKEEPER_AZURE_CREDENTIAL", "", message, ", ".join(AzureCredential))
    elif named in set(AzureCredential):
        needed = _AZURE_NEEDS[AzureCredential(named)]
        yield from (_not_set(name, f"needed for {named} sign-in") for name in needed if name not in values)


def _infer_credential(given: _Given) -> None:
    """One secret, certificate or token file says how to sign in; several do not, and nothing does not: never a guess."""
    kinds = [(name, kind) for name, kind in _AZURE_PROOFS.items() if name in given.values]
    if len(kinds) == 1 and "WATCHKEEPER_AZURE_CREDENTIAL" not in given.values:
        name, kind = kinds[0]
        given.values["WATCHKEEPER_AZURE_CREDENTIAL"] = kind.value
        given.sources["WATCHKEEPER_AZURE_CREDENTIAL"] = f"implied by {name}"


def _not_set(name: str, allowed: str = "") -> Problem:
    return _wrong(name, "", "is not set", allowed)


def _ordered(problems: Collection[Problem]) -> list[Problem]:
    """In the order of `.env.example`, each once."""
    order = {name: position for position, name in enumerate(VARIABLES.values())}
    return sorted(dict.fromkeys(problems), key=lambda each: (order.get(each.place, len(order)), each.place))


_SECRETS: Final = tuple(
    sorted(
        str(info.validation_alias)
        for info in Settings.model_fields.values()
        if SecretStr.__name__ in str(info.annotation)
    )
)
_ADDRESSES: Final = frozenset({"WATCHKEEPER_STATE_URL", "WATCHKEEPER_PROXY"})
"""Secret as a whole because of the password that they may hold."""


def settings_given(environ: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Every setting that the environment, or a file that it names, gives: as text, unchecked, secrets too."""
    return dict(_Given(os.environ if environ is None else environ).values)


def is_secret(name: str, value: str) -> bool:
    """Whether a setting's value must not be shown or written where others read it. An address is secret for its password."""
    return bool(_password(value)) if name in _ADDRESSES else name in _SECRETS


def secrets_given(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Every secret that the environment, or a file that it names, gives: to be hidden from the first word on, whether the
    settings turn out to be valid or not. Of an address only its password is one."""
    values = _Given(os.environ if environ is None else environ).values
    secrets = (values[name] for name in _SECRETS if name in values and name not in _ADDRESSES)
    passwords = (part for name in sorted(_ADDRESSES & values.keys()) for part in _password(values[name]))
    paths = (_path(values[name]) for name in HEARTBEATS.values() if name in values)
    return tuple(dict.fromkeys((*secrets, *passwords, *paths)))


def _password(address: str) -> tuple[str, ...]:
    """The password in an address, as written and as meant."""
    credentials, at, _ = address.partition("://")[2].rpartition("@")
    password = credentials.partition(":")[2] if at else ""
    return (password, unquote(password)) if password else ()


def _path(address: str) -> str:
    """The path of an address that need not be one."""
    return address.partition("://")[2].partition("/")[2].partition("?")[0].strip("/")


def log_format(environ: Mapping[str, str] | None = None) -> LogFormat:
    """The form of the log, for what must be said before the settings are known to be valid."""
    wanted = (os.environ if environ is None else environ).get("WATCHKEEPER_LOG_FORMAT", "")
    return LogFormat(wanted) if wanted in set(LogFormat) else LogFormat.TEXT


def runner_variables(names: Collection[str], environ: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """What a CI system says of itself under these names, whether the settings are valid or not; nothing where WATCHKEEPER_CI
    is `off`."""
    given = os.environ if environ is None else environ
    if given.get("WATCHKEEPER_CI", "").strip() == CiChoice.OFF:
        return {}
    return {name: given[name] for name in names if given.get(name)}


def no_colour() -> bool:
    """Whether the environment asks for output without colour (no-color.org, or a terminal that has none)."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def nobody_watches() -> bool:
    """Whether the environment says that a terminal cannot redraw a line, or that its output is kept as a log: `CI` is what CI
    systems have in common, `TF_BUILD` what Azure Pipelines sets."""
    given = os.environ
    in_ci = given.get("CI", "").lower() not in {"", "0", "false"} or bool(given.get("TF_BUILD"))
    return in_ci or given.get("TERM") == "dumb"


def hosts_given(environ: Mapping[str, str] | None = None) -> frozenset[str]:
    """The host of the ServiceNow instance that the environment names, valid or not: where links of reports may lead."""
    named = _Given(os.environ if environ is None else environ).values.get("SERVICENOW_INSTANCE", "")
    host = named.partition("://")[2].partition("/")[0] or f"{named}.service-now.com"
    return frozenset({host.partition(":")[0].casefold()} if named else ())
