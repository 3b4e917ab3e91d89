"""Signing in with OpenID Connect: who gets in, with which answer and which keys, and for how long."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient
from tests.unit.web.boards import NOW, SIGNED, Ticking, a_board, visiting
from tests.unit.web.oidc.ways import is_signed_in, refused, way_back
from tests.unit.web.openid import CLIENT, SECRET, OpenIdProvider, a_key
from tests.unit.web.owned import FINANCE, PLANT, WITH_OWNERS, a_board_of_owners, a_store_of_owners

from watchkeeper.web.access import Role
from watchkeeper.web.board import Board
from watchkeeper.web.sessions import COOKIE, IDLE, LONGEST, MOST, SIGN_IN_COOKIE, TO_SIGN_IN, Cupboard
from watchkeeper.web.setup import Provider

HOUR = 3600


def test_a_person_signs_in_and_sees_the_page_that_was_asked_for(client: TestClient, provider: OpenIdProvider) -> None:
    back = client.get(way_back(client, provider))
    assert (back.status_code, back.headers["location"]) == (303, "/en/soc/today")
    page = client.get("/en/soc/today")
    assert page.status_code == 200
    assert "Aiko Tanaka" in page.text


def test_a_token_s_groups_say_for_which_owner_of_devices_somebody_speaks(
    provider: OpenIdProvider, tmp_path: Path
) -> None:
    known = Provider(provider.issuer, CLIENT, SECRET, "groups", provider.ca_file)
    board = a_board_of_owners(replace(WITH_OWNERS, provider=known), a_store_of_owners(tmp_path))
    provider.groups = ["Everyone", "Group of canary-finance"]
    provider.claims = {"preferred_username": "aiko@corp.example"}
    with visiting(board) as client:
        client.get(way_back(client, provider, f"/en/soc/owners/{FINANCE}"))
        assert [client.get(f"/en/soc/owners/{owner}").status_code for owner in (FINANCE, PLANT)] == [200, 404]
        session = board.sessions.find(client.cookies[COOKIE])
    assert session is not None
    assert session.person.known_as == "Aiko Tanaka (aiko@corp.example, 248289761001)"
    assert session.person.roles == {Role.OWNER}


def test_what_was_asked_of_a_page_is_not_lost_on_the_way(client: TestClient, provider: OpenIdProvider) -> None:
    asked = client.get("/en/soc/today?team=a%26b&after=x%2Fy")
    back = client.get(provider.authorize(client.get(asked.headers["location"]).headers["location"]))
    assert back.headers["location"] == "/en/soc/today?team=a%26b&after=x%2Fy"


def test_a_browser_holds_a_random_name_that_no_script_and_no_other_host_can_read(
    client: TestClient, provider: OpenIdProvider
) -> None:
    back = client.get(way_back(client, provider))
    given = next(each for each in back.headers.get_list("set-cookie") if each.startswith(f"{COOKIE}="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(given.split("; "))
    assert "Domain" not in given
    assert "Aiko" not in given


def test_a_session_has_a_new_name_after_every_sign_in(
    client: TestClient, provider: OpenIdProvider, board: Board
) -> None:
    client.cookies.set(COOKIE, "chosen-by-somebody-else", domain="board.example.com", path="/")
    client.get(way_back(client, provider))
    first = client.cookies[COOKIE]
    client.get(provider.authorize(client.get("/sign-in").headers["location"]))
    assert client.cookies[COOKIE] not in {first, "chosen-by-somebody-else"}
    assert board.sessions.find(first) is None


def test_a_person_without_a_group_of_ours_is_known_and_sees_nothing(
    client: TestClient, provider: OpenIdProvider
) -> None:
    provider.groups = ["Everyone", "soc viewer", "SOC viewer "]
    client.get(way_back(client, provider))
    assert client.get("/en/soc/today").status_code == 403


def test_one_group_may_come_as_a_word(client: TestClient, provider: OpenIdProvider) -> None:
    provider.claims = {"groups": "SOC admin"}
    client.get(way_back(client, provider))
    assert is_signed_in(client)


@pytest.mark.parametrize("to", ["//evil.example.com", "https://evil.example.com", "/\\evil.example.com", "/\n", ""])
def test_nobody_is_led_elsewhere(client: TestClient, provider: OpenIdProvider, to: str) -> None:
    sent = client.get("/sign-in", params={"to": to})
    assert client.get(provider.authorize(sent.headers["location"])).headers["location"] == "/"


@pytest.mark.parametrize(
    "lie",
    [
        {"aud": "another-client"},
        {"aud": ["another-client"], "azp": CLIENT},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"aud": None},
        {"iss": "https://evil.example.com"},
        {"iss": None},
        {"exp": int(NOW.timestamp()) - HOUR},
        {"exp": None},
        {"iat": int(NOW.timestamp()) + HOUR},
        {"nbf": int(NOW.timestamp()) + HOUR},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"sub": None},
    ],
    ids=lambda lie: "-".join(f"{name}={value}" for name, value in lie.items()),
)
def test_a_token_that_is_not_for_us_now_signs_nobody_in(
    client: TestClient, provider: OpenIdProvider, lie: dict[str, object]
) -> None:
    provider.claims = lie
    assert refused(client, way_back(client, provider))


def test_keys_may_change_while_we_run(client: TestClient, provider: OpenIdProvider) -> None:
    client.get(way_back(client, provider))
    provider.signing = a_key("second")
    client.get(provider.authorize(client.get("/sign-in").headers["location"]))
    assert is_signed_in(client)
    assert provider.key_sets == 2


def test_a_changed_key_under_the_same_name_is_read_anew(client: TestClient, provider: OpenIdProvider) -> None:
    client.get(way_back(client, provider))
    provider.signing = a_key("first")
    back = client.get(provider.authorize(client.get("/sign-in").headers["location"]))
    assert back.status_code == 303


@pytest.mark.parametrize("kid", ["first", "other"])
def test_a_key_that_the_provider_does_not_show_signs_nobody_in(
    client: TestClient, provider: OpenIdProvider, kid: str
) -> None:
    provider.published = [provider.signing]
    provider.signing = a_key(kid)
    assert refused(client, way_back(client, provider))


def test_the_same_answer_signs_in_once(client: TestClient, provider: OpenIdProvider) -> None:
    back = way_back(client, provider)
    client.get(back)
    client.cookies.delete(COOKIE)
    assert refused(client, back)


def test_an_answer_that_another_browser_asked_for_signs_nobody_in(
    client: TestClient, provider: OpenIdProvider, board: Board
) -> None:
    back = way_back(client, provider)
    with visiting(board) as victim:
        assert refused(victim, back)
        way_back(victim, provider)
        assert refused(victim, back)
    assert provider.heard == []


def test_an_answer_after_too_long_signs_nobody_in(
    client: TestClient, provider: OpenIdProvider, ticking: Ticking
) -> None:
    back = way_back(client, provider)
    ticking.at += TO_SIGN_IN + 1
    assert refused(client, back)


@pytest.mark.parametrize("query", ["error=access_denied", "code=", "", "code=made-up"])
def test_no_code_signs_nobody_in(client: TestClient, provider: OpenIdProvider, query: str) -> None:
    state = way_back(client, provider).rpartition("state=")[2]
    assert refused(client, f"/sign-in/back?state={state}&{query}")


def test_metadata_of_another_issuer_are_not_used(client: TestClient, provider: OpenIdProvider) -> None:
    provider.metadata = {"issuer": "https://evil.example.com"}
    answer = client.get("/sign-in")
    assert answer.status_code == 400
    assert "evil" not in answer.text


def test_a_provider_that_nobody_vouches_for_is_not_believed(url: str, provider: OpenIdProvider) -> None:
    unknown = Provider(provider.issuer, CLIENT, SECRET, "groups", ca_file=None)
    with visiting(a_board(replace(SIGNED, provider=unknown), url)) as client:
        assert client.get("/sign-in").status_code == 400


def test_a_wrong_secret_signs_nobody_in_and_stands_in_no_answer(url: str, provider: OpenIdProvider) -> None:
    known = Provider(provider.issuer, CLIENT, "swordfish", "groups", provider.ca_file)
    with visiting(a_board(replace(SIGNED, provider=known), url)) as client:
        answer = client.get(way_back(client, provider))
    assert answer.status_code == 400
    assert "swordfish" not in answer.text


@pytest.mark.parametrize(("step", "steps"), [(IDLE + 1, 1), (IDLE - 1, int(LONGEST / (IDLE - 1)) + 1)])
def test_a_session_ends_when_it_is_left_alone_and_after_a_working_day(
    client: TestClient, provider: OpenIdProvider, ticking: Ticking, step: float, steps: int
) -> None:
    client.get(way_back(client, provider))
    for _ in range(steps):
        assert is_signed_in(client)
        ticking.at += step
    assert not is_signed_in(client)


def test_sessions_without_end_take_no_memory_without_end(ticking: Ticking) -> None:
    kept: Cupboard[int] = Cupboard(ticking, LONGEST, IDLE)
    names = [kept.put(number) for number in range(MOST + 2)]
    assert [kept.find(name) for name in names[:3]] == [None, None, 2]
    assert len(kept._kept) == MOST


def test_several_pages_of_one_browser_may_sign_in_at_once(client: TestClient, provider: OpenIdProvider) -> None:
    first, second = way_back(client, provider, "/en/soc/today"), way_back(client, provider, "/en/test/today")
    assert client.get(first).headers["location"] == "/en/soc/today"
    assert client.get(second).headers["location"] == "/en/test/today"
    assert is_signed_in(client)


@pytest.mark.usefixtures("provider")
def test_a_name_for_the_way_is_one_that_we_gave(client: TestClient) -> None:
    for chosen in ("", "chosen", "x" * 5000, "x y", "\u3042"):
        sent = client.get("/sign-in", headers={"Cookie": f"{SIGN_IN_COOKIE}={chosen}".encode()})
        assert len(sent.cookies[SIGN_IN_COOKIE]) == 43


def test_an_answer_that_names_another_provider_signs_nobody_in(client: TestClient, provider: OpenIdProvider) -> None:
    assert refused(client, f"{way_back(client, provider)}&iss=https%3A%2F%2Fevil.example.com")
    assert provider.heard == []
    client.get(f"{way_back(client, provider)}&{urlencode({'iss': provider.issuer})}")
    assert is_signed_in(client)
