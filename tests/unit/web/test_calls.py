"""What the systems were asked for, and which calls did not go well: behind the numbers of runs and days."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.state.examples import SetClock, a_report
from tests.unit.web.boards import LOCAL, NOW, a_board, a_store, visiting
from tests.unit.web.weeks import after_some_weeks

from watchkeeper.model.calls import EACH_END, CallRecord, CallSum, Failure, TroubledCall, traffic_in
from watchkeeper.model.run import SideReport
from watchkeeper.state.opening import open_store

RUN = "/en/soc/runs/run-4-2"
DAY = "/en/soc/sync-health/2026-11-19"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = after_some_weeks(a_store(tmp_path_factory.mktemp("store")))
    read = CallSum("servicenow", "GET", "sys_journal_field", 5, errors=1)
    lost = TroubledCall(NOW, "servicenow", "GET", "sys_journal_field", None, Failure.LOST, 1)
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.count_calls(CallRecord((read,), (lost,)), NOW, "audit")
    return url


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    with visiting(a_board(LOCAL, url), peer="127.0.0.1", burst=1_000) as visitor:
        yield visitor


def section(client: TestClient, path: str, anchor: str) -> str:
    return client.get(path).text.partition(f'id="{anchor}"')[2].partition("</section>")[0]


def lines(client: TestClient, path: str, anchor: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(client.get(path, params={"csv": anchor}).text)))[1:]


class TestARun:
    def test_tells_what_each_system_was_asked_for(self, client: TestClient) -> None:
        assert lines(client, RUN, "operations") == [
            ["Sentinel", "incidents", "GET", "1", "0", "0", "0", "0 s", "good"],
            ["Sentinel", "incidents", "PUT", "2", "0", "0", "2", "42 s", "look"],
            ["ServiceNow", "incident", "GET", "1", "0", "0", "0", "0 s", "good"],
            ["ServiceNow", "incident", "PATCH", "2", "4", "3", "0", "0 s", "look"],
        ]

    def test_lists_the_calls_that_did_not_go_well(self, client: TestClient) -> None:
        found = lines(client, RUN, "call-troubles")
        assert len(found) == 6
        assert found[0][1:] == [
            "ServiceNow",
            "incident",
            "PATCH",
            "500",
            "answered with an error",
            "1",
            "",
            "0a1b2c3d4e5f",
        ]
        assert found[-1][1:7] == ["Sentinel", "incidents", "PUT", "429", "“come back later”", "2"]

    def test_its_numbers_lead_to_them(self, client: TestClient) -> None:
        leads = re.findall(r'href="([^"]+)">([^<]+)<', section(client, RUN, "calls"))
        assert ("#operations", "3") in leads
        assert ("#call-troubles", "4") in leads
        assert ("#call-troubles", "2") in leads
        assert ("#operations", "42 s") in leads

    def test_tells_programs_the_same(self, client: TestClient) -> None:
        kept = client.get("/api/v1/soc/runs/run-4-2").json()["calls_kept"]
        assert kept["operations"][1] == {
            "side": "sentinel",
            "operation": "incidents",
            "method": "PUT",
            "calls": 2,
            "errors": 0,
            "retries": 0,
            "throttled": 2,
            "waited_seconds": 41.5,
        }
        assert kept["troubles"][0]["reference"] == "0a1b2c3d4e5f"
        assert kept["left_out"] == 0

    def test_that_went_well_lists_none(self, client: TestClient) -> None:
        page = client.get("/en/soc/runs/run-3-2").text
        assert 'id="operations"' in page
        assert 'id="call-troubles"' not in page

    def test_from_before_this_was_kept_leads_nowhere(self, tmp_path: Path) -> None:
        url = a_store(tmp_path)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            store.finish_run(a_report("older", at=NOW))
        with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
            calls = section(client, "/en/soc/runs/older", "calls")
        assert "ServiceNow" in calls
        assert "href" not in calls.partition("<table")[2]


class TestADay:
    def test_has_the_calls_of_what_is_no_run_as_well(self, client: TestClient) -> None:
        today = "/en/soc/sync-health/2026-11-23"
        assert ["ServiceNow", "sys_journal_field", "GET", "5", "1", "0", "0", "0 s", "look"] in lines(
            client, today, "operations"
        )
        found = lines(client, today, "call-troubles")
        assert found[-1][4:6] == ["", "the connection was lost"]
        assert found[-1][-2:] == ["audit", ""]

    def test_its_numbers_lead_to_its_lists_and_those_of_runs_to_theirs(self, client: TestClient) -> None:
        calls = section(client, DAY, "calls")
        assert re.findall(r'href="(#[^"]+)">(\d+)<', calls) == [
            ("#operations", "9"),
            ("#call-troubles", "6"),
            ("#operations", "9"),
            ("#call-troubles", "12"),
            ("#operations", "9"),
        ]
        assert '<a href="/en/soc/runs/run-4-2#calls">4</a>' in section(client, DAY, "calls-by-run")
        assert '<a href="/en/soc/runs/run-4-2">run-4-2</a>' in section(client, DAY, "call-troubles")

    def test_says_of_how_many_calls_it_has_sums_alone(self, tmp_path: Path) -> None:
        url = a_store(tmp_path)
        calls = CallRecord((CallSum("servicenow", "GET", "incident", 3),))
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            store.finish_run(a_report("older", at=NOW))
            sides = (SideReport("servicenow", True, True, traffic_in(calls)["servicenow"]),)
            store.finish_run(replace(a_report("newer", at=NOW), sides=sides, calls=calls))
        with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
            page = client.get("/en/soc/sync-health/2026-11-23").text
        assert "Of 2 calls more the store knows only how many there were." in page


class TestHostileOnes:
    @pytest.mark.parametrize("lang", ["en", "ja"])
    def test_are_shown_as_texts_and_cut_where_they_are_many(self, tmp_path: Path, lang: str) -> None:
        url = a_store(tmp_path)
        bad = TroubledCall(NOW, HOSTILE, HOSTILE, HOSTILE, 500, Failure.EMPTY, 1, 3.0, HOSTILE)
        calls = CallRecord((CallSum(HOSTILE, HOSTILE, HOSTILE, 1, 1),), (bad,) * (2 * EACH_END), 1234)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            store.finish_run(replace(a_report("bad", at=NOW), calls=calls))
        with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
            for path in ("runs/bad", "sync-health/2026-11-23"):
                page = client.get(f"/{lang}/soc/{path}").text
                assert HOSTILE not in page
                assert "&lt;script&gt;" in page
                assert "1,234" in page
                assert "1,334" in page


def test_days_of_sync_health_lead_to_their_calls_also_by_how_long_these_waited(client: TestClient) -> None:
    by_day = section(client, "/en/soc/sync-health", "calls-by-day")
    assert '<a href="/en/soc/sync-health/2026-11-19#calls">2 min</a>' in by_day
