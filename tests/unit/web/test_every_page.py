"""What holds of every page there is, over a store in which everything that others write is hostile. The tests are made from the registry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any
from urllib.parse import quote, unquote

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient
from tests.docs.pages import ROOT
from tests.state.examples import SetClock
from tests.unit.report.test_secure_score_categories import a_profile, a_score
from tests.unit.web.boards import LOCAL, NOW, a_board, a_store, after_a_bad_day, visiting
from tests.unit.web.deeds import BEGUN, HOSTILE, KEY, RUN, after_a_run
from tests.unit.web.owned import FINANCE, a_task, collect
from tests.unit.web.test_access import NAMES
from tests.unit.web.test_pages import Elements

from watchkeeper.evidence.kept import PROFILES, SCORES, ProfileDay
from watchkeeper.evidence.owner_tickets import name_of
from watchkeeper.evidence.owners import recommendation_of
from watchkeeper.model.evidence import ControlPoints
from watchkeeper.model.link import Dirty
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.report.texts import LANGUAGES
from watchkeeper.state.opening import open_store
from watchkeeper.vitals import note_success
from watchkeeper.web.page import Page
from watchkeeper.web.registry import PAGES

ASKED = replace(
    a_task(FINANCE, "edge", -9),
    groups=("Tokyo clients",),
    title=HOSTILE,
    component=HOSTILE,
    notes=HOSTILE,
    priority=HOSTILE,
)
"""What an owner of the shipped mappings is asked to mend."""
CONTROL = replace(a_profile("c", HOSTILE, 2.0), title=HOSTILE, address=HOSTILE)
UNPROFILED = ControlPoints(HOSTILE, "apps", 1.0)
HOSTILE_NAMES = NAMES | {
    "run": RUN,
    "key": KEY,
    "owner": "tokyo-workplace",
    "item": name_of("tokyo-workplace", recommendation_of(ASKED)),
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = after_a_run(after_a_bad_day(a_store(tmp_path_factory.mktemp("store"))))
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.put_dirty([Dirty(KEY, "escalation", HOSTILE, BEGUN, 3)])
        collect(store, [ASKED], ROOT / "mappings")
        note_success(store, "audit", "an-audit", BEGUN)
        store.keep_snapshots(
            [
                Snapshot(SCORES, NOW.date(), NOW, a_score(NOW.day, ControlPoints("c", HOSTILE, 1.0), UNPROFILED)),
                Snapshot(PROFILES, NOW.date(), NOW, ProfileDay((CONTROL,))),
            ]
        )
    return url


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[Asking]:
    with visiting(a_board(LOCAL, url), peer="127.0.0.1", burst=10_000) as visitor:
        yield Asking(visitor)


@dataclass
class Asking:
    """Asks for each address once: pages lead to each other."""

    visitor: TestClient
    known: dict[str, Any] = field(default_factory=dict)

    def get(self, path: str) -> Any:
        if path not in self.known:
            self.known[path] = self.visitor.get(path)
        return self.known[path]


def path_of(page: Page[Any]) -> str:
    return page.path.replace(":path}", "}").format(**{name: quote(text) for name, text in HOSTILE_NAMES.items()})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
class TestAPage:
    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_shows_hostile_texts_as_texts(self, client: Asking, page: Page[Any], lang: str) -> None:
        answer = client.get(f"/{lang}/soc/{path_of(page)}")
        found = Elements(answer.text)
        assert answer.status_code == 200
        assert all(set(each) == {"src", "defer"} for each in found.all("script"))
        assert not any(name.startswith("on") or name == "style" for _, each in found.found for name in each)
        assert not any("javascript:" in str(each.get("href")) for each in found.all("a"))
        assert "\u202e" not in answer.text
        assert not any(line.lstrip().startswith("::") for line in answer.text.splitlines())

    def test_leads_nowhere_that_there_is_not(self, client: Asking, page: Page[Any]) -> None:
        text = client.get(f"/en/soc/{path_of(page)}").text
        leads = {unescape(each) for each in re.findall(r'href="(/[^"#]+)', text)} | {
            f"/en/soc/{path_of(page)}{unescape(each)}" for each in re.findall(r'href="(\?[^"#]*)', text)
        }
        assert {lead: client.get(lead).status_code for lead in leads if client.get(lead).status_code != 200} == {}

    def test_is_the_same_in_the_other_language_and_for_programs(self, client: Asking, page: Page[Any]) -> None:
        here = f"/en/soc/{path_of(page)}"
        places = {unquote(str(each["href"])) for each in Elements(client.get(here).text).all("a")}
        assert {unquote(here.replace("/en/", there)) for there in ("/ja/", "/api/v1/")} <= places

    def test_has_every_list_that_its_numbers_lead_to(self, client: Asking, page: Page[Any]) -> None:
        found = Elements(client.get(f"/en/soc/{path_of(page)}").text)
        ids = {each["id"] for _, each in found.found if each.get("id")}
        assert {str(each["href"])[1:] for each in found.all("a") if str(each["href"]).startswith("#")} <= ids

    def test_answers_programs_as_the_description_says(self, client: Asking, page: Page[Any]) -> None:
        described = client.get("/api/openapi.json").json()
        answer = client.get(f"/api/v1/soc/{path_of(page)}")
        operation = described["paths"][f"/api/v1/{{deployment}}/{page.path.replace(':path}', '}')}"]["get"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": described["components"]}).validate(answer.json())
        assert answer.text.isascii()
        assert not any(line.lstrip().startswith("::") for line in answer.text.splitlines())
