"""The whole way through the real SDKs: sockets, TLS with a private CA, sign-in, ARM and Log Analytics."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest
from tests.contract.sentinel_connector.rig import SentinelRig

from watchkeeper.emulators.server import RunningWorld
from watchkeeper.model.record import SENTINEL
from watchkeeper.model.scan import ScanEnd
from watchkeeper.transport import Transport, TransportPolicy
from watchkeeper_sentinel import SentinelConnector, open_connector


@pytest.fixture(scope="module")
def rig() -> SentinelRig:
    return SentinelRig()


@pytest.fixture(scope="module")
def connector(rig: SentinelRig) -> Iterator[SentinelConnector]:
    with RunningWorld(rig.world) as served:
        endpoints = {name: f"https://localhost:{served.ports[name]}" for name in ("entra", "arm", "loganalytics")}
        config = rig.config(
            authority_host=endpoints["entra"],
            arm_endpoint=endpoints["arm"],
            logs_endpoint=endpoints["loganalytics"],
            ca_file=served.ca_pem_path,
        )
        transport = Transport(
            TransportPolicy(writes_allowed=True, ca_files={SENTINEL: str(served.ca_pem_path)}),
            clock=rig.clock,
            monotonic=lambda: rig.clock.now().timestamp(),
            sleep=rig.sleep,
            random=Random(7),
        )
        yield open_connector(config, transport, rig.clock, lambda: 0.0)


def test_eight_workers_share_one_connector_and_one_token(rig: SentinelRig, connector: SentinelConnector) -> None:
    drafts = [rig.draft(f"contract/task-{number}/all@2026-11-16", f"Task {number}") for number in range(40)]

    with ThreadPoolExecutor(8) as workers:
        written = list(workers.map(connector.create, drafts))
        closed = list(
            workers.map(lambda each: connector.close(each.record.ref, rig.closing, each.record.revision), written)
        )

    assert {each.record.ref for each in written} == {draft.ref for draft in drafts}
    assert {each.record.fields["status"] for each in closed} == {"Closed"}
    tokens = [entry for entry in rig.world.log.entries() if entry.path.endswith("/token")]
    assert len(tokens) == 1


def test_history_and_list_are_read_with_a_token_each(rig: SentinelRig, connector: SentinelConnector) -> None:
    ref = rig.person_opens("Suspicious sign-in")
    rig.advance(timedelta(minutes=1))
    rig.person_edits(ref)
    rig.advance(timedelta(minutes=10))
    now = rig.clock.now()

    report = connector.activity(rig.table, now - timedelta(hours=1), now, [ref.id])
    *_, end = connector.scan(rig.feed(), None)

    assert report.readable, report.reason
    assert [(deed.author.id, deed.field) for deed in report.activities] == [("keiko.tanaka@soc.example", "severity")]
    assert isinstance(end, ScanEnd)
    assert end.complete


def test_evidence_is_read_with_the_same_tokens(rig: SentinelRig, connector: SentinelConnector) -> None:
    rig.arm.seed({"system": "sentinel", "past": 2})
    rig.advance(timedelta(minutes=10))
    now, seen = rig.clock.now(), len(rig.world.log.entries())

    workspace = connector.workspace
    assert any(package.outdated for package in workspace.content_packages().rows)
    assert workspace.automation_rules().rows
    assert workspace.playbooks().rows
    assert workspace.automation_failures(now - timedelta(days=3)).rows
    assert workspace.closed_incidents(now - timedelta(days=3), now).rows

    assert "entra" not in {entry.system for entry in rig.world.log.entries(seen)}
