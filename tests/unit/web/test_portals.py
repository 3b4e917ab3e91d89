"""Visitors choose the portal that incidents are opened in, and every link to one follows, wherever it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from tests.state.examples import SetClock, a_decision, a_verdict
from tests.unit.web.boards import LOCAL, NOW, ORIGIN, SIGNED, a_board, a_store, sign_in, visiting
from tests.unit.web.deeds import BEGUN, DEFENDER, KEY, RUN, after_a_run
from tests.unit.web.owned import a_board_of_owners, a_store_of_owners
from tests.unit.web.test_access import NAMES
from tests.unit.web.test_pages import Elements

from watchkeeper.connections import azure_pages
from watchkeeper.model.link import Link
from watchkeeper.model.record import SENTINEL, RecordRef, Revision
from watchkeeper.settings import Settings
from watchkeeper.state.opening import open_store
from watchkeeper.web.access import WATCHING, Role
from watchkeeper.web.board import Board
from watchkeeper.web.incident_pages import pages_of
from watchkeeper.web.page import Page
from watchkeeper.web.portals import COOKIE
from watchkeeper.web.registry import PAGES
from watchkeeper_sentinel import SentinelConfig, azure_page

SETTINGS = Settings(
    SENTINEL_SUBSCRIPTION_ID="5a1f0e7c-0000-4000-8000-000000000001",
    SENTINEL_RESOURCE_GROUP="soc",
    SENTINEL_WORKSPACE_NAME="soc-law",
)
WORKSPACE = "/subscriptions/5a1f0e7c-0000-4000-8000-000000000001/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/soc-law"
AZURE = f"https://portal.azure.com/#asset/Microsoft_Azure_Security_Insights/Incident{WORKSPACE}/providers/Microsoft.SecurityInsights/Incidents/"
REF = RecordRef(SENTINEL, "incidents", "00000007-0000-4000-8000-000000000000")
ALONE = RecordRef(SENTINEL, "incidents", "00000008-0000-4000-8000-000000000000")
DUTY = "secure-score/monitoring@2026-11-23"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Besides a pair and its run: a duty whose only record is an incident, and an escalation that an audit judged by one."""
    url = after_a_run(a_store_of_owners(tmp_path_factory.mktemp("store")))
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.put_decisions([a_decision()])
        store.put_links([Link(DUTY, "maintenance", ALONE, "8", DEFENDER, Revision("1"), "ab" * 16, BEGUN)])
        judged = replace(a_verdict(key=KEY, day=date(2026, 11, 23)), refs=(REF,), numbers=("7",), urls=(DEFENDER,))
        store.put_verdicts([judged], RUN)
    return url


def board(url: str, setup: Any = LOCAL) -> Board:
    pages = pages_of("soc", azure_pages(SETTINGS))
    return replace(a_board_of_owners(setup, url), pages=pages)


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    with visiting(board(url), peer="127.0.0.1") as visitor:
        yield visitor


def choose(client: TestClient, portal: str, to: str = "/en/soc/today", origin: str = "http://127.0.0.1:8600") -> Any:
    fields = Elements(client.get("/en/soc/today").text).all("input")
    csrf = next(str(each["value"]) for each in fields if each.get("name") == "csrf")
    return client.post("/portal", data={"csrf": csrf, "portal": portal, "to": to}, headers={"Origin": origin})


class TestChoosing:
    def test_leads_back_to_the_page_and_is_remembered_in_the_browser(self, client: TestClient) -> None:
        answer = choose(client, "azure", "/ja/soc/links?name=7&open=any")
        assert (answer.status_code, answer.headers["location"]) == (303, "/ja/soc/links?name=7&open=any")
        cookie = answer.headers["set-cookie"].lower()
        assert cookie.startswith(f"{COOKIE}=azure;")
        assert {"httponly", "path=/", "samesite=lax", "max-age=31536000"} <= {
            each.strip() for each in cookie.split(";")
        }

    def test_of_a_page_over_tls_is_sent_over_tls_alone(self, url: str) -> None:
        with_tls = board(url, SIGNED)
        with visiting(with_tls) as client:
            csrf = sign_in(client, with_tls, Role.VIEWER)
            answer = client.post("/portal", data={"csrf": csrf, "portal": "azure"}, headers={"Origin": ORIGIN})
        assert "secure" in answer.headers["set-cookie"].lower()

    @pytest.mark.parametrize(
        "to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
    )
    def test_leads_nowhere_else(self, client: TestClient, to: str) -> None:
        assert choose(client, "azure", to).headers["location"] == "/"

    def test_what_is_no_portal_is_not_remembered(self, client: TestClient) -> None:
        assert "set-cookie" not in choose(client, "https://evil.example").headers
        client.cookies.set(COOKIE, "https://evil.example")
        assert DEFENDER in client.get("/en/soc/links?side=sentinel").text

    def test_needs_the_boards_own_form(self, client: TestClient) -> None:
        assert choose(client, "azure", origin="https://evil.example").status_code == 403
        without = client.post("/portal", data={"portal": "azure"}, headers={"Origin": "http://127.0.0.1:8600"})
        assert without.status_code == 403
        assert client.get("/portal").status_code == 405

    def test_shows_which_is_chosen(self, client: TestClient) -> None:
        for portal in ("defender", "azure"):
            choose(client, portal)
            buttons = Elements(client.get("/en/soc/today").text).all("button")
            pressed = {each["value"]: each["aria-pressed"] for each in buttons if each.get("name") == "portal"}
            assert pressed == {name: "true" if name == portal else "false" for name in ("defender", "azure")}

    def test_is_offered_where_the_workspace_is_known_and_nowhere_else(self, client: TestClient, url: str) -> None:
        assert 'action="/portal"' in client.get("/en/soc/today").text
        assert 'action="/portal"' not in client.get("/en/test/today").text
        with visiting(a_board(LOCAL, url), peer="127.0.0.1") as unknown:
            assert 'action="/portal"' not in unknown.get("/en/soc/today").text


class TestLinks:
    def test_lead_to_defender_where_an_incident_has_a_page_there(self, client: TestClient) -> None:
        assert f'href="{DEFENDER}"' in client.get("/en/soc/links?side=sentinel").text

    def test_lead_to_azure_where_that_is_chosen(self, client: TestClient) -> None:
        choose(client, "azure")
        page = client.get("/en/soc/links?side=sentinel").text
        assert f'href="{AZURE}{REF.id}"' in page
        assert f'href="{AZURE}{ALONE.id}"' in page

    @pytest.mark.parametrize("page", [each for each in PAGES if each.needs >= WATCHING], ids=lambda page: page.name)
    def test_of_every_page_lead_there(self, client: TestClient, page: Page[Any]) -> None:
        named = {name: quote(text) for name, text in (NAMES | {"run": RUN, "key": KEY}).items()}
        path = page.path.replace(":path}", "}").format(**named)
        assert DEFENDER not in client.get(f"/api/v1/soc/{path}?portal=azure").text
        client.cookies.set(COOKIE, "azure")
        shown = client.get(f"/en/soc/{path}")
        assert shown.status_code == 200
        assert DEFENDER not in shown.text

    @pytest.mark.parametrize("path", ["escalations", "tasks", "today", "links?side=sentinel"])
    def test_there_are_some_on_these(self, client: TestClient, path: str) -> None:
        assert DEFENDER in client.get(f"/en/soc/{path}").text

    def test_of_lists_as_files_lead_there_too(self, client: TestClient) -> None:
        before = client.get("/en/soc/oversight?csv=everything").text
        choose(client, "azure")
        after = client.get("/en/soc/oversight?csv=everything").text
        assert DEFENDER in before
        assert DEFENDER not in after
        assert AZURE in after

    def test_that_are_azures_as_stored_stay_as_they_are(self, tmp_path: Path) -> None:
        stored = "https://portal.azure.com/#asset/Microsoft_Azure_Security_Insights/Incident/as/it/was"
        url = a_store(tmp_path)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            store.put_links([Link("k", "escalation", REF, "7", stored, Revision("1"), "ab" * 16, BEGUN)])
        with visiting(board(url), peer="127.0.0.1") as client:
            for portal in ("azure", "defender"):
                answer = client.get(f"/api/v1/soc/link/k?portal={portal}").json()
                assert answer["records"][0]["url"] == stored

    def test_programs_say_so_in_each_request(self, client: TestClient) -> None:
        choose(client, "azure")
        plain, azure = (client.get(f"/api/v1/soc/links?side=sentinel{more}").json() for more in ("", "&portal=azure"))
        assert {each["url"] for each in plain["links"]} == {DEFENDER}
        assert all(each["url"].startswith(AZURE) for each in azure["links"])
        assert client.get("/api/v1/soc/links?portal=other").status_code == 404
        described = json.dumps(client.get("/api/openapi.json").json()["paths"]["/api/v1/{deployment}/links"])
        assert '"name": "portal"' in described


class TestTheAddress:
    def test_is_the_one_that_the_connector_gives(self) -> None:
        pages = azure_pages(SETTINGS)
        assert pages is not None
        config = SentinelConfig("5a1f0e7c-0000-4000-8000-000000000001", "soc", "soc-law")
        assert pages(REF) == azure_page(config, REF) == f"{AZURE}{REF.id}"

    def test_is_in_the_portal_of_the_workspaces_cloud(self) -> None:
        government = SETTINGS.model_copy(update={"sentinel_arm_endpoint": "https://management.usgovcloudapi.net"})
        pages = azure_pages(government)
        assert pages is not None
        assert pages(REF).startswith("https://portal.azure.us/#asset/")

    @pytest.mark.parametrize(
        "missing", ["sentinel_subscription_id", "sentinel_resource_group", "sentinel_workspace_name"]
    )
    def test_is_unknown_without_the_whole_of_the_workspaces_name(self, missing: str) -> None:
        assert azure_pages(SETTINGS.model_copy(update={missing: None})) is None

    def test_of_a_task_is_that_of_its_incident(self) -> None:
        pages = azure_pages(SETTINGS)
        assert pages is not None
        task = RecordRef(SENTINEL, "incident-tasks", f"{REF.id}/1")
        assert pages(task) == f"{AZURE}{REF.id}"
