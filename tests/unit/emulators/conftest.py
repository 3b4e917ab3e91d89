from __future__ import annotations

import pytest

from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.world import World


class Counter:
    """The smallest system: it counts the requests that took effect."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.effects = 0

    def handle(self, request: Request) -> Response:
        self.effects += 1
        return Response.of_json(200, {"result": [{"path": request.path, "effects": self.effects}, {"second": "row"}]})

    def records(self) -> list[dict[str, object]]:
        return [{"effects": self.effects}]

    def reset(self) -> None:
        self.effects = 0

    def people(self, command: dict[str, object]) -> dict[str, object]:
        if command.get("do") != "count":
            raise ValueError("they only count here")
        self.effects += 1
        return {"effects": self.effects}


@pytest.fixture
def counter() -> Counter:
    return Counter("servicenow")


@pytest.fixture
def world(counter: Counter) -> World:
    return World(WorldClock(frozen=True), counter, Counter("arm"))


def get(
    path: str = "/api/now/table/incident", method: str = "GET", query: str = "", body: bytes = b"", **headers: str
) -> Request:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, "localhost", path, query, names, body)


@pytest.fixture
def request_for() -> object:
    return get
