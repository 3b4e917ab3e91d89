from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.options import WorldOptions

OPTIONS = WorldOptions()
CLIENT = {"client_id": OPTIONS.servicenow_client_id, "client_secret": OPTIONS.servicenow_client_secret}
KEIKO = {"username": "keiko.tanaka", "password": OPTIONS.servicenow_password}


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def token(system: Any, form: dict[str, str], authorization: str = "") -> tuple[int, Any]:
    headers = {"content-type": "application/x-www-form-urlencoded", "authorization": authorization}
    answer = system.handle(Request("POST", "sn.example", "/oauth_token.do", "", headers, urlencode(form).encode()))
    return answer.status, json.loads(answer.body)


def ask(system: Any, authorization: str) -> Response:
    answer: Response = system.handle(
        Request("GET", "sn.example", "/api/now/table/sys_user", "", {"authorization": authorization})
    )
    return answer


def test_client_credentials_act_as_the_integration_user(system: Any) -> None:
    status, body = token(system, {"grant_type": "client_credentials", **CLIENT})
    assert status == 200
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 1799, "useraccount")
    assert "refresh_token" not in body
    made = system.handle(
        Request("POST", "h", "/api/now/table/incident", "", {"authorization": f"Bearer {body['access_token']}"}, b"{}")
    )
    assert json.loads(made.body)["result"]["sys_created_by"] == "watchkeeper"


def test_the_client_may_come_as_http_basic(system: Any) -> None:
    assert token(system, {"grant_type": "client_credentials"}, basic(*CLIENT.values()))[0] == 200


def test_the_password_grant_acts_as_the_user_and_can_be_refreshed(system: Any) -> None:
    _, body = token(system, {"grant_type": "password", **CLIENT, **KEIKO})
    status, again = token(system, {"grant_type": "refresh_token", **CLIENT, "refresh_token": body["refresh_token"]})
    assert status == 200
    assert ask(system, f"Bearer {again['access_token']}").status == 200
    assert again["access_token"] != body["access_token"]


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "client_credentials", **CLIENT, "client_secret": "wrong"},
        {"grant_type": "client_credentials", **CLIENT, "client_id": "wrong"},
        {"grant_type": "client_credentials"},
        {"grant_type": "password", **CLIENT, **KEIKO, "password": "wrong"},
        {"grant_type": "password", **CLIENT, **KEIKO, "username": "nobody"},
        {"grant_type": "password", **CLIENT, **KEIKO, "username": "guest"},
        {"grant_type": "refresh_token", **CLIENT, "refresh_token": "made up"},
        {"grant_type": "magic", **CLIENT},
        {},
    ],
)
def test_a_token_is_denied_for_anything_wrong(system: Any, form: dict[str, str]) -> None:
    assert token(system, form) == (401, {"error_description": "access_denied", "error": "server_error"})


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer made-up",
        basic("keiko.tanaka", "wrong"),
        basic("nobody", OPTIONS.servicenow_password),
        basic("system", OPTIONS.servicenow_password),
        "Basic ***",
        "Negotiate x",
    ],
)
def test_a_request_without_a_valid_sign_in_is_401(system: Any, authorization: str) -> None:
    answer = ask(system, authorization)
    assert answer.status == 401
    assert json.loads(answer.body) == {
        "error": {"message": "User Not Authenticated", "detail": "Required to provide Auth information"},
        "status": "failure",
    }
    assert answer.headers["X-Is-Logged-In"] == "false"


def test_basic_works_for_people_and_machines(system: Any) -> None:
    for name in ("keiko.tanaka", "scanner.bot", "watchkeeper"):
        assert ask(system, basic(name, OPTIONS.servicenow_password)).status == 200


def test_a_token_expires_with_the_worlds_clock(system: Any, clock: Any) -> None:
    _, body = token(system, {"grant_type": "client_credentials", **CLIENT})
    clock.advance(timedelta(seconds=1_799))
    assert ask(system, f"Bearer {body['access_token']}").status == 200
    clock.advance(timedelta(seconds=1))
    assert ask(system, f"Bearer {body['access_token']}").status == 401


def test_a_reset_forgets_every_token(system: Any) -> None:
    _, body = token(system, {"grant_type": "client_credentials", **CLIENT})
    system.reset()
    assert ask(system, f"Bearer {body['access_token']}").status == 401
