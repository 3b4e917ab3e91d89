"""The history of a row of the task board: every period of a task that a team owes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.unit.web.boards import LOCAL, NOW, RULES, a_board, a_store, library_of, visiting
from tests.unit.web.task_weeks import STORY, after_some_weeks

from watchkeeper.report.board.task_history import TaskHistory
from watchkeeper.report.texts import LANGUAGES
from watchkeeper.state.library import Library
from watchkeeper.web.asked import Asked
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.reading.task_history import read_task_history

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


def history(library: Library, pair: tuple[str, str] = ROW, *, most: int = 100, after: str = "") -> TaskHistory:
    asked = Asked({"task": pair[0], "team": pair[1], "after": after}, most)
    return read_task_history(Reader(library, "soc", NOW, {}, asked, RULES))


class TestTheHistoryOfARow:
    def test_has_every_period_the_newest_first_a_page_at_a_time(self, library: Library) -> None:
        first = history(library, most=7)
        rest = history(library, most=7, after=first.after)
        periods = [each.turn.period for each in (*first.turns, *rest.turns)]
        assert len(first.turns) == 7
        assert rest.after == ""
        assert periods == sorted(periods, reverse=True)
        assert len(periods) == len(STORY) + 1

    def test_says_when_each_ticket_was_closed_and_what_was_not_there_by_then(self, library: Library) -> None:
        late = next(each for each in history(library).turns if each.turn.standing == "late")
        assert late.turn.closed_at == late.turn.due + timedelta(days=2)
        assert [(each.evidence, each.lack.value) for each in late.lacks] == [("secure-score", "not-gathered")]

    def test_says_why_something_was_missed(self, client: TestClient) -> None:
        page = client.get("/en/soc/tasks/secure-score/monitoring").text
        assert "no ticket was opened in its time" in page
        assert "no secure-score was gathered" in page

    def test_shows_the_reason_of_what_was_raised_as_text(self, client: TestClient) -> None:
        for lang in LANGUAGES:
            page = client.get(f"/{lang}/soc/tasks/tabletop-exercise/all").text
            assert "&lt;script&gt;alert(1)" in page
            assert "<script>" not in page
            assert "\u202e" not in page

    def test_says_so_where_the_catalogue_has_no_such_duty_any_more(self, client: TestClient) -> None:
        page = client.get("/en/soc/tasks/weekly-call/night-shift").text
        assert "The catalogue has no such duty any more" in page

    def test_is_there_for_a_duty_of_which_nothing_is_decided_yet(self, client: TestClient) -> None:
        page = client.get("/en/soc/tasks/anti-phishing-dlp/soc-oversight").text
        assert "Nothing has been decided yet." in page

    @pytest.mark.parametrize("path", ["secure-score/csirt", "nothing/monitoring", "%3Cscript%3E/x", "..%2F/x"])
    def test_is_not_there_for_a_duty_that_nobody_knows(self, client: TestClient, path: str) -> None:
        assert client.get(f"/en/soc/tasks/{path}").status_code == 404
