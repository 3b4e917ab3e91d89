"""Settings: the only room that reads the environment. Everything is checked here, before any network use.

Names are exact (case matters); an empty variable counts as not set. `NAME_FILE` gives the value in a file instead, as
container platforms mount secrets. A `.env` file is never read by itself: source it, or let the CI system set the variables.
"""

from __future__ import annotations

from watchkeeper.settings.choices import AzureCredential, CiChoice, LogFormat, Mode, Signal, WebAuth
from watchkeeper.settings.given import FILE_LIMIT
from watchkeeper.settings.loading import (
    MAPPING_SETTINGS,
    deployment_given,
    load_mapping_settings,
    load_settings,
    load_watch_settings,
    misnamed,
)
from watchkeeper.settings.model import FILE_VARIABLES, VARIABLES, SettingLine, Settings
from watchkeeper.settings.unchecked import (
    hosts_given,
    is_secret,
    log_format,
    no_colour,
    nobody_watches,
    runner_variables,
    secrets_given,
    settings_given,
)
from watchkeeper.settings.watching import COLLECTOR_SETTINGS, HEARTBEAT_WAY, HEARTBEATS, TEXTFILE_SETTINGS

__all__ = [
    "COLLECTOR_SETTINGS", "FILE_LIMIT", "FILE_VARIABLES", "HEARTBEATS", "HEARTBEAT_WAY", "MAPPING_SETTINGS", "TEXTFILE_SETTINGS", "VARIABLES",
    "AzureCredential", "CiChoice", "LogFormat", "Mode", "SettingLine", "Settings", "Signal", "WebAuth",
    "deployment_given", "hosts_given", "is_secret", "load_mapping_settings", "load_settings", "load_watch_settings", "log_format", "misnamed",
    "no_colour", "nobody_watches", "runner_variables", "secrets_given", "settings_given",
]  # fmt: skip
