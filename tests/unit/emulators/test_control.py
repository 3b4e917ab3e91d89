from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from watchkeeper.emulators.control import ControlPlane
from watchkeeper.emulators.exchange import Request
from watchkeeper.emulators.world import World

Make = Callable[..., Request]


@pytest.fixture
def ask(world: World, request_for: Make) -> Callable[..., tuple[int, Any]]:
    plane = ControlPlane(world, "t0ken")

    def ask(method: str, verb: str, body: object = None, query: str = "", token: str = "t0ken") -> tuple[int, Any]:
        sent = b"" if body is None else json.dumps(body).encode()
        answer = plane.handle(request_for(f"/_emulator/{verb}", method, query, sent, authorization=f"Bearer {token}"))
        return answer.status, json.loads(answer.body)

    return ask


@pytest.mark.parametrize("token", ["", "wrong", "t0ken "])
def test_every_call_needs_the_token(ask: Any, token: str) -> None:
    assert ask("GET", "requests", token=token)[0] == 401


def test_an_unknown_verb_names_the_known_ones(ask: Any) -> None:
    status, body = ask("GET", "nonsense")
    assert status == 404
    assert "GET /_emulator/requests" in body["error"]
    assert ask("POST", "requests", {})[0] == 404


def test_requests_can_be_read_from_an_index(ask: Any, world: World, request_for: Make) -> None:
    world.handle("servicenow", request_for("/one"))
    world.handle("arm", request_for("/two"))
    status, body = ask("GET", "requests", query="since=1")
    assert status == 200
    assert [entry["path"] for entry in body["requests"]] == ["/two"]
    assert body["next"] == 2
    assert ask("GET", "requests", query="since=2")[1] == {"requests": [], "next": 2}


def test_the_control_plane_itself_is_not_in_the_log(ask: Any) -> None:
    ask("GET", "records")
    assert ask("GET", "requests")[1]["requests"] == []


def test_records_are_shown_per_system(ask: Any, world: World, request_for: Make) -> None:
    world.handle("arm", request_for())
    assert ask("GET", "records")[1] == {"records": {"servicenow": [{"effects": 0}], "arm": [{"effects": 1}]}}


def test_the_clock_can_be_read_set_advanced_frozen_and_let_run(ask: Any) -> None:
    assert ask("GET", "clock")[1] == {"now": "2026-11-16T00:30:00Z", "frozen": True}
    assert ask("POST", "clock", {"set": "2026-11-17T09:00:00+09:00"})[1]["now"] == "2026-11-17T00:00:00Z"
    assert ask("POST", "clock", {"advance": 90})[1]["now"] == "2026-11-17T00:01:30Z"
    assert ask("POST", "clock", {"frozen": False})[1]["frozen"] is False


def test_a_time_without_a_zone_is_refused(ask: Any) -> None:
    status, body = ask("POST", "clock", {"set": "2026-11-17T09:00:00"})
    assert status == 400
    assert "no time zone" in body["error"]


def test_faults_are_planned_shown_and_cleared(ask: Any, world: World, request_for: Make) -> None:
    status, body = ask(
        "POST", "faults", {"rules": [{"kind": "status", "status": 429, "retry_after": 3}], "latency": 0.05}
    )
    assert (status, body["latency"], body["rules"][0]["status"]) == (200, 0.05, 429)
    assert world.handle("arm", request_for()).headers["Retry-After"] == "3"
    assert ask("GET", "faults")[1]["rules"][0]["struck"] == 1
    assert ask("POST", "faults", {"clear": True})[1]["rules"] == []


def test_a_bad_rule_changes_nothing(ask: Any) -> None:
    ask("POST", "faults", {"rules": [{"kind": "status"}]})
    assert ask("POST", "faults", {"clear": True, "rules": [{"kind": "explode"}]})[0] == 400
    assert len(ask("GET", "faults")[1]["rules"]) == 1


def test_people_are_sent_to_their_system(ask: Any) -> None:
    assert ask("POST", "people", {"system": "servicenow", "do": "count"}) == (200, {"effects": 1})
    assert ask("POST", "people", {"system": "sentinel", "do": "count"}) == (200, {"effects": 1})


@pytest.mark.parametrize(
    "command", [{"system": "jira", "do": "count"}, {"system": "servicenow", "do": "dance"}, {"do": "count"}, ["count"]]
)
def test_a_bad_command_is_answered_with_what_is_wrong(ask: Any, command: object) -> None:
    status, body = ask("POST", "people", command)
    assert status == 400
    assert body["error"]


def test_a_system_without_seeds_says_so(ask: Any) -> None:
    assert "takes no seeds" in ask("POST", "seed", {"system": "servicenow"})[1]["error"]


def test_reset_goes_back_to_the_seed(ask: Any, world: World, request_for: Make) -> None:
    world.handle("servicenow", request_for())
    assert ask("POST", "reset", {}) == (200, {"reset": ["arm", "servicenow"]})
    assert ask("GET", "records")[1]["records"]["servicenow"] == [{"effects": 0}]
    assert ask("GET", "requests")[1]["requests"] == []
