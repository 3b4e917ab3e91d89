"""Signing in with OpenID Connect, against a provider that really answers over TLS, honest or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.unit.web.boards import NOW, SIGNED, Ticking, a_board, a_store, visiting
from tests.unit.web.openid import CLIENT, SECRET, OpenIdProvider, a_key, providing

from watchkeeper.web.board import Board
from watchkeeper.web.sessions import COOKIE, IDLE, LONGEST, SIGN_IN_COOKIE, TO_SIGN_IN
from watchkeeper.web.setup import Provider

HOUR = 3600


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return a_store(tmp_path_factory.mktemp("store"))


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[OpenIdProvider]:
    with providing(tmp_path) as serving:
        yield serving


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


@pytest.fixture
def board(url: str, provider: OpenIdProvider, ticking: Ticking) -> Board:
    known = Provider(provider.issuer, CLIENT, SECRET, "groups", provider.ca_file)
    return a_board(replace(SIGNED, provider=known), url, ticking)


@pytest.fixture
def client(board: Board, ticking: Ticking) -> Iterator[TestClient]:
    with visiting(board, monotonic=ticking) as visitor:
        yield visitor


def way_back(client: TestClient, provider: OpenIdProvider, to: str = "/en/soc/today") -> str:
    """What the provider sends the browser back to."""
    asked = client.get(to)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/sign-in?to={to}")
    sent = client.get(asked.headers["location"])
    assert sent.headers["location"].startswith(f"{provider.issuer}/authorize?")
    return provider.authorize(sent.headers["location"])


def is_signed_in(client: TestClient) -> bool:
    return client.get("/api/v1/deployments").status_code == 200


def refused(client: TestClient, back: str) -> bool:
    answer = client.get(back)
    return answer.status_code == 400 and COOKIE not in answer.cookies and not is_signed_in(client)


def test_a_person_signs_in_and_sees_the_page_that_was_asked_for(client: TestClient, provider: OpenIdProvider) -> None:
    back = client.get(way_back(client, provider))
    assert (back.status_code, back.headers["location"]) == (303, "/en/soc/today")
    page = client.get("/en/soc/today")
    assert page.status_code == 200
    assert "Aiko Tanaka" in page.text


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


def test_what_was_sent_is_forgotten_by_the_browser_afterwards(client: TestClient, provider: OpenIdProvider) -> None:
    back = way_back(client, provider)
    assert SIGN_IN_COOKIE in client.cookies
    client.get(back)
    assert SIGN_IN_COOKIE not in client.cookies
