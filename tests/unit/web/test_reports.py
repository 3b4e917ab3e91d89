"""The reports over a period, as pages: what the commands of the same names say of the same store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient
from tests.docs.pages import ROOT
from tests.evidence_history import TODAY, half_a_year
from tests.state.examples import SetClock
from tests.unit.report.kept_evidence import NOW, store_of
from tests.unit.web.boards import LOCAL, a_board, a_store, visiting
from tests.unit.web.task_weeks import SHIPPED, after_some_weeks
from tests.unit.web.test_lists_as_files import rows_of
from tests.unit.web.test_owner_lists import inside_of

from watchkeeper.model.sources import DEFENDER, GRAPH
from watchkeeper.report.machine import schema
from watchkeeper.report.texts import LANGUAGES
from watchkeeper.web.opening import open_board
from watchkeeper.web.rules import Rules

OPEN_LISTS = ("overdue", "stuck", "due-soon", "undated", "on-track")
REPORTS = ("secure-score", "remediation", "oversight")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("kept")
    with store_of(half_a_year(GRAPH, DEFENDER, first=TODAY - timedelta(days=120)), folder):
        return f"sqlite:///{folder}/evidence.db"


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    board = replace(a_board(LOCAL, url), clock=SetClock(NOW), rules=Rules(ROOT / "mappings"))
    with visiting(board, peer="127.0.0.1") as visitor:
        yield visitor


@pytest.mark.parametrize("name", REPORTS)
class TestAReport:
    def test_is_a_page_over_the_period_that_is_chosen(self, client: TestClient, name: str) -> None:
        first = TODAY - timedelta(days=100)
        page = client.get(f"/en/test/{name}?period={first}..{TODAY}").text
        assert f'<option value="{first}..{TODAY}" selected>' in page
        assert f'<option value="{first}..{TODAY}"' not in client.get(f"/en/test/{name}").text
        assert '<option value="30d" selected>' in client.get(f"/ja/test/{name}").text

    def test_answers_programs_as_the_command_does(self, client: TestClient, name: str) -> None:
        found = client.get(f"/api/v1/test/{name}?period=90d").json()
        Draft202012Validator(schema(f"report-{name}")).validate(found)
        assert (found["deployment"], found["last"]) == ("test", NOW.date().isoformat())
        assert found["first"] == (NOW.date() - timedelta(days=89)).isoformat()

    @pytest.mark.parametrize("period", ["yesterday", "2026-13", "<script>", "1970..2026", "x" * 600])
    def test_refuses_a_period_that_is_none_or_too_long(self, client: TestClient, name: str, period: str) -> None:
        answer = client.get(f"/en/test/{name}", params={"period": period})
        assert answer.status_code == 404
        assert "<script>" not in answer.text

    def test_keeps_the_period_in_its_files_and_in_the_other_language(self, client: TestClient, name: str) -> None:
        page = client.get(f"/en/test/{name}?period=90d").text
        assert f'href="/ja/test/{name}?period=90d"' in page
        assert page.count('href="?period=90d&amp;csv=') >= 1

    def test_has_a_file_of_everything_that_it_is_about(self, client: TestClient, name: str) -> None:
        page = client.get(f"/en/test/{name}?period=90d").text
        assert 'href="?period=90d&amp;csv=everything">All of it as CSV</a>' in page
        assert len(rows_of(client.get(f"/en/test/{name}?period=90d&csv=everything").text)[0]) > 2

    def test_says_so_where_the_mappings_cannot_be_read(self, url: str, tmp_path: Path, name: str) -> None:
        board = open_board(LOCAL, url, SetClock(NOW), lambda: 0.0, rules=Rules(tmp_path))
        with visiting(board, peer="127.0.0.1") as client:
            answer = client.get(f"/en/test/{name}")
            assert (answer.status_code, client.get(f"/api/v1/test/{name}").json()) == (503, {"error": 503})
            assert 'href="/en/test/mappings"' in answer.text
            assert client.get("/en/test/today").status_code == 200
        assert "watchkeeper mappings check" in answer.text
        assert str(tmp_path) not in answer.text


def test_the_scores_of_half_a_year_are_a_picture_and_a_list(client: TestClient) -> None:
    page = client.get("/en/test/secure-score?period=90d").text
    assert page.count("<svg viewBox") >= 2
    rows = rows_of(client.get("/en/test/secure-score?period=90d&csv=days").text)
    assert len(rows) == 1 + len(client.get("/api/v1/test/secure-score?period=90d").json()["days"])


def test_a_store_without_evidence_says_that_there_is_none(tmp_path: Path) -> None:
    board = replace(a_board(LOCAL, a_store(tmp_path)), rules=Rules(ROOT / "mappings"))
    with visiting(board, peer="127.0.0.1") as client:
        answers = [client.get(f"/en/soc/{name}") for name in REPORTS]
    assert {answer.status_code for answer in answers} == {200}


class TestRemediation:
    def test_a_day_s_numbers_lead_to_as_many_tasks_of_that_day(self, client: TestClient) -> None:
        days = client.get("/en/test/remediation?period=30d&csv=numbers").text
        asked = rows_of(days)[1:]
        assert len(asked) > 20
        page = client.get("/en/test/remediation?period=30d").text
        for day, tasks, overdue, left, exempt, *_ in (asked[0], asked[len(asked) // 2], asked[-1]):
            assert re.search(rf'href="\?period={day}"[^>]*>{day}<', page)
            for anchor, count in (("open", tasks), ("overdue", overdue), ("open", left), ("exempt", exempt)):
                lead = rf'href="\?period={day}#{anchor}"[^>]*>{count}<'
                assert bool(re.search(lead, page)) == (count != "0")
            then = client.get(f"/en/test/remediation?period={day}").text
            lists = {name: self.listed(client, day, name, then) for name in OPEN_LISTS}
            assert sum(map(len, lists.values())) == int(tasks.replace(",", ""))
            assert len(lists["overdue"]) == int(overdue)
            assert len(self.listed(client, day, "exempt", then)) == int(exempt)
            devices = sum(int(row[4].split()[0].replace(",", "")) for rows in lists.values() for row in rows)
            assert devices == int(left.replace(",", ""))

    def test_all_that_is_open_stands_in_one_place(self, client: TestClient) -> None:
        page = client.get("/en/test/remediation").text
        inside = inside_of(page, "open")
        there = [each for each in OPEN_LISTS if f'id="{each}"' in page]
        assert len(there) > 2
        assert [each for each in OPEN_LISTS if f'id="{each}"' in inside] == there
        assert 'id="exempt"' not in inside
        assert 'id="owners"' not in inside

    def listed(self, client: TestClient, day: str, anchor: str, page: str) -> list[list[str]]:
        if f'id="{anchor}"' not in page:
            return []
        return rows_of(client.get(f"/en/test/remediation?period={day}&csv={anchor}").text)[1:]


class TestScoredControls:
    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_each_number_of_a_category_leads_to_as_many(self, client: TestClient, lang: str) -> None:
        page = client.get(f"/{lang}/test/secure-score?period=90d").text
        led = re.findall(r'class="number"><a href="(\?[^"#]+category=[^"#]+)#controls"[^>]*>([\d.]+)<', page)
        counts = dict(led)  # the last of a row: before it stand points
        assert 2 < len(counts) == len(led) / 3
        for query, count in counts.items():
            _, *listed = rows_of(client.get(f"/{lang}/test/secure-score{unescape(query)}&csv=controls").text)
            assert (len(listed), query) == (int(count), query)
        told = client.get("/api/v1/test/secure-score?period=90d").json()["controls"]
        assert sum(each["counted"] for each in told) == sum(int(count) for count in counts.values())

    def test_a_day_leads_to_what_its_points_are_made_of(self, client: TestClient) -> None:
        page = client.get("/en/test/secure-score?period=365d").text
        days = dict(re.findall(r'class="number"><a href="\?period=([\d-]+)#controls"[^>]*>([\d.]+)<', page))
        assert len(days) == len(client.get("/api/v1/test/secure-score?period=365d").json()["days"])
        for day in (min(days), sorted(days)[len(days) // 2], max(days)):
            _, *listed = rows_of(client.get(f"/en/test/secure-score?period={day}&csv=controls").text)
            assert sum(float(row[2]) for row in listed) == pytest.approx(float(days[day]))
            assert {row[7] for row in listed} == {day}

    def test_those_of_unknown_worth_are_listed_where_that_is_asked(self, client: TestClient) -> None:
        page = client.get("/en/test/secure-score?period=90d").text
        assert 'href="?period=90d&amp;worth=unknown#controls"' in page
        _, *listed = rows_of(client.get("/en/test/secure-score?period=90d&worth=unknown&csv=controls").text)
        told = client.get("/api/v1/test/secure-score?period=90d").json()["controls"]
        assert [row[0] for row in listed] == [each["control"] for each in told if each["most"] is None] != []

    def test_what_is_chosen_stays_in_the_form_and_in_its_files(self, client: TestClient) -> None:
        page = client.get("/en/test/secure-score?period=90d&category=apps&worth=known").text
        assert '<option value="apps" selected>Apps</option>' in page
        assert '<option value="known" selected>Worth known</option>' in page
        assert 'href="?period=90d&amp;category=apps&amp;worth=known&amp;csv=controls"' in page
        assert 'href="?period=90d#controls"' in page

    def test_what_cannot_be_chosen_is_refused_or_has_nothing(self, client: TestClient) -> None:
        assert client.get("/en/test/secure-score?worth=much").status_code == 404
        spelled = "<script>\ud800".encode("utf-8", "surrogatepass")
        hostile = client.get("/en/test/secure-score", params={"category": spelled})
        assert hostile.status_code == 200
        assert "<script>" not in hostile.text.replace('<script src="', "")


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    url = after_some_weeks(a_store(tmp_path_factory.mktemp("weeks")))
    with visiting(a_board(LOCAL, url, rules=Rules(SHIPPED)), peer="127.0.0.1", burst=1_000) as visitor:
        yield visitor


class TestOversight:
    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_leads_from_each_number_to_as_many_duties(self, weeks: TestClient, lang: str) -> None:
        page = weeks.get(f"/{lang}/soc/oversight").text
        counts = re.findall(r'class="number"><a href="(\?[^"#]+)#duties"[^>]*>(\d+)<', page)
        assert len(counts) > 8
        for query, count in counts:
            _, *listed = rows_of(weeks.get(f"/{lang}/soc/oversight{unescape(query)}&csv=duties").text)
            assert (len(listed), query) == (int(count), query)

    def test_counts_each_team_by_its_name_and_leads_to_its_duties(self, weeks: TestClient) -> None:
        page = weeks.get("/en/soc/oversight").text
        teams = page.partition('id="teams"')[2].partition("</section>")[0]
        assert 'href="/en/soc/tasks?team=monitoring">Monitoring</a>' in teams
        assert 'href="/en/soc/tasks?team=all">All teams</a>' in teams
        assert 'href="?period=30d&amp;team=monitoring#duties"' in teams

    def test_lists_the_duties_of_one_team_where_it_is_chosen(self, weeks: TestClient) -> None:
        page = weeks.get("/en/soc/oversight?team=monitoring&period=90d").text
        assert '<option value="monitoring" selected>Monitoring</option>' in page
        _, *listed = rows_of(weeks.get("/en/soc/oversight?team=monitoring&period=90d&csv=duties").text)
        every = weeks.get("/api/v1/soc/oversight?team=monitoring&period=90d").json()["duties"]
        mine = [each["key"] for each in every if each["team"] == "monitoring"]
        assert ([row[0] for row in listed], {row[2] for row in listed}) == (mine, {"Monitoring"})
        assert len(mine) < len(every)

    def test_leads_to_the_pages_that_tell_more(self, weeks: TestClient) -> None:
        page = weeks.get("/en/soc/oversight?period=90d").text
        for place in (
            "tasks?task=secure-score",
            "escalations",
            "secure-score?period=90d",
            "remediation?period=90d",
        ):
            assert f'href="/en/soc/{place}"' in page

    def test_leads_from_the_exercises_to_the_duties_that_they_belong_to(self, weeks: TestClient) -> None:
        page = weeks.get("/en/soc/oversight?period=2026-11-01..2027-01-31").text
        exercises = page.partition('id="exercises"')[2].partition("</section>")[0]
        (place,) = re.findall(r'href="([^"]+)#duties"[^>]*>Its duty of the period \(1\)<', exercises)
        _, *listed = rows_of(weeks.get(f"/en/soc/oversight{unescape(place)}&csv=duties").text)
        assert [row[1] for row in listed] == ["tabletop-exercise"]
        assert "#duties" not in weeks.get("/en/soc/oversight").text.partition('id="exercises"')[2].partition("<h2>")[0]

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_leads_from_each_number_of_a_pack_to_as_many_tasks_and_duties(self, weeks: TestClient, lang: str) -> None:
        page = weeks.get(f"/{lang}/soc/oversight?period=2026-10-01..2027-01-31").text
        packs = page.partition('id="packs"')[2].partition('id="exercises"')[0]
        found = re.findall(r'class="number"><a href="(\?[^"#]+)#(duties|pack-tasks)"[^>]*>(\d+)<', packs)
        assert {anchor for _, anchor, _ in found} == {"duties", "pack-tasks"}
        assert len(found) > 8
        for query, anchor, count in found:
            _, *listed = rows_of(weeks.get(f"/{lang}/soc/oversight{unescape(query)}&csv={anchor}").text)
            assert (len(listed), query) == (int(count), query)

    def test_lists_the_tasks_of_a_pack_with_the_way_to_their_duties(self, weeks: TestClient) -> None:
        part = weeks.get("/en/soc/oversight?pack=defender-xdr").text.partition('id="pack-tasks"')[2]
        assert 'href="/en/soc/tasks?task=secure-score">secure-score</a>' in part
        assert 'href="?period=30d&amp;task=secure-score&amp;part=done#duties"' in part

    def test_leads_to_no_task_board_of_a_pack_that_is_switched_off(self, weeks: TestClient) -> None:
        page = weeks.get("/en/soc/oversight?pack=sentinel-ops").text
        assert "sentinel-incidents" in page.partition('id="pack-tasks"')[2]
        assert "its pack is switched off" in page.partition('id="pack-tasks"')[2]
        assert 'href="/en/soc/tasks?pack=defender-xdr"' in page
        assert "tasks?pack=sentinel-ops" not in page
        assert "tasks?task=sentinel-incidents" not in page

    def test_knows_no_other_use(self, weeks: TestClient) -> None:
        assert weeks.get("/en/soc/oversight?use=whatever").status_code == 404

    def test_knows_no_other_part(self, weeks: TestClient) -> None:
        assert weeks.get("/en/soc/oversight?part=whatever").status_code == 404
