"""One workspace as single HTTP exchanges see it: its settings, its addresses and answers in the recorded shapes."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import responses

from watchkeeper.model.population import Feed
from watchkeeper.model.record import SENTINEL, RecordRef
from watchkeeper.transport import Transport, TransportPolicy
from watchkeeper_sentinel import SentinelConfig

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAME = "73e01a99-5cd7-4139-a149-9f2736ff2ab5"
OTHER = "0d1d2f7e-21c8-4f4d-9d45-4f2e9a2b9b11"
REF = RecordRef(SENTINEL, "incidents", NAME)
ETAG = '"0300bf09-0000-0000-0000-5c37296e0000"'
WORKSPACE_ID = "2f6b4c1d-0a9e-4a77-8b8f-3f5e3d6c7a10"
OUR_OBJECT_ID = "b2c7a1de-4d5f-4f0a-9f44-0d8d1f9f3c21"
FIELDS = frozenset({"title", "status", "severity", "labels", "owner.userPrincipalName", "classification"})
EVERYTHING = Feed(SENTINEL, "incidents", FIELDS, ())

CONFIG = SentinelConfig(
    subscription_id="d0cfe6b2-9ac0-4464-9919-dccaee2e48c0",
    resource_group="soc-rg",
    workspace_name="soc-workspace",
    tenant_id="72f988bf-86f1-41af-91ab-2d7cd011db47",
    client_id="11f6a3c2-2f6e-4f04-8f2f-7f3b6d1b2c3d",
    client_secret="not a real secret",
)
ARM = "https://management.azure.com"
INCIDENTS = f"{ARM}{CONFIG.sentinel_path}/incidents"
INCIDENT = f"{INCIDENTS}/{NAME}"
AUTHORITY = f"https://login.microsoftonline.com/{CONFIG.tenant_id}"
TOKEN = f"{AUTHORITY}/oauth2/v2.0/token"
QUERY = f"https://api.loganalytics.io/v1/workspaces/{WORKSPACE_ID}/query"


@dataclass
class FixedClock:
    moment: datetime = MONDAY

    def now(self) -> datetime:
        return self.moment


@dataclass
class Waits:
    """A Sleep that only remembers."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def transport(*, writes: bool = True, attempts: int = 2) -> Transport:
    return Transport(
        TransportPolicy(writes_allowed=writes, attempts=attempts),
        clock=FixedClock(),
        monotonic=lambda: 0.0,
        sleep=Waits(),
        random=random.Random(1),
    )


def incident(name: str = NAME, *, etag: str = ETAG, labels: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """An incident as ARM answers it; `properties` replace or add."""
    held = {
        "lastModifiedTimeUtc": "2026-11-23T08:15:30.1234567Z",
        "createdTimeUtc": "2026-11-22T13:15:30Z",
        "title": "Suspicious sign-in",
        "description": "Seen twice",
        "severity": "High",
        "status": "Active",
        "owner": {
            "objectId": "2046feea-040d-4a46-9e2b-91c2941bfa70",
            "email": "keiko.tanaka@soc.example",
            "userPrincipalName": "keiko.tanaka@soc.example",
            "assignedTo": "Keiko Tanaka",
        },
        "incidentUrl": "https://portal.azure.com/#asset/Microsoft_Azure_Security_Insights/Incident/x",
        "incidentNumber": 3177,
        "labels": [{"labelName": label, "labelType": "User"} for label in labels],
        "providerName": "Azure Sentinel",
        "providerIncidentId": "3177",
        "relatedAnalyticRuleIds": [],
        "additionalData": {"alertsCount": 0, "bookmarksCount": 0, "commentsCount": 0, "tactics": []},
    }
    return {
        "id": f"{CONFIG.sentinel_path}/incidents/{name}",
        "name": name,
        "type": "Microsoft.SecurityInsights/incidents",
        "etag": etag,
        "properties": {**held, **properties},
    }


def comment(name: str, message: str, at: str, author: Mapping[str, Any] | None = None) -> dict[str, Any]:
    keiko = {
        "objectId": "2046feea-040d-4a46-9e2b-91c2941bfa70",
        "email": "keiko.tanaka@soc.example",
        "userPrincipalName": "Keiko.Tanaka@soc.example",
        "name": "Keiko Tanaka",
    }
    return {
        "name": name,
        "etag": "x",
        "properties": {"message": message, "createdTimeUtc": at, "author": keiko if author is None else author},
    }


def access_token(**claims: str) -> str:
    """A token with the claims of an application, in the shape of a JWT."""
    payload = {"oid": OUR_OBJECT_ID, "appid": CONFIG.client_id, **claims}
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, payload, "signature"))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def expect_sign_in(server: responses.RequestsMock, token: str | None = None, **answer: Any) -> None:
    """Entra ID's discovery document, and a token (or the answer given) for whoever asks."""
    server.get(
        f"{AUTHORITY}/v2.0/.well-known/openid-configuration",
        json={
            "token_endpoint": TOKEN,
            "authorization_endpoint": f"{AUTHORITY}/oauth2/v2.0/authorize",
            "issuer": f"{AUTHORITY}/v2.0",
        },
    )
    server.get(
        "https://login.microsoftonline.com/common/discovery/instance",
        json={"tenant_discovery_endpoint": f"{AUTHORITY}/v2.0/.well-known/openid-configuration", "metadata": []},
    )
    granted = {"token_type": "Bearer", "expires_in": 3599, "access_token": token or access_token()}
    server.post(TOKEN, **(answer or {"json": granted}))


def expect_workspace(server: responses.RequestsMock) -> None:
    server.get(f"{ARM}{CONFIG.workspace_path}", json={"properties": {"customerId": WORKSPACE_ID.upper()}})


def table(columns: Mapping[str, str], *rows: tuple[Any, ...]) -> dict[str, Any]:
    """A query answer with one table."""
    described = [{"name": name, "type": kind} for name, kind in columns.items()]
    return {"tables": [{"name": "PrimaryResult", "columns": described, "rows": [list(row) for row in rows]}]}


def sent_body(call: responses.Call) -> Any:
    return json.loads(call.request.body or b"{}")
