"""The rights that watch the suite: a request that no list covers is seen, and what is listed passes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.api_rules.rights import RIGHTS
from tests.api_rules.uses import uses_of
from tests.api_rules.watch import API
from tests.engine import Deployment, make_deployment

from watchkeeper.emulators.exchange import Request
from watchkeeper.emulators.world import World, build_world

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w"
INCIDENT = f"{WORKSPACE}/providers/Microsoft.SecurityInsights/incidents/i"


def sent(world: World, system: str, method: str, path: str, query: str = "", agent: str = "watchkeeper/0") -> list[str]:
    """What is found of a request whose form is beside the point."""
    world.handle(system, Request(method, system, path, query, {"user-agent": agent}, b'{"query": "SecurityEvent"}'))
    API.taken()
    return [each.rpartition(": ")[2] for each in RIGHTS.taken()]


@pytest.fixture
def world() -> World:
    return build_world(frozen=True)


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    deployment = make_deployment(tmp_path, mode="observe")
    deployment.plan()
    return deployment


def test_an_action_that_no_role_has_is_seen(world: World) -> None:
    assert sent(world, "arm", "DELETE", INCIDENT) == ["Microsoft.SecurityInsights/incidents/delete"]
    assert sent(world, "arm", "PUT", INCIDENT) == []
    assert sent(world, "arm", "GET", WORKSPACE) == []


@pytest.mark.parametrize(
    ("path", "action"),
    [
        (f"{WORKSPACE}/providers/Microsoft.SecurityInsights/contentPackages", "contentPackages"),
        ("/subscriptions/s/resourceGroups/g/providers/Microsoft.Logic/workflows", "workflows"),
    ],
)
def test_what_evidence_needs_besides_is_listed_in_a_role_of_its_own(world: World, path: str, action: str) -> None:
    assert sent(world, "arm", "GET", path) == []
    (lacking,) = sent(world, "arm", "DELETE", path)
    assert lacking.endswith(f"/{action}/delete")


def test_a_deployment_that_only_observes_is_held_to_the_role_that_only_reads(deployment: Deployment) -> None:
    assert sent(deployment.world, "arm", "PUT", INCIDENT) == ["Microsoft.SecurityInsights/incidents/write"]
    assert sent(deployment.world, "arm", "GET", INCIDENT) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sysparm_fields=user_name,email", []),
        ("sysparm_fields=user_name,title", ["read sys_user.title"]),
        ("sysparm_query=activeSTARTSWITHt", ["range sys_user.active"]),
        ("sysparm_query=user_name=a^ORDERBYname", ["range sys_user.name"]),
    ],
)
def test_a_field_of_the_instances_own_tables_is_listed_for_what_is_done_with_it(
    world: World, query: str, found: list[str]
) -> None:
    assert sent(world, "servicenow", "GET", "/api/now/table/sys_user", query) == found


def test_a_field_of_a_ticket_is_one_of_the_profiles(deployment: Deployment, world: World) -> None:
    asked = ("servicenow", "GET", "/api/now/table/incident", "sysparm_fields=number,caller_id")
    assert sent(deployment.world, *asked) == ["read incident.caller_id"]
    assert sent(world, *asked) == []


def test_what_is_no_table_is_seen(world: World) -> None:
    path = "/api/now/attachment"
    assert sent(world, "servicenow", "GET", path) == [f"GET {path}."]


def test_fields_that_records_are_counted_by_are_listed(deployment: Deployment) -> None:
    path, query = "/api/now/stats/incident", "sysparm_count=true&sysparm_group_by=caller_id"
    assert "read incident.caller_id" in sent(deployment.world, "servicenow", "GET", path, query)


@pytest.mark.parametrize(
    ("system", "method", "path", "found"),
    [
        ("graph", "GET", "/v1.0/security/secureScores", []),
        ("graph", "GET", "/v1.0/users", ["an application permission"]),
        ("graph", "POST", "/v1.0/security/secureScores", ["an application permission"]),
        ("defender", "GET", "/api/machines", []),
        ("defender", "POST", "/api/machines/x/isolate", ["an application permission"]),
    ],
)
def test_a_source_of_evidence_is_read_with_what_is_listed_and_nothing_else(
    world: World, system: str, method: str, path: str, found: list[str]
) -> None:
    assert sent(world, system, method, path) == found


def test_others_may_send_what_they_like(world: World) -> None:
    assert sent(world, "arm", "DELETE", INCIDENT, agent="somebody-else") == []


def test_items_of_a_batch_are_looked_at_one_by_one() -> None:
    body = b'{"rest_requests": [{"method": "GET", "url": "/api/now/table/incident?sysparm_fields=number,caller_id.email"}]}'
    uses = uses_of(Request("POST", "servicenow", "/api/now/v1/batch", "", {}, body))
    assert set(uses) == {
        ("incident", "read", "number"),
        ("incident", "read", "caller_id"),
        ("sys_user", "read", "email"),
    }
