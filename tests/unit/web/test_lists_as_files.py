"""A list of a page as CSV: what the page shows and more of it, for whom the page is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.state.examples import SetClock
from tests.unit.web.boards import LOCAL, NOW, SIGNED, a_board, a_store, after_a_bad_day, sign_in, visiting

from watchkeeper.model.link import Dirty
from watchkeeper.report.board.nouns import MOST
from watchkeeper.state.opening import open_store
from watchkeeper.web.access import Role


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = after_a_bad_day(a_store(tmp_path_factory.mktemp("store")))
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        since = NOW - timedelta(days=2)
        store.put_dirty(
            [Dirty(f"escalation/sentinel/{number:03}", "escalation", "", since, 1) for number in range(MOST)]
        )
    return url


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    with visiting(a_board(LOCAL, url), peer="127.0.0.1") as visitor:
        yield visitor


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_every_list_of_a_page_has_its_file_beside_it(client: TestClient) -> None:
    for name in ("today", "sync-health"):
        page = client.get(f"/en/soc/{name}").text
        files = re.findall(r'href="(\?csv=[^"]+)"', page)
        assert len(files) == len(set(files)) == page.count("<table")
        for file in files:
            answer = client.get(f"/en/soc/{name}{file}")
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            assert answer.headers["content-disposition"].startswith(f'attachment; filename="soc-{name}-')
            assert len(rows_of(answer.text)) > 1


def test_the_file_of_a_grid_has_in_full_what_a_square_has_as_a_sign(client: TestClient) -> None:
    page = client.get("/en/soc/tasks").text.partition('id="board"')[2].partition("</section>")[0]
    assert 'href="?csv=board"' in page
    headings, *rows = rows_of(client.get("/en/soc/tasks?csv=board").text)
    assert headings[:2] == ["Task", "Team"]
    (row,) = (each for each in rows if "Microsoft Secure Score" in each[0])
    squares = [each for each in row[2:] if each]
    assert squares
    for square in squares:
        assert f'title="{square}"' in page
        assert len(square) > 10


def test_a_file_has_what_a_page_cuts(client: TestClient) -> None:
    page = client.get("/en/soc/today").text.partition('id="waiting"')[2].partition("</section>")[0]
    assert page.count('<th scope="row"') == MOST
    assert len(rows_of(client.get("/en/soc/today?csv=waiting").text)) == 1 + MOST + 1


def test_a_file_has_signs_and_notes_in_words_and_no_formula(client: TestClient) -> None:
    rows = rows_of(client.get("/en/soc/today?csv=set-aside").text)
    assert rows[0][-1] == "Mark"
    assert rows[1][-1]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_a_list_that_there_is_not_is_no_file(client: TestClient) -> None:
    assert client.get("/en/soc/today?csv=nothing").status_code == 404
    assert client.get("/en/test/today?csv=waiting").status_code == 404


def test_a_file_asks_for_the_same_role_as_its_page(url: str) -> None:
    board = a_board(SIGNED, url)
    with visiting(board) as client:
        assert client.get("/en/soc/today?csv=waiting").status_code == 303
        sign_in(client, board, Role.OWNER)
        assert client.get("/en/soc/today?csv=waiting").status_code == 403
