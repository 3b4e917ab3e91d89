"""The Microsoft Sentinel connector: incidents through ARM, history through Log Analytics, sign-in through Entra ID."""

from __future__ import annotations

from watchkeeper_sentinel.config import CredentialKind, SentinelConfig, problems_of
from watchkeeper_sentinel.connector import SentinelConnector, open_connector
from watchkeeper_sentinel.pages import azure_page
from watchkeeper_sentinel.records import given_record
from watchkeeper_sentinel.sign_in import EntraSignIn, open_sign_in

__all__ = [
    "CredentialKind",
    "EntraSignIn",
    "SentinelConfig",
    "SentinelConnector",
    "azure_page",
    "given_record",
    "open_connector",
    "open_sign_in",
    "problems_of",
]
