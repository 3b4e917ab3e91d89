"""An owner asks on the board, and the sync opens the ticket: once, told who it was, and never more than what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from tests.engine import make_deployment
from tests.invariants import story
from tests.state.examples import SetClock
from tests.unit.web.boards import LOCAL, NOW, ORIGIN, SIGNED, sign_in, visiting
from tests.unit.web.owned import (
    BEHIND_PROXY,
    FINANCE,
    PLANT,
    TASKS,
    WITH_OWNERS,
    a_board_of_owners,
    a_store_of_owners,
    a_task,
    as_owner,
    collect,
    mappings,
    ref_of,
)

from watchkeeper.model.owner_request import LONGEST_REASON, MOST_A_DAY, OwnerRequest
from watchkeeper.state.opening import open_store
from watchkeeper.web.access import Role
from watchkeeper.web.board import Board

EDGE = ref_of(FINANCE, FINANCE)
HOSTILE = "</textarea><script>alert(1)</script> {{ 7*7 }} ::error::x ' OR 1=1 --"


def place(kind: str = "not-mine", owner: str = FINANCE, item: str = EDGE, lang: str = "en") -> str:
    return f"/{lang}/soc/owners/{owner}/ask/{kind}/{item}"


@dataclass
class Browser:
    """Somebody at a form of the board: what they see is sent back with it."""

    client: TestClient
    board: Board

    def see(self, path: str) -> str:
        return self.client.get(path).text

    def send(self, path: str, **typed: str) -> Any:
        shown = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', self.see(path).partition("<main")[2])
        return self.client.post(path, data={**dict(shown), **typed}, headers={"Origin": ORIGIN})

    def asked(self, owner: str = FINANCE) -> list[OwnerRequest]:
        library = self.board.memory.library()
        assert library is not None
        found = sorted(library.store("soc").unopened_requests().values(), key=lambda each: each.asked_at)
        return [each for each in found if each.subject.owner == owner]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return a_store_of_owners(tmp_path)


@pytest.fixture
def ana(url: str) -> Iterator[Browser]:
    """Who speaks for FINANCE."""
    board = a_board_of_owners(WITH_OWNERS, url)
    with visiting(board, burst=1_000) as client:
        as_owner(client, board, FINANCE)
        yield Browser(client, board)


# --- from the form to the ticket ---


def test_from_the_owner_s_page_to_the_ticket_and_back(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, start=NOW, mappings=mappings(), evidence=True, name="soc")
    with deployment.store() as store:
        collect(store, TASKS)
    board = a_board_of_owners(WITH_OWNERS, deployment.url)
    with visiting(board) as client:
        as_owner(client, board, FINANCE)
        ana = Browser(client, board)
        page = f"/en/soc/owners/{FINANCE}"
        assert f'href="{place()}"' in ana.see(page)
        answer = ana.send(place(), reason="These belong to Payments")
        assert (answer.status_code, answer.headers["location"]) == (303, place())
        assert "The next sync opens the ticket." in ana.see(place())
        assert "Asked, ticket follows" in ana.see(page)
        deployment.sync()
        [ticket] = [row for row in story.tickets(deployment) if "/owner-not-mine/" in row["correlation_id"]]
        for said in (
            "Reason given: “These belong to Payments”",
            "Asked by Aiko Tanaka on 2026-11-23 12:00 UTC, on the watch board, as the owner, from 10.0.0.5.",
            "- Canary-finance-group: owners.yaml names this owner (owners.yaml:3:5)",
        ):
            assert said in ticket["description"], said
        assert f"Asked: {ticket['number']}" in ana.see(page)
        assert '<form class="ask"' not in ana.see(place())
        sign_in(client, board, Role.OVERSIGHT)
        key = ticket["correlation_id"].removeprefix("soc/")
        for other in ("today", "tasks", "oversight", "runs", f"link/{quote(key)}"):
            assert client.get(f"/en/soc/{other}").status_code == 200, other
        assert "owner-not-mine" in client.get("/en/soc/today").text, "what the oversight team has to do next"
        as_owner(client, board, FINANCE)
        story.in_servicenow(
            deployment, "aoife.murphy", "resolve", ticket["number"], fields={"close_code": "User error"}
        )
        story.later(deployment)
        deployment.sync()
        assert f"{ticket['number']} is closed: ask again" in ana.see(page)
        assert ana.send(place(), reason="Still not ours").status_code == 303
    story.later(deployment)
    deployment.sync()
    assert len([row for row in story.tickets(deployment) if "/owner-not-mine/" in row["correlation_id"]]) == 2


def test_every_address_on_the_form_is_written_from_the_site_s_root_on(ana: Browser) -> None:
    led = re.findall(r'<a href="([^"]+)"', ana.see(place()))
    assert f"/en/soc/owners/{FINANCE}" in led
    assert [url for url in led if not url.startswith(("/", "#", "?", "https://"))] == []


def test_an_exception_may_be_asked_until_a_day(ana: Browser) -> None:
    assert ana.send(place("exception"), reason="Vendor needs time", until="2027-03-31").status_code == 303
    [request] = ana.asked()
    assert (request.kind.value, request.until.isoformat() if request.until else "") == ("exception", "2027-03-31")
    assert "2027-03-31" in ana.see(place("exception"))
    assert "There is" not in ana.see(place())


def test_a_double_click_and_a_form_that_is_sent_once_more_ask_once(ana: Browser, url: str) -> None:
    other = a_board_of_owners(WITH_OWNERS, url)
    with visiting(other) as client:
        as_owner(client, other, FINANCE)
        tabs = [ana, ana, Browser(client, other)]
        forms = [
            re.search(r'name="csrf" value="([^"]+)"><input type="hidden" name="episode"', tab.see(place()))
            for tab in tabs
        ]
        answers = [
            tab.client.post(
                place(), data={"csrf": form[1], "episode": "1", "reason": "Not ours"}, headers={"Origin": ORIGIN}
            )
            for tab, form in zip(tabs, forms, strict=True)
            if form is not None
        ]
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert len(ana.asked()) == 1


def test_a_page_that_is_out_of_date_asks_nothing_and_says_so(ana: Browser) -> None:
    answer = ana.send(place(), reason="Not ours", episode="7")
    assert answer.status_code == 409
    assert "Something has changed since you opened this form" in answer.text
    assert 'name="episode" value="1"' in answer.text
    assert "Not ours</textarea>" in answer.text, "what was typed is not lost"
    assert ana.asked() == []


# --- who may ask ---


@pytest.mark.parametrize(
    ("role", "status"), [(Role.VIEWER, 403), (Role.OVERSIGHT, 303), (Role.ADMIN, 303), (Role.OWNER, 404)]
)
def test_who_answers_for_owners_may_ask_in_their_name_and_who_only_looks_may_not(
    url: str, role: Role, status: int
) -> None:
    board = a_board_of_owners(SIGNED, url)
    with visiting(board) as client:
        csrf = sign_in(client, board, role)
        form = {"csrf": csrf, "episode": "1", "reason": "They told us"}
        answer = client.post(place(), data=form, headers={"Origin": ORIGIN})
        assert answer.status_code == status
        asked = Browser(client, board).asked()
    assert [request.role for request in asked] == ([role.value] if status == 303 else [])


def test_who_speaks_for_an_owner_and_watches_asks_as_that_owner_and_for_no_other(url: str) -> None:
    board = a_board_of_owners(WITH_OWNERS, url)
    with visiting(board) as client:
        csrf = sign_in(client, board, Role.OWNER, Role.VIEWER, owners=[FINANCE])
        browser = Browser(client, board)
        assert browser.send(place(), reason="Not ours").status_code == 303
        foreign = place(owner=PLANT, item=ref_of(PLANT, PLANT))
        form = {"csrf": csrf, "episode": "1", "reason": "Not theirs"}
        assert client.post(foreign, data=form, headers={"Origin": ORIGIN}).status_code == 403
        assert f'href="{foreign}"' not in browser.see(f"/en/soc/owners/{PLANT}")
        assert [request.role for request in browser.asked()] == ["owner"]


def test_where_nobody_signs_in_nobody_asks_because_a_ticket_says_who_did(url: str) -> None:
    board = a_board_of_owners(LOCAL, url)
    origin = "http://127.0.0.1:8600"
    with visiting(board, peer="127.0.0.1") as client:
        page = client.get(place())
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
        form = {"csrf": csrf[1] if csrf else board.identity.who(None).csrf, "episode": "1", "reason": "x"}  # type: ignore[arg-type]
        answer = client.post(place(), data=form, headers={"Origin": origin})
        assert "Nobody signs in here" in page.text
        assert '<form class="ask"' not in page.text
        assert f'href="{place()}"' not in client.get(f"/en/soc/owners/{FINANCE}").text
        assert (answer.status_code, Browser(client, board).asked()) == (403, [])


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        ({}, {}),
        ({"Origin": "https://evil.example"}, {}),
        ({"Origin": "null"}, {}),
        ({"Origin": ORIGIN}, {"csrf": "x"}),
        ({"Origin": ORIGIN}, {"csrf": ""}),
    ],
)
def test_a_form_of_another_site_asks_nothing(ana: Browser, headers: dict[str, str], form: dict[str, str]) -> None:
    csrf = as_owner(ana.client, ana.board, FINANCE)
    typed = {"csrf": csrf, "episode": "1", "reason": "Not ours", **form}
    assert ana.client.post(place(), data=typed, headers=headers).status_code == 403
    assert ana.asked() == []


def test_a_proxy_s_word_is_who_asks(url: str) -> None:
    headers = {
        "X-Forwarded-User": "ana@corp.example",
        "X-Forwarded-Groups": "Group of canary-finance",
        "X-Forwarded-For": "6.6.6.6, 10.9.8.7",
    }
    board = a_board_of_owners(BEHIND_PROXY, url)
    with visiting(board) as client:
        client.headers.update(headers)
        browser = Browser(client, board)
        assert browser.send(place(), reason="Not ours").status_code == 303
        [request] = browser.asked()
    assert (request.asked_by, request.role, request.address) == ("ana@corp.example", "owner", "10.9.8.7")


# --- what may be asked ---


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"reason": " \n\t "}, "Write why."),
        ({"reason": "x" * (LONGEST_REASON + 1)}, "That is too long"),
        ({"reason": "ok\u202egnp.exe"}, "characters in it that nobody can see"),
        ({"reason": "a\x00b"}, "characters in it that nobody can see"),
        ({"reason": "why", "until": "soon"}, "That is no date"),
        ({"reason": "why", "until": "20270101"}, "That is no date"),
        ({"reason": "why", "until": "2026-11-23"}, "That day is over already"),
        ({"reason": "why", "until": "2029-01-01"}, "more than a year ahead"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_the_field_and_nothing_is_asked(
    ana: Browser, typed: dict[str, str], said: str
) -> None:
    answer = ana.send(place("exception"), **typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert ana.asked() == []


def test_a_reason_of_many_lines_is_one_line(ana: Browser) -> None:
    ana.send(place(), reason="  Not ours:\r\n\r\n they moved\tto Payments \n")
    assert [request.reason for request in ana.asked()] == ["Not ours: they moved to Payments"]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_an_owner_writes_is_text_wherever_it_is_shown(ana: Browser, lang: str) -> None:
    assert ana.send(place(), reason=HOSTILE).status_code == 303
    shown = ana.send(place("exception"), reason=HOSTILE, until="x").text
    for text in (ana.see(place(lang=lang)), shown, ana.see(f"/{lang}/soc/owners/{FINANCE}")):
        assert "<script>" not in text, "ours have an address"
        assert not re.search(r"^::", text, re.MULTILINE)
    assert "alert(1)" in unescape(ana.see(place(lang=lang)))
    answer = ana.client.get(f"/api/v1/soc/owners/{FINANCE}")
    items = [item for part in answer.json()["items"] for item in part["items"]]
    assert HOSTILE in {request["reason"] for item in items for request in item["requests"]}
    assert [request.reason for request in ana.asked()] == [HOSTILE]


def test_an_owner_cannot_flood_and_is_told(tmp_path: Path) -> None:
    many = [a_task(FINANCE, f"p{number}", 5) for number in range(MOST_A_DAY + 1)]
    url = a_store_of_owners(tmp_path, many)
    board = a_board_of_owners(WITH_OWNERS, url)
    with visiting(board, burst=1_000) as client:
        as_owner(client, board, FINANCE)
        browser = Browser(client, board)
        places = [place(item=ref_of(FINANCE, FINANCE, f"p{number}")) for number in range(MOST_A_DAY + 1)]
        answers = [browser.send(each, reason="Not ours") for each in places]
        assert [answer.status_code for answer in answers] == [303] * MOST_A_DAY + [429]
        assert f"has asked for {MOST_A_DAY} things within 24 hours" in answers[-1].text
        assert len(browser.asked()) == MOST_A_DAY


def test_about_what_is_done_or_never_was_there_is_nothing_to_ask(tmp_path: Path) -> None:
    done = replace(a_task(FINANCE, "edge", 5), completed=True, fixed=40, completed_by="automatic")
    board = a_board_of_owners(WITH_OWNERS, a_store_of_owners(tmp_path, [done]))
    with visiting(board) as client:
        csrf = as_owner(client, board, FINANCE)
        form = {"csrf": csrf, "episode": "1", "reason": "Not ours"}
        over = client.post(place(), data=form, headers={"Origin": ORIGIN})
        unknown = [client.get(each).status_code for each in (place("delete"), place(item="0123456789"))]
        asked = Browser(client, board).asked()
    assert (over.status_code, unknown, asked) == (403, [404, 404], [])
    assert "nothing left to ask" in over.text


def test_nobody_can_say_that_what_nobody_owns_is_not_theirs(tmp_path: Path) -> None:
    stray = replace(a_task("canary-stray", "edge", 5), groups=("Kiosks",))
    board = a_board_of_owners(SIGNED, a_store_of_owners(tmp_path, [stray]))
    item = ref_of("unowned", "canary-stray")
    with visiting(board) as client:
        sign_in(client, board, Role.OVERSIGHT)
        page = client.get("/en/soc/owners/unowned").text
        answers = [client.get(place(kind, "unowned", item)).status_code for kind in ("not-mine", "exception")]
    assert (answers, place("not-mine", "unowned", item) in page) == ([404, 200], False)


def test_the_board_writes_nothing_else_and_no_run_s_lease_is_in_its_way(ana: Browser, url: str) -> None:
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        before = (store.lineage, store.links(), store.decisions(), store.runs(10))
        held = store.lease("somebody", "elsewhere").take("run-1", "sync")
        assert ana.send(place(), reason="Not ours").status_code == 303
        held.release()
        after = (store.lineage, store.links(), store.decisions(), store.runs(10))
        assert [each.task for each in store.raised()] == ["owner-not-mine"]
    assert after == before
