"""The task board: what became of each period, what comes next, what is due soon, and the history of a row."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient
from tests.state.examples import SetClock, a_link, an_occurrence
from tests.unit.web.boards import LOCAL, NOW, RULES, a_board, a_store, library_of, visiting
from tests.unit.web.task_weeks import SHIPPED, after_some_weeks, shipped_catalog

from watchkeeper.catalog.occurrences import expand_task
from watchkeeper.catalog.recurrence import Window
from watchkeeper.model.duty_record import DutyEnd
from watchkeeper.model.occurrence import Decided, Decision
from watchkeeper.report.board.duties import SIGNS, standing_text
from watchkeeper.report.board.nouns import PLANNED, UNDECIDED
from watchkeeper.report.board.tasks import PERIODS, TaskBoard, TaskRow, tasks_document
from watchkeeper.report.texts import LANGUAGES, texts_in
from watchkeeper.state.library import Library
from watchkeeper.state.opening import open_store
from watchkeeper.web.asked import Asked, NothingHere
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.reading.tasks import read_tasks
from watchkeeper.web.reading.today import read_today
from watchkeeper.web.rules import Rules

ROW = ("secure-score", "monitoring")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return after_some_weeks(a_store(tmp_path_factory.mktemp("weeks")))


@pytest.fixture
def library(url: str) -> Iterator[Library]:
    library = library_of(url)
    yield library
    library.close()


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    board = replace(a_board(LOCAL, url), hosts=frozenset({"example.service-now.com"}))
    with visiting(board, peer="127.0.0.1") as visitor:
        yield visitor


def reader(library: Library, *, most: int = 100, rules: Rules = RULES, **asked: str) -> Reader:
    return Reader(library, "soc", NOW, {}, Asked(asked, most), rules)


def board(library: Library, *, most: int = 100, rules: Rules = RULES, **asked: str) -> TaskBoard:
    return read_tasks(reader(library, most=most, rules=rules, **asked))


def row(found: TaskBoard, pair: tuple[str, str] = ROW) -> TaskRow:
    return next(each for each in found.rows if (each.task, each.team) == pair)


class TestARow:
    def test_shows_what_became_of_its_last_eight_periods_the_oldest_first(self, library: Library) -> None:
        assert [each.standing for each in row(board(library)).past] == [
            "late",
            "missed",
            "carried",
            "skipped",
            "gone",
            "in-time",
            "late",
            "overdue",
        ]

    def test_shows_the_next_period_with_its_ticket_where_it_has_one(self, library: Library) -> None:
        following = row(board(library)).next
        assert following is not None
        # The holiday of 23 November moves it to the day after.
        assert (following.standing, following.period, f"{following.due:%d}") == ("open", "2026-11-23", "24")
        assert following.number == "INC0000110"

    def test_of_its_own_recurrence_where_nothing_is_decided_yet(self, library: Library) -> None:
        monthly = row(board(library), ("anti-phishing-dlp", "soc-oversight"))
        assert monthly.past == ()
        assert monthly.next is not None
        assert monthly.next.standing == PLANNED
        assert monthly.next.due > NOW

    def test_of_a_task_that_is_raised_as_needed_shows_what_was_raised(self, library: Library) -> None:
        exercise = row(board(library), ("tabletop-exercise", "all"))
        assert exercise.next is not None
        assert exercise.next.raised
        assert exercise.next.standing == "open"

    def test_stays_where_the_catalogue_has_no_such_task_any_more(self, library: Library) -> None:
        removed = row(board(library), ("weekly-call", "night-shift"))
        assert (removed.pack, removed.next, len(removed.past)) == ("", None, 1)

    def test_has_a_settled_period_behind_it_before_it_is_due(self, tmp_path: Path) -> None:
        catalog = shipped_catalog()
        task = catalog.tasks["secure-score"]
        following, second = expand_task(catalog, task, Window(NOW, NOW + timedelta(weeks=2)))[:2]
        url = a_store(tmp_path)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            store.put_decisions([Decided(following, Decision.CREATE, "it is due", NOW)])
            store.put_links([a_link(following.key, closed=True, confirmed_at=NOW)])
        library = library_of(url)
        found = row(board(library))
        library.close()
        assert [each.key for each in found.past] == [following.key]
        assert found.next is not None
        assert (found.next.key, found.next.standing) == (second.key, PLANNED)

    def test_shows_what_fell_due_since_the_last_run(self, library: Library) -> None:
        later = read_tasks(replace(reader(library), now=NOW + timedelta(days=3)))
        missing = [each for each in row(later, ("escalation-tickets", "all")).past if each.standing == UNDECIDED]
        assert [each.period for each in missing] == ["2026-11-23", "2026-11-24", "2026-11-25"]
        assert row(later).past[-1].standing == "overdue"

    def test_of_which_nothing_was_ever_decided_has_nothing_behind_it(self, library: Library) -> None:
        later = read_tasks(replace(reader(library), now=NOW + timedelta(days=3)))
        assert row(later, ("portal-licences", "soc-oversight")).past == ()

    def test_has_eight_periods_however_many_wait_before_their_day(self, tmp_path: Path) -> None:
        catalog = shipped_catalog()
        task = catalog.tasks["secure-score"]
        past = expand_task(catalog, task, Window(NOW - timedelta(weeks=12), NOW))
        raised = [
            replace(past[0], key=f"secure-score/monitoring@2026-11-20~{number:010}", due=NOW + timedelta(days=3))
            for number in range(5)
        ]
        url = a_store(tmp_path)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            store.put_decisions([Decided(each, Decision.CREATE, "it is due", NOW) for each in (*past, *raised)])
        library = library_of(url)
        found = row(board(library))
        library.close()
        assert [each.key for each in found.past] == [each.key for each in past[-PERIODS:]]


class TestWhatIsChosen:
    def test_of_a_team_is_what_it_owes_alone_and_with_all(self, library: Library) -> None:
        found = board(library, team="monitoring")
        assert {(each.task, each.team) for each in found.rows} == {
            ROW,
            ("vulnerability-remediation", "monitoring"),
            ("escalation-tickets", "all"),
            ("tabletop-exercise", "all"),
        }
        assert {each.team for each in found.coming} == {"monitoring", "all"}

    def test_of_all_teams_is_what_they_owe_together(self, library: Library) -> None:
        assert {each.team for each in board(library, team="all").rows} == {"all"}

    def test_of_a_task_or_a_pack_is_only_that(self, library: Library) -> None:
        assert [each.task for each in board(library, task="secure-score").rows] == ["secure-score"]
        assert board(library, pack="defender-xdr").row_count == board(library).row_count - 1
        assert board(library, pack="none").rows == ()

    def test_is_still_chosen_on_the_page_and_in_its_files(self, client: TestClient) -> None:
        page = client.get("/en/soc/tasks?team=monitoring").text
        assert '<option value="monitoring" selected>Monitoring</option>' in page
        assert "?team=monitoring&amp;csv=coming" in page


class TestWhatIsDueSoon:
    def test_is_decided_and_planned_together_in_order_and_each_once(self, library: Library) -> None:
        coming = board(library).coming
        assert [(each.due, each.key) for each in coming] == sorted({(each.due, each.key) for each in coming})
        assert all(NOW <= each.due < NOW + timedelta(weeks=4) for each in coming)
        weekly = [each.standing for each in coming if (each.task, each.team) == ROW]
        assert weekly == ["open", *[PLANNED] * 4]

    def test_names_the_task_whose_ticket_serves_another_one(self, library: Library, tmp_path: Path) -> None:
        shutil.copytree(SHIPPED, tmp_path / "mappings")
        pack = tmp_path / "mappings" / "packs" / "sentinel-ops.yaml"
        pack.write_text(pack.read_text(encoding="utf-8").replace("enabled: false", "enabled: true"), encoding="utf-8")
        found = board(library, rules=Rules(tmp_path / "mappings"), task="sentinel-content-updates")
        assert {each.served_by.partition("/")[0] for each in found.coming} == {"automation-scripts"}
        assert "served by the ticket of automation-scripts" in str(tasks_document(found))


class TestALongBoard:
    def test_comes_a_page_at_a_time_each_row_once(self, library: Library) -> None:
        rows, after = [], ""
        while True:
            found = board(library, most=4, after=after)
            rows += [(each.task, each.team) for each in found.rows]
            after = found.after
            if not after:
                break
        whole = board(library)
        assert rows == [(each.task, each.team) for each in whole.rows]
        assert len(rows) == whole.row_count == found.row_count == 9

    def test_has_a_list_of_what_is_due_soon_that_comes_a_page_at_a_time(self, library: Library) -> None:
        keys, place = [], ""
        while True:
            found = board(library, most=25, coming=place)
            keys += [each.key for each in found.coming]
            place = found.coming_after
            if not place:
                break
        assert keys == [each.key for each in board(library).coming]
        assert len(keys) == found.coming_count > 50

    def test_has_nothing_behind_a_place_that_there_is_not(self, library: Library) -> None:
        for place in ("nowhere", "2026-11-23 x", "2026-11-23T00:00:00 x"):
            with pytest.raises(NothingHere):
                board(library, coming=place)

    def test_leads_to_its_next_page(self, library: Library) -> None:
        document = tasks_document(board(library, most=4, team="monitoring"))
        assert [lead.url for section in document.sections for lead in section.leads] == [
            f"?team=monitoring&coming={quote_plus(board(library, most=4, team='monitoring').coming_after)}#coming"
        ]


class TestThePage:
    def test_tells_each_state_by_a_sign_and_in_words(self, client: TestClient) -> None:
        page = client.get("/en/soc/tasks").text
        for sign, said in {
            "✓ 11-02": "due 2026-11-02 17:00 +09:00; closed in time; 2026-11-02 05:00 UTC; INC0000107",
            "✓! 11-09": "due 2026-11-09 17:00 +09:00; closed late; 2026-11-11 08:00 UTC; INC0000108",
            "○! 11-16": "due 2026-11-16 17:00 +09:00; open after its day; INC0000109",
            "○ 11-24": "due 2026-11-24 17:00 +09:00; open; INC0000110",
            "✗ 10-05": "due 2026-10-05 17:00 +09:00; missed",
            "– 10-19": "due 2026-10-19 17:00 +09:00; skipped",
            "? 10-26": "due 2026-10-26 17:00 +09:00; ticket not found; INC0000106",
        }.items():
            assert f'title="{said}"><span aria-hidden="true">{sign}</span><span class="unseen">{said}</span>' in page

    def test_every_state_has_a_sign_and_words_of_its_own(self) -> None:
        assert set(SIGNS) == {*DutyEnd, PLANNED, UNDECIDED}
        for lang in LANGUAGES:
            said = {standing_text(each, texts_in(lang)) for each in SIGNS}
            assert len(said) == len(SIGNS)

    def test_leads_from_a_square_to_its_ticket_and_from_a_row_to_its_history(self, client: TestClient) -> None:
        page = client.get("/en/soc/tasks").text
        assert 'href="https://example.service-now.com/incident/110"' in page
        assert '<a href="/en/soc/tasks/secure-score/monitoring">' in page

    def test_is_in_the_language_of_its_reader(self, client: TestClient) -> None:
        page = client.get("/ja/soc/tasks").text
        assert "Microsoft セキュア スコアの週次レポートを作成する" in page
        assert "全チーム" in page
        assert "closed late" not in page

    def test_says_in_one_sentence_what_is_late_and_what_is_next(self, client: TestClient) -> None:
        page = client.get("/en/soc/tasks?task=secure-score").text
        assert (
            "1 duty is open after its day; the next is due 2026-11-24 17:00 +09:00: "
            "Produce the weekly Microsoft Secure Score report (Monitoring)."
        ) in page

    def test_has_every_period_that_it_shows_as_a_file(self, client: TestClient, library: Library) -> None:
        answer = client.get("/en/soc/tasks?csv=everything")
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        shown = board(library).rows
        assert len(rows) == sum(len(each.past) + (each.next is not None) for each in shown)
        missed = next(each for each in rows if each["Key"] == "secure-score/monitoring@2026-10-05")
        assert missed["Standing"] == "missed"


class TestWithoutTheMappingsFolder:
    """Whoever runs the board without it, or with a mistake in it, sees what the store knows."""

    @pytest.fixture
    def unread(self, tmp_path: Path) -> Rules:
        return Rules(tmp_path)

    def test_the_rows_are_those_that_something_is_decided_of(self, library: Library, unread: Rules) -> None:
        found = board(library, rules=unread)
        assert not found.catalogue_known
        assert {(each.task, each.team) for each in found.rows} == {
            ROW,
            ("escalation-tickets", "all"),
            ("tabletop-exercise", "all"),
            ("weekly-call", "night-shift"),
        }
        assert len(row(found).past) == PERIODS
        assert [each.standing for each in found.coming] == ["open"] * 2

    def test_every_page_says_so_in_one_line(self, url: str, unread: Rules) -> None:
        with visiting(a_board(LOCAL, url, rules=unread), peer="127.0.0.1") as client:
            for path in ("tasks", "tasks/secure-score/monitoring", "today"):
                answer = client.get(f"/en/soc/{path}")
                assert answer.status_code == 200
                assert answer.text.count("The mappings folder cannot be read") == 1


class TestToday:
    def test_names_teams_and_tasks_in_the_language_of_its_reader(self, client: TestClient) -> None:
        due = client.get("/ja/soc/today").text.partition('id="next"')[2].partition("</section>")[0]
        assert "Microsoft セキュア スコアの週次レポートを作成する" in due
        assert "監視" in due

    def test_leads_from_each_duty_to_its_row(self, client: TestClient) -> None:
        page = client.get("/en/soc/today").text
        assert page.count('href="/en/soc/tasks/secure-score/monitoring"') == 2

    def test_has_the_next_duty_of_each_team_planned_or_open(self, library: Library) -> None:
        found = read_today(reader(library))
        assert {each.team: each.standing for each in found.next_due} == {
            "all": PLANNED,
            "engineering-secops": PLANNED,
            "monitoring": "overdue",
            "soc-oversight": PLANNED,
        }

    def test_plans_nothing_that_was_decided(self, tmp_path: Path) -> None:
        catalog = shipped_catalog()
        first = expand_task(catalog, catalog.tasks["portal-licences"], Window(NOW, NOW + timedelta(weeks=1)))[0]
        url = a_store(tmp_path)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            store.put_decisions([Decided(first, Decision.CREATE, "it is due", NOW)])
            store.put_links([a_link(first.key, closed=True, confirmed_at=NOW)])
        library = library_of(url)
        found = {each.team: each for each in read_today(reader(library)).next_due}
        library.close()
        assert found["soc-oversight"].due > first.due

    def test_leaves_the_tickets_of_asset_owners_to_their_own_page(self, tmp_path: Path) -> None:
        url = a_store(tmp_path)
        owners = replace(an_occurrence(), key="owner-remediation/owner.web@~0123456789", team="owner.web")
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            store.put_decisions([Decided(owners, Decision.CREATE, "it is due", NOW)])
        library = library_of(url)
        found, rows = read_today(reader(library)), board(library).rows
        library.close()
        assert found.late_count == found.open_count == 0
        assert not [each for each in rows if each.team.startswith("owner.")]


class TestTheApi:
    @pytest.mark.parametrize("path", ["tasks", "tasks/{task}/{team}"])
    def test_answers_as_it_says(self, client: TestClient, path: str) -> None:
        described = client.get("/api/openapi.json").json()
        operation = described["paths"][f"/api/v1/{{deployment}}/{path}"]["get"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        checker = Draft202012Validator({**schema, "components": described["components"]})
        answer = client.get(f"/api/v1/soc/{path.format(task=ROW[0], team=ROW[1])}")
        checker.validate(answer.json())

    def test_goes_on_where_an_answer_ended(self, client: TestClient, library: Library) -> None:
        rows = client.get("/api/v1/soc/tasks", params={"after": "secure-score/monitoring"}).json()["rows"]
        assert [each["task"] for each in rows] == [
            "service-administration",
            "tabletop-exercise",
            "vulnerability-remediation",
            "weekly-call",
        ]
