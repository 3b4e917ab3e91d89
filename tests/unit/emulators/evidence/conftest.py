from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from watchkeeper.emulators.azure import build_azure
from watchkeeper.emulators.azure.tokens import DEFENDER_AUDIENCE, GRAPH_AUDIENCE
from watchkeeper.emulators.clock import FIRST_MONDAY, WorldClock
from watchkeeper.emulators.evidence import build_evidence
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.world import World

AUDIENCES = {"graph": GRAPH_AUDIENCE, "defender": DEFENDER_AUDIENCE}
HOSTS = {"graph": "graph.emulator", "defender": "defender.emulator"}


class Client:
    """The shortest ways to ask the two APIs something, with a token of Watchkeeper's own application."""

    def __init__(self, options: WorldOptions | None = None) -> None:
        clock, options = WorldClock(frozen=True), options or WorldOptions()
        entra, *_ = build_azure(clock, options)
        self.world = World(clock, entra, *build_evidence(clock, options, entra.tokens), options=options)

    @property
    def options(self) -> WorldOptions:
        return self.world.options

    def token(self, system: str) -> str:
        fields = {
            "grant_type": "client_credentials",
            "client_id": self.options.client_id,
            "client_secret": self.options.client_secret,
            "scope": f"{AUDIENCES[system]}/.default",
        }
        body = "&".join(f"{name}={quote(value)}" for name, value in fields.items()).encode()
        path = f"/{self.options.tenant_id}/oauth2/v2.0/token"
        answer = self.world.systems["entra"].handle(Request("POST", "entra.emulator", path, "", {}, body))
        return str(json.loads(answer.body)["access_token"])

    def send(
        self, system: str, path: str, query: str = "", *, token: str | None = None, method: str = "GET", **headers: str
    ) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"authorization": f"Bearer {self.token(system) if token is None else token}", **named}
        return self.world.systems[system].handle(Request(method, HOSTS[system], path, query, sent))

    def read(self, system: str, path: str, query: str = "", *, expect: int = 200, **more: Any) -> Any:
        answer = self.send(system, path, query, **more)
        assert answer.status == expect, answer.body
        return json.loads(answer.body) if answer.body else None

    def graph(self, path: str, query: str = "", **more: Any) -> Any:
        return self.read("graph", f"/v1.0/{path}", query, **more)

    def defender(self, path: str, query: str = "", **more: Any) -> Any:
        return self.read("defender", f"/api/{path}", query, **more)

    def drained(self, system: str, path: str, query: str = "", **more: Any) -> list[Any]:
        """All rows, following the links."""
        rows: list[Any] = []
        while True:
            body = self.read(system, path, query, **more)
            rows += body["value"]
            link = body.get("@odata.nextLink")
            if link is None:
                return rows
            assert link.startswith(f"https://{HOSTS[system]}{path}?")
            query = link.partition("?")[2]

    def seed(self, system: str, **command: Any) -> Any:
        return self.world.systems[system].seed({"system": system, **command})  # type: ignore[attr-defined]

    def wait(self, **delta: float) -> None:
        self.world.clock.advance(timedelta(**delta))


@pytest.fixture(scope="session")
def kept_client() -> Client:
    return Client()


@pytest.fixture
def client(kept_client: Client) -> Client:
    """A world as it begins: one is enough, since a reset forgets everything but the time."""
    kept_client.world.reset()
    kept_client.world.clock.set(FIRST_MONDAY)
    return kept_client
