"""The public Azure clients, unchanged, over TLS against the emulated tenant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.securityinsight import SecurityInsights
from azure.monitor.query import LogsQueryClient

from watchkeeper.emulators.azure import ADMINISTRATION_CLIENT_ID, ADMINISTRATION_SECRET, build_azure
from watchkeeper.emulators.azure.arm import Arm
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World

OPTIONS = WorldOptions()


@pytest.fixture(scope="module")
def served() -> Iterator[RunningWorld]:
    clock = WorldClock(frozen=True)
    with RunningWorld(World(clock, *build_azure(clock, OPTIONS), options=OPTIONS)) as running:
        yield running


@dataclass(frozen=True)
class Clients:
    """Everything that a client is told: addresses, and the private authority by its file."""

    served: RunningWorld

    @property
    def arm_system(self) -> Arm:
        system = self.served.world.systems["arm"]
        assert isinstance(system, Arm)
        return system

    def url(self, name: str) -> str:
        return f"https://localhost:{self.served.ports[name]}"

    def credential(
        self, client_id: str = OPTIONS.client_id, secret: str = OPTIONS.client_secret
    ) -> ClientSecretCredential:
        return ClientSecretCredential(
            OPTIONS.tenant_id,
            client_id,
            secret,
            authority=self.url("entra"),
            disable_instance_discovery=True,
            connection_verify=str(self.served.ca_pem_path),
        )

    def sentinel(self, credential: ClientSecretCredential | None = None) -> SecurityInsights:
        """azure-mgmt-securityinsight; by default as an application that may also delete."""
        return SecurityInsights(
            credential or self.credential(ADMINISTRATION_CLIENT_ID, ADMINISTRATION_SECRET),
            OPTIONS.subscription_id,
            base_url=self.url("arm"),
            connection_verify=str(self.served.ca_pem_path),
            retry_total=0,
        )

    def logs(self, credential: ClientSecretCredential | None = None) -> LogsQueryClient:
        return LogsQueryClient(
            credential or self.credential(),
            endpoint=self.url("loganalytics"),
            audience=OPTIONS.logs_audience,
            connection_verify=str(self.served.ca_pem_path),
            retry_total=0,
        )


@pytest.fixture
def clients(served: RunningWorld, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Freshly reset; the machine's own proxy and Azure settings play no part."""
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    served.world.reset()
    return Clients(served)
