"""Faults beyond errors and lost answers: pages, doubled deliveries, bodies that harm, bodies that drip, closed connections."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.inprocess import BASE_URLS, in_process_session
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World

Make = Callable[..., Request]
URL = f"{BASE_URLS['servicenow']}/api/now/table/incident"


@pytest.mark.parametrize(
    ("kind", "effects"),
    [("status", 0), ("status_after", 1), ("empty", 0), ("empty_after", 1), ("page", 0), ("page_after", 1)],
)
def test_an_answer_can_be_replaced_before_or_after_the_effect(
    world: World, counter: Any, request_for: Make, kind: Any, effects: int
) -> None:
    world.faults.add(FaultRule(kind, status=500))
    assert world.handle("servicenow", request_for()).status == 500
    assert counter.effects == effects


def test_a_write_that_was_done_can_be_answered_as_a_cancelled_transaction(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("status_after", status=500))
    body = json.loads(world.handle("servicenow", request_for(method="POST")).body)
    assert body["error"]["message"] == "Transaction cancelled: maximum execution time exceeded"


@pytest.mark.parametrize("status", [200, 202, 204])
def test_an_answer_can_be_empty(world: World, request_for: Make, status: int) -> None:
    world.faults.add(FaultRule("empty", status=status))
    answer = world.handle("arm", request_for())
    assert (answer.status, answer.body) == (status, b"")


@pytest.mark.parametrize(
    ("page", "status", "title"),
    [
        ("hibernating", 200, b"Instance Hibernating page"),
        ("login", 200, b"Sign in"),
        ("maintenance", 503, b"Down for maintenance"),
        ("gateway", 502, b"502 Bad Gateway"),
    ],
)
def test_a_page_comes_with_its_usual_status(
    world: World, request_for: Make, page: Any, status: int, title: bytes
) -> None:
    world.faults.add(FaultRule("page", page=page))
    answer = world.handle("servicenow", request_for())
    assert (answer.status, title in answer.body) == (status, True)
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_redirect_leads_to_the_login_page(world: World, counter: Any, request_for: Make) -> None:
    world.faults.add(
        FaultRule("redirect", times=1), FaultRule("redirect", status=307, location="https://evil.example/")
    )
    login, elsewhere = (world.handle("servicenow", request_for()) for _ in range(2))
    assert (login.status, login.headers["Location"]) == (302, "/login.do")
    assert (elsewhere.status, elsewhere.headers["Location"]) == (307, "https://evil.example/")
    assert counter.effects == 0


def test_a_proxy_can_deliver_a_request_twice(world: World, counter: Any, request_for: Make) -> None:
    world.faults.add(FaultRule("duplicate", times=1))
    answer = json.loads(world.handle("servicenow", request_for(method="POST")).body)
    assert counter.effects == 2
    assert answer["result"][0]["effects"] == 2


def test_a_connection_can_only_be_found_closed_by_a_later_request(world: World, counter: Any) -> None:
    world.faults.add(FaultRule("idle_close", times=1))
    with in_process_session(world) as session:
        assert session.post(URL).ok
        with pytest.raises(requests.ConnectionError):
            session.post(URL)
        assert session.post(URL).ok
    assert counter.effects == 2


def test_a_word_for_the_content_that_is_wrong(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("content_type"))
    answer = world.handle("servicenow", request_for())
    assert answer.headers["Content-Type"] == "text/plain"
    assert json.loads(answer.body)["result"]


def test_a_client_that_gave_up_is_told_so_in_a_code_that_no_standard_knows(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("status", status=499))
    assert json.loads(world.handle("arm", request_for()).body)["error"]["code"] == "ClientClosedRequest"


def test_a_cut_list_may_be_silent_about_the_missing_rows(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("truncate", shape="fewer_rows"))
    answer = world.handle("servicenow", request_for())
    assert len(json.loads(answer.body)["result"]) == 1


@pytest.mark.parametrize("shape", ["big_number", "deep", "repeated_keys", "nan"])
def test_a_hostile_body_is_not_what_its_reader_hopes(world: World, request_for: Make, shape: Any) -> None:
    world.faults.add(FaultRule("hostile", shape=shape))
    body = world.handle("servicenow", request_for()).body
    signs = {"big_number": b"9" * 5000, "deep": b"[" * 200_000, "repeated_keys": b'"result":[]', "nan": b":NaN"}
    assert signs[shape] in body


@pytest.mark.parametrize(("shape", "escape"), [("nul", b"\\u0000"), ("surrogate", b"\\ud83d")])
def test_a_poisoned_text_still_is_json(world: World, request_for: Make, shape: Any, escape: bytes) -> None:
    world.faults.add(FaultRule("hostile", shape=shape))
    body = world.handle("servicenow", request_for()).body
    assert escape in body
    assert json.loads(body)["result"]


def test_what_is_no_list_becomes_an_empty_one_when_it_is_cut(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("truncate", shape="fewer_rows"))
    with_text = Response(200, b"a page")
    assert world.faults.strike("arm", request_for()).after(with_text).body == b'{"result": []}'


def test_a_body_can_drip_in_process(world: World) -> None:
    slept: list[float] = []
    world.faults.add(FaultRule("slow_drip", seconds=0.5))
    with in_process_session(world, sleep=slept.append) as session:
        assert session.get(URL, timeout=1).json()["result"]
        assert set(slept) == {0.5}
        assert len(slept) > 3
        with pytest.raises(requests.ConnectionError, match="timed out"):
            session.get(URL, timeout=0.4)


def test_nothing_but_the_end_of_the_connection_ends_a_body_in_process(world: World) -> None:
    world.faults.add(FaultRule("close_delimited"))
    with in_process_session(world) as session:
        answer = session.get(URL, stream=True)
        wire: Any = answer.raw._original_response
        assert (wire.length, wire.chunked, "Content-Length" in answer.headers) == (None, False, False)
        assert answer.json() == {"result": []}


@pytest.fixture
def running(world: World) -> Iterator[RunningWorld]:
    with RunningWorld(world, workers=4) as running:
        yield running


@pytest.fixture
def session(running: RunningWorld) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(running.ca_pem_path)
        yield session


def address(running: RunningWorld) -> str:
    return f"https://localhost:{running.ports['servicenow']}/api/now/table/incident"


def test_a_body_can_drip_over_a_socket(running: RunningWorld, session: requests.Session) -> None:
    running.world.faults.add(FaultRule("slow_drip", seconds=0.001))
    assert session.get(address(running)).json()["result"]


def test_a_listener_that_stops_waits_for_no_drop(world: World) -> None:
    world.faults.add(FaultRule("slow_drip", seconds=60))
    with RunningWorld(world, workers=2) as running, requests.Session() as session:
        session.trust_env = False
        session.verify = str(running.ca_pem_path)
        answer = session.get(address(running), stream=True)
        reader = threading.Thread(target=_read_to_the_bitter_end, args=(answer,))
        reader.start()
    reader.join(10)
    assert not reader.is_alive()


def _read_to_the_bitter_end(answer: requests.Response) -> None:
    with pytest.raises(requests.RequestException):
        _ = answer.content


def test_nothing_but_the_end_of_the_connection_ends_a_body(running: RunningWorld, session: requests.Session) -> None:
    running.world.faults.add(FaultRule("close_delimited", shape="half", times=1))
    answer = session.get(address(running))
    assert "Content-Length" not in answer.headers
    with pytest.raises(ValueError):
        answer.json()
    assert session.get(address(running)).json()["result"]


def test_a_kept_connection_is_found_closed(running: RunningWorld, session: requests.Session, counter: Any) -> None:
    running.world.faults.add(FaultRule("idle_close", times=1))
    assert session.post(address(running)).ok
    with pytest.raises(requests.ConnectionError):
        session.post(address(running))
    assert counter.effects == 1


def test_a_body_comes_in_one_portion_unless_it_drips() -> None:
    assert list(Response(200, b"a" * 40).portions()) == [b"a" * 40]
    assert [len(part) for part in Response(200, b"a" * 40, drip=1).portions()] == [16, 16, 8]
    assert list(Response(200).portions()) == []
