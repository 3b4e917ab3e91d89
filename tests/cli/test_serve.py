"""`watchkeeper serve`: refused where it would be open to others, and really served where it is not."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import httpx2
import pytest
import uvicorn
from cryptography.hazmat.primitives import serialization
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.cli.program import Program
from tests.receiver import authority
from tests.unit.web.boards import LOCAL, PROXIED, SIGNED, Ticking, a_board, a_store

from watchkeeper.cli import serving
from watchkeeper.errors import Config
from watchkeeper.web.app import application
from watchkeeper.web.connections import Patience
from watchkeeper.web.fence import headers_of
from watchkeeper.web.server import PATIENCE, address_of, listening, server_of
from watchkeeper.web.setup import Setup


@contextmanager
def answering(app: ASGIApp, setup: Setup, patience: Patience = PATIENCE) -> Iterator[int]:
    """The port on which it answers inside."""
    with listening(setup) as listener:
        server = server_of(app, setup, patience)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)
    assert not thread.is_alive()


@contextmanager
def served(setup: Setup, url: str, patience: Patience = PATIENCE) -> Iterator[int]:
    """The port of a board that answers inside."""
    board = a_board(setup, url)
    try:
        with answering(application(board, Ticking()), setup, patience) as port:
            yield port
    finally:
        board.memory.close()


def test_an_address_of_others_is_refused_with_the_remedy(program: Program) -> None:
    ended = program.run("serve", WATCHKEEPER_WEB_BIND="0.0.0.0:8600")
    assert ended.code == 3
    assert "WATCHKEEPER_WEB_BIND" in ended.err
    assert "WATCHKEEPER_WEB_AUTH as proxy or oidc" in ended.err


def test_a_taken_port_is_named() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(Config, match=r"WATCHKEEPER_WEB_BIND.*cannot be listened on"),
    ):
        listening(replace(LOCAL, address=("127.0.0.1", taken.getsockname()[1])))


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "NEEDED", ("starlette", "a_package_that_is_not_there"))
    with pytest.raises(Config, match=r"a_package_that_is_not_there.*pip install 'watchkeeper\[web\]'"):
        serving.require_extra()


def test_this_machine_is_answered_over_a_socket(tmp_path: Path) -> None:
    setup = replace(LOCAL, address=("127.0.0.1", 0))
    with served(setup, a_store(tmp_path)) as port, httpx2.Client(trust_env=False) as client:
        page = client.get(f"http://127.0.0.1:{port}/en/soc/today")
        rebound = client.get(f"http://127.0.0.1:{port}/en/soc/today", headers={"Host": "evil.example.com"})
    assert (page.status_code, rebound.status_code) == (200, 400)
    assert "server" not in page.headers


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """Its files, made anew by every call."""
    files = (folder / "board.pem", folder / "board.key")
    issued = authority().issue_cert("board.example.com", "127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(files[0]))
    issued.private_key_pem.write_to_path(str(files[1]))
    return files


def shown_by(port: int) -> bytes:
    """The certificate that a new connection gets to see."""
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        trusting().wrap_socket(plain, server_hostname="127.0.0.1") as secret,
    ):
        return secret.getpeercert(binary_form=True) or b""


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


def test_others_are_answered_over_tls_alone(tmp_path: Path) -> None:
    setup = replace(SIGNED, address=("127.0.0.1", 0), tls=a_certificate(tmp_path))
    named = {"Host": "board.example.com"}
    with served(setup, a_store(tmp_path)) as port, httpx2.Client(verify=trusting(), trust_env=False) as client:
        answer = client.get(f"https://127.0.0.1:{port}/api/v1/deployments", headers=named)
        with pytest.raises(httpx2.HTTPError):
            client.get(f"http://127.0.0.1:{port}/healthz", headers=named)
    assert (answer.status_code, answer.json()) == (401, {"error": 401})


def test_a_renewed_certificate_is_shown_without_a_restart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    setup = replace(SIGNED, address=("127.0.0.1", 0), tls=a_certificate(tmp_path))
    with served(setup, f"sqlite:///{tmp_path}/none.db") as port:
        first = shown_by(port)
        assert shown_by(port) == first
        files = a_certificate(tmp_path)
        second = shown_by(port)
        assert second not in {first, b""}
        files[1].write_text("half a file", encoding="ascii")
        assert shown_by(port) == second
        files[1].unlink()
        assert shown_by(port) == second
    assert "the former certificate stays in use" in caplog.text


@pytest.mark.parametrize("wrong", ["another", "password", "junk"])
def test_files_that_make_no_certificate_are_named_before_anything_is_served(tmp_path: Path, wrong: str) -> None:
    chain, key = a_certificate(tmp_path)
    loaded = serialization.load_pem_private_key(key.read_bytes(), password=None)
    secret = serialization.BestAvailableEncryption(b"swordfish")
    forms = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    key.write_bytes(
        {
            "another": authority().issue_cert("other.example.com").private_key_pem.bytes(),
            "password": loaded.private_bytes(*forms, secret),
            "junk": b"no key",
        }[wrong]
    )
    setup = replace(SIGNED, tls=(chain, key))
    with pytest.raises(Config, match=rf"WATCHKEEPER_WEB_TLS_CERTIFICATE.*{key}.*cannot be served with"):
        server_of(application(a_board(SIGNED, "sqlite:///none.db"), Ticking()), setup)


def test_it_says_where_it_is() -> None:
    with listening(replace(LOCAL, address=("127.0.0.1", 0))) as listener:
        assert address_of(LOCAL, listener) == f"http://127.0.0.1:{listener.getsockname()[1]}/"
        secret = replace(LOCAL, tls=(Path("board.pem"), Path("board.key")))
        assert address_of(secret, listener) == f"https://127.0.0.1:{listener.getsockname()[1]}/"
        assert address_of(SIGNED, listener) == "https://board.example.com/"


def test_uvicorn_says_nothing_of_itself_and_believes_no_header() -> None:
    config: uvicorn.Config = server_of(application(a_board(LOCAL, "sqlite:///none.db"), Ticking()), LOCAL).config
    assert (config.server_header, config.proxy_headers, config.access_log) == (False, False, False)


def said_until_the_end(connection: socket.socket) -> bytes:
    """What came until the other side ended it; fails where it does not."""
    connection.settimeout(20)
    pieces = []
    with suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


class TestAConnection:
    """On which little happens holds no place for long."""

    SHORT = Patience(request=0.1, answer=0.1, most=3)
    HERE = replace(LOCAL, address=("127.0.0.1", 0))
    HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"

    def test_that_never_asks_the_whole_of_a_question_is_cut(self, tmp_path: Path) -> None:
        body = b"POST /sign-out HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\ncsrf"
        with served(self.HERE, f"sqlite:///{tmp_path}/none.db", self.SHORT) as port:
            for some in (b"", b"GET /hea", self.HEAD, body):
                with socket.create_connection(("127.0.0.1", port)) as connection:
                    connection.sendall(some)
                    assert b" 200 " not in said_until_the_end(connection), some
            assert httpx2.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200

    def test_that_asks_is_answered_and_may_ask_again(self, tmp_path: Path) -> None:
        with (
            served(self.HERE, f"sqlite:///{tmp_path}/none.db", self.SHORT) as port,
            socket.create_connection(("127.0.0.1", port)) as connection,
        ):
            connection.sendall(self.HEAD + b"\r\n" + self.HEAD + b"Connection: close\r\n\r\n")
            assert said_until_the_end(connection).count(b" 200 OK") == 2

    def test_that_takes_nothing_of_its_answer_is_cut(self) -> None:
        ended = threading.Event()

        async def endless(_scope: Scope, receive: Receive, send: Send) -> None:
            await receive()
            gone = asyncio.create_task(receive())
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while not gone.done():
                await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})
                await asyncio.sleep(0)
            ended.set()

        with answering(endless, self.HERE, self.SHORT) as port, socket.create_connection(("127.0.0.1", port)) as greedy:
            greedy.sendall(self.HEAD + b"\r\n")
            assert ended.wait(20)

    def test_that_takes_its_answer_slowly_gets_all_of_it(self) -> None:
        async def long(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(6):
                await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

        with answering(long, self.HERE) as port, socket.create_connection(("127.0.0.1", port)) as slow:
            slow.sendall(self.HEAD + b"Connection: close\r\n\r\n")
            assert said_until_the_end(slow).count(b"x") == 6_000_000

    def test_from_elsewhere_is_cut_where_nobody_has_to_sign_in(self, tmp_path: Path) -> None:
        setup = replace(self.HERE, peers=(ip_network("10.0.0.5/32"),))
        with (
            served(setup, f"sqlite:///{tmp_path}/none.db") as port,
            socket.create_connection(("127.0.0.1", port)) as connection,
        ):
            assert said_until_the_end(connection) == b""

    def test_is_one_of_a_few_of_the_same_visitor(self, tmp_path: Path) -> None:
        patient = Patience(request=20, answer=20, most=3)
        with served(self.HERE, f"sqlite:///{tmp_path}/none.db", patient) as port, ExitStack() as held:
            for _ in range(3):
                held.enter_context(socket.create_connection(("127.0.0.1", port)))
            with socket.create_connection(("127.0.0.1", port)) as fourth:
                assert said_until_the_end(fourth) == b""

    def test_that_is_no_http_is_told_so_as_strictly_as_everything_else(self, tmp_path: Path) -> None:
        with served(replace(SIGNED, address=self.HERE.address), f"sqlite:///{tmp_path}/none.db") as port:
            for nonsense in (
                b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
                b"GET / HTTP/9\r\n\r\n",
                b"GET /\r\nHost: \xff\x00\r\n\r\n",
            ):
                with socket.create_connection(("127.0.0.1", port)) as connection:
                    connection.sendall(nonsense)
                    head, _, body = said_until_the_end(connection).decode().partition("\r\n\r\n")
                assert head.startswith("HTTP/1.1 400 Bad Request\r\n")
                assert (
                    headers_of(SIGNED).items() <= dict(each.split(": ", 1) for each in head.split("\r\n")[1:]).items()
                )
                assert "Invalid HTTP request received." in body

    def test_that_turns_to_nonsense_while_it_is_answered_is_cut(self, caplog: pytest.LogCaptureFixture) -> None:
        async def slow(_scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while (await receive())["type"] != "http.disconnect":
                pass

        body = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        with answering(slow, self.HERE) as port, socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(body)
            assert b" 200 OK" in connection.recv(65536)
            connection.sendall(b"no chunk\r\n")
            assert said_until_the_end(connection) == b""
        assert "Fatal error" not in caplog.text

    def test_is_one_of_a_few_of_all_who_are_no_proxy_of_ours(self, tmp_path: Path) -> None:
        patient, setup = Patience(request=20, answer=20, most=1), replace(PROXIED, address=("127.0.0.1", 0))
        with (
            served(setup, f"sqlite:///{tmp_path}/none.db", patient) as port,
            socket.create_connection(("127.0.0.1", port)) as first,
        ):
            first.sendall(b"GET / HTTP/1.1\r\nHost: board.example.com\r\n\r\n")
            assert b" 403 " in first.recv(100)
            with socket.create_connection(("127.0.0.1", port)) as second:
                assert said_until_the_end(second) == b""
            first.sendall(self.HEAD + b"Connection: close\r\n\r\n")
            assert b" 200 " in said_until_the_end(first)


class TestAHandshake:
    """Is part of a connection, and has its bounds."""

    @pytest.fixture
    def setup(self, tmp_path: Path) -> Setup:
        return replace(SIGNED, address=("127.0.0.1", 0), tls=a_certificate(tmp_path))

    @pytest.mark.parametrize(
        "some", [b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"], ids=["nothing", "a start", "http"]
    )
    def test_that_does_not_come_to_its_end_is_cut(
        self, setup: Setup, tmp_path: Path, some: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        with served(setup, f"sqlite:///{tmp_path}/none.db", Patience(handshake=1.0)) as port:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(some)
                assert b"HTTP" not in said_until_the_end(connection)
            assert shown_by(port)
        assert [each.getMessage() for each in caplog.records if each.levelname in {"WARNING", "ERROR"}] == []

    def test_counts_as_a_connection_of_its_visitor(self, setup: Setup, tmp_path: Path) -> None:
        patient = Patience(handshake=20, request=20, answer=20, most=3)
        with served(setup, f"sqlite:///{tmp_path}/none.db", patient) as port, ExitStack() as held:
            first, *_ = (held.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(3))
            with socket.create_connection(("127.0.0.1", port)) as fourth:
                assert said_until_the_end(fourth) == b""
            with trusting().wrap_socket(first, server_hostname="127.0.0.1") as secret:
                secret.sendall(TestAConnection.HEAD + b"Connection: close\r\n\r\n")
                assert b" 200 OK" in said_until_the_end(secret)
            with socket.create_connection(("127.0.0.1", port)) as another:
                another.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    another.recv(1)

    def test_leaves_no_place_taken_when_its_visitor_goes(self, setup: Setup, tmp_path: Path) -> None:
        with served(setup, f"sqlite:///{tmp_path}/none.db", Patience(most=2)) as port:
            for _ in range(10):
                with socket.create_connection(("127.0.0.1", port)) as gone:
                    gone.shutdown(socket.SHUT_WR)
                    assert said_until_the_end(gone) == b""
                assert shown_by(port)

    def test_may_come_with_the_first_request(self, setup: Setup, tmp_path: Path) -> None:
        """A client of TLS 1.3 says both at once."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = trusting().wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
        with (
            served(setup, f"sqlite:///{tmp_path}/none.db") as port,
            socket.create_connection(("127.0.0.1", port)) as connection,
        ):
            connection.settimeout(20)
            while True:
                try:
                    client.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    connection.sendall(outgoing.read())
                    incoming.write(connection.recv(65536))
            client.write(TestAConnection.HEAD + b"Connection: close\r\n\r\n")
            connection.sendall(outgoing.read())
            said = b""
            while b" 200 OK" not in said:
                incoming.write(connection.recv(65536))
                with suppress(ssl.SSLWantReadError):
                    said += client.read(65536)

    def test_does_not_hold_up_the_end_of_the_server(self, setup: Setup, tmp_path: Path) -> None:
        with ExitStack() as held:
            with served(setup, f"sqlite:///{tmp_path}/none.db", Patience(handshake=600)) as port:
                waiting = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            assert said_until_the_end(waiting) == b""
