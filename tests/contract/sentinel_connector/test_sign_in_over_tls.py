"""Every way to sign in as a second terminal has it: sockets, TLS, a private authority, and the environment that is printed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from watchkeeper.emulators.options import SignIn, WorldOptions
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import build_world
from watchkeeper.model.population import Feed, Filter
from watchkeeper.model.record import SENTINEL
from watchkeeper.model.scan import ScanEnd
from watchkeeper.transport import Transport, TransportPolicy
from watchkeeper_sentinel import CredentialKind, SentinelConfig, SentinelConnector, open_connector

PROCESS_WIDE = ("SYSTEM_OIDCREQUESTURI", "AZURE_POD_IDENTITY_AUTHORITY_HOST", "IDENTITY_ENDPOINT", "IDENTITY_HEADER")
"""What azure-identity reads from the environment by itself."""
OPTIONS = WorldOptions(ingestion_lag=0)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningWorld]:
    with RunningWorld(build_world(frozen=True, options=OPTIONS), workers=4) as served:
        yield served


def config_of(variables: dict[str, str]) -> SentinelConfig:
    def file(name: str) -> Path | None:
        return Path(variables[name]) if name in variables else None

    return SentinelConfig(
        subscription_id=variables["SENTINEL_SUBSCRIPTION_ID"],
        resource_group=variables["SENTINEL_RESOURCE_GROUP"],
        workspace_name=variables["SENTINEL_WORKSPACE_NAME"],
        workspace_id=variables["SENTINEL_WORKSPACE_ID"],
        credential=CredentialKind(variables["WATCHKEEPER_AZURE_CREDENTIAL"]),
        tenant_id=variables["AZURE_TENANT_ID"],
        client_id=variables["AZURE_CLIENT_ID"],
        client_secret=variables.get("AZURE_CLIENT_SECRET", ""),
        certificate_path=file("AZURE_CLIENT_CERTIFICATE_PATH"),
        federated_token_file=file("AZURE_FEDERATED_TOKEN_FILE"),
        oidc_request_url=variables.get("ACTIONS_ID_TOKEN_REQUEST_URL", ""),
        oidc_request_token=variables.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", ""),
        service_connection_id=variables.get("AZURE_SERVICE_CONNECTION_ID", ""),
        system_access_token=variables.get("SYSTEM_ACCESSTOKEN", ""),
        authority_host=variables["AZURE_AUTHORITY_HOST"],
        arm_endpoint=variables["SENTINEL_ARM_ENDPOINT"],
        logs_endpoint=variables["SENTINEL_LOGS_ENDPOINT"],
        logs_audience=variables["SENTINEL_LOGS_AUDIENCE"],
        ca_file=file("AZURE_CA_FILE"),
    )


def connected(running: RunningWorld, config: SentinelConfig) -> SentinelConnector:
    clock = running.world.clock
    transport = Transport(
        TransportPolicy(ca_files={SENTINEL: str(config.ca_file)}),
        clock=clock,
        monotonic=lambda: clock.now().timestamp(),
        sleep=lambda seconds: clock.advance(timedelta(seconds=seconds)),
        random=Random(7),
    )
    return open_connector(config, transport, clock, lambda: 0.0)


@pytest.mark.parametrize("way", SignIn)
def test_the_printed_environment_opens_arm_and_log_analytics(
    running: RunningWorld, monkeypatch: pytest.MonkeyPatch, way: SignIn
) -> None:
    variables = running.environment(way)
    for name in PROCESS_WIDE:
        if name in variables:
            monkeypatch.setenv(name, variables[name])
    connector, clock = connected(running, config_of(variables)), running.world.clock

    *_, end = connector.scan(Feed(SENTINEL, "incidents", frozenset({"title"}), (Filter(()),)), None)
    report = connector.activity("incidents", clock.now() - timedelta(hours=1), clock.now())

    assert isinstance(end, ScanEnd)
    assert end.complete
    assert report.readable, report.reason


def test_what_a_way_needs_on_disk_is_its_owners_alone_and_gone_with_the_world() -> None:
    with RunningWorld(build_world(), workers=1) as running:
        files = [
            Path(running.environment(way)[name])
            for way, name in (
                (SignIn.CERTIFICATE, "AZURE_CLIENT_CERTIFICATE_PATH"),
                (SignIn.WORKLOAD_IDENTITY, "AZURE_FEDERATED_TOKEN_FILE"),
            )
        ]
        assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    assert not any(file.exists() for file in files)


def test_only_the_secret_is_in_the_environment_of_whoever_signs_in_with_it() -> None:
    with RunningWorld(build_world(), workers=1) as running:
        assert [way for way in SignIn if "AZURE_CLIENT_SECRET" in running.environment(way)] == [SignIn.CLIENT_SECRET]
