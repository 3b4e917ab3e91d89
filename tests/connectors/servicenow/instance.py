"""Single exchanges with an instance, as recorded shapes through `responses`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import responses
from requests import PreparedRequest
from tests.unit.transport.wire import Hands

from watchkeeper.transport import Secret, Transport, TransportPolicy
from watchkeeper_servicenow import BasicLogin, ServiceNowConfig, ServiceNowConnector, open_connector

ORIGIN = "https://acme.service-now.com"
TABLE = f"{ORIGIN}/api/now/table/incident"
DATE = "Mon, 16 Nov 2026 00:30:00 GMT"
JSON = "application/json;charset=UTF-8"


def row(number: int, **changes: Any) -> dict[str, Any]:
    """A row as the Table API gives it: text throughout."""
    return {
        "sys_id": f"{number:032x}",
        "number": f"INC{number:07d}",
        "sys_mod_count": "3",
        "sys_created_on": "2026-11-15 00:00:00",
        "sys_updated_on": f"2026-11-16 00:{number // 60 % 60:02d}:{number % 60:02d}",
        "sys_updated_by": "keiko.tanaka",
        "correlation_id": "",
        "correlation_display": "watchkeeper",
        "short_description": f"Alert {number}",
        **changes,
    }


def connector(**policy: Any) -> ServiceNowConnector:
    return connector_and_transport(**policy)[0]


def connector_and_transport(**options: Any) -> tuple[ServiceNowConnector, Transport]:
    page_size = options.pop("page_size", 1000)
    hands = Hands()
    transport = Transport(
        TransportPolicy(**{"writes_allowed": True, "attempts": 1, **options}),
        clock=hands,
        monotonic=hands.monotonic,
        sleep=hands.sleep,
        random=Random(1),
    )
    config = ServiceNowConfig("acme", BasicLogin("watchkeeper", Secret("a-long-password")), page_size=page_size)
    return open_connector(config, transport, hands, hands.monotonic), transport


def listing(rows: Sequence[Any], total: int | None = None, **more: Any) -> dict[str, Any]:
    headers = {"Date": DATE} if total is None else {"Date": DATE, "X-Total-Count": str(total)}
    return {"json": {"result": list(rows), **more}, "headers": headers, "content_type": JSON}


def query_of(request: PreparedRequest) -> Mapping[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url or "").query).items()}


def asked(mocked: responses.RequestsMock) -> list[Mapping[str, str]]:
    return [query_of(call.request) for call in mocked.calls]


def body_of(request: PreparedRequest) -> Any:
    return json.loads(request.body or "null")
