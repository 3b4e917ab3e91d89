"""What the pages and the API say of a store, and that what others wrote stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient
from tests.state.examples import SetClock, a_decision, a_report
from tests.unit.web.boards import LOCAL, NOW, RULES, a_board, a_store, after_a_bad_day, library_of, visiting

from watchkeeper.model.occurrence import Decision
from watchkeeper.report.texts import LANGUAGES
from watchkeeper.state.opening import open_store
from watchkeeper.web.reading.health import percentile
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.reading.today import read_today
from watchkeeper.web.routes import routes_of
from watchkeeper.web.visit import API

PAGES = ("today", "sync-health")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> str:
    return a_store(tmp_path_factory.mktemp("quiet"))


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> str:
    return after_a_bad_day(a_store(tmp_path_factory.mktemp("bad")))


@pytest.fixture
def client(bad: str) -> Iterator[TestClient]:
    setup = replace(LOCAL, limits={"sync": timedelta(hours=2)})
    with visiting(a_board(setup, bad), peer="127.0.0.1") as visitor:
        yield visitor


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def sentence(page: str) -> str:
    return re.sub(r"<[^>]+>", "", page.partition('<p class="lead">')[2].partition("</p>")[0])


def test_a_quiet_store_needs_nobody(tmp_path: Path) -> None:
    url = a_store(tmp_path)
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.start_run("run-1", "sync", NOW)
        store.finish_run(a_report("run-1", at=NOW))
    with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
        page = client.get("/en/soc/today").text
    assert "Nothing needs a human, and no duty is open; the next is due 2026-11-23 17:00 +00:00." in sentence(page)


def test_before_the_first_run_nobody_is_told_that_all_is_well(quiet: str) -> None:
    with visiting(a_board(LOCAL, quiet), peer="127.0.0.1") as client:
        page = client.get("/en/soc/today").text
    assert sentence(page) == "! look No run has ended yet, so nobody knows what needs a human."
    assert "mark-good" not in page
    assert "watchkeeper sync" in page


def test_a_bad_day_is_told_in_one_sentence(client: TestClient) -> None:
    said = sentence(client.get("/en/soc/today").text)
    assert said.endswith(
        "A human is needed: 1 scheduled command has not succeeded in time, 1 pair could not be brought in step "
        "and 1 value was overtaken."
    )


def test_the_footer_says_of_when_the_data_are_and_of_which_run(client: TestClient) -> None:
    for page in PAGES:
        footer = client.get(f"/en/soc/{page}").text.partition("<footer>")[2]
        assert "Data as of 2026-11-23 09:00 UTC." in footer
        assert '<a href="/en/soc/runs/run-1">Run run-1</a>' in footer


def test_every_number_leads_to_a_list_that_is_there(client: TestClient) -> None:
    pages = {name: Elements(client.get(f"/en/soc/{name}").text) for name in PAGES}
    leads = {
        (name, str(each["href"]))
        for name, page in pages.items()
        for each in page.all("a")
        if "#" in str(each["href"]) and each["href"] != "#content"
    }
    assert len(leads) >= 6
    for name, lead in leads:
        page, _, anchor = lead.removeprefix("/en/soc/").partition("#")
        there = pages.setdefault(page, Elements(client.get(f"/en/soc/{page}").text)) if page else pages[name]
        assert anchor in {each["id"] for _, each in there.found if each.get("id")}, lead


def test_the_table_of_what_needs_a_human_leads_to_the_other_page_too(client: TestClient) -> None:
    needs = client.get("/en/soc/today").text.partition('id="needs"')[2].partition("</section>")[0]
    assert re.findall(r'href="([^"]+)">(\d+)<', needs) == [
        ("/en/soc/sync-health#successes", "1"),
        ("#waiting", "1"),
        ("#set-aside", "1"),
    ]


def test_the_next_duty_of_each_team_is_shown_with_its_ticket(client: TestClient) -> None:
    due = client.get("/en/soc/today").text.partition('id="next"')[2].partition("</section>")[0]
    assert "monitoring" in due
    assert "INC0000001" in due
    assert "2026-11-23 18:00 +09:00" in due


def test_a_missed_duty_is_late_for_a_week_and_then_history(tmp_path: Path) -> None:
    url = a_store(tmp_path)
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.put_decisions([a_decision(Decision.MISSED)])
    library = library_of(url)
    for days, late in ((1, 1), (6, 1), (8, 0)):
        assert read_today(Reader(library, "soc", NOW + timedelta(days=days), {}, rules=RULES)).late_count == late
    library.close()


@pytest.mark.parametrize("code", [0, 4, 75])
def test_a_run_is_told_by_how_it_ended(tmp_path: Path, code: int) -> None:
    url = a_store(tmp_path)
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.start_run("run-1", "sync", NOW)
        store.finish_run(replace(a_report(), exit_code=code))
    with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
        health = sentence(client.get("/en/soc/sync-health").text)
        today = sentence(client.get("/en/soc/today").text)
    assert {0: "succeeded", 4: "failed", 75: "was put off"}[code] in health
    assert ("the latest run failed" in today) is (code == 4)


def test_the_lease_is_told_with_its_holder(tmp_path: Path) -> None:
    url = a_store(tmp_path)
    with (
        open_store(url, "soc", SetClock(NOW), migrate=False) as store,
        visiting(a_board(LOCAL, url), peer="127.0.0.1") as client,
    ):
        lease = store.lease("aiko", "runner-7").take("run-9", "sync")
        held = client.get("/en/soc/sync-health").text
        lease.release()
        free = client.get("/en/soc/sync-health").text
    assert "sync, run run-9, of aiko on runner-7" in held
    assert "run-9" not in free


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_hostile_texts_stay_texts(client: TestClient, page: str, lang: str) -> None:
    answer = client.get(f"/{lang}/soc/{page}")
    found = Elements(answer.text)
    assert answer.status_code == 200
    assert all(set(each) == {"src", "defer"} for each in found.all("script"))
    assert not any(name.startswith("on") or name == "style" for _, each in found.found for name in each)
    assert not any("javascript:" in str(each.get("href")) for each in found.all("a"))
    assert "\u202e" not in answer.text
    assert not any(line.lstrip().startswith("::") for line in answer.text.splitlines())
    assert found.all("html")[0]["lang"] == lang


def test_pages_load_the_boards_own_files_and_nothing_else(client: TestClient) -> None:
    found = Elements(client.get("/en/soc/today").text)
    for each in found.all("script"):
        script = client.get(str(each["src"]))
        assert (script.status_code, script.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
        assert "immutable" in script.headers["cache-control"]
    style, icon = found.all("link")
    loaded = client.get(str(style["href"]))
    assert (loaded.status_code, loaded.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in loaded.headers["cache-control"]
    assert "url(" not in loaded.text.replace("url(#pattern-", "")
    assert icon["href"] == "data:,"
    assert client.get("/assets/..%2f__init__.py").status_code == 404


def test_a_page_leads_to_its_siblings_in_other_languages_and_deployments(client: TestClient) -> None:
    links = {str(each["href"]) for each in Elements(client.get("/en/soc/today").text).all("a")}
    assert {"/en/soc/today", "/en/soc/sync-health", "/ja/soc/today", "/en/test/today"} <= links
    assert "No run has ended yet." in client.get("/en/test/today").text


@pytest.mark.parametrize(
    ("asked", "lang"), [("ja,en;q=0.5", "ja"), ("de-DE, ja-JP", "ja"), ("de", "en"), ("", "en"), (";;,", "en")]
)
def test_the_first_page_is_in_the_browsers_language(client: TestClient, asked: str, lang: str) -> None:
    assert client.get("/", headers={"Accept-Language": asked}).headers["location"] == f"/{lang}/soc/today"


def test_secrets_are_hidden_on_pages_and_in_the_api(bad: str) -> None:
    board = replace(a_board(LOCAL, bad), hide=lambda text: text.replace("<script>", "(hidden)"))
    with visiting(board, peer="127.0.0.1") as client:
        answers = [client.get(path).text for path in ("/en/soc/today", "/api/v1/soc/today")]
    assert all("(hidden)" in answer and "script>alert" not in answer.replace("/script", "") for answer in answers)
    assert "(hidden)alert(1)" in answers[1]


def test_a_store_that_cannot_be_read_is_a_page_without_detail(tmp_path: Path) -> None:
    file = tmp_path / "secret.db"
    file.write_text("no database", encoding="ascii")
    with visiting(a_board(LOCAL, f"sqlite:///{file}"), peer="127.0.0.1") as client:
        page, answer = client.get("/en/soc/today"), client.get("/api/v1/soc/today")
    assert (page.status_code, answer.status_code) == (503, 503)
    assert "secret" not in page.text + answer.text


class TestTheApi:
    def test_describes_every_answer_that_it_gives(self, client: TestClient) -> None:
        described = client.get("/api/openapi.json").json()
        assert described["openapi"] == "3.1.0"
        paths = {
            route.path.replace(":path}", "}") for route in routes_of(LOCAL.auth) if route.path.startswith(f"{API}v1/")
        }
        assert set(described["paths"]) == paths

    @pytest.mark.parametrize("path", ["/api/v1/deployments", "/api/v1/soc/today", "/api/v1/soc/sync-health"])
    def test_answers_as_it_says(self, client: TestClient, path: str) -> None:
        described = client.get("/api/openapi.json").json()
        operation = described["paths"][path.replace("/soc/", "/{deployment}/")]["get"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        checker = Draft202012Validator({**schema, "components": described["components"]})
        answer = client.get(path)
        assert answer.headers["content-type"] == "application/json"
        checker.validate(answer.json())
        assert not checker.is_valid({})

    def test_has_the_numbers_of_the_pages(self, client: TestClient) -> None:
        today, health = (client.get(f"/api/v1/soc/{page}").json() for page in PAGES)
        assert today["waiting_count"] == len(today["waiting"]) == health["waiting_count"] == 1
        assert today["head"]["run_id"] == health["runs"][0]["run_id"] == "run-1"
        assert health["successes"][0]["overdue"] is True

    def test_is_ascii_in_which_no_runner_finds_a_command(self, client: TestClient) -> None:
        answer = client.get("/api/v1/soc/today")
        assert answer.text.isascii()
        assert json.loads(answer.text)["set_aside"][0]["winning"].startswith('"<script>')

    def test_refuses_in_json(self, client: TestClient) -> None:
        assert client.get("/api/v1/none/today").json() == {"error": 404}


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [([], 0.95, None), ([3.0], 0.95, 3.0), ([float(each) for each in range(1, 101)], 0.95, 95.0)],
)
def test_so_many_of_a_hundred_take_at_most(values: list[float], share: float, found: float | None) -> None:
    assert percentile(values, share) == found
