"""The systems together, as everybody else uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.emulators.control import ControlPlane
from watchkeeper.emulators.exchange import Request
from watchkeeper.emulators.inprocess import BASE_URLS, in_process_session
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import SYSTEM_NAMES, World, build_world


@pytest.fixture
def whole() -> World:
    return build_world(frozen=True)


def test_a_world_has_every_system_and_starts_on_the_first_monday(whole: World) -> None:
    assert tuple(whole.systems) == SYSTEM_NAMES
    assert whole.clock.now() == FIRST_MONDAY


def test_every_system_refuses_a_stranger_in_its_own_words(whole: World) -> None:
    with in_process_session(whole) as session:
        statuses = {
            name: session.get(f"{BASE_URLS[name]}{path}").status_code
            for name, path in (
                ("servicenow", "/api/now/table/incident"),
                ("arm", "/subscriptions/x"),
                ("loganalytics", "/v1/workspaces/x/query"),
                ("graph", "/v1.0/subscribedSkus"),
                ("defender", "/api/machines"),
            )
        }
    assert statuses["servicenow"] == 401
    assert all(status >= 400 for status in statuses.values())
    assert [entry.system for entry in whole.log.entries()] == list(statuses)


def test_the_same_seed_makes_the_same_world() -> None:
    def made(seed: int) -> str:
        world = build_world(frozen=True, options=WorldOptions(seed=seed))
        command = {"system": "servicenow", "who": "keiko.tanaka", "do": "create", "fields": {"short_description": "a"}}
        system = world.systems["servicenow"]
        assert hasattr(system, "people")
        return str(system.people(command)["record"]["sys_id"])

    assert made(1) == made(1) != made(2)


def test_a_reset_leaves_no_incident_anywhere(whole: World) -> None:
    system = whole.systems["servicenow"]
    assert hasattr(system, "people")
    system.people({"who": "keiko.tanaka", "do": "create"})
    whole.reset()
    assert all(each.records() == [] for each in whole.systems.values())


def test_a_served_world_names_every_setting(whole: World, tmp_path: Path) -> None:
    with RunningWorld(whole, workers=2) as running:
        variables = running.environment()
        running.write_env_file(tmp_path / "E")
        assert Path(variables["SERVICENOW_CA_FILE"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
        assert (tmp_path / "E").read_text().count("export ") == len(variables)
    ports = {
        variables[name].rpartition(":")[2] for name in variables if variables[name].startswith("https://localhost:")
    }
    assert len(ports) == 7


def test_switches_are_thrown_while_the_world_runs_and_a_reset_throws_them_back(whole: World) -> None:
    plane = ControlPlane(whole, "t")

    def seeded(**command: object) -> Any:
        headers = {"authorization": "Bearer t"}
        answer = plane.handle(Request("POST", "c", "/_emulator/seed", "", headers, json.dumps(command).encode()))
        return json.loads(answer.body)

    assert seeded(system="entra", options={"token_calls": 3})["options"]["token_calls"] == 3
    assert seeded(system="loganalytics", options={"most_rows": 5}, next=["gateway"])["next"] == ["gateway"]
    whole.reset()
    assert seeded(system="entra")["options"]["token_calls"] is None
    assert seeded(system="loganalytics")["next"] == []
    assert "token_call" in seeded(system="entra", options={"token_call": 3})["error"]
    assert "takes no seeds" in seeded(system="machine")["error"]
