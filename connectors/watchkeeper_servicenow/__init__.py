"""ServiceNow as one side of Watchkeeper: the Table API through pysnow, behind the Connector port."""

from __future__ import annotations

from watchkeeper_servicenow.config import BasicLogin, ClientCredentials, PasswordGrant, ServiceNowConfig
from watchkeeper_servicenow.connector import ServiceNowConnector, open_connector
from watchkeeper_servicenow.rows import given_record
from watchkeeper_servicenow.vocabulary import remembered_choices

__all__ = [
    "BasicLogin",
    "ClientCredentials",
    "PasswordGrant",
    "ServiceNowConfig",
    "ServiceNowConnector",
    "given_record",
    "open_connector",
    "remembered_choices",
]
