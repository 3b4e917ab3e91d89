"""What a world is told when it is built: who may sign in, where things live, and which real-life variant it plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class SignIn(StrEnum):
    """How a client that is pointed at a world signs in to its Entra ID. Two of the ways are managed identities: of a machine
    (IMDS) and of an app (App Service)."""

    CLIENT_SECRET = "client-secret"
    CERTIFICATE = "certificate"
    WORKLOAD_IDENTITY = "workload-identity"
    MANAGED_IDENTITY = "managed-identity"
    APP_SERVICE = "app-service"
    GITHUB_OIDC = "github-oidc"
    AZURE_PIPELINES = "azure-pipelines"


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """Every value is fixed and public: the emulators guard nothing, they only check what a client sends.

    `latency`: seconds added to every request, and to every item inside a batch. `ingestion_lag`: seconds until an
    incident's row can be queried in Log Analytics. `quotas`: whether the published throttling buckets apply.
    `servicenow_acl`, `servicenow_rules`: access rules and business rules as a seed gives them.
    """

    seed: int = 20261116
    latency: float = 0.0
    ingestion_lag: float = 300.0
    quotas: bool = True

    servicenow_client_id: str = "a0c5b6f1d7e84c1f9b3a5d2e6f708192"
    servicenow_client_secret: str = "emulated-servicenow-secret"
    servicenow_password: str = "emulated-password"
    honour_chosen_sys_id: bool = True
    invalid_query_returns_no_rows: bool = False
    servicenow_refuse_unknown_fields: bool = False
    servicenow_acl: tuple[Mapping[str, Any], ...] = ()
    servicenow_rules: tuple[Mapping[str, Any], ...] = ()

    tenant_id: str = "7d1f6c0e-52a4-4a5e-9c0b-2f6f3c5b8a10"
    client_id: str = "3b0c9f5e-8d2a-4f67-a1be-6c4d5e7f8091"
    client_secret: str = "emulated-entra-secret"
    subscription_id: str = "5e8a2d4c-1b7f-4c39-8e60-9a3b2c1d0e4f"
    resource_group: str = "rg-soc"
    workspace_name: str = "law-soc"
    workspace_id: str = "c2a9e7b4-6d51-4f08-b3c7-1e5f9a8d7c60"
    logs_audience: str = "https://api.loganalytics.io"
