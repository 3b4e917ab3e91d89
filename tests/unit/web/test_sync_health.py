"""What the sync's health shows of the last weeks, and of a day of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.unit.web.boards import LOCAL, NOW, a_board, a_store, library_of, visiting
from tests.unit.web.weeks import DAYS, RUNS_A_DAY, after_some_weeks

from watchkeeper.model.success import LastSuccess
from watchkeeper.report.board.nouns import Standing
from watchkeeper.web.asked import Asked
from watchkeeper.web.reading.health_day import read_day
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.reading.successes import standing_of

TODAY = NOW.date()
HEALTH = "/api/v1/soc/sync-health"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return after_some_weeks(a_store(tmp_path_factory.mktemp("weeks")))


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    setup = replace(LOCAL, limits={"sync": timedelta(hours=2)})
    with visiting(a_board(setup, url), peer="127.0.0.1") as visitor:
        yield visitor


def part(page: str, anchor: str) -> str:
    """The text of one section, white space flattened."""
    inside = page.partition(f'id="{anchor}"')[2].partition("<section")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", inside).split())


def health(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get(HEALTH).json()
    return found


class TestStanding:
    LIMIT = timedelta(hours=2)

    @pytest.mark.parametrize(
        ("hours", "standing"),
        [(0, Standing.UP), (2, Standing.UP), (2.1, Standing.LATE), (4, Standing.LATE), (4.1, Standing.DOWN)],
    )
    def test_a_command_that_is_late_has_as_long_again_until_it_is_down(self, hours: float, standing: Standing) -> None:
        success = LastSuccess("sync", NOW - timedelta(hours=hours))
        assert standing_of(success, self.LIMIT, NOW) is standing

    def test_one_that_never_succeeded_is_new(self) -> None:
        assert standing_of(LastSuccess("audit"), self.LIMIT, NOW) is Standing.NEW

    def test_nothing_is_said_where_nobody_said_within_what_time(self) -> None:
        assert standing_of(LastSuccess("sync", NOW), None, NOW) is Standing.UNTOLD

    def test_the_page_says_it_in_words(self, client: TestClient) -> None:
        assert "✓ good sync up 2026-11-23" in part(client.get("/en/soc/sync-health").text, "successes")
        assert health(client)["successes"][0]["standing"] == "up"

    def test_it_leads_to_the_run_that_is_remembered(self, client: TestClient) -> None:
        run = health(client)["successes"][0]["run_id"]
        successes = client.get("/en/soc/sync-health").text.partition('id="successes"')[2].partition("</section>")[0]
        assert f'<a href="/en/soc/runs/{run}">{run}</a>' in successes
        assert client.get(f"/en/soc/runs/{run}").status_code == 200


class TestCalls:
    def test_each_system_s_are_added_up_over_7_and_30_days(self, client: TestClient) -> None:
        week, month = health(client)["calls"]
        assert (week["days"], month["days"]) == (7, 30)
        sentinel, servicenow = month["systems"]
        rough = 3 * RUNS_A_DAY
        assert servicenow == {
            "side": "servicenow",
            "calls": DAYS * RUNS_A_DAY * 3,
            "errors": 4 * rough,
            "retries": 3 * rough,
            "throttled": 0,
            "waited_seconds": 0,
        }
        assert (sentinel["errors"], sentinel["throttled"], sentinel["waited_seconds"]) == (0, 2 * rough, 41.5 * rough)
        assert [each["calls"] for each in week["systems"]] == [7 * RUNS_A_DAY * 3] * 2

    def test_the_numbers_lead_to_those_of_each_day_and_these_to_its_runs(self, client: TestClient) -> None:
        page = client.get("/en/soc/sync-health").text
        calls = page.partition('id="calls"')[2].partition("<section")[0]
        assert '<a href="#calls-by-day">36</a>' in calls
        by_day = page.partition('id="calls-by-day"')[2].partition("</section>")[0]
        assert '<a href="/en/soc/sync-health/2026-11-19#calls">12</a>' in by_day


class TestWaits:
    def test_each_direction_tells_how_many_waited_how_long(self, client: TestClient) -> None:
        one, other = health(client)["waits"]
        assert [(each["source"], each["target"], each["count"]) for each in (one, other)] == [
            ("sentinel", "servicenow", DAYS * RUNS_A_DAY),
            ("servicenow", "sentinel", DAYS * RUNS_A_DAY),
        ]
        counted = {each["up_to_seconds"]: each["count"] for each in other["buckets"] if each["count"]}
        assert counted == {300: 9 * RUNS_A_DAY, 1800: 3 * RUNS_A_DAY}
        assert 120 < other["median_seconds"] <= 300 < 900 < other["p95_seconds"] <= 1800

    def test_the_page_says_so_and_what_a_clock_that_is_ahead_does(self, client: TestClient) -> None:
        said = part(client.get("/en/soc/sync-health").text, "waits")
        assert "ServiceNow → Sentinel: 36 changes; half of them waited at most 4 min, 95 of 100 at most 27 min" in said
        assert "counts as not having waited" in said

    def test_they_are_drawn_as_bars_and_over_time(self, client: TestClient) -> None:
        pictures = client.get("/en/soc/sync-health").text.partition('id="waits"')[2].partition('id="waits-by-day"')[0]
        assert re.findall(r'role="img" aria-label="([^"]+)"', pictures) == [
            "Changes by how long they waited",
            "How long changes waited, by day",
        ]


class TestDays:
    def test_the_last_30_are_told_the_oldest_first_without_a_gap(self, client: TestClient) -> None:
        days = health(client)["days"]
        assert [each["day"] for each in days] == [(TODAY - timedelta(days=29 - n)).isoformat() for n in range(30)]
        assert [each["runs"] for each in days] == [0] * (30 - DAYS) + [RUNS_A_DAY] * DAYS
        assert days[0]["median_seconds"] is None
        assert {each["day"]: each["set_aside"] for each in days if each["set_aside"]} == {
            "2026-11-14": 1,
            "2026-11-22": 1,
        }

    def test_a_day_s_percentiles_are_those_of_its_runs(self, client: TestClient) -> None:
        today = health(client)["days"][-1]
        assert (25 < today["median_seconds"] <= 30, 50 < today["p95_seconds"] <= 60) == (True, True)


class TestOneDay:
    def test_has_its_runs_and_what_each_asked_of_the_systems(self, client: TestClient) -> None:
        found = client.get(f"{HEALTH}/2026-11-19").json()
        assert [run["run_id"] for run in found["runs"]] == ["run-4-2", "run-4-1", "run-4-0"]
        assert found["runs"][0]["calls"][1]["errors"] == 4
        assert (found["runs_kept"], found["goes_on"]) == (RUNS_A_DAY, "")
        assert found["of_day"]["runs"] == RUNS_A_DAY

    def test_has_what_was_overtaken_on_it(self, client: TestClient) -> None:
        assert "&lt;b&gt;kept&lt;/b&gt;" in client.get("/en/soc/sync-health/2026-11-22").text
        assert client.get(f"{HEALTH}/2026-11-21").json()["set_aside_count"] == 0

    def test_without_runs_says_so(self, client: TestClient) -> None:
        page = client.get("/en/soc/sync-health/2026-10-01")
        assert page.status_code == 200
        assert "0 runs ended on 2026-10-01 (UTC)." in page.text

    @pytest.mark.parametrize("day", ["2026-13-01", "20261119", "2027-01-01", "yesterday", "2026-W47-4"])
    def test_that_is_none_or_has_not_begun_is_no_page(self, client: TestClient, day: str) -> None:
        assert client.get(f"/en/soc/sync-health/{day}").status_code == 404

    @pytest.mark.parametrize("after", ["soon", "[]", '["soon","run-4-2"]', '["2026-11-19T10:00:00.000000Z"]'])
    def test_goes_on_from_a_place_in_its_list_alone(self, client: TestClient, after: str) -> None:
        assert client.get("/en/soc/sync-health/2026-11-19", params={"after": after}).status_code == 404

    def test_goes_on_with_older_runs_where_a_page_ended(self, url: str) -> None:
        library = library_of(url)
        try:
            first = read_day(Reader(library, "soc", NOW, {}, Asked({"day": "2026-11-19"}, 2)))
            rest = read_day(Reader(library, "soc", NOW, {}, Asked({"day": "2026-11-19", "after": first.goes_on}, 2)))
        finally:
            library.close()
        assert (first.runs_kept, rest.runs_kept, rest.goes_on) == (RUNS_A_DAY, RUNS_A_DAY, "")
        assert [run.run_id for run in (*first.runs, *rest.runs)] == ["run-4-2", "run-4-1", "run-4-0"]


class TestWritesWithoutAnAnswer:
    def test_are_listed_where_their_number_leads(self, client: TestClient) -> None:
        page = client.get("/en/soc/sync-health").text
        assert '<a href="#unanswered">1</a>' in page
        assert "2026-11-23 11:00 UTC secure-score/monitoring@2026-11-23 ServiceNow update run-0-2" in part(
            page, "unanswered"
        )
        assert health(client)["unanswered_writes"][0]["key"] == "secure-score/monitoring@2026-11-23"


def test_a_store_from_before_this_was_counted_shows_none_of_it_and_no_error(tmp_path: Path) -> None:
    with visiting(a_board(LOCAL, a_store(tmp_path)), peer="127.0.0.1") as client:
        page = client.get("/en/soc/sync-health")
    assert page.status_code == 200
    assert "No run of these days has counted its calls." in page.text
    assert "No change was carried from one system to the other." in page.text


@pytest.mark.parametrize("anchor", ["days", "calls", "calls-by-day", "waits", "waits-by-day", "runs", "unanswered"])
def test_every_list_is_a_file_as_well(client: TestClient, anchor: str) -> None:
    answer = client.get("/ja/soc/sync-health", params={"csv": anchor})
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.text.splitlines()) > 1
