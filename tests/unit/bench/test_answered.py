"""Pages are asked many times and judged; files, and choices that ask for nothing new, a few times."""

from __future__ import annotations

import pytest
from bench.answered import FILES, REPEATED, REQUESTS, bars_of
from bench.asked import Kind, Question
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

ROWS = 3


class Board:
    def __init__(self) -> None:
        self.asked: list[str] = []
        app = Starlette(routes=[Route("/{name}", self.answer)])
        self.client = TestClient(app)

    async def answer(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        if request.path_params["name"] == "gone":
            return PlainTextResponse("gone", status_code=404)
        return PlainTextResponse("heading\r\n" + "row\r\n" * ROWS)


@pytest.mark.parametrize(
    ("kind", "known", "requests"),
    [
        (Kind.ROUTE, False, REQUESTS),
        (Kind.ROUTE, True, REQUESTS),
        (Kind.CHOICE, False, REQUESTS),
        (Kind.CHOICE, True, REPEATED),
        (Kind.FILE, True, FILES),
    ],
)
def test_how_often_a_question_is_asked(kind: Kind, known: bool, requests: int) -> None:
    board = Board()
    list(bars_of(board.client, "SQLite", Question("list", ("/a", "/b"), kind), 1, known=known))
    assert len(board.asked) == requests
    assert set(board.asked) == {"/a", "/b"}


def test_a_page_has_a_bar() -> None:
    bars = list(bars_of(Board().client, "SQLite", Question("list", ("/a",), Kind.ROUTE), 1, known=False))
    assert [each.held is not None for each in bars] == [True, False, False, False]


def test_a_file_is_shown_with_its_rows_and_has_none() -> None:
    bars = list(bars_of(Board().client, "SQLite", Question("list?csv=list", ("/a",), Kind.FILE), 1, known=False))
    assert {each.held for each in bars} == {None}
    assert {each.measured.strip(): each.value for each in bars}["its rows"] == ROWS


def test_a_board_that_does_not_answer_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="/gone answered 404"):
        list(bars_of(Board().client, "SQLite", Question("gone", ("/gone",), Kind.ROUTE), 1, known=False))
