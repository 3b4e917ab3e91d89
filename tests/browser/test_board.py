"""The watch board's pages in a real browser, as the board serves them."""

from __future__ import annotations

import pytest
from tests.browser.conftest import Look

from watchkeeper.report.texts import LANGUAGES
from watchkeeper.web.registry import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACES = [f"/{language}/soc/{page.path}" for page in PAGES if page.offered for language in LANGUAGES]
OTHERS = ["/en/test/today", "/ja/test/sync-health"]


@pytest.mark.parametrize("path", [*PLACES, *OTHERS])
class TestAPage:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_lets_everybody_use_it_and_breaks_no_policy(self, look: Look, path: str, scheme: str) -> None:
        assert look(path, color_scheme=scheme).violations() == []

    def test_lets_everybody_use_it_without_scripts(self, look: Look, path: str) -> None:
        assert look(path, java_script_enabled=False).page.locator("main h1").count() == 1

    @pytest.mark.parametrize("width", [320, 640])
    def test_fits_a_phone_of_320_pixels_and_a_window_at_twice_the_size(self, look: Look, path: str, width: int) -> None:
        assert look(path, viewport={"width": width, "height": 900}).wider_than_the_window() == 0


def test_a_place_that_is_not_there_lets_everybody_use_it(look: Look) -> None:
    looking = look("/en/nothing")
    assert looking.violations() == []
    assert looking.complaints.pop().startswith(
        "error: Failed to load resource: the server responded with a status of 404"
    )
