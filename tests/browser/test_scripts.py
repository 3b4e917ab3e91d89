"""What the board's scripts do in a real browser, what is left without them, and what happens where they cannot do it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.conftest import Look
from tests.browser.looking import DRAWN, Looking
from tests.browser.served import DAYS, a_month_of, serving
from tests.state.examples import SetClock, a_report
from tests.unit.web.boards import LOCAL, NOW, a_board

from watchkeeper.state.opening import open_store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FloatRect, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HEALTH, SCORE = "/en/soc/sync-health", "/en/soc/secure-score"


def reading(page: Page) -> str:
    return page.locator(".reading").first.inner_text()


def place(page: Page) -> FloatRect:
    """Where the first picture's lines are in the window."""
    lines = page.locator(".u-over").first
    lines.scroll_into_view_if_needed()
    box = lines.bounding_box()
    assert box is not None
    return box


def press(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name, exact=True).first.click()


class TestAPictureOfLines:
    def test_tells_its_last_values_and_those_where_somebody_points(self, look: Look) -> None:
        page = look(SCORE).page
        assert reading(page).startswith("2026-11-16 · Microsoft Secure Score: 67.70%")
        box = place(page)
        page.mouse.move(box["x"] + 1, box["y"] + 50)
        assert reading(page).startswith("2026-10-25 · Microsoft Secure Score: 70.59%")

    def test_is_looked_at_closer_by_keyboard(self, look: Look) -> None:
        page = look(SCORE).page
        page.get_by_role("button", name="Look closer").first.focus()
        page.keyboard.press("Enter")
        closer = reading(page)
        assert not closer.startswith("2026-11-16")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert reading(page).startswith("2026-11-16")

    def test_moves_along_its_days_and_never_beyond_them(self, look: Look) -> None:
        page = look(SCORE).page
        press(page, "Look closer", "Earlier", "Earlier", "Earlier", "Earlier")
        left = reading(page)
        press(page, "Earlier")
        assert reading(page) == left
        press(page, *["Later"] * 8)
        assert reading(page).startswith("2026-11-16")

    def test_is_looked_at_closer_with_a_mouse_and_given_back_whole(self, look: Look) -> None:
        page = look(SCORE).page
        box = place(page)
        page.mouse.move(box["x"] + 100, box["y"] + 50)
        page.mouse.down()
        page.mouse.move(box["x"] + 300, box["y"] + 50, steps=5)
        page.mouse.up()
        page.mouse.move(0, 0)
        assert not reading(page).startswith("2026-11-16")
        press(page, "Show all")
        assert reading(page).startswith("2026-11-16")

    def test_is_still_told_to_those_who_do_not_see_it(self, look: Look) -> None:
        page = look(SCORE).page
        picture = page.get_by_role("img", name="Secure Score in percent of the maximum")
        assert picture.locator("desc").first.text_content() != ""
        assert page.locator(".canvas").first.get_attribute("aria-hidden") == "true"

    def test_is_printed_as_the_server_drew_it(self, look: Look) -> None:
        page = look(SCORE).page
        page.emulate_media(media="print")
        figure = page.locator("figure").first
        assert not figure.locator(".canvas").is_visible()
        assert not figure.locator(".zoom").is_visible()
        drawn = figure.locator("> .wide > svg").bounding_box()
        assert drawn is not None
        assert drawn["width"] > 300

    @pytest.mark.parametrize(
        "need", [{"reduced_motion": "reduce"}, {"forced_colors": "active"}, {"contrast": "more"}], ids=str
    )
    def test_stays_as_it_is_for_those_who_need_that(self, look: Look, need: dict[str, str]) -> None:
        page = look(SCORE, **need).page
        assert page.locator("figure > .wide > svg").first.is_visible()
        assert page.locator(".canvas").count() == 0

    def test_follows_the_dress_and_the_width_of_the_window(self, look: Look) -> None:
        looking = look(SCORE, color_scheme="light")
        page = looking.page
        press(page, "Look closer")
        closer = reading(page)
        page.emulate_media(color_scheme="dark")
        looking.resize(400)
        assert reading(page) == closer
        assert page.locator(".canvas").count() == page.locator("figure.zoomable").count() == 2
        box = page.locator(".uplot").first.bounding_box()
        assert box is not None
        assert box["width"] <= 400


def marked(page: Page) -> None:
    """Leaves a mark that a full load would wipe away."""
    page.evaluate("window.stillHere = true")


def still_here(page: Page) -> bool:
    return bool(page.evaluate("window.stillHere === true"))


def period_of(page: Page) -> str:
    return page.locator("main dd").filter(has_text=re.compile(r"^\d{4}-.* to ")).inner_text()


class TestAForm:
    def choose(self, page: Page) -> None:
        page.get_by_label("Period").select_option("90d")
        page.get_by_role("button", name="Show", exact=True).click()
        page.wait_for_url("**/secure-score?period=90d*")

    def test_changes_its_page_in_place(self, look: Look) -> None:
        looking = look(SCORE)
        page = looking.page
        marked(page)
        before, charts = period_of(page), page.locator(".canvas").count()
        self.choose(page)
        page.wait_for_selector("figure.zoomable")
        assert period_of(page) != before
        assert still_here(page)
        assert page.locator(".canvas").count() == charts
        assert page.get_by_label("Period").input_value() == "90d"

    def test_leaves_whoever_filled_it_in_at_it_and_tells_what_came(self, look: Look) -> None:
        page = look(SCORE).page
        self.choose(page)
        page.wait_for_selector("#heard:not(:empty)", state="attached")
        assert page.evaluate("document.activeElement.textContent") == "Show"
        assert page.get_by_role("status").first.text_content() == page.locator(".lead").text_content()
        assert page.title() == page.locator("h1").text_content()

    def test_the_way_back_leads_back(self, look: Look) -> None:
        page = look(SCORE).page
        marked(page)
        before = period_of(page)
        self.choose(page)
        page.wait_for_selector("figure.zoomable")
        page.go_back()
        page.wait_for_url(f"**{SCORE}")
        page.locator("main dd").filter(has_text=before).wait_for()
        assert page.get_by_label("Period").input_value() == "30d"
        page.go_forward()
        page.wait_for_url("**/secure-score?period=90d*")
        assert still_here(page)

    def test_and_the_way_to_the_same_in_another_language(self, look: Look) -> None:
        page = look(SCORE).page
        self.choose(page)
        page.get_by_role("link", name="日本語").click()
        page.wait_for_url("**/ja/soc/secure-score?period=90d*")
        assert page.locator("html").get_attribute("lang") == "ja"

    def test_works_without_scripts(self, look: Look) -> None:
        page = look(SCORE, java_script_enabled=False).page
        before = period_of(page)
        self.choose(page)
        assert period_of(page) != before
        assert page.locator("figure > .wide > svg").first.is_visible()
        assert page.locator("#fresh").count() == 0

    @pytest.mark.parametrize("status", [429, 500])
    def test_goes_there_as_it_would_have_where_that_fails(self, look: Look, status: int) -> None:
        looking = look(SCORE)
        page = looking.page
        marked(page)
        page.route(
            "**/secure-score?period=90d*",
            lambda route: (
                route.fulfill(status=status, body="no") if "hx-request" in route.request.headers else route.continue_()
            ),
        )
        self.choose(page)
        page.wait_for_load_state()
        assert not still_here(page)
        assert period_of(page).startswith("2026-08")
        assert all(f"status of {status}" in said for said in looking.complaints)
        looking.complaints.clear()

    def test_and_where_the_board_cannot_be_reached_for_a_moment(self, look: Look) -> None:
        looking = look(SCORE)
        page = looking.page
        page.route(
            "**/secure-score?period=90d*",
            lambda route: route.abort() if "hx-request" in route.request.headers else route.continue_(),
        )
        self.choose(page)
        page.wait_for_load_state()
        assert period_of(page).startswith("2026-08")
        assert looking.complaints
        looking.complaints.clear()


class TestALinkToTheRest:
    PATH = "/en/soc/tasks/secure-score/monitoring"

    def rows(self, page: Page) -> list[str]:
        return page.locator("#periods tbody tr:not(.note) > th").all_inner_texts()

    @pytest.mark.parametrize(("anchor", "led_to"), [("", "content"), ("#periods", "periods")])
    def test_changes_its_page_in_place_and_leads_where_it_says(self, look: Look, anchor: str, led_to: str) -> None:
        page = look(self.PATH).page
        page.locator("#periods .leads a").first.evaluate("(link, anchor) => { link.href += anchor }", anchor)
        marked(page)
        before = self.rows(page)
        page.locator("#periods .leads a").first.click()
        page.wait_for_url(f"**{self.PATH}?after=*{anchor}")
        page.locator("#periods tbody tr:not(.note)").nth(DAYS - len(before)).wait_for(state="detached")
        assert still_here(page)
        assert len(before) + len(self.rows(page)) == DAYS
        assert page.evaluate("document.activeElement.id") == led_to
        page.go_back()
        page.locator("#periods tbody tr:not(.note)").nth(len(before) - 1).wait_for()
        assert self.rows(page) == before

    def test_opens_in_a_tab_of_its_own_for_who_wants_that(self, look: Look) -> None:
        page = look(self.PATH).page
        with page.context.expect_page() as opened:
            page.locator("#periods .leads a").first.click(modifiers=["Control"])
        assert "after=" in opened.value.url
        assert "after=" not in page.url

    def test_gives_a_list_as_a_file_as_ever(self, look: Look) -> None:
        page = look(self.PATH).page
        with page.expect_download() as file:
            page.locator("#periods .leads a", has_text="CSV").click()
        assert file.value.suggested_filename == "soc-task-history-periods.csv"


class TestByKeyboard:
    @pytest.mark.parametrize("scripts", [True, False])
    def test_the_first_stop_leads_past_the_menu_to_what_the_page_says(self, look: Look, scripts: bool) -> None:
        page = look(SCORE, java_script_enabled=scripts).page
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="To the content")
        assert skip.evaluate("each => each === document.activeElement && each.getBoundingClientRect().top >= 0")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"

    @pytest.mark.parametrize("scripts", [True, False])
    def test_a_form_is_filled_in_and_sent(self, look: Look, scripts: bool) -> None:
        page = look(SCORE, java_script_enabled=scripts).page
        page.get_by_label("Period").focus()
        page.keyboard.press("ArrowDown")
        for _ in range(page.locator("form.choices select").count()):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/secure-score?period=90d*")
        page.locator("main dd").filter(has_text="2026-08").wait_for()

    def test_every_stop_of_a_page_can_be_seen(self, look: Look) -> None:
        page = look(HEALTH).page
        stops = """() => [...document.querySelectorAll("a, button, input, select, summary, [tabindex='0']")]
            .filter(each => each.checkVisibility()).length"""
        ring = """() => {
            const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
            return outlineStyle !== "none" && outlineWidth !== "0px"
        }"""
        for _ in range(page.evaluate(stops)):
            page.keyboard.press("Tab")
            assert page.evaluate(ring), page.evaluate("document.activeElement.outerHTML")


class TestTexts:
    def test_are_never_run(self, look: Look) -> None:
        """Not even where the policy did not forbid it: htmx has nothing to compile them with."""
        looking = look(HEALTH, bypass_csp=True)
        click = """() => new Promise(done => {
            document.addEventListener("htmx:error", event => done(String(event.detail.error)))
            const button = document.createElement("button")
            button.setAttribute("hx-on:click", "window.owned = true")
            document.querySelector("main").append(button)
            htmx.process(button)
            button.click()
        })"""
        assert "texts are not run here" in looking.page.evaluate(click)
        assert looking.page.evaluate("window.owned") is None
        assert "texts are not run here" in looking.complaints.pop()

    def test_in_a_picture_are_shown_as_they_are(self, look: Look) -> None:
        hostile = "<img src=x onerror=alert(1)>"
        page = look(HEALTH).page
        figure = page.locator("figure[data-lines]")
        told = json.loads(figure.get_attribute("data-lines") or "")
        told["series"][0][0] = told["days"][-1] = hostile
        figure.evaluate("(each, text) => { each.dataset.lines = text }", json.dumps(told))
        page.emulate_media(color_scheme="dark")
        page.evaluate(DRAWN)
        assert reading(page).count(hostile) == 2
        assert page.locator("main img").count() == 0


class TestKeepingUpToDate:
    @pytest.fixture
    def living(self, chromium: Browser, tmp_path: Path) -> Iterator[tuple[Looking, str]]:
        """A board whose store changes, in a browser whose clock we turn."""
        url = a_month_of(tmp_path)
        with serving(a_board(LOCAL, url)) as board:
            looking = Looking.at(chromium, board, HEALTH)
            looking.page.clock.install()
            looking.page.reload()
            yield looking, url
            looking.page.context.close()
        assert looking.complaints == []

    def run(self, url: str, name: str) -> None:
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            begun = NOW - timedelta(minutes=5)
            store.start_run(name, "sync", begun)
            store.finish_run(replace(a_report(), run_id=name, started_at=begun, ended_at=NOW))

    def switch(self, page: Page) -> Any:
        return page.get_by_label("Keep this page up to date")

    def test_is_off_until_somebody_wants_it(self, living: tuple[Looking, str]) -> None:
        looking, _ = living
        asked = len(looking.asked)
        looking.page.clock.fast_forward(300_000)
        assert not self.switch(looking.page).is_checked()
        assert len(looking.asked) == asked

    def test_shows_a_run_that_ended_since_and_stops_when_switched_off(self, living: tuple[Looking, str]) -> None:
        looking, url = living
        page = looking.page
        self.switch(page).check()
        marked(page)
        press(page, "Look closer")
        self.run(url, "run-new")
        page.clock.fast_forward(61_000)
        page.locator("footer", has_text="run-new").wait_for()
        assert still_here(page)
        assert self.switch(page).is_checked()
        assert page.evaluate("document.activeElement.title") == "Look closer"
        assert not reading(page).startswith("11-23 11:55")
        press(page, "Show all")
        assert reading(page).startswith("11-23 11:55")
        self.switch(page).uncheck()
        asked = len(looking.asked)
        page.clock.fast_forward(300_000)
        assert len(looking.asked) == asked

    def test_is_remembered_by_the_browser(self, living: tuple[Looking, str]) -> None:
        looking, _ = living
        self.switch(looking.page).check()
        looking.page.reload()
        assert self.switch(looking.page).is_checked()

    def test_says_when_it_could_not_and_tries_again(self, living: tuple[Looking, str]) -> None:
        looking, url = living
        page = looking.page
        self.switch(page).check()
        page.route(f"**{HEALTH}", lambda route: route.fulfill(status=503, body="no"))
        page.clock.fast_forward(61_000)
        page.locator("#fresh output", has_text="could not be brought up to date").wait_for()
        page.unroute(f"**{HEALTH}")
        self.run(url, "run-later")
        page.clock.fast_forward(61_000)
        page.locator("footer", has_text="run-later").wait_for()
        assert page.locator("#fresh output").inner_text() == ""
        looking.complaints.clear()
