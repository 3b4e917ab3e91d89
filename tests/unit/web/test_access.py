"""Every route of the board asks for a role, and answers nobody without it. The tests are made from the table of routes."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from pathlib import Path

import pytest
from starlette.routing import Route as Place
from starlette.routing import Router
from tests.unit.web.boards import (
    LOCAL,
    ORIGIN,
    PROXIED,
    SIGNED,
    Ticking,
    a_board,
    after_a_bad_day,
    sign_in,
    visiting,
)
from tests.unit.web.owned import FINANCE, PLANT, a_board_of_owners, a_store_of_owners, ref_of

from watchkeeper.evidence.kept import name_of_task
from watchkeeper.settings import WebAuth
from watchkeeper.web.access import METRICS, PUBLIC, Answer, Person, Role, may
from watchkeeper.web.app import application
from watchkeeper.web.routes import routes_of
from watchkeeper.web.visit import Route

ROUTES = routes_of(WebAuth.OIDC)
NAMES = {
    "lang": "en",
    "deployment": "soc",
    "name": "none.css",
    "task": "secure-score",
    "team": "monitoring",
    "day": "2026-11-23",
    "profile": "escalation",
    "run": "run-1",
    "key": "secure-score/monitoring@2026-11-23",
    "owner": FINANCE,
    "kind": "not-mine",
    "item": ref_of(FINANCE, FINANCE),
    "activity": name_of_task(f"{FINANCE}-edge"),
}
FORBIDDEN, ASKED_WHO = 403, {303, 401}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return after_a_bad_day(a_store_of_owners(tmp_path_factory.mktemp("store")))


@pytest.mark.parametrize("setup", [LOCAL, PROXIED, SIGNED], ids=lambda setup: setup.auth.value)
def test_there_is_no_place_beside_the_table(setup: object, url: str) -> None:
    board = a_board(setup, url)  # type: ignore[arg-type]
    app = application(board, Ticking())
    assert isinstance(app.inside, Router)
    served = {(place.path, place.name) for place in app.inside.routes if isinstance(place, Place)}
    assert len(app.inside.routes) == len(served)
    assert served == {(route.path, route.name) for route in routes_of(board.setup.auth)}


def test_a_route_cannot_be_written_down_without_what_it_asks_for() -> None:
    needs = next(each for each in fields(Route) if each.name == "needs")
    assert needs.default is MISSING
    assert needs.default_factory is MISSING
    assert all(route.needs is PUBLIC or route.needs for route in ROUTES)


def test_these_routes_and_no_others_are_for_everybody() -> None:
    public = {route.path for route in ROUTES if route.needs is PUBLIC}
    assert public == {"/healthz", "/assets/{name}", "/sign-in", "/sign-in/back"}


def test_no_role_opens_what_programs_open_with_a_secret() -> None:
    assert {route.path for route in ROUTES if route.needs is METRICS} == {"/metrics"}
    assert {may(Person("Aiko", frozenset(Role)), METRICS), may(None, METRICS)} == {Answer.FORBIDDEN}


def test_an_owner_of_devices_sees_no_page_of_the_soc() -> None:
    owner = Person("Aiko", frozenset({Role.OWNER}), frozenset({FINANCE}))
    seen = {route.path for route in ROUTES if route.needs is not PUBLIC and may(owner, route.needs) is Answer.ALLOWED}
    assert {path for path in seen if "{owner}" not in path} == {"/", "/sign-out"}


@pytest.mark.parametrize("route", [route for route in ROUTES if "{owner}" in route.path], ids=lambda route: route.name)
def test_what_is_of_an_owner_is_hidden_from_every_other_one(route: Route) -> None:
    """Whoever adds a role to an owner's page, it is that owner's alone: the rule is in one place."""
    own = Person("Aiko", frozenset({Role.OWNER}), frozenset({FINANCE}))
    both = Person("Aiko", frozenset({Role.OWNER, Role.VIEWER}), frozenset({FINANCE}))
    assert may(own, route.needs, FINANCE) is Answer.ALLOWED
    assert may(own, route.needs, PLANT) is Answer.HIDDEN
    assert may(replace(own, owners=frozenset()), route.needs, FINANCE) is Answer.HIDDEN
    foreign = may(replace(both, roles=frozenset({Role.VIEWER})), route.needs, PLANT)
    assert may(both, route.needs, PLANT) is foreign, "speaking for one owner gives no right about another"


@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: role.value if role else "nobody")
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_answers_whom_it_is_for_and_nobody_else(route: Route, role: Role | None, url: str) -> None:
    board = a_board_of_owners(SIGNED, url)
    owners = {FINANCE} if role is Role.OWNER else set()
    with visiting(board) as client:
        csrf = "" if role is None else sign_in(client, board, role, owners=owners)
        answer = client.request(
            route.methods[0],
            route.path.replace(":path}", "}").format(**NAMES),
            headers={"Origin": ORIGIN},
            data={"csrf": csrf, "reason": "why", "episode": "1", "record": '{"number": "INC1"}'}
            if route.methods[0] == "POST"
            else None,
        )
    if route.needs is METRICS:
        assert answer.status_code == 404
    elif route.needs is PUBLIC:
        assert answer.status_code not in {FORBIDDEN, *ASKED_WHO}
    elif role is None:
        assert answer.status_code in ASKED_WHO
        assert answer.headers.get("location", "/sign-in").startswith("/sign-in")
    elif role in route.needs:
        assert answer.status_code in {200, 303}
        assert not answer.headers.get("location", "").startswith("/sign-in")
    else:
        assert answer.status_code == FORBIDDEN
        assert "soc" not in answer.text.casefold()


def test_a_person_in_no_group_of_ours_is_let_in_nowhere(url: str) -> None:
    board = a_board(SIGNED, url)
    with visiting(board) as client:
        sign_in(client, board)
        assert client.get("/en/soc/today").status_code == FORBIDDEN


def test_a_deployment_that_there_is_not_looks_like_any_page_that_there_is_not(url: str) -> None:
    with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
        answers = [client.get(path) for path in ("/en/other/today", "/xx/soc/today", "/en/soc/nothing", "/other")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_a_store_file_is_not_made_by_looking(tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    with visiting(a_board(LOCAL, f"sqlite:///{file}"), peer="127.0.0.1") as client:
        answer = client.get("/")
    assert (answer.status_code, file.exists()) == (200, False)
    assert "watchkeeper sync" in answer.text
