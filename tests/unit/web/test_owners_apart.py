"""An owner of devices sees nothing of another one, by any address, parameter, file or answer. Made from the table of routes, so that a
new one is tried by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from tests.unit.web.boards import ORIGIN, PROXY, visiting
from tests.unit.web.owned import (
    BEHIND_PROXY,
    CANARIES,
    FINANCE,
    PLANT,
    WITH_OWNERS,
    a_board_of_owners,
    a_store_of_owners,
    as_owner,
    payments,
    ref_of,
)

from watchkeeper.evidence.kept import name_of_task
from watchkeeper.evidence.owner_tickets import name_of
from watchkeeper.report.board.owners import STATES
from watchkeeper.settings import WebAuth
from watchkeeper.sync.owner_duty import team_of
from watchkeeper.web.registry import PAGES
from watchkeeper.web.routes import routes_of
from watchkeeper.web.visit import Route

ROUTES = routes_of(WebAuth.OIDC)
FOREIGN_KEY = f"owner-remediation/{team_of(PLANT)}@~{name_of(PLANT, 'update/vendor-_-canary-plant-edge')}"
ELSEWHERE = (PLANT, payments(), ref_of(PLANT, PLANT), FOREIGN_KEY, "INC-canary-plant-103", "unowned")
"""What is of others, for every part of an address and every parameter that takes a text."""
KNOWN: Mapping[str, tuple[str, ...]] = {
    "lang": ("en", "ja"),
    "deployment": ("soc",),
    "kind": ("not-mine", "exception"),
    "owner": (FINANCE, *ELSEWHERE, quote(f"{FINANCE}/../{PLANT}", safe=""), f"{FINANCE}%2f..%2f{PLANT}", PLANT.upper()),
    "item": (ref_of(FINANCE, FINANCE), *ELSEWHERE),
    "activity": (name_of_task(f"{FINANCE}-edge"), name_of_task(f"{PLANT}-edge"), *ELSEWHERE),
}
FILES = ("", "everything", "owners", *STATES, "mended", "progress", "tasks", "devices", "groups")
PARAMETERS = sorted({each.name for page in PAGES for each in page.parameters} | {"owner", "after", "team", "lang"})


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return a_store_of_owners(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    """Somebody who speaks for FINANCE."""
    board = a_board_of_owners(WITH_OWNERS, url)
    with visiting(board, burst=100_000) as visitor:
        as_owner(visitor, board, FINANCE)
        yield visitor


def addresses(route: Route) -> Iterator[str]:
    """Of a route, the address of the owner's own, and those in which one part, or all of them, are of somebody else."""
    parts = re.findall(r"{(\w+)(?::\w+)?}", route.path)
    own = {part: KNOWN.get(part, ELSEWHERE)[0] for part in parts}
    one = ({**own, part: value} for part in parts for value in KNOWN.get(part, ELSEWHERE))
    every = {part: KNOWN.get(part, ELSEWHERE)[-1] for part in parts}
    theirs = ({**own, "owner": owner, "item": ref_of(owner, owner)} for owner in (PLANT, payments()))
    for named in (own, every, *one, *theirs):
        yield re.sub(r"{(\w+)(?::\w+)?}", lambda found, named=named: named[found[1]], route.path)


def leaks(text: str) -> set[str]:
    return {canary for canary in CANARIES if canary != FINANCE and canary in text.casefold()}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.name}")
def test_no_address_shows_an_owner_something_of_another(client: TestClient, route: Route) -> None:
    for address in addresses(route):
        answer = client.request(route.methods[0], address, headers={"Origin": ORIGIN})
        assert leaks(answer.text) == set(), address
        assert leaks(str(answer.headers.get("content-disposition", ""))) == set(), address


OWN_PAGES = [
    f"/{place}/soc/owners/{FINANCE}{more}"
    for place in ("en", "api/v1")
    for more in ("", f"/devices/{ref_of(FINANCE, FINANCE)}")
]


@pytest.mark.parametrize("page", OWN_PAGES)
@pytest.mark.parametrize("value", [*ELSEWHERE, *CANARIES])
def test_no_parameter_shows_an_owner_something_of_another(client: TestClient, page: str, value: str) -> None:
    for file in ("", "everything"):
        answer = client.get(page, params={**dict.fromkeys(PARAMETERS, value), "csv": file})
        shown = answer.text.replace(quote(value, safe=""), "").replace(value, "")  # links repeat what was asked
        assert leaks(shown) == set()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("page", ["", f"/devices/{ref_of(FINANCE, FINANCE)}"])
def test_no_file_has_something_of_another(client: TestClient, name: str, page: str) -> None:
    answer = client.get(f"/ja/soc/owners/{FINANCE}{page}?csv={name}")
    assert leaks(answer.text) == set()
    assert answer.status_code == 404 or FINANCE in answer.text.casefold() or name == "progress"


@pytest.mark.parametrize(
    "page",
    [
        "/en/soc/owners/{}",
        "/api/v1/soc/owners/{}",
        "/ja/soc/owners/{}/ask/exception/0123456789",
        "/en/soc/owners/{}/devices/0123456789",
        "/api/v1/soc/owners/{}/devices/0123456789",
    ],
)
def test_the_page_of_another_is_like_one_that_does_not_exist(client: TestClient, page: str) -> None:
    answers = [client.get(page.format(owner)) for owner in (PLANT, payments(), "unowned", "nobody")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1


def test_what_is_asked_in_another_s_name_is_refused_like_what_does_not_exist(url: str) -> None:
    board = a_board_of_owners(WITH_OWNERS, url)
    with visiting(board) as client:
        form = {"csrf": as_owner(client, board, FINANCE), "episode": "1", "reason": "Not theirs"}
        answers = [
            client.post(
                f"/en/soc/owners/{owner}/ask/not-mine/{ref_of(owner, owner)}", data=form, headers={"Origin": ORIGIN}
            )
            for owner in (PLANT, "nobody")
        ]
        own_page = client.post(
            f"/en/soc/owners/{FINANCE}/ask/not-mine/{ref_of(PLANT, PLANT)}", data=form, headers={"Origin": ORIGIN}
        )
    assert {answer.status_code for answer in (*answers, own_page)} == {404}
    assert len({answer.content for answer in answers}) == 1
    library = board.memory.library()
    assert library is not None
    assert library.store("soc").unopened_requests() == {}
    library.close()


def test_who_watches_sees_every_owner(url: str) -> None:
    headers = {"X-Forwarded-User": "Vera", "X-Forwarded-Groups": "SOC viewer"}
    with visiting(a_board_of_owners(BEHIND_PROXY, url)) as client:
        listed = client.get("/api/v1/soc/owners", headers=headers).json()["owners"]
        pages = [client.get(f"/en/soc/owners/{each['id']}", headers=headers) for each in listed]
    assert [each["id"] for each in listed] == [FINANCE, PLANT, payments()]
    assert [
        (page.status_code, canary in page.text.casefold()) for page, canary in zip(pages, CANARIES, strict=True)
    ] == [(200, True)] * 3


@pytest.mark.parametrize(
    ("groups", "answer"),
    [
        ("Group of canary-finance", 200),
        ("Others,Group of canary-finance", 200),
        ("group of canary-finance", 403),
        ("Group of canary-plant", 404),
        ("SOC owner", 404),
        ("", 403),
    ],
)
def test_a_proxy_s_groups_say_for_which_owner_somebody_speaks(url: str, groups: str, answer: int) -> None:
    headers = {"X-Forwarded-User": "ana@corp.example", "X-Forwarded-Groups": groups}
    with visiting(a_board_of_owners(BEHIND_PROXY, url), peer=PROXY) as client:
        assert client.get(f"/en/soc/owners/{FINANCE}", headers=headers).status_code == answer


def test_where_an_owner_begins(url: str) -> None:
    board = a_board_of_owners(WITH_OWNERS, url)
    with visiting(board) as client:
        as_owner(client, board, FINANCE)
        only = client.get("/")
        as_owner(client, board, FINANCE, PLANT)
        several = client.get("/", headers={"Accept-Language": "ja"})
        as_owner(client, board, "gone")
        none = client.get("/")
    assert (only.status_code, only.headers["location"]) == (303, f"/en/soc/owners/{FINANCE}")
    assert f'href="/ja/soc/owners/{FINANCE}"' in several.text
    assert f'href="/ja/soc/owners/{PLANT}"' in several.text
    assert "WATCHKEEPER_WEB_OWNERS" in none.text
    assert leaks(none.text + only.text) == set()


def test_an_owner_gets_to_its_own_pages_alone_from_a_page_of_its_own(client: TestClient) -> None:
    page = client.get(f"/en/soc/owners/{FINANCE}").text
    led = set(re.findall(r'href="(/[^"#?]*)', page))
    allowed = re.compile(rf"/(en|ja)/soc/owners/{FINANCE}(/(ask/[a-z-]+|devices)/[0-9a-f]{{10}})?|/assets/[^/]+")
    assert {each for each in led if not allowed.fullmatch(each)} == set()
