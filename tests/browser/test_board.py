"""The watch board's pages in a real browser, as the board serves them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from tests.browser.conftest import Look
from tests.browser.served import serving
from tests.unit.web.boards import LOCAL, a_board, a_store
from tests.unit.web.deeds import DEFENDER, after_a_run
from tests.unit.web.owned import a_board_of_owners, a_store_of_owners
from tests.unit.web.test_portals import AZURE, SETTINGS

from watchkeeper.connections import azure_pages
from watchkeeper.report.texts import LANGUAGES
from watchkeeper.web.incident_pages import pages_of
from watchkeeper.web.page import Page
from watchkeeper.web.registry import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACES = [f"/{language}/soc/{page.path}" for page in PAGES if not page.parts for language in LANGUAGES]
OTHERS = ["/en/test/today", "/ja/test/sync-health"]
INNER = [page for page in PAGES if page.parts]


@pytest.mark.parametrize("path", [*PLACES, *OTHERS])
class TestAPage:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_lets_everybody_use_it_and_breaks_no_policy(self, look: Look, path: str, scheme: str) -> None:
        assert look(path, color_scheme=scheme).violations() == []

    def test_is_there_without_scripts(self, look: Look, path: str) -> None:
        assert look(path, java_script_enabled=False).page.locator("main h1").count() == 1

    @pytest.mark.parametrize("width", [320, 640])
    def test_fits_a_phone_of_320_pixels_and_a_window_at_twice_the_size(self, look: Look, path: str, width: int) -> None:
        looking = look(path, viewport={"width": width, "height": 900})
        assert looking.wider_than_the_window() == 0
        assert looking.leads_over_titles() == []

    def test_is_gone_through_by_keyboard_alone_in_reading_order(self, look: Look, path: str) -> None:
        looking = look(path, java_script_enabled=False, viewport={"width": 320, "height": 900})
        stops = looking.stops()
        assert [each["place"] for each in stops] == looking.focusable()
        assert [each["name"] for each in stops if not each["seen"]] == []
        skip = stops[0]
        assert 'href="#content"' in skip["name"]
        looking.page.keyboard.press("Tab")
        looking.page.keyboard.press("Enter")
        looking.page.keyboard.press("Tab")
        assert looking.page.evaluate("document.activeElement.closest('main, footer') !== null")


@pytest.fixture(scope="module")
def of_owners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of another board, over a store in which owners have something to mend."""
    url = a_store_of_owners(tmp_path_factory.mktemp("owners"))
    with serving(a_board_of_owners(LOCAL, url)) as address:
        yield address


@pytest.fixture(scope="module")
def led_to(board: str, of_owners: str) -> dict[str, tuple[str, str]]:
    """Every page with parts in its address that others of its board lead to, within three steps; one of each kind."""
    found: dict[str, tuple[str, str]] = {}
    for address in (board, of_owners):
        places = [each for each in PLACES if each.startswith("/en/")]
        for _ in range(3):
            places += [path for link in links(address, places) for path in kept(link, address, found)]
    return found


def links(address: str, places: list[str]) -> list[str]:
    texts = [requests.get(f"{address}{path}", timeout=30).text for path in places]
    return sorted({html.unescape(link) for text in texts for link in re.findall(r'href="(/en/soc/[^"#]+)', text)})


def kept(link: str, address: str, found: dict[str, tuple[str, str]]) -> Iterator[str]:
    """Notes a page that none of its kind was found of yet, and gives its address."""
    nearest = sorted(INNER, key=lambda page: -len(page.path))
    kind = next((each.name for each in nearest if pattern(each).fullmatch(link)), "")
    if kind and kind not in found:
        found[kind] = (address, link)
        yield link


def pattern(page: Page[Any]) -> re.Pattern[str]:
    return re.compile("/en/soc/" + "[^?]+".join(map(re.escape, re.split(r"{\w+(?::\w+)?}", page.path))))


@pytest.mark.parametrize("page", INNER, ids=lambda page: page.name)
class TestAPageBehindAnother:
    def test_can_be_come_to_and_lets_everybody_use_it(
        self, look: Look, led_to: dict[str, tuple[str, str]], page: Page[Any]
    ) -> None:
        address, path = led_to[page.name]
        for language in LANGUAGES:
            looking = look(path.replace("/en/", f"/{language}/", 1), other=address)
            assert looking.violations() == []
            for width in (640, 320):
                looking.resize(width)
                assert looking.wider_than_the_window() == 0
                assert looking.leads_over_titles() == []
            looking.page.emulate_media(color_scheme="dark")
            assert looking.violations() == []


def test_a_place_that_is_not_there_lets_everybody_use_it(look: Look) -> None:
    looking = look("/en/nothing")
    assert looking.violations() == []
    assert looking.complaints.pop().startswith(
        "error: Failed to load resource: the server responded with a status of 404"
    )


@pytest.fixture(scope="module")
def with_incidents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A board that knows in which workspace its incidents are."""
    url = after_a_run(a_store(tmp_path_factory.mktemp("incidents")))
    with serving(replace(a_board(LOCAL, url), pages=pages_of("soc", azure_pages(SETTINGS)))) as address:
        yield address


@pytest.mark.parametrize("scripts", [True, False])
def test_the_portal_of_incidents_is_chosen_by_keyboard_with_scripts_and_without(
    look: Look, with_incidents: str, scripts: bool
) -> None:
    looking = look("/en/soc/links?side=sentinel", other=with_incidents, java_script_enabled=scripts)
    page, incident = looking.page, looking.page.locator("tbody th a").first
    assert incident.get_attribute("href") == DEFENDER
    page.get_by_role("button", name="Azure").focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    assert str(incident.get_attribute("href")).startswith(AZURE)
    assert page.url.endswith("/en/soc/links?side=sentinel")
