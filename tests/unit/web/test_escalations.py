"""The page on escalations: the sentence, the heat map, the ages and the lists are of the same verdicts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.docs.pages import ROOT
from tests.state.examples import SetClock
from tests.unit.report.examples import a_verdict
from tests.unit.web.boards import LOCAL, NOW, a_board, a_store, visiting
from tests.unit.web.test_lists_as_files import rows_of

from watchkeeper.model.audit import TeamDay
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.state.opening import open_store
from watchkeeper.web.rules import Rules

TODAY = NOW.date()
HOSTILE = "<script>alert(1)</script>::error::\u202e=cmd()"
KINDS = (
    VerdictKind.FRESH,
    VerdictKind.STALE,
    VerdictKind.VERY_STALE,
    VerdictKind.DUE,
    VerdictKind.UNKNOWN,
    VerdictKind.EXEMPT,
)


def verdicts(team: str, day: date, kinds: tuple[VerdictKind, ...] = KINDS) -> list[Verdict]:
    """One of each kind, of which nobody has updated the worse ones for longer."""
    return [
        replace(
            a_verdict(kind),
            key=f"escalation/sentinel/{team}-{number}",
            numbers=(f"INC{team[:2].upper()}{number:05}",),
            urls=("https://example.service-now.com/nav_to.do?uri=incident.do",),
            title=HOSTILE,
            team=team,
            day=day,
            final=day < TODAY,
            last_human_update=None
            if kind is VerdictKind.UNKNOWN
            else datetime.combine(day, time(), UTC) - timedelta(hours=10 * number),
            working_days=number,
        )
        for number, kind in enumerate(kinds)
    ]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = a_store(tmp_path_factory.mktemp("store"))
    friday, monday = date(2026, 11, 20), TODAY
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        for team, day in (("monitoring", friday), ("monitoring", monday), ("soc-oversight", friday)):
            store.put_verdicts(verdicts(team, day), "run-1")
            store.count_days(
                [TeamDay(team, day, "Europe/Dublin", working=True, final=day < monday)], "run-1", NOW, whole=True
            )
    return url


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    board = replace(a_board(LOCAL, url), rules=Rules(ROOT / "mappings"))
    with visiting(board, peer="127.0.0.1") as visitor:
        yield visitor


def found(client: TestClient, query: str = "") -> dict:  # type: ignore[type-arg]
    answer: dict = client.get(f"/api/v1/soc/escalations{query}").json()  # type: ignore[type-arg]
    return answer


def test_each_team_counts_with_its_latest_judged_day(client: TestClient) -> None:
    answer = found(client)
    assert answer["totals"] == {kind.value: 2 for kind in VerdictKind}
    assert {(each["team"], each["day"]) for each in answer["tickets"]} == {
        ("monitoring", "2026-11-23"),
        ("soc-oversight", "2026-11-20"),
    }
    assert sum(each["count"] for each in answer["buckets"]) + answer["never_updated"] == sum(answer["totals"].values())


def test_the_sentence_is_of_the_same_tickets_in_both_languages(client: TestClient) -> None:
    for language, said in (("en", "2 of 10 updated; 4 stale"), ("ja", "10 件中 2 件が更新済み、未更新 4 件")):
        assert said in client.get(f"/{language}/soc/escalations").text


@pytest.mark.parametrize(
    ("language", "said", "field"),
    [
        (
            "en",
            "2 of 10 updated; 4 stale, 2 SOC Oversight and 2 Monitoring",
            "SOC Oversight, 2026-11-20: 1 of 5",
        ),
        ("ja", "10 件中 2 件が更新済み、未更新 4 件（SOC 統括 2 件、監視 2 件）", "SOC 統括、2026-11-20：5 件中 1 件"),
    ],
)
def test_teams_are_called_by_their_names_also_in_the_sentence_and_what_is_spoken_of_the_heat_map(
    client: TestClient, language: str, said: str, field: str
) -> None:
    page = client.get(f"/{language}/soc/escalations").text
    assert said in page
    assert page.count(field) == 2  # to read, and to hear


def test_teams_that_the_catalogue_does_not_know_are_called_by_their_ids(url: str, tmp_path: Path) -> None:
    with visiting(a_board(LOCAL, url, rules=Rules(tmp_path)), peer="127.0.0.1") as visitor:
        page = visitor.get("/en/soc/escalations").text
    assert "4 stale, 2 soc-oversight and 2 monitoring" in page
    assert "soc-oversight, 2026-11-20: 1 of 5 updated" in page


def test_the_list_has_what_waits_for_a_person_the_worst_first(client: TestClient) -> None:
    listed = [each["kind"] for each in found(client)["tickets"]]
    assert listed == ["very-stale"] * 2 + ["stale"] * 2 + ["unknown"] * 2 + ["due"] * 2
    assert found(client)["count"] == len(listed)


@pytest.mark.parametrize("kind", VerdictKind)
def test_every_number_leads_to_as_many_tickets(client: TestClient, kind: VerdictKind) -> None:
    page = client.get("/en/soc/escalations").text
    assert re.search(rf'href="/en/soc/escalations\?kind={kind.value}#tickets"[^>]*>2</a>', page)
    assert [each["kind"] for each in found(client, f"?kind={kind.value}")["tickets"]] == [kind.value] * 2


def test_every_number_of_the_ages_leads_to_as_many_tickets(client: TestClient) -> None:
    ages = client.get("/en/soc/escalations").text.partition('id="ages"')[2].partition("</section>")[0]
    leads = re.findall(r'href="/en/soc/escalations\?age=([\w-]+)#tickets"[^>]*>(\d+)</a>', ages)
    assert {name for name, _ in leads} == {"0-0", "1-5", "never"}
    for name, count in leads:
        assert found(client, f"?age={name}")["count"] == int(count)


def test_a_field_of_the_heat_map_leads_to_its_day_and_team(client: TestClient) -> None:
    page = client.get("/en/soc/escalations").text
    assert 'href="/en/soc/escalations?team=monitoring&amp;day=2026-11-20#tickets"' in page
    assert "Monitoring, 2026-11-20: 1 of 5 updated" in page
    tickets = found(client, "?team=monitoring&day=2026-11-20")["tickets"]
    assert {(each["team"], each["day"]) for each in tickets} == {("monitoring", "2026-11-20")}
    assert len(tickets) == len(KINDS)


@pytest.mark.parametrize(("fresh", "stale", "shown"), [(2, 1, "66"), (299, 1, "99"), (3, 0, "100")])
def test_a_field_of_the_heat_map_has_the_share_that_the_tables_have(
    tmp_path: Path, fresh: int, stale: int, shown: str
) -> None:
    """Cut, so that all but one is not everything."""
    url, day = a_store(tmp_path), date(2026, 11, 20)
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        kinds = (VerdictKind.FRESH,) * fresh + (VerdictKind.STALE,) * stale
        store.put_verdicts(verdicts("monitoring", day, kinds), "run-1")
        over = TeamDay("monitoring", day, "Europe/Dublin", working=True, final=True)
        store.count_days([over], "run-1", NOW, whole=True)
    with visiting(a_board(LOCAL, url), peer="127.0.0.1") as visitor:
        page = visitor.get("/en/soc/escalations").text
    grid = page.partition('id="days"')[2].partition("</section>")[0]
    assert re.findall(r">(\d+)<", grid.partition("<tbody")[2])[:1] == [shown]
    assert f">{shown}%<" in page


def test_a_day_that_is_not_over_is_marked_as_such(client: TestClient) -> None:
    page = client.get("/en/soc/escalations").text
    grid = page.partition('id="days"')[2].partition("</section>")[0]
    assert grid.count("tone-open") >= 1
    assert grid.count("tone-worst") >= 2


def test_waivers_stand_with_their_end(client: TestClient) -> None:
    waivers = found(client)["waivers"]
    page = client.get("/en/soc/escalations").text
    assert all(each["reason"] in page and each["expires"] in page for each in waivers)


def test_names_of_teams_are_the_catalogue_s(client: TestClient) -> None:
    assert "SOC 統括" in client.get("/ja/soc/escalations").text


def test_what_is_no_day_or_kind_is_nowhere(client: TestClient) -> None:
    for query in ("?day=yesterday", "?kind=rotten", "?age=old", "?day=2026-13-01"):
        assert client.get(f"/en/soc/escalations{query}").status_code == 404
    assert found(client, "?day=1999-01-01")["tickets"] == []


def test_hostile_titles_stay_text(client: TestClient) -> None:
    page = client.get("/en/soc/escalations").text
    assert "<script>alert" not in page
    assert re.search(r"&lt;script&gt;alert\(1\)", page)
    assert not any(
        cell.startswith("=") for row in rows_of(client.get("/en/soc/escalations?csv=tickets").text) for cell in row
    )


def test_a_ticket_that_went_to_another_team_counts_with_that_one_alone(tmp_path: Path) -> None:
    url = a_store(tmp_path)
    friday = date(2026, 11, 20)
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        for team, day in (("soc-oversight", friday), ("monitoring", TODAY)):
            (moved,) = verdicts(team, day, (VerdictKind.STALE,))
            store.put_verdicts([replace(moved, key="escalation/sentinel/moved")], "run-1")
            working = TeamDay(team, day, "Europe/Dublin", working=True, final=day < TODAY)
            store.count_days([working], "run-1", NOW, whole=True)
    with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
        counted = {team: found(client, f"?team={team}")["count"] for team in ("", "monitoring", "soc-oversight")}
    assert counted == {"": 1, "monitoring": 1, "soc-oversight": 0}


def test_a_store_that_no_audit_has_judged_says_so(tmp_path: Path) -> None:
    with visiting(a_board(LOCAL, a_store(tmp_path)), peer="127.0.0.1") as client:
        assert "see `watchkeeper audit`" in client.get("/en/soc/escalations").text


def test_today_leads_to_as_many_as_it_counts(client: TestClient) -> None:
    today = client.get("/en/soc/today").text.partition('id="stale"')[2].partition("</section>")[0]
    leads = re.findall(r'href="/en/soc/escalations(\?[^"#]+)#tickets">([\d,]+)<', today)
    assert len(leads) == 4
    for query, count in leads:
        assert found(client, unescape(query))["count"] == int(count)
