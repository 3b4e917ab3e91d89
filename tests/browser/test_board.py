"""The watch board's pages in a real browser. Each start of one takes a second or more, hence the marks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.browser.chromium import complaints, overhang, violations
from tests.unit.web.boards import LOCAL, a_board, a_store, after_a_bad_day, visiting

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = ("en/soc/today", "ja/soc/today", "en/soc/sync-health", "ja/soc/sync-health", "en/test/today", "en/nothing")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as the board answers them, as files beside their style sheet."""
    folder = tmp_path_factory.mktemp("board")
    with visiting(a_board(LOCAL, after_a_bad_day(a_store(folder))), peer="127.0.0.1") as client:
        for name in PAGES:
            page = client.get(f"/{name}").text
            style = re.findall(r'href="/(assets/[^"]+)"', page)[0]
            (folder / Path(style).name).write_bytes(client.get(f"/{style}").content)
            (folder / file_of(name)).write_text(page.replace("/assets/", ""), encoding="utf-8")
    return folder


def file_of(name: str) -> str:
    return f"{name.replace('/', '-')}.html"


@pytest.mark.parametrize("name", PAGES)
class TestAPage:
    def test_keeps_its_own_policy(self, shown: Path, name: str) -> None:
        assert complaints(shown / file_of(name)) == []

    def test_lets_everybody_use_it(self, shown: Path, name: str) -> None:
        assert violations(shown / file_of(name)) == []
        assert violations(shown / file_of(name), dark=True) == []

    def test_fits_a_phone_of_320_pixels_and_a_window_at_twice_the_size(self, shown: Path, name: str) -> None:
        assert overhang(shown / file_of(name), 320) == 0
        assert overhang(shown / file_of(name), 640) == 0
