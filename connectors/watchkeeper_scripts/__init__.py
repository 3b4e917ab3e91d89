"""Downloads of named scripts and configuration files, from hosts of an allow list, for their hash and size alone."""

from __future__ import annotations

from watchkeeper_scripts.config import ScriptsConfig, policy_for
from watchkeeper_scripts.source import ScriptHosts, open_source

__all__ = ["ScriptHosts", "ScriptsConfig", "open_source", "policy_for"]
