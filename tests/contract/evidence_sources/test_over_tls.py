"""The whole way: sockets, TLS with a private CA, sign-in, both sources from several threads at once, and a host of scripts."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from tests.contract.evidence_sources.rig import evidence_world

from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.evidence import Scripts
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World
from watchkeeper.errors import Operator
from watchkeeper.model.record import SENTINEL
from watchkeeper.model.sources import SOURCES
from watchkeeper.transport import Transport, TransportPolicy
from watchkeeper.wiring import Workplace
from watchkeeper_defender import DefenderConfig
from watchkeeper_defender import open_source as open_defender
from watchkeeper_graph import GraphConfig
from watchkeeper_graph import open_source as open_graph
from watchkeeper_sentinel import SentinelConfig, open_sign_in

MAPPINGS = Path(__file__).parents[3] / "mappings"


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


def test_scripts_are_downloaded_from_where_the_mappings_allow_it_over_tls(tmp_path: Path) -> None:
    clock = WorldClock(frozen=True)
    with RunningWorld(World(clock, Scripts(clock, quotas=True)), workers=2) as served:
        folder = Path(shutil.copytree(MAPPINGS, tmp_path / "mappings"))
        approved = f"https://localhost:{served.ports['scripts']}/approved"
        (folder / "evidence.yaml").write_text(f"version: 1\nscripts: {{sources: ['{approved}/']}}\n", encoding="utf-8")
        given = {"WATCHKEEPER_MAPPINGS": str(folder)}
        with Workplace(environ={**given, "WATCHKEEPER_SCRIPTS_CA_FILE": str(served.ca_pem_path)}) as place:
            found = place.scripts.download("Collect", f"{approved}/latest/collect-triage.ps1")
        with Workplace(environ=given) as place, pytest.raises(Operator, match="WATCHKEEPER_SCRIPTS_CA_FILE"):
            place.scripts.download("Collect", f"{approved}/latest/collect-triage.ps1")
    assert found.address == f"{approved}/scripts/collect-triage.ps1"
    assert found.etag == f'"{found.sha256}"'
