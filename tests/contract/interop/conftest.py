"""One world with work in it, over TLS, and both ways to look at it: our connectors and the public clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from azure.identity import ClientSecretCredential

from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World, build_world
from watchkeeper.model.population import Condition, Feed, Filter
from watchkeeper.model.record import SENTINEL, SERVICENOW, Record
from watchkeeper.model.scan import Page, ScanEnd
from watchkeeper.ports import Connector
from watchkeeper.transport import Secret, Transport, TransportPolicy
from watchkeeper_sentinel import SentinelConfig
from watchkeeper_sentinel import open_connector as open_sentinel
from watchkeeper_servicenow import ClientCredentials, ServiceNowConfig
from watchkeeper_servicenow import open_connector as open_servicenow

OPTIONS = WorldOptions(quotas=False)
PEOPLE = ("keiko.tanaka", "haruto.sato", "liam.byrne", "niamh.kelly")


@dataclass(frozen=True)
class Served:
    """A running world with the means to work in it and to read it."""

    running: RunningWorld

    @property
    def clock(self) -> WorldClock:
        return self.running.world.clock

    def url(self, name: str) -> str:
        return f"https://localhost:{self.running.ports[name]}"

    @property
    def ca_file(self) -> str:
        return str(self.running.ca_pem_path)

    def people(self, system: str, who: str, do: str, **command: Any) -> dict[str, Any]:
        at_work: Any = self.running.world.systems[system]
        done: dict[str, Any] = at_work.people({"who": who, "do": do, **command})
        return done

    def seed(self, system: str, **command: Any) -> dict[str, Any]:
        seeded: Any = self.running.world.systems[system]
        answer: dict[str, Any] = seeded.seed({"system": system, **command})
        return answer

    def wait(self, **delta: float) -> None:
        self.clock.advance(timedelta(**delta))

    def transport(self) -> Transport:
        return Transport(
            TransportPolicy(ca_files={SENTINEL: self.ca_file, SERVICENOW: self.ca_file}),
            clock=self.clock,
            monotonic=lambda: self.clock.now().timestamp(),
            sleep=lambda seconds: self.wait(seconds=seconds),
            random=Random(7),
        )

    def sentinel(self) -> Connector:
        config = SentinelConfig(
            subscription_id=OPTIONS.subscription_id,
            resource_group=OPTIONS.resource_group,
            workspace_name=OPTIONS.workspace_name,
            workspace_id=OPTIONS.workspace_id,
            tenant_id=OPTIONS.tenant_id,
            client_id=OPTIONS.client_id,
            client_secret=OPTIONS.client_secret,
            authority_host=self.url("entra"),
            arm_endpoint=self.url("arm"),
            logs_endpoint=self.url("loganalytics"),
            ca_file=self.running.ca_pem_path,
        )
        return open_sentinel(config, self.transport(), self.clock, lambda: 0.0)

    def servicenow(self) -> Connector:
        login = ClientCredentials(OPTIONS.servicenow_client_id, Secret(OPTIONS.servicenow_client_secret))
        return open_servicenow(
            ServiceNowConfig(self.url("servicenow"), login), self.transport(), self.clock, lambda: 0.0
        )

    def credential(self) -> ClientSecretCredential:
        return ClientSecretCredential(
            OPTIONS.tenant_id,
            OPTIONS.client_id,
            OPTIONS.client_secret,
            authority=self.url("entra"),
            disable_instance_discovery=True,
            connection_verify=self.ca_file,
        )


@pytest.fixture(scope="module")
def running() -> Iterator[RunningWorld]:
    world: World = build_world(frozen=True, options=OPTIONS)
    with RunningWorld(world, workers=8) as served:
        yield served


@pytest.fixture
def served(running: RunningWorld, monkeypatch: pytest.MonkeyPatch) -> Served:
    """Freshly reset; the machine's own proxy and certificate settings play no part."""
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.ca_pem_path))
    running.world.reset()
    return Served(running)


def scanned(connector: Connector, side: str, table: str, fields: frozenset[str], *where: Condition) -> list[Record]:
    """What our connector lists of a table, complete."""
    *pages, end = connector.scan(Feed(side, table, fields, (Filter(where),)), None)
    assert isinstance(end, ScanEnd)
    assert end.complete
    return [record for page in pages if isinstance(page, Page) for record in page.records if isinstance(record, Record)]
