"""What every request has to pass, and what every answer says to a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from starlette.types import Message
from tests.unit.web.boards import (
    LOCAL,
    ORIGIN,
    PROXIED,
    PROXY,
    SIGNED,
    Ticking,
    a_board,
    a_store,
    sign_in,
    visiting,
)

from watchkeeper.web.access import Person, Role
from watchkeeper.web.app import application
from watchkeeper.web.board import Board
from watchkeeper.web.fence import HEADERS, LARGEST_BODY, LARGEST_HEAD
from watchkeeper.web.identity import Known
from watchkeeper.web.limits import MOST_CALLERS, Allowance
from watchkeeper.web.sessions import COOKIE


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return a_store(tmp_path_factory.mktemp("store"))


@pytest.fixture
def local(url: str) -> Iterator[TestClient]:
    with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
        yield client


@pytest.fixture
def signed(url: str) -> Board:
    return a_board(SIGNED, url)


def test_every_answer_tells_browsers_to_be_strict(local: TestClient) -> None:
    for path in ("/healthz", "/", "/en/soc/today", "/nothing", "/api/v1/deployments"):
        headers = local.get(path).headers
        assert {name: headers.get(name) for name in HEADERS} == HEADERS, path
        assert "server" not in headers


def test_refusals_are_as_strict(local: TestClient) -> None:
    refused = local.get("/healthz", headers={"Host": "evil.example.com"})
    assert {name: refused.headers.get(name) for name in HEADERS} == HEADERS


def test_the_policy_allows_nothing_from_elsewhere_and_only_files_of_ours_as_scripts() -> None:
    policy = HEADERS["Content-Security-Policy"]
    allowed = dict(each.split(" ", 1) for each in policy.split("; "))
    assert allowed == {
        "default-src": "'none'",
        "script-src": "'self'",
        "connect-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


def test_tls_is_remembered_by_browsers_where_the_board_has_an_origin(signed: Board, local: TestClient) -> None:
    with visiting(signed) as client:
        assert "max-age" in client.get("/healthz").headers["strict-transport-security"]
    assert "strict-transport-security" not in local.get("/healthz").headers


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.com",
        "127.0.0.1.evil.example.com",
        "0.0.0.0",
        "",
        "localhost@evil.com",
        "[::1]evil.example.com",
        "[::1",
        "::1",
        "localhost:80:80",
        "localhost:x",
        "localhost.",
    ],
)
def test_a_name_of_another_machine_reaches_nothing_here(local: TestClient, host: str) -> None:
    assert local.get("/en/soc/today", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "X-Real-IP", "Via"])
def test_a_proxy_does_not_make_everybody_somebody_at_this_machine(
    local: TestClient, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert local.get("/en/soc/today", headers={header: "203.0.113.1"}).status_code == 403
    assert "WATCHKEEPER_WEB_AUTH" in caplog.text


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("same-origin", "cors", 200),
        ("none", "navigate", 200),
        ("cross-site", "navigate", 200),
        ("cross-site", "no-cors", 403),
        ("same-site", "cors", 403),
        ("cross-site", None, 403),
    ],
)
def test_a_page_of_another_site_may_lead_here_and_load_nothing(
    local: TestClient, site: str, mode: str | None, status: int
) -> None:
    said = {"Sec-Fetch-Site": site} | ({"Sec-Fetch-Mode": mode} if mode else {})
    assert local.get("/en/soc/today", headers=said).status_code == status


def test_another_site_cannot_use_up_its_visitors_allowance(url: str) -> None:
    with visiting(a_board(LOCAL, url), peer="127.0.0.1", burst=3) as client:
        for _ in range(9):
            client.get("/healthz", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8600", "[::1]:8600", "board.localhost"])
def test_names_of_this_machine_do(local: TestClient, host: str) -> None:
    assert local.get("/en/soc/today", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "board.example.com.evil.com", "board.example.com:8443", "evil.com"])
def test_a_board_with_an_origin_answers_to_its_own_name_alone(signed: Board, host: str) -> None:
    with visiting(signed) as client:
        assert client.get("/sign-out", headers={"Host": host}).status_code == 400
        for own in ("BOARD.example.com", "board.example.com:443"):
            assert client.get("/sign-out", headers={"Host": own}).status_code == 405


def test_whoever_keeps_it_alive_needs_no_name_for_it_and_is_no_proxy(url: str) -> None:
    with visiting(a_board(PROXIED, url), peer="10.9.9.9") as client:
        assert client.get("/healthz", headers={"Host": "10.0.0.7:8600"}).text == "ok\n"
        for path in ("/", "/healthz/", "/healthz/../", "//healthz", "/assets/none.css"):
            assert client.get(path).status_code == 403, path


def test_a_second_host_header_is_one_too_many(local: TestClient) -> None:
    assert local.get("/healthz", headers=[("Host", "127.0.0.1"), ("Host", "127.0.0.1")]).status_code == 400


@pytest.mark.parametrize("peer", ["10.1.2.3", "192.168.1.1", "2001:db8::1", "", "testclient"])
def test_without_a_sign_in_nobody_from_elsewhere_is_answered(url: str, peer: str) -> None:
    with visiting(a_board(LOCAL, url), peer=peer) as client:
        assert client.get("/healthz").status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST", "NONSENSE"])
def test_a_page_is_read_and_nothing_else(local: TestClient, method: str) -> None:
    answer = local.request(method, "/en/soc/today", headers={"Origin": "http://127.0.0.1:8600"})
    assert answer.status_code == 405


def test_a_large_body_is_refused_by_what_it_says_of_itself(signed: Board) -> None:
    with visiting(signed) as client:
        sign_in(client, signed, Role.VIEWER)
        for length in (str(LARGEST_BODY + 1), "9" * 30, "-1", "many"):
            answer = client.post("/sign-out", headers={"Content-Length": length, "Origin": ORIGIN}, content=b"csrf=x")
            assert answer.status_code == 413


def test_a_large_head_is_refused(local: TestClient) -> None:
    assert local.get("/healthz", headers={"X-Much": "x" * LARGEST_HEAD}).status_code == 431
    assert local.get(f"/healthz?{'x' * LARGEST_HEAD}").status_code == 431


def test_a_body_with_two_lengths_is_nobodys_to_guess(signed: Board) -> None:
    said = {"Transfer-Encoding": "chunked", "Content-Length": "4", "Origin": ORIGIN}
    with visiting(signed) as client:
        csrf = sign_in(client, signed, Role.VIEWER)
        answer = client.post("/sign-out", headers=said, content=f"csrf={csrf}".encode())
        assert (answer.status_code, answer.headers["connection"]) == (400, "close")
        assert client.get("/api/v1/deployments").status_code == 200


def test_a_large_body_is_refused_that_says_nothing_of_itself(signed: Board) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(LARGEST_BODY // 1000 + 2):
            yield b"x" * 1000

    with visiting(signed) as client:
        sign_in(client, signed, Role.VIEWER)
        assert client.post("/sign-out", headers={"Origin": ORIGIN}, content=pieces()).status_code == 413


def test_who_asks_too_often_is_told_when_to_come_back(url: str) -> None:
    ticking = Ticking()
    with visiting(a_board(LOCAL, url), peer="127.0.0.1", monotonic=ticking, burst=3) as client:
        assert [client.get("/healthz").status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = client.get("/healthz")
        ticking.at += int(refused.headers["retry-after"])
        assert client.get("/healthz").status_code == 200


def test_signing_in_has_an_allowance_of_its_own(url: str) -> None:
    with visiting(a_board(SIGNED, url)) as client:
        statuses = [client.get("/sign-in/back").status_code for _ in range(61)]
        assert (statuses[59], statuses[60], client.get("/healthz").status_code) == (400, 429, 200)


def test_behind_a_proxy_everybody_has_an_allowance_of_their_own(url: str) -> None:
    with visiting(a_board(PROXIED, url), burst=3) as client:
        for number in range(4):
            client.get("/healthz", headers={"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.1"})
        # The proxy adds the last entry; what stands before it anybody can write.
        assert client.get("/healthz", headers={"X-Forwarded-For": "198.51.100.1"}).status_code == 429
        assert client.get("/healthz", headers={"X-Forwarded-For": "198.51.100.2"}).status_code == 200


def test_nobody_uses_up_what_another_person_at_the_same_address_may_ask(url: str) -> None:
    aiko, kenji = ({"X-Forwarded-User": name, "X-Forwarded-For": "198.51.100.1"} for name in ("aiko", "kenji"))
    nobody = {"X-Forwarded-For": "198.51.100.1"}
    with visiting(a_board(PROXIED, url), burst=3) as client:
        for said in (aiko, nobody):
            assert [client.get("/none", headers=said).status_code for _ in range(4)] == [404, 404, 404, 429]
        assert client.get("/none", headers=kenji).status_code == 404


def test_no_stranger_speaks_for_a_visitor_by_asking_whether_the_board_lives(url: str) -> None:
    victim = {"X-Forwarded-User": "aiko", "X-Forwarded-For": "198.51.100.1"}
    board = a_board(PROXIED, url)
    app = application(board, Ticking())
    app.requests.burst = 3
    stranger, proxy = (
        TestClient(app, base_url=ORIGIN, client=(peer, 40000), follow_redirects=False) for peer in ("10.9.9.9", PROXY)
    )
    assert [stranger.get("/healthz", headers=victim).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert proxy.get("/none", headers=victim).status_code == 404
    assert proxy.get("/none", headers={"X-Forwarded-For": "198.51.100.1"}).status_code == 404
    board.memory.close()


def test_callers_without_end_take_no_memory_without_end() -> None:
    allowance = Allowance(Ticking(), burst=1, seconds=1)
    for number in range(MOST_CALLERS + 50):
        allowance.take(str(number))
    assert len(allowance._callers) == MOST_CALLERS


def test_who_leaves_in_the_middle_of_a_form_is_no_error(signed: Board, caplog: pytest.LogCaptureFixture) -> None:
    cookie = f"{COOKIE}={signed.sessions.open(Person('Aiko', frozenset({Role.VIEWER})), before='')}"
    said = {"host": "board.example.com", "origin": ORIGIN, "cookie": cookie, "content-length": "9"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/sign-out",
        "raw_path": b"/sign-out",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in said.items()],
        "client": ("198.51.100.1", 40000),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(application(signed, Ticking())(scope, receive, send))
    assert sent == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


class _Broken:
    def who(self, request: object) -> Known:
        raise ZeroDivisionError("the password is swordfish")


def test_an_error_tells_the_caller_nothing_and_the_log_everything(url: str, caplog: pytest.LogCaptureFixture) -> None:
    board = replace(a_board(LOCAL, url), identity=_Broken())
    with visiting(board, peer="127.0.0.1") as client:
        answer = client.get("/en/soc/today")
    assert answer.status_code == 500
    assert "swordfish" not in answer.text
    assert "Traceback" not in answer.text
    reference = answer.text.rpartition("under ")[2].strip(".\n")
    assert any(reference in record.getMessage() and record.exc_info for record in caplog.records)


class TestWhoAProxyVouchesFor:
    def test_is_let_in_with_the_roles_of_their_groups(self, url: str) -> None:
        said = {"X-Forwarded-User": "aiko@example.com", "X-Forwarded-Groups": "Everyone, SOC viewer"}
        with visiting(a_board(PROXIED, url)) as client:
            assert client.get("/en/soc/today", headers=said).status_code == 200

    @pytest.mark.parametrize("group", ["SOC \u65e5\u672c", "SOC \u00e9quipe"])
    def test_may_have_a_group_with_a_name_in_any_language(self, url: str, group: str) -> None:
        said = {b"X-Forwarded-User": "\u7530\u4e2d".encode(), b"X-Forwarded-Groups": f"Everyone,{group}".encode()}
        with visiting(a_board(replace(PROXIED, roles=((Role.VIEWER, group),)), url)) as client:
            assert client.get("/en/soc/today", headers=said).status_code == 200

    def test_may_have_a_group_that_the_proxy_does_not_send_as_utf8(self, url: str) -> None:
        said = {b"X-Forwarded-User": b"Andr\xe9", b"X-Forwarded-Groups": b"\xe9quipe"}
        with visiting(a_board(replace(PROXIED, roles=((Role.VIEWER, "\u00e9quipe"),)), url)) as client:
            assert client.get("/en/soc/today", headers=said).status_code == 200

    def test_is_nobody_by_a_header_that_only_looks_like_the_proxys(self, url: str) -> None:
        said = {"X_Forwarded_User": "mallory", "X_Forwarded_Groups": "SOC admin", "X-Forwarded_User": "mallory"}
        with visiting(a_board(PROXIED, url)) as client:
            assert client.get("/en/soc/today", headers=said).status_code == 401

    def test_is_nobody_where_the_proxy_names_nobody(self, url: str) -> None:
        with visiting(a_board(PROXIED, url)) as client:
            for said in ({}, {"X-Forwarded-User": " "}, {"X-Forwarded-Groups": "SOC admin"}):
                assert client.get("/en/soc/today", headers=said).status_code == 401

    def test_is_nobody_where_somebody_else_says_so(self, url: str) -> None:
        said = {"X-Forwarded-User": "mallory", "X-Forwarded-Groups": "SOC admin", "X-Forwarded-For": PROXY}
        for peer in ("10.0.0.6", "127.0.0.1", "203.0.113.9"):
            with visiting(a_board(PROXIED, url), peer=peer) as client:
                assert client.get("/en/soc/today", headers=said).status_code == 403

    @pytest.mark.parametrize("twice", ["X-Forwarded-User", "X-Forwarded-Groups"])
    def test_is_nobody_where_a_header_comes_twice(self, url: str, twice: str) -> None:
        said = [("X-Forwarded-User", "aiko"), ("X-Forwarded-Groups", "SOC viewer"), (twice, "SOC admin")]
        with visiting(a_board(PROXIED, url)) as client:
            assert client.get("/en/soc/today", headers=said).status_code == 401

    def test_is_nobody_here_where_people_sign_in_themselves(self, url: str) -> None:
        said = {"X-Forwarded-User": "mallory", "X-Forwarded-Groups": "SOC admin"}
        with visiting(a_board(SIGNED, url)) as client:
            assert client.get("/api/v1/deployments", headers=said).status_code == 401


class TestAForm:
    @pytest.mark.parametrize(
        "origin",
        [
            "https://evil.example.com",
            "null",
            "",
            "http://board.example.com",
            "https://board.example.com.evil",
            "http://[",
            "board.example.com",
            "https://board.example.com/",
            "https://board.example.com:8443",
        ],
    )
    def test_from_a_page_of_somebody_else_does_nothing(self, signed: Board, origin: str) -> None:
        with visiting(signed) as client:
            csrf = sign_in(client, signed, Role.VIEWER)
            assert client.post("/sign-out", headers={"Origin": origin}, data={"csrf": csrf}).status_code == 403
            assert client.get("/api/v1/deployments").status_code == 200

    def test_without_an_origin_does_nothing(self, signed: Board) -> None:
        with visiting(signed) as client:
            csrf = sign_in(client, signed, Role.VIEWER)
            assert client.post("/sign-out", data={"csrf": csrf}).status_code == 403

    @pytest.mark.parametrize("csrf", ["", "wrong", "\u3042"])
    def test_without_the_sessions_token_does_nothing(self, signed: Board, csrf: str) -> None:
        with visiting(signed) as client:
            sign_in(client, signed, Role.VIEWER)
            answer = client.post("/sign-out", headers={"Origin": ORIGIN}, data={"csrf": csrf})
            assert (answer.status_code, client.get("/api/v1/deployments").status_code) == (403, 200)

    def test_with_more_fields_than_any_of_ours_does_nothing(self, signed: Board) -> None:
        with visiting(signed) as client:
            csrf = sign_in(client, signed, Role.VIEWER)
            many = {f"field{number}": "x" for number in range(30)}
            answer = client.post("/sign-out", headers={"Origin": ORIGIN}, data={"csrf": csrf, **many})
            assert (answer.status_code, client.get("/api/v1/deployments").status_code) == (403, 200)

    def test_of_a_session_that_is_over_leads_to_the_first_page(self, signed: Board) -> None:
        with visiting(signed) as client:
            answer = client.post("/sign-out", headers={"Origin": ORIGIN}, data={"csrf": "x"})
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?to=/")

    def test_with_both_signs_out_for_good(self, signed: Board) -> None:
        with visiting(signed) as client:
            csrf = sign_in(client, signed, Role.VIEWER)
            name = client.cookies["__Host-watchkeeper"]
            answer = client.post("/sign-out", headers={"Origin": ORIGIN}, data={"csrf": csrf})
            assert answer.status_code == 200
            assert signed.sessions.find(name) is None
            assert client.get("/api/v1/deployments").status_code == 401
