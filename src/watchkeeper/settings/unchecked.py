"""What has to be known before the settings are known to be valid: secrets to hide, the form of the log, who runs us."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import unquote

from pydantic import SecretStr

from watchkeeper.settings.choices import CiChoice, LogFormat
from watchkeeper.settings.given import Given
from watchkeeper.settings.model import Settings
from watchkeeper.settings.watching import HEARTBEATS

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
    return dict(Given(os.environ if environ is None else environ).values)


def is_secret(name: str, value: str) -> bool:
    """Whether a setting's value must not be shown or written where others read it. An address is secret for its password."""
    return bool(_password(value)) if name in _ADDRESSES else name in _SECRETS


def secrets_given(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Every secret that the environment, or a file that it names, gives: to be hidden from the first word on, whether the
    settings turn out to be valid or not. Of an address only its password is one."""
    values = Given(os.environ if environ is None else environ).values
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
    named = Given(os.environ if environ is None else environ).values.get("SERVICENOW_INSTANCE", "")
    host = named.partition("://")[2].partition("/")[0] or f"{named}.service-now.com"
    return frozenset({host.partition(":")[0].casefold()} if named else ())
