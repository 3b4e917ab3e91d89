from __future__ import annotations

from collections.abc import Iterator

import pytest

from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.servicenow import ServiceNow, build_servicenow
from watchkeeper.emulators.world import World

OPTIONS = WorldOptions()


@pytest.fixture(scope="module")
def served() -> Iterator[RunningWorld]:
    clock = WorldClock()
    with RunningWorld(World(clock, build_servicenow(clock, OPTIONS), options=OPTIONS)) as running:
        yield running


@pytest.fixture
def instance(served: RunningWorld, monkeypatch: pytest.MonkeyPatch) -> str:
    """The https address of a freshly reset instance that public clients trust, whatever this machine's own settings say."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(served.ca_pem_path))
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    served.world.reset()
    return f"https://localhost:{served.ports['servicenow']}"


@pytest.fixture
def servicenow(served: RunningWorld) -> ServiceNow:
    system = served.world.systems["servicenow"]
    assert isinstance(system, ServiceNow)
    return system
