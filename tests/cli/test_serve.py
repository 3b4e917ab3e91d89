"""`watchkeeper serve`: refused where it would be open to others, and really served where it is not."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
import uvicorn
from tests.cli.program import Program
from tests.receiver import authority
from tests.unit.web.boards import LOCAL, SIGNED, Ticking, a_board, a_store

from watchkeeper.cli import serving
from watchkeeper.errors import Config
from watchkeeper.web.app import application
from watchkeeper.web.server import address_of, listening, server_of
from watchkeeper.web.setup import Setup


@contextmanager
def served(setup: Setup, url: str) -> Iterator[int]:
    """The port of a board that answers inside."""
    board = a_board(setup, url)
    with listening(setup) as listener:
        server = server_of(application(board, Ticking()), setup)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)
            board.memory.close()
    assert not thread.is_alive()


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


def test_others_are_answered_over_tls_alone(tmp_path: Path) -> None:
    files = (tmp_path / "board.pem", tmp_path / "board.key")
    issued = authority().issue_cert("board.example.com", "127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(files[0]))
    issued.private_key_pem.write_to_path(str(files[1]))
    trusted = ssl.create_default_context()
    authority().configure_trust(trusted)
    setup = replace(SIGNED, address=("127.0.0.1", 0), tls=files)
    named = {"Host": "board.example.com"}
    with served(setup, a_store(tmp_path)) as port, httpx2.Client(verify=trusted, trust_env=False) as client:
        answer = client.get(f"https://127.0.0.1:{port}/api/v1/deployments", headers=named)
        with pytest.raises(httpx2.HTTPError):
            client.get(f"http://127.0.0.1:{port}/healthz", headers=named)
    assert (answer.status_code, answer.json()) == (401, {"error": 401})


def test_it_says_where_it_is() -> None:
    with listening(replace(LOCAL, address=("127.0.0.1", 0))) as listener:
        assert address_of(LOCAL, listener) == f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert address_of(SIGNED, listener) == "https://board.example.com/"


def test_uvicorn_says_nothing_of_itself_and_believes_no_header() -> None:
    config: uvicorn.Config = server_of(application(a_board(LOCAL, "sqlite:///none.db"), Ticking()), LOCAL).config
    assert (config.server_header, config.proxy_headers, config.access_log) == (False, False, False)
