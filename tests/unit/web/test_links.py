"""Pairs, page by page and one by one: both records, what they agree on, and everything that was done to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from tests.state.examples import SetClock, a_decision, a_link
from tests.unit.web.boards import LOCAL, NOW, a_board, a_store, visiting
from tests.unit.web.deeds import BEGUN, DEFENDER, HOSTILE, KEY, RUN, a_pair, after_a_run, write
from tests.unit.web.test_runs import part

from watchkeeper.model.link import ConflictRow, Dirty, LinkState
from watchkeeper.model.run import Outcome
from watchkeeper.report.board.nouns import MOST
from watchkeeper.state.opening import open_store
from watchkeeper.state.write_lists import LOOKED_AT
from watchkeeper.web.rules import Rules

PAGE = f"/en/soc/link/{quote(KEY, safe='/@~:')}"
SHOWN = HOSTILE.replace("\u202e", "\\u202e")
DUTY = "secure-score/monitoring@2026-11-23"
PAIRS = 2 * MOST + 1


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = after_a_run(a_store(tmp_path_factory.mktemp("store")))
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.put_decisions([a_decision()])
        store.put_dirty([Dirty(KEY, "escalation", HOSTILE, NOW - timedelta(hours=1), 3)])
        closed = [replace(each, closed=True, reason="") for each in a_pair("escalation/sentinel/closed", 60)]
        gone = [replace(each, state=LinkState.GONE, reason="") for each in a_pair("escalation/sentinel/gone", 61)]
        store.put_links([*closed, *gone, a_link(DUTY, 62)])
    with open_store(url, "test", SetClock(NOW), migrate=False) as store:
        store.put_links(
            a_link(
                f"k/{number:04}", number, profile=f"p{number % 2}", confirmed_at=NOW - timedelta(minutes=number // 3)
            )
            for number in range(PAIRS)
        )
    return url


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    board = replace(a_board(LOCAL, url), rules=Rules(Path("mappings")))
    with visiting(board, peer="127.0.0.1") as visitor:
        yield visitor


class TestALink:
    def test_is_found_under_its_key_whatever_that_consists_of(self, client: TestClient) -> None:
        leads = {
            unescape(each)
            for page in (
                f"/en/soc/runs/{RUN}",
                "/en/soc/waiting",
                "/en/soc/overtaken",
                "/en/soc/links",
                "/en/soc/writes",
            )
            for each in re.findall(r'href="(/en/soc/link/[^"]+)"', client.get(page).text)
        }
        assert PAGE in leads
        assert client.get(PAGE).status_code == 200
        assert client.get(PAGE.replace("/en/soc", "/api/v1/soc")).json()["key"] == KEY

    def test_shows_both_records_side_by_side(self, client: TestClient) -> None:
        page = client.get(PAGE).text
        records = part(page, "records")
        assert "ServiceNow" in records
        assert "INC0000007" in records
        assert "incidents/00000007-0000-4000-8000-000000000000" in records
        assert f'href="{DEFENDER}"' in page
        assert SHOWN in records

    def test_shows_what_both_agreed_on_as_each_spells_it_and_what_it_means(self, client: TestClient) -> None:
        fields = re.sub(r"\s+", " ", part(client.get(PAGE).text, "fields"))
        assert "active (state: 2); asked for state: 3" in fields
        assert "new (status: New)" in fields
        assert "profiles/escalation_incident.yaml" in fields or "profiles/" in fields
        assert "The store keeps neither what a record holds just now" in fields

    def test_without_mappings_fields_stand_as_the_systems_spell_them(self, url: str) -> None:
        board = replace(a_board(LOCAL, url), rules=Rules(Path("/nowhere")))
        with visiting(board, peer="127.0.0.1") as client:
            page = client.get(PAGE)
            assert client.get(PAGE.replace("/en/soc", "/api/v1/soc")).json()["mapped"] is False
        assert page.status_code == 200
        assert "The mappings folder cannot be read" in part(page.text, "fields")

    def test_says_why_it_waits_what_was_overtaken_and_where_comments_are_mirrored(self, client: TestClient) -> None:
        page = client.get(PAGE).text
        assert "attempts: 3" in part(page, "waiting")
        assert SHOWN in part(page, "set-aside")
        comments = part(page, "comments")
        assert f"c-{SHOWN}" in comments
        assert f"m-{SHOWN}" in comments
        assert "keeps no text" in comments
        assert "mirrored" in comments
        assert "転記済み" in part(client.get(PAGE.replace("/en/", "/ja/")).text, "comments")

    def test_shows_the_days_that_an_audit_judged_newest_first(self, client: TestClient) -> None:
        judged = part(client.get(PAGE).text, "judged")
        assert re.findall(r"2026-11-\d\d", judged) == ["2026-11-20", "2026-11-19"]

    def test_shows_what_was_written_to_it_and_leads_to_the_run(self, client: TestClient) -> None:
        page = client.get(PAGE).text
        assert f'href="/en/soc/runs/{RUN}"' in page.partition('id="writes"')[2]
        assert "title (short_description)" in part(page, "writes")

    def test_pages_through_what_was_written_newest_first(self, tmp_path: Path) -> None:
        url = a_store(tmp_path)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            for run in range(MOST + 1):
                write(store, f"run-{run}", "k", 7, Outcome.FAILED if run == MOST else Outcome.DONE)
        with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
            first = client.get("/api/v1/soc/link/k").json()
            rest = client.get(f"/api/v1/soc/link/k?after={first['goes_on']}").json()
        runs = [each["run_id"] for each in (*first["writes"], *rest["writes"])]
        assert runs == [f"run-{run}" for run in reversed(range(MOST + 1))]
        assert first["writes"][0]["outcome"] == "failed"
        assert rest["goes_on"] is None

    def test_names_the_duty_behind_it(self, client: TestClient) -> None:
        page = client.get(f"/en/soc/link/{DUTY}").text
        assert 'href="/en/soc/tasks/secure-score/monitoring"' in page
        assert "2026-11-23 18:00 +09:00" in part(page, "duty")

    @pytest.mark.parametrize("path", ["none", "escalation/sentinel", f"{DUTY}?after=x"])
    def test_one_that_there_is_not_is_nothing(self, client: TestClient, path: str) -> None:
        assert client.get(f"/en/soc/link/{path}").status_code == 404
        assert client.get(f"/api/v1/soc/link/{path}").status_code == 404

    def test_belongs_to_its_deployment(self, client: TestClient) -> None:
        assert client.get(PAGE.replace("/soc/", "/test/")).status_code == 404


class TestTheList:
    @pytest.mark.parametrize(
        ("chosen", "keys"),
        [
            ("", [KEY, DUTY]),
            ("profile=escalation", [KEY]),
            ("side=sentinel", [KEY]),
            ("open=closed", ["escalation/sentinel/closed"]),
            ("state=gone", ["escalation/sentinel/gone"]),
            ("open=any&profile=escalation", [KEY, "escalation/sentinel/closed"]),
            ("reason=yes", [KEY]),
            ("reason=yes&profile=maintenance", []),
            ("profile=none", []),
        ],
    )
    def test_shows_links_that_are_so(self, client: TestClient, chosen: str, keys: list[str]) -> None:
        answer = client.get(f"/api/v1/soc/links?{chosen}").json()
        assert sorted(each["key"] for each in answer["links"]) == sorted(keys)
        assert client.get(f"/ja/soc/links?{chosen}").status_code == 200

    @pytest.mark.parametrize("name", ["INC0000007", "7", KEY])
    def test_finds_a_pair_by_the_number_of_either_record_and_by_its_key(self, client: TestClient, name: str) -> None:
        answer = client.get("/api/v1/soc/links", params={"name": name, "open": "closed"}).json()
        assert [(each["key"], each["side"]) for each in answer["links"]] == [(KEY, "servicenow"), (KEY, "sentinel")]
        assert f'href="{PAGE}"' in unescape(client.get("/en/soc/links", params={"name": name}).text)

    @pytest.mark.parametrize(
        "chosen", ["side=jira", "state=dead", "open=ajar", "after=x", 'after=["now","k"]', "after=[]"]
    )
    def test_what_there_is_not_is_nothing(self, client: TestClient, chosen: str) -> None:
        assert client.get(f"/en/soc/links?{chosen}").status_code == 404

    def test_goes_on_where_the_page_before_ended(self, client: TestClient) -> None:
        seen: list[tuple[str, str]] = []
        after = ""
        for expected in (MOST, MOST, 1):
            answer = client.get("/api/v1/test/links", params={"after": after}).json()
            assert len(answer["links"]) == expected
            seen += ((each["confirmed_at"], each["key"]) for each in answer["links"])
            after = answer["goes_on"]
        assert after == ""
        assert seen == sorted(set(seen), reverse=True)
        assert len(seen) == PAIRS


class TestWhatIsLeftOver:
    def test_pairs_that_wait_are_paged_the_longest_waiting_first(self, tmp_path: Path) -> None:
        url = a_store(tmp_path)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            store.put_dirty(
                Dirty(f"k/{number:04}", "escalation", "", NOW - timedelta(minutes=number // 3), 1)
                for number in range(MOST + 1)
            )
        with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
            first = client.get("/api/v1/soc/waiting").json()
            rest = client.get("/api/v1/soc/waiting", params={"after": first["goes_on"]}).json()
            assert 'href="waiting"'.replace("waiting", "/en/soc/waiting") in client.get("/en/soc/today").text
        rows = [(each["since"], each["key"]) for each in (*first["waiting"], *rest["waiting"])]
        assert rows == sorted(set(rows))
        assert (len(rows), len(rest["waiting"]), rest["goes_on"]) == (MOST + 1, 1, "")

    def test_overtaken_values_are_paged_newest_first(self, tmp_path: Path) -> None:
        url = a_store(tmp_path)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            store.put_conflicts(
                ConflictRow(f"k/{number % 7}", f"f{number % 5}", "servicenow", "1", "2", "latest", f"r{number}", BEGUN)
                for number in range(MOST + 1)
            )
        with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
            first = client.get("/api/v1/soc/overtaken").json()
            rest = client.get("/api/v1/soc/overtaken", params={"after": first["goes_on"]}).json()
        rows = [(each["key"], each["field"], each["run_id"]) for each in (*first["set_aside"], *rest["set_aside"])]
        assert rows == sorted(set(rows))
        assert (len(rows), len(rest["set_aside"]), rest["goes_on"]) == (MOST + 1, 1, "")


class TestWrites:
    @pytest.mark.parametrize(
        ("chosen", "keys"),
        [
            ("", ["escalation/sentinel/failing", KEY]),
            ("outcome=failed", ["escalation/sentinel/failing"]),
            ("outcome=done", [KEY]),
            ("outcome=unknown", []),
            ("side=sentinel", []),
            ("operation=update&side=servicenow&outcome=done", [KEY]),
            (f"run={RUN}", ["escalation/sentinel/failing", KEY]),
            ("run=none", []),
            ("key=escalation/sentinel/failing", ["escalation/sentinel/failing"]),
            ("days=all", ["escalation/sentinel/failing", KEY]),
        ],
    )
    def test_are_found_by_how_they_ended(self, client: TestClient, chosen: str, keys: list[str]) -> None:
        answer = client.get(f"/api/v1/soc/writes?{chosen}").json()
        assert [each["key"] for each in answer["writes"]] == keys
        assert client.get(f"/en/soc/writes?{chosen}").status_code == 200

    @pytest.mark.parametrize("chosen", ["outcome=well", "side=jira", "operation=delete", "days=2", "after=x"])
    def test_of_a_kind_that_there_is_not_are_nothing(self, client: TestClient, chosen: str) -> None:
        assert client.get(f"/en/soc/writes?{chosen}").status_code == 404

    def test_the_numbers_of_the_syncs_health_lead_to_those_they_count(self, client: TestClient) -> None:
        page = client.get("/en/soc/sync-health").text.partition('id="writes"')[2].partition("</section>")[0]
        leads = re.findall(r'href="(/en/soc/writes[^"]+)">(\d+)<', page)
        assert len(leads) == 2
        for lead, count in leads:
            answer = client.get(unescape(lead).replace("/en/", "/api/v1/")).json()
            assert len(answer["writes"]) == int(count)

    def test_of_older_days_are_shown_where_they_are_asked_for(self, tmp_path: Path) -> None:
        url = a_store(tmp_path)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            write(store, "run-1", "k")
        later = replace(a_board(LOCAL, url), clock=SetClock(NOW + timedelta(days=7)))
        with visiting(later, peer="127.0.0.1") as client:
            found = [
                len(client.get(f"/api/v1/soc/writes?{each}").json()["writes"]) for each in ("", "days=all", "key=k")
            ]
        assert found == [0, 1, 1]

    def test_a_page_looks_back_so_far_and_says_how_far(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert LOOKED_AT > 2 * MOST
        monkeypatch.setattr("watchkeeper.state.write_lists.LOOKED_AT", 6)
        url = a_store(tmp_path)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            write(store, "run-1", "first")
            for number in range(8):
                write(store, "run-1", f"k/{number}", number)
            store.put_links([a_link()])
        with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
            seen: list[str] = []
            looked = 0
            after: str | None = ""
            while after is not None:
                answer = client.get("/api/v1/soc/writes", params={"side": "servicenow", "after": after}).json()
                seen += (each["key"] for each in answer["writes"])
                looked += answer["until"] is not None
                after = answer["goes_on"] if answer["goes_on"] is None else str(answer["goes_on"])
            page = client.get("/en/soc/writes?side=servicenow").text
        assert seen == [*(f"k/{number}" for number in reversed(range(8))), "first"]
        assert looked >= 2
        assert "This page has looked back to" in page
