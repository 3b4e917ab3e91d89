"""Over real sockets and TLS: the environment has no say, connections are kept, dripping and broken answers end."""

from __future__ import annotations

import itertools
import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest
import requests
import trustme
from requests.exceptions import ChunkedEncodingError, ReadTimeout, SSLError
from tests.unit.transport.peer import BODY, head, served
from tests.unit.transport.wire import Hands

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import Exchange, World, build_world
from watchkeeper.errors import Ambiguous, Operator
from watchkeeper.transport import Transport, TransportPolicy, translate_exception

PASSWORD = ("watchkeeper", "emulated-password")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningWorld]:
    with RunningWorld(build_world(frozen=True)) as running:
        yield running


@pytest.fixture
def world(running: RunningWorld) -> Iterator[World]:
    running.world.reset()
    yield running.world
    running.world.faults.clear()


@pytest.fixture
def table(running: RunningWorld) -> str:
    return f"https://localhost:{running.ports['servicenow']}/api/now/table/incident"


def open_transport(running: RunningWorld | None, hands: Hands | None = None, **policy: object) -> Transport:
    trusted = {"servicenow": str(running.ca_pem_path)} if running else {}
    hands = hands or Hands()
    rules = TransportPolicy(**{"writes_allowed": True, "ca_files": trusted, **policy})  # type: ignore[arg-type]
    return Transport(rules, clock=hands, monotonic=hands.monotonic, sleep=hands.sleep, random=Random(1))


def open_session(running: RunningWorld | None, **options: object) -> requests.Session:
    session = open_transport(running, **options).session("servicenow")  # type: ignore[arg-type]
    session.auth = PASSWORD
    return session


# --- the environment ---


@pytest.fixture
def hostile_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[socket.socket]:
    """Somebody else's login for our hosts, somebody else's proxy, somebody else's authority; yields the proxy's socket."""
    stranger = trustme.CA()
    stranger.cert_pem.write_to_path(str(tmp_path / "stranger.pem"))
    (tmp_path / ".netrc").write_text("machine localhost login thief password stolen\n")
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, address)
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(name, str(tmp_path / "stranger.pem"))
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        proxy.setblocking(False)
        yield proxy


def test_a_hostile_environment_changes_neither_the_way_nor_the_login_nor_the_trust(
    running: RunningWorld, world: World, table: str, hostile_environment: socket.socket
) -> None:
    assert open_session(running).get(table).status_code == 200
    with pytest.raises(BlockingIOError):
        hostile_environment.accept()
    bare = open_transport(running).session("servicenow")
    assert bare.get(table).status_code == 401


def test_an_authority_that_only_the_environment_names_is_not_trusted(
    running: RunningWorld, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(running.ca_pem_path))
    with pytest.raises(SSLError) as caught:
        open_session(None).get(table)
    assert type(translate_exception(caught.value, side="servicenow", call="GET /")) is Operator


def test_our_own_proxy_is_the_only_way_out(running: RunningWorld, table: str) -> None:
    heard: list[bytes] = []
    with served(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", heard=heard) as proxy:
        session = open_session(running, attempts=1, proxy=proxy.rstrip("/"))
        with pytest.raises(requests.exceptions.ProxyError):
            session.post(table)
    assert heard[0].startswith(b"CONNECT localhost:")


def old_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
def test_a_peer_that_speaks_old_tls_only_is_not_spoken_to(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    policy = {"ca_files": {"servicenow": str(tmp_path / "ca.pem")}, "attempts": 1}
    whole = head(b"Content-Length: %d" % len(BODY)), BODY
    current = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(current)
    with served(*whole, tls=current) as url:
        assert open_session(None, **policy).get(url).status_code == 200
    with served(*whole, tls=old_tls(authority)) as url, pytest.raises((SSLError, requests.ConnectionError)):
        open_session(None, **policy).get(url)


# --- connections ---


@pytest.fixture
def opened(world: World) -> Callable[[], int]:
    """How many connections the instance has seen: requests that came first on theirs."""
    first: list[bool] = []

    def listen(exchange: Exchange) -> None:
        if exchange.phase == "before" and not exchange.request.reused:
            first.append(True)

    world.listen(listen)
    return lambda: len(first)


def test_a_session_keeps_its_connection(running: RunningWorld, table: str, opened: Callable[[], int]) -> None:
    session = open_session(running)
    for _ in range(25):
        session.get(table)
        session.get(f"{table}/{'0' * 32}")
    assert opened() == 1


def test_four_workers_open_four_connections(running: RunningWorld, table: str, opened: Callable[[], int]) -> None:
    transport = open_transport(running)

    def work(_: int) -> None:
        session = transport.session("servicenow")
        session.auth = PASSWORD
        for _ in range(10):
            session.get(table)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    assert transport.traffic()["servicenow"].calls["GET"] == 40
    assert opened() == 4


def test_a_kept_connection_that_was_closed_costs_a_read_one_attempt(
    running: RunningWorld, world: World, table: str, opened: Callable[[], int]
) -> None:
    world.faults.add(FaultRule("idle_close", times=1))
    session = open_session(running)
    assert [session.get(table).status_code for _ in range(2)] == [200, 200]
    assert opened() == 2


def test_a_kept_connection_that_was_closed_leaves_open_whether_a_write_happened(
    running: RunningWorld, world: World, table: str
) -> None:
    world.faults.add(FaultRule("idle_close", times=1, method="POST"))
    session = open_session(running)
    session.get(table)
    with pytest.raises(requests.ConnectionError) as caught:
        session.post(table, json={"short_description": "x"})
    error = translate_exception(caught.value, side="servicenow", call="POST /", write=True)
    assert type(error) is Ambiguous
    assert sum(entry.method == "POST" for entry in world.log.entries()) == 1


# --- answers that do not end well ---


class Dripping(Hands):
    """A monotonic clock on which every look takes a second."""

    def monotonic(self) -> float:
        self.seconds += 1.0
        return self.seconds


def test_a_dripping_answer_ends_with_the_calls_time(running: RunningWorld, world: World, table: str) -> None:
    world.faults.add(FaultRule("slow_drip", seconds=0.001))
    session = open_session(running, hands=Dripping(), attempts=1, total_timeout=6.0)
    with pytest.raises(ReadTimeout):
        session.get(table.replace("incident", "sys_user"))


def test_a_dripping_answer_over_tls_ends_as_well(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    endless = itertools.repeat(b"X-Filler: a")
    with served(b"HTTP/1.1 200 OK\r\n", endless=endless, tls=context) as url:
        session = open_session(
            None, hands=Dripping(), attempts=1, total_timeout=8.0, ca_files={"servicenow": str(tmp_path / "ca.pem")}
        )
        with pytest.raises(ReadTimeout):
            session.get(url)


def test_an_empty_list_that_only_the_connection_ends_is_no_empty_list(
    running: RunningWorld, world: World, table: str
) -> None:
    world.faults.add(FaultRule("close_delimited", shape="empty_list"))
    with pytest.raises(ChunkedEncodingError, match="unseen"):
        open_session(running, attempts=2).get(table)
    world.faults.clear()
    world.faults.add(FaultRule("close_delimited", times=1))
    assert open_session(running).get(table).status_code == 200
