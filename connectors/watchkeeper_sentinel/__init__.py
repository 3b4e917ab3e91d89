"""The Microsoft Sentinel connector: incidents through ARM, history through Log Analytics, sign-in through Entra ID."""

from __future__ import annotations

from watchkeeper_sentinel.config import CredentialKind, SentinelConfig, problems_of
from watchkeeper_sentinel.connector import SentinelConnector, open_connector

__all__ = [
    "CredentialKind",
    "SentinelConfig",
    "SentinelConnector",
    "open_connector",
    "problems_of",
]
