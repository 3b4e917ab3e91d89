from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from watchkeeper.emulators.azure import (
    ADMINISTRATION_CLIENT_ID,
    ADMINISTRATION_SECRET,
    OBSERVER_CLIENT_ID,
    OBSERVER_SECRET,
    AzureOptions,
    build_azure,
)
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.options import WorldOptions

VERSION = "2025-09-01"


class Tenant:
    """The three systems under one frozen clock, and the shortest ways to ask them something."""

    def __init__(self, world: WorldOptions | None = None, azure: AzureOptions | None = None) -> None:
        self.options = world or WorldOptions(quotas=False)
        self.clock = WorldClock(frozen=True)
        self.entra, self.arm_system, self.logs = build_azure(self.clock, self.options, azure)
        self.workspace_path = (
            f"/subscriptions/{self.options.subscription_id}/resourceGroups/{self.options.resource_group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{self.options.workspace_name}"
        )
        self.incidents_path = f"{self.workspace_path}/providers/Microsoft.SecurityInsights/incidents"
        self.arm_token = self.token()
        self.logs_token = self.token(scope="https://api.loganalytics.io/.default")

    def sign_in(self, **form: str) -> Response:
        fields = {
            "grant_type": "client_credentials",
            "client_id": self.options.client_id,
            "client_secret": self.options.client_secret,
            "scope": "https://management.azure.com/.default",
            **form,
        }
        body = "&".join(f"{name}={quote(value)}" for name, value in fields.items() if value)
        path = f"/{self.options.tenant_id}/oauth2/v2.0/token"
        return self.entra.handle(Request("POST", "entra.emulator", path, "", {}, body.encode()))

    def token(self, **form: str) -> str:
        return str(json.loads(self.sign_in(**form).body)["access_token"])

    def administrator(self) -> str:
        return self.token(client_id=ADMINISTRATION_CLIENT_ID, client_secret=ADMINISTRATION_SECRET)

    def observer(self) -> str:
        return self.token(client_id=OBSERVER_CLIENT_ID, client_secret=OBSERVER_SECRET)

    def send(
        self,
        method: str,
        tail: str = "",
        body: Any = None,
        *,
        token: str | None = None,
        version: str | None = VERSION,
        path: str | None = None,
        **query: str,
    ) -> Response:
        """One ARM request below `…/incidents`; `query` names go out with a leading dollar sign."""
        parts = [f"${name}={quote(value)}" for name, value in query.items()]
        parts += [f"api-version={version}"] if version else []
        headers = {"authorization": f"Bearer {token or self.arm_token}", "content-type": "application/json"}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        target = path or self.incidents_path + tail
        return self.arm_system.handle(Request(method, "arm.emulator", target, "&".join(parts), headers, content))

    def arm(self, method: str, tail: str = "", body: Any = None, *, expect: int = 200, **more: Any) -> Any:
        """The JSON of an ARM answer with the expected status; None for an empty one."""
        answer = self.send(method, tail, body, **more)
        assert answer.status == expect, answer.body
        return json.loads(answer.body) if answer.body else None

    def create(self, name: str = "one", **properties: Any) -> Any:
        whole = {"title": "Check licences", "severity": "Informational", "status": "New", **properties}
        return self.arm("PUT", f"/{name}", {"properties": whole}, expect=201)

    def put(self, seen: Any, *, expect: int = 200, etag: str | None = None, **changes: Any) -> Any:
        """A whole PUT of what was read, with `changes` on top and the version that was read."""
        body = {"etag": etag or seen["etag"], "properties": {**seen["properties"], **changes}}
        return self.arm("PUT", f"/{seen['name']}", body, expect=expect)

    def people(self, do: str, who: str = "keiko.tanaka", **command: Any) -> dict[str, Any]:
        return self.arm_system.people({"who": who, "do": do, **command})

    def ask(self, query: str, *, expect: int = 200, timespan: str | None = None, token: str | None = None) -> Any:
        """Rows of a Log Analytics query as dicts, or the error object when it is refused."""
        body = {"query": query, "timespan": timespan, "workspaces": None}
        headers = {"authorization": f"Bearer {token or self.logs_token}", "content-type": "application/json"}
        path = f"/v1/workspaces/{self.options.workspace_id}/query"
        request = Request("POST", "loganalytics.emulator", path, "", headers, json.dumps(body).encode())
        answer = self.logs.handle(request)
        assert answer.status == expect, answer.body
        content = json.loads(answer.body)
        if expect != 200:
            return content["error"]
        table = content["tables"][0]
        names = [column["name"] for column in table["columns"]]
        return [dict(zip(names, row, strict=True)) for row in table["rows"]]

    def wait(self, **delta: float) -> None:
        self.clock.advance(timedelta(**delta))


@pytest.fixture
def tenant() -> Tenant:
    return Tenant()
