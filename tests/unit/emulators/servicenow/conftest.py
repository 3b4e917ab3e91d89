from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.servicenow import ServiceNow, build_servicenow
from watchkeeper.emulators.servicenow.cast import sys_id

OPTIONS = WorldOptions()


@dataclass
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def result(self) -> Any:
        return self.body["result"]

    @property
    def detail(self) -> str:
        return str(self.body["error"]["detail"])


@dataclass
class Instance:
    """One user's calls to an instance, without sockets."""

    system: ServiceNow
    clock: WorldClock
    user: str = "keiko.tanaka"
    headers: dict[str, str] = field(default_factory=dict)

    def by(self, user: str) -> Instance:
        return Instance(self.system, self.clock, user)

    def call(self, method: str, path: str, body: object = None, **query: str) -> Answer:
        credentials = base64.b64encode(f"{self.user}:{OPTIONS.servicenow_password}".encode()).decode()
        headers = {"authorization": f"Basic {credentials}", "content-type": "application/json", **self.headers}
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        raw: Response = self.system.handle(Request(method, "sn.example", path, urlencode(query), headers, sent))
        return Answer(raw.status, json.loads(raw.body) if raw.body else None, raw.headers)

    def list(self, table: str = "incident", query: str | None = None, **more: str) -> Answer:
        asked = {} if query is None else {"sysparm_query": query}
        return self.call("GET", f"/api/now/table/{table}", **asked, **more)

    def get(self, row_id: str, table: str = "incident", **query: str) -> Answer:
        return self.call("GET", f"/api/now/table/{table}/{row_id}", **query)

    def create(self, table: str = "incident", **fields: Any) -> Answer:
        return self.call("POST", f"/api/now/table/{table}", fields)

    def new(self, **fields: Any) -> dict[str, Any]:
        answer = self.create(**fields)
        assert answer.status == 201, answer.body
        created: dict[str, Any] = answer.result
        return created

    def patch(self, row_id: str, **fields: Any) -> Answer:
        return self.call("PATCH", f"/api/now/table/incident/{row_id}", fields)

    def resolve(self, row_id: str) -> Answer:
        return self.patch(row_id, state="6", close_code="Solution provided", close_notes="done")


@pytest.fixture
def clock() -> WorldClock:
    return WorldClock(frozen=True)


@pytest.fixture
def system(clock: WorldClock) -> ServiceNow:
    return build_servicenow(clock, OPTIONS)


@pytest.fixture
def instance(system: ServiceNow, clock: WorldClock) -> Instance:
    return Instance(system, clock)


@pytest.fixture
def group() -> str:
    return sys_id("sys_user_group", "SOC Monitoring")
