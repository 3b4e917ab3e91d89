"""The whole way: sockets, TLS with a private CA, sign-in, and both sources from several threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from random import Random

from tests.contract.evidence_sources.rig import evidence_world

from watchkeeper.emulators.server import RunningWorld
from watchkeeper.model.record import SENTINEL
from watchkeeper.model.sources import SOURCES
from watchkeeper.transport import Transport, TransportPolicy
from watchkeeper_defender import DefenderConfig
from watchkeeper_defender import open_source as open_defender
from watchkeeper_graph import GraphConfig
from watchkeeper_graph import open_source as open_graph
from watchkeeper_sentinel import SentinelConfig, open_sign_in


def test_both_sources_are_read_side_by_side_with_a_token_each() -> None:
    world = evidence_world()
    options = world.options
    with RunningWorld(world, workers=8) as served:
        url = {name: f"https://localhost:{port}" for name, port in served.ports.items()}
        transport = Transport(
            TransportPolicy(ca_files=dict.fromkeys((SENTINEL, *SOURCES), str(served.ca_pem_path))),
            clock=world.clock,
            monotonic=lambda: world.clock.now().timestamp(),
            sleep=lambda _: None,
            random=Random(7),
        )
        config = SentinelConfig(
            options.subscription_id,
            options.resource_group,
            options.workspace_name,
            tenant_id=options.tenant_id,
            client_id=options.client_id,
            client_secret=options.client_secret,
            authority_host=url["entra"],
            ca_file=served.ca_pem_path,
        )
        sign_in = open_sign_in(config, transport)
        graph = open_graph(GraphConfig(url["graph"]), transport, sign_in, world.clock)
        defender = open_defender(DefenderConfig(url["defender"]), transport, sign_in, world.clock)
        reads = [graph.secure_scores, graph.announcements, defender.machines, defender.remediation_tasks] * 2
        with ThreadPoolExecutor(8) as workers:
            found = list(workers.map(lambda read: read(), reads))
    assert [len(each.rows) for each in found][:4] == [len(each.rows) for each in found][4:]
    assert all(each.as_of == datetime(2026, 11, 16, 0, 30, tzinfo=UTC) for each in found)
    assert sum(entry.path.endswith("/token") for entry in world.log.entries()) == 2
