from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World


@pytest.fixture
def running(world: World) -> Iterator[RunningWorld]:
    with RunningWorld(world, token="t0ken", workers=4) as running:
        yield running


@pytest.fixture
def session(running: RunningWorld) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(running.ca_pem_path)
        yield session


def address(running: RunningWorld, system: str = "servicenow", host: str = "localhost") -> str:
    return f"https://{host}:{running.ports[system]}"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_each_system_has_its_own_port_under_one_private_authority(
    running: RunningWorld, session: requests.Session, host: str
) -> None:
    assert sorted(running.ports) == ["arm", "control", "servicenow"]
    assert session.get(f"{address(running, 'arm', host)}/日本%2F?q=1").status_code == 200
    (entry,) = running.world.log.entries()
    assert (entry.system, entry.path, entry.query) == ("arm", "/日本%2F", "q=1")


def test_a_client_that_does_not_know_the_authority_refuses(running: RunningWorld) -> None:
    with requests.Session() as stranger:
        stranger.trust_env = False
        with pytest.raises(requests.exceptions.SSLError):
            stranger.get(address(running))


def test_one_connection_serves_many_requests(running: RunningWorld, session: requests.Session) -> None:
    for _ in range(5):
        assert session.post(address(running), json={"a": 1}).headers["Connection"] == "keep-alive"
    adapter: Any = session.get_adapter(address(running))
    pool = adapter.poolmanager.connection_from_url(
        address(running), {"ca_certs": session.verify, "cert_reqs": "CERT_REQUIRED"}
    )
    assert pool.num_connections <= 1


def test_a_drop_closes_the_connection_without_an_answer(
    running: RunningWorld, session: requests.Session, counter: Any
) -> None:
    running.world.faults.add(FaultRule("drop_after", times=1))
    with pytest.raises(requests.ConnectionError):
        session.post(address(running))
    assert counter.effects == 1
    assert session.post(address(running)).status_code == 200


def test_a_late_answer_meets_the_clients_timeout(
    running: RunningWorld, session: requests.Session, counter: Any
) -> None:
    running.world.faults.add(FaultRule("timeout_before", seconds=60, times=1))
    with pytest.raises(requests.ReadTimeout):
        session.get(address(running), timeout=0.05)
    assert counter.effects == 0


def test_a_caller_that_is_gone_when_its_request_is_released_harms_nobody(
    running: RunningWorld, session: requests.Session, counter: Any
) -> None:
    running.world.faults.add(FaultRule("pause_after", seconds=60, times=1))
    with pytest.raises(requests.ReadTimeout):
        session.post(address(running), timeout=0.05)
    assert counter.effects == 1
    assert running.world.faults.release() == 1
    assert session.post(address(running)).json()["result"][0]["effects"] == 2


def test_a_caller_that_is_gone_before_its_body_arrived_has_asked_nothing(running: RunningWorld) -> None:
    trusting = ssl.create_default_context(cafile=str(running.ca_pem_path))
    with (
        socket.create_connection(("127.0.0.1", running.ports["servicenow"]), timeout=10) as plain,
        trusting.wrap_socket(plain, server_hostname="localhost") as caller,
    ):
        caller.sendall(b'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"cut": ')
        caller.shutdown(socket.SHUT_WR)
        while caller.recv(1024):
            pass
    assert running.world.log.entries() == []


def test_head_and_204_have_no_body(running: RunningWorld, session: requests.Session) -> None:
    answer = session.head(address(running))
    assert (answer.content, int(answer.headers["Content-Length"]) > 0) == (b"", True)
    assert session.get(address(running)).json()["result"]


def test_more_callers_than_workers_are_all_answered(running: RunningWorld) -> None:
    def call() -> None:
        with requests.Session() as session:
            session.trust_env = False
            for _ in range(3):
                session.get(address(running), verify=str(running.ca_pem_path))

    callers = [threading.Thread(target=call) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert [entry.status for entry in running.world.log.entries()] == [200] * 24


def test_the_control_plane_has_its_own_port_and_token(running: RunningWorld, session: requests.Session) -> None:
    url = f"{address(running, 'control')}/_emulator/clock"
    assert session.get(url).status_code == 401
    assert session.get(url, headers={"Authorization": "Bearer t0ken"}).json()["now"] == "2026-11-16T00:30:00Z"


def test_leaving_closes_every_port_lets_go_of_the_paused_and_removes_the_files(world: World) -> None:
    with RunningWorld(world, workers=2) as running:
        world.faults.add(FaultRule("pause_before", seconds=60))
        port, authority = running.ports["servicenow"], running.ca_pem_path
        caller = threading.Thread(target=lambda: _ignoring_errors(f"https://localhost:{port}", str(authority)))
        caller.start()
        while not world.faults.release_is_awaited():
            caller.join(0.001)
    caller.join()
    assert not authority.exists()
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=1):
        pass


def _ignoring_errors(url: str, authority: str) -> None:
    with requests.Session() as session:
        session.trust_env = False
        try:
            session.get(url, verify=authority, timeout=10)
        except requests.RequestException:
            return


def test_a_taken_port_is_an_error_and_leaves_nothing_behind(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        before = threading.active_count()
        with (
            pytest.raises(OSError, match=str(taken.getsockname()[1])),
            RunningWorld(world, ports={"arm": taken.getsockname()[1]}),
        ):
            pass
    assert threading.active_count() == before
