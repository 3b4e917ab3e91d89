"""A board over a store with two deployments, asked as a browser or a program would ask it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from starlette.testclient import TestClient
from tests.fresh_store import put_fresh_store
from tests.state.examples import SetClock, a_decision, a_link, a_report

from watchkeeper.model.link import ConflictRow, Dirty
from watchkeeper.settings import WebAuth
from watchkeeper.state.library import Library
from watchkeeper.state.opening import open_store
from watchkeeper.web.access import Person, Role
from watchkeeper.web.app import application
from watchkeeper.web.board import Board
from watchkeeper.web.opening import open_board
from watchkeeper.web.rules import Rules
from watchkeeper.web.sessions import COOKIE
from watchkeeper.web.setup import Provider, Setup

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORIGIN = "https://board.example.com"
PROXY = "10.0.0.5"
ROLES = tuple((role, f"SOC {role.value}") for role in Role)
LOCAL = Setup()
PROXIED = Setup(auth=WebAuth.PROXY, origin=ORIGIN, peers=(ip_network(f"{PROXY}/32"),), roles=ROLES)
SIGNED = Setup(
    auth=WebAuth.OIDC,
    origin=ORIGIN,
    peers=(),
    roles=ROLES,
    provider=Provider("https://localhost:1", "board", "a client's secret", "groups"),
)


@dataclass
class Ticking:
    """A monotonic clock that stands where it is put."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


def a_store(folder: Path) -> str:
    """The address of a store in which `soc` and `test` have begun, and nothing has happened."""
    file = folder / "watchkeeper.db"
    put_fresh_store(file)
    for deployment in ("soc", "test"):
        open_store(f"sqlite:///{file}", deployment, SetClock(NOW), migrate=False).close()
    return f"sqlite:///{file}"


def after_a_bad_day(url: str) -> str:
    """The store of `soc` with one of everything that needs a human; texts in it are hostile where others write them."""
    hostile = "<script>alert(1)</script>::error::\u202e=cmd()"
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.start_run("run-1", "sync", NOW - timedelta(hours=3))
        store.finish_run(replace(a_report(), run_id="run-1", started_at=NOW - timedelta(hours=3)))
        store.put_decisions([a_decision()])
        store.put_links([a_link(number=1, url="javascript:alert(1)")])
        store.put_dirty([Dirty("escalation/sentinel/x", "escalation", hostile, NOW - timedelta(days=1), 3)])
        row = ConflictRow("k", "title", "servicenow", f'"{hostile}"', '"b"', "latest", "run-1", NOW - timedelta(days=2))
        store.put_conflicts([row])
    return url


RULES = Rules()
"""Read once for all boards that do not say where theirs are."""


def a_board(setup: Setup, url: str, monotonic: Ticking | None = None, rules: Rules = RULES) -> Board:
    return open_board(setup, url, SetClock(NOW), monotonic or Ticking(), rules=rules)


@contextmanager
def visiting(
    board: Board, *, peer: str = PROXY, monotonic: Ticking | None = None, burst: int = 0
) -> Iterator[TestClient]:
    """A client that follows no redirect. `burst`: how many requests it may make at once, where not so many as anybody."""
    app = application(board, monotonic or Ticking())
    if burst:
        app.requests.burst = burst
    base = board.setup.origin or "http://127.0.0.1:8600"
    client = TestClient(app, base_url=base, client=(peer, 40000), follow_redirects=False)
    try:
        yield client
    finally:
        client.close()
        board.memory.close()


def sign_in(client: TestClient, board: Board, *roles: Role, owners: Collection[str] = ()) -> str:
    """What the session's forms have to bring back."""
    name = board.sessions.open(Person("Aiko Tanaka", frozenset(roles), frozenset(owners)), before="")
    client.cookies.set(COOKIE, name, domain="board.example.com", path="/")
    session = board.sessions.find(name)
    assert session is not None
    return session.csrf


def library_of(url: str) -> Library:
    library = Library.open(url, SetClock(NOW))
    assert library is not None
    return library
