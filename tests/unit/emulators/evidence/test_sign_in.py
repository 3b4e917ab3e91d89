"""Who may read what: tokens, audiences, and the application roles that a token carries."""

from __future__ import annotations

import base64
import json

import pytest
from tests.unit.emulators.evidence.conftest import AUDIENCES, Client

from watchkeeper.emulators.azure.tokens import DEFENDER_AUDIENCE, GRAPH_AUDIENCE
from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.emulators.evidence import estate
from watchkeeper.emulators.evidence.defender import RESOURCES
from watchkeeper.emulators.evidence.graph import COLLECTIONS
from watchkeeper.emulators.exchange import Request
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.options import WorldOptions

GRAPH_PATHS = [f"/v1.0/{'/'.join(each.path)}" for each in COLLECTIONS]
A_TASK = estate.Remediation(WorldOptions().seed).tasks(FIRST_MONDAY)[0]["id"]
DEFENDER_PATHS = [f"/api/{each.path.format(A_TASK)}" for each in RESOURCES]
EVERY = [*(("graph", path) for path in GRAPH_PATHS), *(("defender", path) for path in DEFENDER_PATHS)]


def claims(token: str) -> dict[str, object]:
    return dict(json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")))


@pytest.mark.parametrize("system", ["graph", "defender"])
def test_a_token_carries_the_roles_of_its_own_audience(client: Client, system: str) -> None:
    found = claims(client.token(system))
    assert found["aud"] == AUDIENCES[system]
    roles = found["roles"]
    assert isinstance(roles, list)
    assert ("Score.Read.All" in roles) == (system == "defender")


@pytest.mark.parametrize(("system", "path"), EVERY)
def test_the_least_roles_are_enough_for_every_list(client: Client, system: str, path: str) -> None:
    assert client.send(system, path).status == 200


@pytest.mark.parametrize(("system", "path"), EVERY)
def test_without_its_role_a_list_is_refused(client: Client, system: str, path: str) -> None:
    client.seed("entra", app_roles={AUDIENCES[system]: ["User.Read.All"]})
    error = client.read(system, path, expect=403)["error"]
    assert error["code"] in {"UnknownError", "Forbidden", "Authorization_RequestDenied"}
    assert error["message"]


def test_a_role_that_is_taken_away_holds_until_the_token_is_renewed(client: Client) -> None:
    old = client.token("graph")
    client.seed("entra", app_roles={GRAPH_AUDIENCE: []})
    client.graph("subscribedSkus", token=old)
    client.graph("subscribedSkus", expect=403)
    client.world.reset()
    client.graph("subscribedSkus")


def test_defender_names_the_roles_that_it_needs_and_those_that_are_held(client: Client) -> None:
    client.seed("entra", app_roles={DEFENDER_AUDIENCE: ["Score.Read.All"]})
    error = client.defender("machines", expect=403)["error"]
    assert error["message"] == (
        "Missing application roles. API required roles: Machine.Read.All,Machine.ReadWrite.All, "
        "application roles: Score.Read.All."
    )
    assert error["target"]


def test_intune_hides_its_words_inside_the_message(client: Client) -> None:
    client.seed("entra", app_roles={GRAPH_AUDIENCE: []})
    error = client.graph("deviceManagement/managedDevices", expect=403)["error"]
    assert error["code"] == "Forbidden"
    assert "DeviceManagementManagedDevices.Read.All" in json.loads(error["message"])["Message"]


@pytest.mark.parametrize(("system", "path"), [("graph", "/v1.0/subscribedSkus"), ("defender", "/api/machines")])
@pytest.mark.parametrize("bearer", ["", "no-token", "other"])
def test_a_token_that_is_missing_damaged_or_for_another_service_is_unauthorised(
    client: Client, system: str, path: str, bearer: str
) -> None:
    other = {"graph": "defender", "defender": "graph"}[system]
    token = client.token(other) if bearer == "other" else bearer
    answer = client.send(system, path, token=token)
    assert answer.status == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert json.loads(answer.body)["error"]["code"] in {"InvalidAuthenticationToken", "Unauthorized"}


def test_a_revoked_token_is_challenged_or_expired(client: Client) -> None:
    token = client.token("graph")
    client.seed("entra", revoke="expired")
    assert "expired" in client.graph("subscribedSkus", token=token, expect=401)["error"]["message"]


@pytest.mark.parametrize(("system", "beside"), [("graph", "innerError"), ("defender", "target")])
def test_a_planned_refusal_has_the_shape_of_the_apis_own(client: Client, system: str, beside: str) -> None:
    client.world.faults.add(FaultRule("status", system=system, status=503))
    answer = client.world.handle(system, Request("GET", system, "/", "", {}))
    assert sorted(json.loads(answer.body)["error"]) == sorted(["code", "message", beside])


def test_roles_are_given_for_the_audiences_that_have_them_only(client: Client) -> None:
    for wrong in ({"https://management.azure.com": []}, {GRAPH_AUDIENCE: "SecurityEvents.Read.All"}):
        with pytest.raises(ValueError, match="app_roles"):
            client.seed("entra", app_roles=wrong)
