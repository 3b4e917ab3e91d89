from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.control import ControlPlane
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.inprocess import BASE_URLS, in_process_session
from watchkeeper.emulators.world import World

URL = f"{BASE_URLS['servicenow']}/api/now/table/incident"


@pytest.fixture
def session(world: World) -> Iterator[requests.Session]:
    with in_process_session(world) as session:
        yield session


class Mirror:
    """Answers with the request that it saw."""

    name = "servicenow"

    def handle(self, request: Request) -> Response:
        self.seen = request
        return Response.of_json(201, {}, {"Set-Cookie": "a=1; Path=/\nb=2; Path=/", "X-Total-Count": "3"})

    def records(self) -> list[dict[str, Any]]:
        return []

    def reset(self) -> None:
        pass


def test_each_system_answers_at_its_own_address(world: World, session: requests.Session) -> None:
    session.get(f"{BASE_URLS['arm']}/x")
    session.get(f"{BASE_URLS['servicenow']}/y")
    assert [(entry.system, entry.path) for entry in world.log.entries()] == [("arm", "/x"), ("servicenow", "/y")]


def test_the_handler_sees_what_a_server_would_have_read() -> None:
    mirror = Mirror()
    with in_process_session(World(WorldClock(), mirror)) as session:
        answer = session.post(
            f"{BASE_URLS['servicenow']}/a%20b/c%2Fd/日本",
            params={"q": "x^y"},
            json={"k": "値"},
            headers={"X-Thing": "1"},
        )
    seen = mirror.seen
    assert (seen.method, seen.host, seen.path) == ("POST", "servicenow.emulator", "/a b/c%2Fd/日本")
    assert seen.segments == ("a b", "c/d", "日本")
    assert seen.query == (("q", "x^y"),)
    assert (seen.headers["x-thing"], seen.json()) == ("1", {"k": "値"})
    assert (answer.status_code, answer.reason, answer.headers["X-Total-Count"]) == (201, "Created", "3")


def test_cookies_reach_the_jar_one_by_one() -> None:
    with in_process_session(World(WorldClock(), Mirror())) as session:
        session.get(URL)
        assert dict(session.cookies) == {"a": "1", "b": "2"}


def test_form_and_streamed_bodies_arrive_whole() -> None:
    mirror = Mirror()
    with in_process_session(World(WorldClock(), mirror)) as session:
        session.post(URL, data={"grant_type": "password"})
        assert mirror.seen.form() == {"grant_type": "password"}
        session.post(URL, data=iter([b"one ", b"two"]))
        assert mirror.seen.body == b"one two"


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_drop_is_a_connection_error(world: World, session: requests.Session, kind: Any) -> None:
    world.faults.add(FaultRule(kind))
    with pytest.raises(requests.ConnectionError, match="Connection aborted"):
        session.get(URL)


def test_a_wait_beyond_the_callers_patience_is_a_read_timeout(world: World, session: requests.Session) -> None:
    world.faults.add(FaultRule("timeout_after", seconds=30))
    with pytest.raises(requests.ReadTimeout, match="read timeout=5"):
        session.get(URL, timeout=(1, 5))
    with pytest.raises(requests.ConnectionError):
        session.get(URL, timeout=60)


def test_latency_is_slept_only_when_asked_for(world: World) -> None:
    slept: list[float] = []
    world.faults.latency = 0.05
    with in_process_session(world) as quick, in_process_session(world, sleep=slept.append) as slow:
        assert quick.get(URL, timeout=1).status_code == 200
        assert slept == []
        slow.get(URL, timeout=1)
    assert slept == [0.05]


def test_an_address_outside_the_world_is_refused(session: requests.Session) -> None:
    with pytest.raises(requests.exceptions.InvalidURL, match=r"example\.com"):
        session.get("https://example.com/")


def test_the_control_plane_answers_where_one_was_given(world: World) -> None:
    with in_process_session(world, control=ControlPlane(world, "t").handle) as session:
        answer = session.get(f"{BASE_URLS['control']}/_emulator/clock", headers={"Authorization": "Bearer t"})
        assert answer.json()["frozen"] is True


def test_a_head_request_has_headers_and_no_body(world: World, session: requests.Session) -> None:
    answer = session.head(URL)
    assert (answer.status_code, answer.content) == (200, b"")
    assert world.log.entries()[0].method == "HEAD"


def test_answers_can_be_read_as_a_stream(session: requests.Session) -> None:
    with session.get(URL, stream=True) as answer:
        chunks: Callable[..., Iterator[bytes]] = answer.iter_content
        assert b"".join(chunks(8)).startswith(b'{"result"')
