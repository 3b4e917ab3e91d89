"""A Chromium of the system's own, driven by Playwright, and a board to look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from tests.browser.chromium import browser as program
from tests.browser.looking import Looking
from tests.browser.served import a_month_of, serving
from tests.unit.web.boards import LOCAL, a_board

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Look = Callable[..., Looking]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Skips where there is none, or nothing to drive it."""
    where = program()
    driver = pytest.importorskip("playwright.sync_api", reason="no Playwright: `./dev test browser` fetches it")
    with driver.sync_playwright() as playwright:
        # In a container whoever runs this is root, who may have no sandbox (Chromium, "Running as root without --no-sandbox").
        options = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
        opened = playwright.chromium.launch(executable_path=where, args=options)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def state_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return a_month_of(tmp_path_factory.mktemp("board"))


@pytest.fixture(scope="module")
def board(state_url: str) -> Iterator[str]:
    with serving(a_board(LOCAL, state_url)) as address:
        yield address


@pytest.fixture
def look(chromium: Browser, board: str) -> Iterator[Look]:
    """Opens a place of the board (or of another one) in a window of its own; whatever the browser complains of by the end is a failure."""
    opened: list[Looking] = []

    def at(path: str, *, other: str = "", **context: object) -> Looking:
        looking = Looking.at(chromium, other or board, path, **context)
        opened.append(looking)
        return looking

    yield at
    for each in opened:
        each.page.context.close()
    assert [said for each in opened for said in each.complaints] == []
