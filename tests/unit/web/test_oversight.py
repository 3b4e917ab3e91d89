"""The page for SOC Oversight: each number of updates leads to the days that it sums, and each of a day to the tickets that were judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.state.examples import SetClock
from tests.unit.report.briefings.findings import a_portal_round
from tests.unit.report.exercise_days import DONE, a_day, action
from tests.unit.web.boards import LOCAL, NOW, a_board, a_store, visiting
from tests.unit.web.task_weeks import SHIPPED
from tests.unit.web.test_escalations import KINDS, verdicts
from tests.unit.web.test_lists_as_files import rows_of

from watchkeeper.evidence.kept import EXERCISES, PORTAL_ROUND
from watchkeeper.model.audit import TeamDay
from watchkeeper.model.occurrence import Decided, Decision, Occurrence
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report.figures import NOTHING
from watchkeeper.report.values import percent
from watchkeeper.state.opening import open_store
from watchkeeper.state.prune import prune
from watchkeeper.state.store import SqlStateStore
from watchkeeper.web.rules import Rules

TODAY = NOW.date()
FORGOTTEN, LONG_AGO = date(2026, 9, 30), date(2026, 10, 12)
"""Of the one the counts alone are kept; the other is in the month before the last thirty days."""
DAYS = (FORGOTTEN, LONG_AGO, *(date(2026, 11, day) for day in (16, 17, 18, 19, 20, 23)))
ACTIONS = 120
"""Open corrective actions, licences and posts: more than a page shows."""
CALM = (VerdictKind.FRESH,) * 9
"""Of one team on all days but Wednesdays."""


def judge(store: SqlStateStore, day: date) -> None:
    for team, kinds in (("monitoring", KINDS), ("csirt", KINDS if day.weekday() == 2 else CALM)):
        store.put_verdicts(verdicts(team, day, kinds), "run-1")
        over = TeamDay(team, day, "Europe/Dublin", working=True, final=day < TODAY)
        store.count_days([over], "run-1", NOW, whole=True)


def a_round(due: datetime, decision: Decision) -> Decided:
    day = due.date()
    key = f"portal-licences/soc-oversight@{day}"
    occurrence = Occurrence(key, "portal-licences", "soc-oversight", day.isoformat(), day, due, "Europe/Dublin")
    return Decided(occurrence, decision, "", due - timedelta(days=2))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    url = a_store(tmp_path_factory.mktemp("judged"))
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        for day in DAYS:
            judge(store, day)
        actions = [action(number) for number in range(ACTIONS)]
        store.keep_snapshots([Snapshot(EXERCISES, TODAY, NOW, a_day(actions))])
        store.keep_snapshots([Snapshot(PORTAL_ROUND, TODAY, NOW, a_portal_round(ACTIONS))])
        for week in range(4):
            store.put_decisions(
                [a_round(NOW - timedelta(days=7 * week), Decision.MISSED if week else Decision.SKIPPED)]
            )
        prune(store, datetime(2026, 10, 1, tzinfo=UTC), "run-2", NOW, apply=True)
    with visiting(a_board(LOCAL, url, rules=Rules(SHIPPED)), peer="127.0.0.1", burst=1_000) as visitor:
        yield visitor


def section(client: TestClient, anchor: str, query: str = "") -> str:
    page = client.get(f"/en/soc/oversight{query}").text
    return page.partition(f'id="{anchor}"')[2].partition("</section>")[0]


def numbers(part: str) -> list[tuple[str, str]]:
    """Where each number of a section's table leads, and the number."""
    found = re.findall(r'class="number"><a href="([^"#]+)#[a-z]+"[^>]*>([\d,]+)<', part)
    return [(unescape(place), count) for place, count in found]


@pytest.mark.parametrize("period", ["30d", "90d", "2026-W47"])
def test_each_team_s_numbers_are_the_sums_of_the_days_that_they_lead_to(client: TestClient, period: str) -> None:
    found = numbers(section(client, "compliance", f"?period={period}"))
    assert len(found) == 4  # owed and made, of two teams
    for number, (place, count) in enumerate(found):
        _, *days = rows_of(client.get(f"/en/soc/oversight{place}&csv=days").text)
        assert (sum(int(day[1 + number % 2]) for day in days), place) == (int(count), place)


@pytest.mark.parametrize("team", ["monitoring", "csirt"])
def test_each_number_of_a_day_leads_to_as_many_tickets(client: TestClient, team: str) -> None:
    found = numbers(section(client, "days", f"?period=30d&team={team}"))
    assert len(found) >= 10
    for place, count in found:
        listed = client.get(f"/api/v1/soc/{place.removeprefix('/en/soc/')}").json()
        assert (listed["count"], place) == (int(count), place)
        assert {each["team"] for each in listed["tickets"]} == {team}


def test_a_day_that_is_not_over_is_in_no_sum(client: TestClient) -> None:
    _, *days = rows_of(client.get("/en/soc/oversight?team=monitoring&csv=days").text)
    assert [day[0] for day in days] == [f"2026-11-{day}" for day in (20, 19, 18, 17, 16)]


def test_a_day_whose_verdicts_are_gone_keeps_its_numbers_and_leads_nowhere(client: TestClient) -> None:
    days = section(client, "days", f"?period={FORGOTTEN}&team=monitoring")
    assert "is not kept any more" in days
    assert re.findall(r'class="number">(\d+)<', days)[:3] == ["5", "1", "2"]
    assert numbers(days) == []
    assert "is not kept any more" not in section(client, "days", "?team=monitoring")


def test_a_day_on_which_nothing_was_owed_has_no_verdicts_to_miss(tmp_path: Path) -> None:
    url, day = a_store(tmp_path), date(2026, 11, 18)
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        over = TeamDay("monitoring", day, "Europe/Dublin", working=True, final=True)
        store.count_days([over], "run-1", NOW, whole=True)
    with visiting(a_board(LOCAL, url, rules=Rules(SHIPPED)), peer="127.0.0.1") as visitor:
        days = section(visitor, "days", "?team=monitoring")
    assert day.isoformat() in days
    assert "is not kept any more" not in days


def test_the_share_before_leads_to_the_days_before(client: TestClient) -> None:
    part = section(client, "compliance", "?period=30d")
    first = TODAY - timedelta(days=29)
    place = f"?period={first - timedelta(days=30)}..{first - timedelta(days=1)}&amp;team=monitoring#days"
    assert f'href="{place}"' in part
    query = unescape(place).partition("#")[0]
    _, *days = rows_of(client.get(f"/en/soc/oversight{query}&csv=days").text)
    assert {day[0] for day in days} == {FORGOTTEN.isoformat(), LONG_AGO.isoformat()}


def test_teams_stand_by_their_names_in_each_language(client: TestClient) -> None:
    assert ">Monitoring</a>" in section(client, "compliance")
    assert "lowest: Monitoring with 20%" in section(client, "compliance")
    assert "監視" in client.get("/ja/soc/oversight?team=monitoring").text.partition('id="days"')[2]
    assert 'id="days"' not in client.get("/en/soc/oversight?team=nobody").text


def test_a_long_period_is_told_by_weeks_that_lead_to_theirs(client: TestClient) -> None:
    assert 'href="/en/soc/escalations?day=2026-11-20#tickets">2026-11-20</a>' in section(client, "by-day")
    weeks = section(client, "by-week", "?period=90d")
    places = re.findall(r'<a href="(\?period=[^"#]+)#compliance"[^>]*>', weeks)
    assert (places[0], places[-2]) == ("?period=2026-09-28..2026-10-04", "?period=2026-11-16..2026-11-22")
    assert places[-1] == f"?period=2026-11-23..{TODAY}"
    _, *rows = rows_of(client.get("/en/soc/oversight?period=90d&csv=by-week").text)
    shares = [client.get(f"/api/v1/soc/oversight{place}").json()["compliance"] for place in places]
    assert [row[1] for row in rows] == [NOTHING if share is None else percent(share) for share in shares]


def test_programs_get_the_sums_of_each_team(client: TestClient) -> None:
    teams = client.get("/api/v1/soc/oversight?period=30d").json()["compliance_by_team"]
    assert [(each["team"], each["name"]["en"], each["owed"], each["made"]) for each in teams] == [
        ("csirt", "Computer Security Incident Response Team", 4 * 9 + 5, 4 * 9 + 1),
        ("monitoring", "Monitoring", 25, 5),
    ]


def test_exercises_lead_to_their_duties_and_to_the_board_of_their_team(client: TestClient) -> None:
    part = section(client, "exercises")
    assert f'href="/en/soc/link/{DONE.key}">{DONE.key}</a>' in part
    assert 'href="/en/soc/tasks?task=tabletop-exercise&amp;team=monitoring">Monitoring</a>' in part
    assert "collected on 2026-11-23 12:00 UTC" in part


def test_a_list_of_open_actions_says_how_many_there_are_and_is_whole_as_a_file(client: TestClient) -> None:
    assert f"100 of {ACTIONS}" in section(client, "actions")
    assert len(rows_of(client.get("/en/soc/oversight?csv=actions").text)) == 1 + ACTIONS


@pytest.mark.parametrize("anchor", ["licences", "posts"])
def test_licences_and_posts_say_how_many_there_are_and_are_whole_as_a_file(client: TestClient, anchor: str) -> None:
    assert f"100 of {ACTIONS}" in section(client, anchor)
    assert len(rows_of(client.get(f"/en/soc/oversight?csv={anchor}").text)) == 1 + ACTIONS


def test_each_number_of_rounds_leads_to_as_many_duties(client: TestClient) -> None:
    found = re.findall(r'<dd><a href="([^"]+)#duties"[^>]*>(\d+)<', section(client, "round"))
    assert [count for _, count in found] == ["4", "3", "1"]
    for place, count in found:
        _, *listed = rows_of(client.get(f"/en/soc/oversight{unescape(place)}&csv=duties").text)
        assert ([row[1] for row in listed], place) == (["portal-licences"] * int(count), place)


def test_a_store_without_audits_has_no_such_list(tmp_path: Path) -> None:
    with visiting(a_board(LOCAL, a_store(tmp_path), rules=Rules(SHIPPED)), peer="127.0.0.1") as visitor:
        page = visitor.get("/en/soc/oversight?team=monitoring").text
    assert 'id="days"' not in page
    assert "has been judged for good" in page
    assert "Not collected yet" in page.partition('id="exercises"')[2].partition("</section>")[0]
