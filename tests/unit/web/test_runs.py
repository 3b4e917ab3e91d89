"""Runs, page by page and one by one: what each wrote, by which rule, and what did not work."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from starlette.testclient import TestClient
from tests.state.examples import SetClock, a_report
from tests.unit.web.boards import LOCAL, NOW, a_board, a_store, visiting
from tests.unit.web.deeds import HOSTILE, KEY, RULE, RUN, after_a_run

from watchkeeper.report.board.nouns import MOST
from watchkeeper.state.opening import open_store
from watchkeeper.web.reading.run import TREES

WRITES = TREES + 20


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = after_a_run(a_store(tmp_path_factory.mktemp("store")), WRITES)
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        for number, (command, code) in enumerate([("audit", 6), ("sync", 75), ("sync", 0), ("plan", 8), ("sync", 1)]):
            at = NOW - timedelta(hours=3, minutes=-number)
            store.start_run(f"run-{number}", command, at)
            store.finish_run(replace(a_report(f"run-{number}", at=at), command=command, exit_code=code))
        store.start_run("run-killed", "sync", NOW - timedelta(minutes=5))
    return url


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    with visiting(a_board(LOCAL, url), peer="127.0.0.1") as visitor:
        yield visitor


def part(page: str, anchor: str) -> str:
    """A section of a page, its tags left out."""
    inside = page.partition(f'<section id="{anchor}"')[2].partition("\n<section id=")[0]
    return unescape(re.sub(r"<[^>]+>", " ", inside))


class TestTheList:
    def test_names_every_run_newest_first_and_leads_to_each(self, client: TestClient) -> None:
        page = client.get("/en/soc/runs").text
        leads = re.findall(r'<td><a href="/en/soc/runs/([^"#]+)">', page)
        assert leads == ["run-killed", "run-4", "run-3", "run-2", "run-1", "run-0", RUN]
        assert all(client.get(f"/en/soc/runs/{each}").status_code == 200 for each in leads)

    @pytest.mark.parametrize(
        ("chosen", "found"),
        [
            ("command=plan", ["run-3"]),
            ("ended=fine", ["run-3", "run-2", "run-0"]),
            ("ended=failed", ["run-4", RUN]),
            ("ended=later", ["run-1"]),
            ("ended=unended", ["run-killed"]),
            ("command=sync&ended=fine", ["run-2"]),
            ("command=none", []),
        ],
    )
    def test_shows_those_of_a_command_and_of_an_end(self, client: TestClient, chosen: str, found: list[str]) -> None:
        answer = client.get(f"/api/v1/soc/runs?{chosen}").json()
        assert [each["run_id"] for each in answer["runs"]] == found
        page = client.get(f"/en/soc/runs?{chosen}").text
        assert re.findall(r'<td><a href="/en/soc/runs/([^"#]+)">', page) == found

    def test_an_end_that_there_is_not_is_nothing(self, client: TestClient) -> None:
        assert client.get("/en/soc/runs?ended=badly").status_code == 404

    def test_goes_on_where_the_page_before_ended(self, url: str) -> None:
        with open_store(url, "test", SetClock(NOW), migrate=False) as store:
            for number in range(2 * MOST + 1):
                store.start_run(f"{number:04}", "sync", NOW - timedelta(minutes=number // 3))
        with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
            seen: list[str] = []
            after = ""
            for expected in (MOST, MOST, 1):
                answer = client.get("/api/v1/test/runs", params={"after": after, "ended": "unended"}).json()
                assert len(answer["runs"]) == expected
                seen += (each["run_id"] for each in answer["runs"])
                after = answer["goes_on"]
            first = client.get("/en/test/runs?ended=unended").text
        assert after == ""
        assert sorted(seen) == [f"{number:04}" for number in range(2 * MOST + 1)]
        assert f'href="?ended=unended&amp;after={seen[MOST - 1]}"' in first


class TestARun:
    def test_says_how_it_went_and_what_its_exit_code_means(self, client: TestClient) -> None:
        page = client.get(f"/en/soc/runs/{RUN}").text
        facts = part(page, "facts")
        assert "4: some items failed or were refused" in facts
        assert "2026-11-23 08:00 UTC" in facts
        assert HOSTILE.replace("\u202e", "\\u202e") in unescape(page.partition('id="facts"')[0])

    def test_shows_every_field_before_and_after_with_the_rule_behind_it(self, client: TestClient) -> None:
        writes = part(client.get(f"/en/soc/runs/{RUN}").text, "writes")
        shown = HOSTILE.replace("\u202e", "\\u202e")
        assert KEY in writes
        assert "title (short_description)" in writes
        assert f"before {shown} → {shown} 7" in re.sub(r"\s+", " ", writes)
        assert RULE in writes
        assert "not taken: short_description" in writes

    def test_leads_from_each_pair_to_all_that_is_known_of_it(self, client: TestClient) -> None:
        page = client.get(f"/en/soc/runs/{RUN}").text
        assert 'href="/en/soc/link/escalation/sentinel/100"' in page

    def test_what_did_not_work_stands_on_its_first_page_wherever_it_happened(self, client: TestClient) -> None:
        troubles = part(client.get(f"/en/soc/runs/{RUN}").text, "troubles")
        assert "escalation/sentinel/failing" in troubles
        assert "failed" in troubles
        assert "Reject" in troubles

    def test_every_write_is_on_one_page_and_only_there(self, client: TestClient) -> None:
        keys: list[str] = []
        after: int | None = 0
        pages = 0
        while after is not None:
            answer = client.get(f"/api/v1/soc/runs/{RUN}?after={after}").json()
            assert len(answer["writes"]) <= TREES
            keys += (each["key"] for each in answer["writes"])
            after, pages = answer["goes_on"], pages + 1
        others = [f"escalation/sentinel/{number}" for number in range(100, 100 + WRITES)]
        assert keys == [KEY, *others, "escalation/sentinel/failing", "escalation/sentinel/unheard"]
        assert pages == 2

    def test_a_write_without_an_answer_says_so(self, client: TestClient) -> None:
        last = client.get(f"/api/v1/soc/runs/{RUN}?after=120").json()["writes"][-1]
        assert (last["outcome"], last["ended_at"]) == ("", None)
        assert "no answer on record" in client.get(f"/en/soc/runs/{RUN}?after=120").text

    def test_all_of_it_is_a_file(self, client: TestClient) -> None:
        answer = client.get(f"/en/soc/runs/{RUN}?csv=everything")
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert len(rows) == WRITES + 3
        assert (rows[0]["Key"], rows[0]["Field"], rows[0]["Rule"]) == (KEY, "short_description", RULE)

    def test_what_it_overtook_is_named(self, client: TestClient) -> None:
        assert KEY in part(client.get(f"/en/soc/runs/{RUN}").text, "set-aside")

    def test_one_that_never_ended_says_so(self, client: TestClient) -> None:
        assert "has not ended" in client.get("/en/soc/runs/run-killed").text

    @pytest.mark.parametrize("path", ["none", f"{RUN}?after=x", f"{RUN}?after=-1", f"{RUN}?after={'9' * 19}"])
    def test_one_that_there_is_not_is_nothing(self, client: TestClient, path: str) -> None:
        assert client.get(f"/en/soc/runs/{path}").status_code == 404
        assert client.get(f"/api/v1/soc/runs/{path}").status_code == 404

    def test_belongs_to_its_deployment(self, client: TestClient) -> None:
        assert client.get(f"/en/test/runs/{RUN}").status_code == 404
